"""Who may use the API, how often, and the walls between workspaces."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from duologue.accounts.connected import Accounts
from duologue.api.limits import BURST
from duologue.api.routes import HANDLERS, routes
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.team import keys, pages
from duologue.web import shell
from duologue.web.gate import Policy
from tests.api.programs import Program, key_for
from tests.api.test_api_messages import GIF
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.parrot import Mailroom

NOTHING = "00000000-0000-7000-8000-000000000000"
BODIES: dict[str, dict[str, Any]] = {
    "/channels": {"kind": "parrot"},
    "/keys": {"name": "another"},
    "/conversations/{id:uuid}/assign": {"assignee": None},
    "/conversations/{id:uuid}/snooze": {"until": "2027-01-01T09:00:00Z"},
    "/conversations/{id:uuid}/messages": {"text": "Hello"},
    "/conversations/{id:uuid}/measure": {"text": "Hello"},
    "/messages/{id:uuid}/edit": {"text": "Hello"},
    "/messages/{id:uuid}/unsend": {},
    "/messages/{id:uuid}/react": {"emoji": None},
    "/channels/{id:uuid}/templates": {"name": "ready", "language": "en", "category": "utility", "body": "Hello"},
    "/channels/{id:uuid}/templates/withdraw": {"id": "1", "language": "en"},
}
ROUTES = [(method, path) for handler in HANDLERS for path in handler.paths for method in sorted(handler.http_methods)]
OF_ONE = [(method, path) for method, path in ROUTES if "{id" in path]


def named(handler: HTTPRouteHandler) -> str:
    return handler.fn.__name__


async def call(program: Program, method: str, path: str, id: object = None) -> Any:
    body = {"json": BODIES[path]} if path in BODIES and method == "POST" else {}
    return await program.request(method, path.replace("{id:uuid}", str(id or uuid4())), **body)


async def test_every_route_of_the_api_asks_for_a_key(app: Litestar) -> None:
    ways = [way for way in shell.inventory(app) if way.path.startswith("/api")]
    assert len(ways) == len(ROUTES) + 1
    assert [way.path for way in ways if way.policy is not Policy.API_KEY] == ["/api/openapi.json"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_key_there_is_nothing(app: Litestar, workspace: UUID, method: str, path: str) -> None:
    for key in (None, "dlg_" + "A" * 43, "nonsense"):
        async with Program(app, key) as nobody:
            answer = await call(nobody, method, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_session_is_no_key(house: House, ana: Colleague) -> None:
    app = shell.build(house, [*pages.routes(house), *routes(house, Accounts(house))], key_of=keys.key_of)
    async with Browser(app) as browser:
        assert (await browser.sign_in(ana)).status_code == 303
        assert (await browser.get("/settings/profile")).status_code == 200
        assert (await browser.get("/api/v1/conversations")).status_code == 401


@pytest.fixture
async def ours(program: Program, talk: dict[str, Any], mailroom: Mailroom) -> dict[str, str]:
    """An id of every kind of thing that the workspace has."""
    where = f"/conversations/{talk['id']}/messages"
    said = (await program.post(where, files=[("files", ("dot.gif", GIF, "image/gif"))])).json()
    (key,) = (await program.get("/keys")).json()["items"]
    return {
        "channels": str(mailroom.channel),
        "contacts": talk["contact"]["id"],
        "conversations": talk["id"],
        "messages": said["id"],
        "files": said["files"][0]["id"],
        "keys": key["id"],
    }


async def everything(program: Program, ours: dict[str, str]) -> list[Any]:
    """All that a program of the workspace can see; without when its keys were used."""
    lists = ["/channels", "/contacts", "/conversations", "/members"]
    of_one = [f"/{kind}/{one}" for kind, one in ours.items() if kind != "keys"]
    seen = [
        (await program.get(path)).content
        for path in [*lists, *of_one, f"/conversations/{ours['conversations']}/messages"]
    ]
    return [*seen, [one["id"] for one in (await program.get("/keys")).json()["items"]]]


async def test_a_stranger_is_told_of_our_things_what_is_told_of_nothing(
    program: Program, stranger: Program, ours: dict[str, str]
) -> None:
    before = await everything(program, ours)
    for method, path in OF_ONE:
        thing = ours[re.split("[/{]", path)[1]]
        of_ours = await call(stranger, method, path, thing)
        of_nothing = await call(stranger, method, path)
        assert of_ours.status_code == 404, (method, path)
        assert of_ours.content == of_nothing.content, (method, path)
    assert await everything(program, ours) == before


async def test_a_stranger_finds_nothing_of_ours_in_a_list(
    stranger: Program, program: Program, ours: dict[str, str], ben: Colleague, nora: Colleague
) -> None:
    for path in ("/channels", "/contacts", "/conversations"):
        assert (await program.get(path)).json()["items"]
        assert (await stranger.get(path)).json() == {"items": [], "next": None}
    assert [one["name"] for one in (await stranger.get("/members")).json()["items"]] == ["Nora Lind"]
    assert len((await stranger.get("/keys")).json()["items"]) == 1
    assert (await stranger.get("/conversations", params={"assignee": str(ben.id)})).json()["items"] == []


async def test_a_strangers_cursor_shows_nothing_of_ours(
    stranger: Program, program: Program, talk: dict[str, Any], mailroom: Mailroom
) -> None:
    await program.post(f"/conversations/{talk['id']}/messages", json={"text": "Hello"})
    cursor = (await program.get(f"/conversations/{talk['id']}/messages", params={"limit": 1})).json()["next"]
    assert cursor
    answer = await stranger.get(f"/conversations/{talk['id']}/messages", params={"cursor": cursor})
    assert answer.status_code == 404


async def test_our_conversation_is_not_given_to_a_stranger(
    program: Program, talk: dict[str, Any], nora: Colleague
) -> None:
    answer = await program.post(f"/conversations/{talk['id']}/assign", json={"assignee": str(nora.id)})
    assert answer.status_code == 422


async def test_a_revoked_key_opens_nothing(app: Litestar, program: Program, house: House, workspace: UUID) -> None:
    key = await key_for(house, workspace, "short-lived")
    async with Program(app, key) as other:
        (found,) = [one for one in (await other.get("/keys")).json()["items"] if one["name"] == "short-lived"]
        assert (await program.delete(f"/keys/{found['id']}")).status_code == 204
        assert (await other.get("/keys")).status_code == 401
    assert (await program.delete(f"/keys/{found['id']}")).status_code == 404


async def test_too_many_calls_have_to_wait(
    app: Litestar, program: Program, house: House, workspace: UUID, clock: Turned
) -> None:
    answers = [await program.get("/members" if n % 2 else "/keys") for n in range(BURST + 1)]
    assert {one.status_code for one in answers[:-1]} == {200}
    assert (answers[-1].status_code, answers[-1].headers["retry-after"]) == (429, "1")
    async with Program(app, await key_for(house, workspace, "another")) as another:
        assert (await another.get("/members")).status_code == 200
    clock.turn(seconds=1)
    assert (await program.get("/members")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/conversations/7", 404),
        ("GET", "/conversations/%00", 404),
        ("GET", f"/conversations/{NOTHING}/nothing", 404),
        ("DELETE", "/conversations", 405),
        ("PUT", f"/messages/{NOTHING}", 405),
        ("PATCH", "/keys", 405),
        ("GET", "/conversations?limit=0", 422),
        ("GET", "/conversations?limit=101", 422),
        ("GET", "/conversations?limit=ten", 422),
        ("GET", "/conversations?filter=mine", 422),
        ("GET", "/conversations?assignee=me", 422),
        ("GET", f"/conversations?filter=closed&assignee={NOTHING}", 422),
    ],
)
async def test_what_is_not_there_is_told_as_a_problem(program: Program, method: str, path: str, status: int) -> None:
    answer = await program.request(method, path)
    assert answer.status_code == status
    assert answer.json()["detail"]


CURSORS = ["", "x", "🌻", "AAAA", "Y29udGFjdHN8", "YWxsfDE", "x" * 201, "\x00"]


@pytest.mark.parametrize("cursor", CURSORS)
async def test_a_cursor_that_was_not_given_out_is_refused(program: Program, talk: dict[str, Any], cursor: str) -> None:
    for path in ("/conversations", "/contacts", f"/conversations/{talk['id']}/messages"):
        answer = await program.get(path, params={"cursor": cursor})
        assert answer.status_code == 422
        assert "cursor" in {answer.json().get("field"), *answer.json().get("fields", {})}
