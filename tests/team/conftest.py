"""The team's pages behind the shell, as a browser meets them."""

from collections.abc import AsyncIterator, Callable

import pytest
from litestar import Litestar, MediaType, get

from duologue.kernel.acts import Act
from duologue.kernel.house import House
from duologue.team import keys, pages
from duologue.web import shell
from duologue.web.gate import KeyHolder, Policy
from duologue.web.sessions import Viewer
from tests.browser_of import Browser
from tests.cast import Colleague

Acting = Callable[[Colleague | None], Act]


@get("/mine", policy=Policy.SIGNED_IN, media_type=MediaType.TEXT)
async def mine(viewer: Viewer) -> str:
    return f"{viewer.name} {viewer.role}"


@get("/api/v1/me", policy=Policy.API_KEY, media_type=MediaType.TEXT)
async def program(key: KeyHolder) -> str:
    return key.name


@pytest.fixture
def app(house: House) -> Litestar:
    return shell.build(house, [mine, program, *pages.routes(house)], key_of=keys.key_of)


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Browser]:
    async with Browser(app) as opened:
        yield opened


@pytest.fixture
async def second(app: Litestar) -> AsyncIterator[Browser]:
    """Another browser, elsewhere."""
    async with Browser(app, address="198.51.100.9") as opened:
        yield opened


@pytest.fixture
def acting(house: House) -> Acting:
    return lambda colleague: Act(by=colleague.id if colleague else None, now=house.now(), wake=house.wake)
