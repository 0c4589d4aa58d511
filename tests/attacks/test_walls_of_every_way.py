"""Every way into the program, with every id that another workspace has: nothing is shown, nothing is changed.

The ways come from the program's own inventory and the ids from the database, so that a new route or table is in it.
"""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from duologue.app import Program as Whole
from duologue.kernel import ids
from duologue.kernel.acts import Act
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.team import invite
from duologue.team.model import Role
from duologue.web import shell
from duologue.web.gate import Policy, Way
from tests.api.programs import key_for
from tests.browser_of import AT
from tests.cast import Colleague
from tests.kernel.test_walls import Theirs, _everything, tables, theirs, walls
from tests.parrot import Mailroom, squawk

__all__ = ["theirs", "walls"]

NOBODYS = UUID("00000000-0000-7000-8000-0000000000aa")
RAW = {"in", "live", "lent", "web"}  # each judges by itself; held in test_webhooks, tests/live and tests/channels/web
FORMS: dict[str, dict[str, Any]] = {
    "/c/{id:uuid}/messages": {"files": {"key": (None, str(ids.new())), "text": (None, "intruding")}},
    "/c/{id:uuid}/draft": {"data": {"text": "intruding"}},
    "/c/{id:uuid}/measure": {"data": {"text": "intruding"}},
    "/c/{id:uuid}/assign": {"data": {"to": "me"}},
    "/c/{id:uuid}/snooze": {"data": {"until": "tomorrow"}},
    "/messages/{id:uuid}/resolve": {"data": {"sent": "no"}},
    "/messages/{id:uuid}/edit": {"data": {"text": "intruding"}},
    "/messages/{id:uuid}/react": {"data": {"emoji": "👍"}},
    "/messages/{id:uuid}/act": {"data": {"do": "undo"}},
    "/api/v1/messages/{id:uuid}/edit": {"json": {"text": "intruding"}},
    "/api/v1/messages/{id:uuid}/unsend": {"json": {}},
    "/api/v1/messages/{id:uuid}/react": {"json": {"emoji": "👍"}},
    "/settings/channels/{id:uuid}": {"data": {"name": "Mine", "word": "intruding"}},
    "/settings/team/{id:uuid}/role": {"data": {"role": "agent"}},
    "/api/v1/conversations/{id:uuid}/assign": {"json": {"assignee": None}},
    "/api/v1/conversations/{id:uuid}/snooze": {"json": {"until": "2027-01-01T09:00:00Z"}},
    "/api/v1/conversations/{id:uuid}/messages": {"json": {"text": "intruding"}},
    "/api/v1/conversations/{id:uuid}/measure": {"json": {"text": "intruding"}},
}
WITH_ID = """
    SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND attname = 'id' AND atttypid = 'uuid'::regtype
"""
TEMPLATES = {"/settings/channels/{id:uuid}/templates" + end for end in ("", "/new", "/states")}  # of another platform
ASKED = {"/c/{id:uuid}/earlier": "?before=9999999999999999-9"}
Places = dict[str, UUID]


class Caller(httpx.AsyncClient):
    """Somebody in front of the whole program: with a session, with a key, or with nothing."""

    def __init__(self, front: Any, key: str | None = None) -> None:
        headers = {"Sec-Fetch-Site": "same-origin"} | ({"Authorization": f"Bearer {key}"} if key else {})
        transport = httpx.ASGITransport(app=front, client=("192.0.2.7", 40000))
        super().__init__(transport=transport, base_url=AT, headers=headers)

    async def take(self, way: Way, id: object) -> httpx.Response:
        path = way.path.replace("{id:uuid}", str(id)) + ASKED.get(way.path, "")
        return await self.request(way.method, path, **FORMS.get(way.path, {}))


@pytest.fixture
async def front(house: House, parrot: object) -> AsyncIterator[Any]:
    whole = Whole(house)
    yield whole.web()
    await whole.accounts.close()


@pytest.fixture
def ways(front: Any) -> list[Way]:
    """The ways that name one thing by its id."""
    found = [way for way in shell.inventory(front._pages) if "{id" in way.path]
    assert len(found) >= 35
    return found


