"""The pages that connect accounts, of a made-up platform."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from duologue.accounts import pages, settings, show
from duologue.accounts.connected import Accounts
from duologue.kernel.house import House
from duologue.team import pages as team_pages
from duologue.web import shell
from tests.accounts.pretend import KIND, PRETEND
from tests.browser_of import Browser


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (settings, show, pages):
        monkeypatch.setattr(module, "channels", lambda: {KIND: PRETEND})


@pytest.fixture
async def accounts(house: House) -> AsyncIterator[Accounts]:
    made = Accounts(house)
    yield made
    await made.close()


@pytest.fixture
def app(house: House) -> Litestar:
    return shell.build(house, [*team_pages.routes(house), *pages.routes(house)])


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Browser]:
    async with Browser(app) as opened:
        yield opened
