"""A shell with one route of each policy."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar, MediaType, asgi, get, post
from litestar.types import Receive, Scope, Send

from duologue.errors import Conflict, Invalid, TooMany
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.team import keys, pages
from duologue.web import shell
from duologue.web.gate import KeyHolder, Policy
from duologue.web.sessions import Viewer
from tests.browser_of import Browser

SECRET_WORDS = "what Mia wrote in confidence"


@get("/open", policy=Policy.PUBLIC, media_type=MediaType.TEXT)
async def open_to_all() -> str:
    return "open"


@post("/open", policy=Policy.PUBLIC, media_type=MediaType.TEXT)
async def change_openly() -> str:
    return "changed"


@get("/mine", policy=Policy.SIGNED_IN, media_type=MediaType.TEXT)
async def mine(viewer: Viewer) -> str:
    return f"{viewer.name} {viewer.role} {viewer.zone}"


@get("/admin", policy=Policy.ADMINISTRATOR, media_type=MediaType.TEXT)
async def admin(viewer: Viewer) -> str:
    return viewer.name


@get("/api/v1/me", policy=Policy.API_KEY, media_type=MediaType.TEXT)
async def program(key: KeyHolder) -> str:
    return key.name


@post("/api/v1/change", policy=Policy.API_KEY, media_type=MediaType.TEXT)
async def program_changes(key: KeyHolder) -> str:
    return key.name


@post("/in/x", policy=Policy.OUTSIDE, media_type=MediaType.TEXT)
async def webhook() -> str:
    return "kept"


@asgi("/stream", policy=Policy.SIGNED_IN, copy_scope=True)
async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b"data: x\n\n", "more_body": False})


@get("/fails/{how:str}", policy=Policy.PUBLIC)
async def fails(how: str) -> str:
    raise {
        "invalid": Invalid("The colour is none.", "colour"),
        "conflict": Conflict("Somebody was faster."),
        "many": TooMany("Slowly.", 2.2),
        "away": Away("gone"),
        "bug": RuntimeError(SECRET_WORDS),
    }[how]


@get("/api/v1/fails/{how:str}", policy=Policy.PUBLIC)
async def fails_for_programs(how: str) -> str:
    return await fails.fn(how)


HANDLERS = [
    open_to_all, change_openly, mine, admin, program, program_changes, webhook, stream, fails, fails_for_programs,
]  # fmt: skip


@pytest.fixture
def app(house: House) -> Litestar:
    return shell.build(house, [*HANDLERS, *pages.routes(house)], key_of=keys.key_of)


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Browser]:
    async with Browser(app) as opened:
        yield opened