def test_every_way_is_known(front: Any) -> None:
    """A new kind of parameter, or a new application beside the shell, has to be thought of here."""
    assert set(front._raw) - {"parrot"} == RAW
    kinds = {found for way in shell.inventory(front._pages) for found in re.findall(r"{[^}]+}", way.path)}
    assert kinds == {"{id:uuid}", "{kind:str}", "{name:str}", "{path:path}", "{token:str}"}


async def _ids(house: House, workspace: UUID) -> Places:
    """An id of every table that has one."""
    found: Places = {}
    async with house.db.workspace(workspace) as tx:
        for table in set(await tx.rows(str, WITH_ID)) & set(await tables(house)):
            for one in await tx.rows(UUID, f"SELECT id FROM {table} LIMIT 1"):
                found[table] = one
    return found


async def _furnish(house: House, workspace: UUID, member: UUID) -> None:
    """Beside conversations: a key, an invitation, and something that could not be read."""
    await key_for(house, workspace)
    async with house.db.workspace(workspace) as tx:
        await invite.make(tx, Act(by=member, now=house.now(), wake=house.wake), Role.AGENT, "canary@northwind.example")


async def _signed_in(front: Any, colleague: Colleague) -> Caller:
    caller = Caller(front)
    form = {"email": colleague.email, "password": colleague.password}
    assert (await caller.post("/sign-in", data=form)).status_code == 303
    return caller


def _told(answer: httpx.Response, id: object) -> tuple[int, str]:
    """What an answer says, without the id that was asked for, in any form, and what is new in every answer."""
    text = re.sub(r'nonce="[^"]+"|data-position="[^"]*"', "", answer.text).replace(str(id), "ID")
    return answer.status_code, text


@pytest.fixture
async def callers(
    front: Any, house: House, workspace: UUID, ana: Colleague, ben: Colleague
) -> dict[Policy, list[Caller]]:
    """Whoever gets past the gate, by policy."""
    administrator, agent = await _signed_in(front, ana), await _signed_in(front, ben)
    return {
        Policy.SIGNED_IN: [administrator, agent],
        Policy.ADMINISTRATOR: [administrator],
        Policy.API_KEY: [Caller(front, await key_for(house, workspace))],
    }


async def test_every_id_of_another_workspace_is_told_of_as_one_that_is_nowhere(
    walls: None, front: Any, ways: list[Way], house: House, other_workspace: UUID, theirs: Theirs, nora: Colleague,
    callers: dict[Policy, list[Caller]], clock: Turned,
) -> None:  # fmt: skip
    await _furnish(house, other_workspace, nora.id)
    await _signed_in(front, nora)
    foreign = await _ids(house, other_workspace)
    assert {"conversation", "message", "contact", "channel", "member", "session", "invite", "api_key"} <= set(foreign)
    before = await _everything(house, other_workspace)
    for way in ways:
        for caller in callers[way.policy]:
            clock.turn(minutes=1)  # the API lets nobody ask this often
            nowhere = _told(await caller.take(way, NOBODYS), NOBODYS)
            assert 400 <= nowhere[0] < 500, (way, nowhere)
            for table, one in foreign.items():
                answer = await caller.take(way, one)
                assert _told(answer, one) == nowhere, (way, table)
                assert "canary" not in answer.text, (way, table)
    assert await _everything(house, other_workspace) == before


async def test_those_ways_do_open_for_whose_it_is(
    front: Any, ways: list[Way], house: House, workspace: UUID, mailroom: Mailroom, ana: Colleague,
    callers: dict[Policy, list[Caller]], clock: Turned,
) -> None:  # fmt: skip
    """Else the walls would only have been held by requests that nobody can make."""
    await mailroom.arrive(squawk("a", at=house.now()))
    await _furnish(house, workspace, ana.id)
    own = await _ids(house, workspace)
    shut = []
    for way in ways:
        clock.turn(minutes=1)
        if way.method == "GET" or way.path in FORMS:
            answers = [(await callers[way.policy][0].take(way, one)).status_code for one in own.values()]
            if all(status in {404, 422} for status in answers):
                shut.append(way.path)
    assert set(shut) <= {"/files/{id:uuid}", "/api/v1/files/{id:uuid}", "/messages/{id:uuid}/body",
                         "/messages/{id:uuid}/pictures/{name:str}",
                         "/files/{id:uuid}/small", "/api/v1/files/{id:uuid}/small",
                         "/messages/{id:uuid}/resolve", *TEMPLATES}  # fmt: skip


async def test_who_may_not_come_in_learns_nothing_by_any_id(
    front: Any, ways: list[Way], house: House, workspace: UUID, other_workspace: UUID, theirs: Theirs, ben: Colleague
) -> None:
    before = [await _everything(house, one) for one in (workspace, other_workspace)]
    nobody, agent = Caller(front), await _signed_in(front, ben)
    for way in ways:
        for one in (theirs.conversation, theirs.message, theirs.channel, NOBODYS):
            answer = await nobody.take(way, one)
            assert answer.status_code in {303, 401}, way
            assert "canary" not in answer.text
            if way.policy is Policy.ADMINISTRATOR:
                assert (await agent.take(way, one)).status_code == 403, way
            if way.policy is Policy.API_KEY:
                assert (await agent.take(way, one)).status_code == 401, way
    after = [await _everything(house, one) for one in (workspace, other_workspace)]
    for was, is_ in zip(before, after, strict=True):
        assert {k: v for k, v in was.items() if k not in SIGNS} == {k: v for k, v in is_.items() if k not in SIGNS}


SIGNS = {"session", "audit"}  # that Ben signed in


async def test_ids_inside_of_what_is_sent_are_held_too(
    walls: None, front: Any, house: House, workspace: UUID, other_workspace: UUID, theirs: Theirs, nora: Colleague,
    callers: dict[Policy, list[Caller]],
) -> None:  # fmt: skip
    """Nested, as a filter, as a cursor: whom it is given to, what is answered, where a list goes on."""
    own = (await _ids(house, workspace))["conversation"]
    program, person = callers[Policy.API_KEY][0], callers[Policy.SIGNED_IN][0]
    before = await _everything(house, other_workspace)
    for theirs_id in (theirs.conversation, theirs.message, theirs.contact, theirs.channel, nora.id):
        told = []
        for one in (theirs_id, NOBODYS):
            key = str(ids.new())
            said = {"key": (None, key), "text": (None, "x"), "reply_to": (None, str(one))}
            told.append([_told(answer, one) for answer in (
                await person.post(f"/c/{own}/assign", data={"to": str(one)}),
                await person.post(f"/c/{own}/messages", files=said),
                await person.get("/settings/quarantine", params={"after": str(one)}),
                await person.get("/inbox/open", params={"after": str(one)}),
                await program.get("/api/v1/conversations", params={"assignee": str(one)}),
                await program.get("/api/v1/conversations", params={"cursor": str(one)}),
                await program.post(f"/api/v1/conversations/{own}/assign", json={"assignee": str(one)}),
                await program.post(f"/api/v1/conversations/{own}/messages", json={"text": "x", "reply_to": str(one)}),
            )])  # fmt: skip
        assert [status for status, _ in told[0]] == [status for status, _ in told[1]]
        assert not any("canary" in text for row in told for _, text in row)
    assert await _everything(house, other_workspace) == before


async def test_a_key_of_another_workspace_repeats_nothing_here(
    front: Any, house: House, workspace: UUID, other_workspace: UUID, theirs: Theirs
) -> None:
    """The same Idempotency-Key in two workspaces is two keys."""
    said = []
    for one in (workspace, other_workspace):
        conversation = (await _ids(house, one))["conversation"]
        program = Caller(front, await key_for(house, one))
        answer = await program.post(
            f"/api/v1/conversations/{conversation}/messages", json={"text": "Hello"}, headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code < 300
        said.append(answer.json()["id"])
    assert len(set(said)) == 2
