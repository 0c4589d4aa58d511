"""A screen shows what a fresh page shows, however often its stream breaks; who may not look any more sees nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import httpx
import pytest
from msgspec import Struct

from duologue.accounts import connect
from duologue.accounts.model import Wanted
from duologue.channels.meta.door import sign
from duologue.install import only_workspace
from duologue.kernel import embedded, journal
from duologue.kernel.house import House
from duologue.kernel.journal import Position
from duologue.kernel.work import work
from duologue.live import hub
from duologue.run import house_of
from duologue.settings import Settings
from duologue.web import sessions
from tests import cast
from tests.program import Program
from tests.torture import rig
from tests.torture.storm import Storm
from tests.torture.streams import Heard, Listener, drawn, events

EVENTS, STREAMS, CUTS = rig.scale(300, 10_000), rig.scale(20, 50), rig.scale(100, 2_000)
PEOPLE = rig.scale(4, 10)  # of the team; several streams each
LEAVING = rig.scale(3, 20)
LONGEST = 120 + EVENTS / 8
pytestmark = [pytest.mark.program, pytest.mark.timeout(LONGEST + 60)]


class Somebody(Struct, frozen=True):
    """A member of a team, signed in."""

    id: str
    cookie: str
    browser: httpx.AsyncClient


class Team:
    """The brand's people at the running program, and those of another brand in the same database."""

    def __init__(self, house: House, program: Program, ana: Somebody, nora: Somebody) -> None:
        self.house, self.program, self.ana, self.nora = house, program, ana, nora
        self.hook, self.foreign_said = "", 0

    async def join(self, name: str, role: str = "agent") -> Somebody:
        return await _member(self.house, self.program, await only_workspace(self.house), name, role)

    async def here(self) -> Position:
        async with self.house.db.hall() as tx:
            return await journal.here(tx)

    async def newest(self) -> Position:
        """Of what can be seen on a screen of ours."""
        ours = await only_workspace(self.house)
        async with self.house.db.hall() as tx:
            found = await tx.row(
                Position,
                """
                SELECT xid::text::bigint AS xid, id FROM journal
                WHERE workspace_id = %(ours)s AND conversation_id IS NOT NULL
                ORDER BY journal.xid DESC, id DESC LIMIT 1
                """,
                {"ours": ours},
            )
        assert found
        return found

    async def foreign_word(self) -> None:
        """Somebody writes to the other brand."""
        number = self.foreign_said = self.foreign_said + 1
        item = {
            "sender": {"id": "880001"}, "recipient": {"id": "99"}, "timestamp": 1767225600000 + number,
            "message": {"mid": f"f_{number}", "text": f"northwind {number}"},
        }  # fmt: skip
        body = json.dumps({"object": "page", "entry": [{"id": "99", "time": 1, "messaging": [item]}]}).encode()
        headers = {"X-Hub-Signature-256": sign("another-app-secret", body), "Content-Type": "application/json"}
        answer = await self.nora.browser.post(self.hook, content=body, headers=headers)
        assert answer.status_code == 200


@asynccontextmanager
async def _team(program: Program) -> AsyncIterator[Team]:
    url = embedded.url(program.data / "pg")
    async with house_of(Settings(data=program.data, public_url=program.url), url) as house:
        ours = await only_workspace(house)
        theirs = await cast.found(house, cast.OTHER_BRAND)
        ana = await _member(house, program, ours, "Ana", "administrator")
        nora = await _member(house, program, theirs, "Nora", "administrator")
        team = Team(house, program, ana, nora)
        given = {"page_id": "99", "page_token": "t", "app_secret": "another-app-secret"}
        async with work(house, theirs) as open_work:
            row = await connect.make(open_work, Wanted(kind="messenger", name="Theirs", given=given, allow=()), by=None)
        team.hook = f"/in/{row.id}"
        yield team


async def _member(house: House, program: Program, workspace: Any, name: str, role: str) -> Somebody:
    async with house.db.workspace(workspace) as tx:
        new = await cast.join(tx, name, f"{name.lower()}@{workspace.hex[:8]}.example", role)
        token = await sessions.begin(
            tx, sessions.Member(new.id, cast.password_hash()), device="a proof", now=house.now()
        )
    cookie = f"{sessions.cookie_name(house.settings)}={token}"
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    return Somebody(str(new.id), cookie, httpx.AsyncClient(base_url=program.url, headers=headers, timeout=30))


async def _soon(true: Any, seconds: float, what: str) -> None:
    end = monotonic() + seconds
    while not true():
        assert monotonic() < end, f"waited {seconds} s for {what}"
        await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Team, Storm]]:
    """The program, a platform's people, and two teams that look on."""
    program = Program(tmp_path_factory.mktemp("p7") / "data")
    try:
        await asyncio.to_thread(program.start)
        doubles = await asyncio.to_thread(rig.Doubles, program, ["messenger"])
        try:
            api = await asyncio.to_thread(rig.Api, program)
            async with _team(program) as team:
                yield team, Storm(doubles, api, rig.dice("p7"))
        finally:
            await asyncio.to_thread(doubles.close)
    finally:
        program.end()


async def test_nothing_is_missed_nothing_is_left_over_and_nothing_comes_twice(stage: tuple[Team, Storm]) -> None:
    began, (team, storm), chance = monotonic(), stage, rig.dice("p7 streams")
    people = [await team.join(f"Agent{number}") for number in range(PEOPLE)]
    storm.members = [one.id for one in people]
    await _everybody_has_written(storm)
    since, port = await team.here(), team.program.port
    listeners = [Listener(port, people[number % PEOPLE].cookie, since, chance) for number in range(STREAMS)]
    theirs = Listener(port, team.nora.cookie, since, chance)
    running = [asyncio.create_task(one.run()) for one in (*listeners, theirs)]
    await _storm(storm, team, listeners)
    await _quiet(team, storm)
    newest = await team.newest()
    await _soon(lambda: all(one.position >= newest or one.reloads for one in listeners), 60, "every stream's end")
    await _compare(team, storm, listeners, theirs)
    for one in (*listeners, theirs):
        one.end()
    await asyncio.gather(*running)
    await _too_long_away(team.program, people[0], since)
    rig.result(
        "p7", "P7, streams", began, events=EVENTS, streams=STREAMS, disconnects=sum(one.cuts for one in listeners),
        messages=len(listeners[0].messages), gaps=0, ghosts=0, doubles=0,
    )  # fmt: skip


async def test_who_is_deactivated_hears_and_may_nothing_more_within_a_second(stage: tuple[Team, Storm]) -> None:
    began, (team, _), longest = monotonic(), stage, 0.0
    for number in range(LEAVING):
        ben = await team.join(f"Ben{number}")
        longest = max(longest, await _ends(team, ben, f"/settings/team/{ben.id}/deactivate", {}))
        answer = await ben.browser.get("/inbox/open")
        assert answer.status_code == 303, "a request of theirs is sent to the door"
        assert answer.headers["location"].startswith("/sign-in")
    assert longest < 1
    rig.result("p7-leaving", "P7, deactivated", began, members=LEAVING, longest_ms=round(longest * 1000))


async def test_who_may_less_from_now_on_hears_nothing_more_by_the_former_right(stage: tuple[Team, Storm]) -> None:
    team, _ = stage
    carla = await team.join("Carla", "administrator")
    assert (await carla.browser.get("/settings/team")).status_code == 200
    assert await _ends(team, carla, f"/settings/team/{carla.id}/role", {"role": "agent"}) < 1
    assert (await carla.browser.get("/settings/team")).status_code in (303, 403)


async def _ends(team: Team, whose: Somebody, path: str, form: dict[str, str]) -> float:
    """The administrator does this to somebody who listens: seconds until their stream has ended."""
    async with _listening(team.program, whose.cookie, await team.here()) as told:
        began = monotonic()
        answer = await team.ana.browser.post(path, data=form)
        assert answer.status_code == 303, answer.status_code
        last = [one async for one in told if one.name != "again"]  # the team is told that they are with it no more
        assert [(one.name, one.data) for one in last] == [("reload", "signed out")]
        return monotonic() - began


async def _everybody_has_written(storm: Storm) -> None:
    people = storm.double.people()
    for number, _ in enumerate(people):
        await asyncio.to_thread(storm.doubles.say, "messenger", number)

    def there() -> bool:
        storm.conversations = [one["id"] for one in storm.api.all("/conversations")]
        return len(storm.conversations) == len(people)

    end = monotonic() + 30
    while not await asyncio.to_thread(there):
        assert monotonic() < end, "waited for everybody's conversation"
        await asyncio.sleep(0.1)


async def _storm(storm: Storm, team: Team, listeners: Sequence[Listener]) -> None:
    """Events, and at random moments between them a line that breaks."""
    chance = rig.dice("p7 cuts")
    due = sorted(chance.uniform(0, EVENTS) for _ in range(CUTS))
    for number in range(EVENTS):
        await storm.step(number)
        if not number % 10:
            await team.foreign_word()
        while due and due[0] <= number + 1:
            await _soon(lambda: any(one.open for one in listeners), 10, "a stream to be open")
            chance.choice([one for one in listeners if one.open]).cut()
            due.pop(0)


async def _quiet(team: Team, storm: Storm) -> None:
    """Everything has been delivered, sorted, sent, and reported back."""
    before = None
    while before is None or before[0] or before != await _standing(team):
        await asyncio.to_thread(storm.doubles.run, storm.double.settled(), 300)
        before = await _standing(team)
        await asyncio.sleep(0.5)


async def _standing(team: Team) -> tuple[int, Position]:
    async with team.house.db.hall() as tx:
        pending = await tx.row(
            int,
            """
            SELECT ((SELECT count(*) FROM arrival WHERE state = 'pending') + (SELECT count(*) FROM message
              WHERE status IN ('held', 'queued', 'sending', 'unknown')))::int
            """,
        )
    return pending or 0, await team.newest()


async def _compare(team: Team, storm: Storm, listeners: Sequence[Listener], theirs: Listener) -> None:
    fresh: dict[str, str] = {}
    for conversation in storm.conversations:
        fresh |= (await drawn(team.ana.browser, conversation))[1]
    for one in listeners:
        assert not one.reloads, one.reloads
        assert one.again == 0, "an event was told twice"
        gaps, ghosts = fresh.keys() - one.messages.keys() - _before(fresh), one.messages.keys() - fresh.keys()
        assert not gaps, f"{len(gaps)} messages never came, seed {rig.SEED}"
        assert not ghosts, f"{len(ghosts)} messages are gone and still there, seed {rig.SEED}"
        assert not [html for html in one.messages.values() if "northwind" in html]
        assert one.messages.items() <= fresh.items(), f"a message is not what it is on a fresh page, seed {rig.SEED}"
    await _soon(lambda: len(theirs.messages) == team.foreign_said, 20, "the other brand's messages")
    assert all("northwind" in html for html in theirs.messages.values())


def _before(fresh: dict[str, str]) -> set[str]:
    """What was said before anybody listened."""
    return {name for name, html in fresh.items() if "messenger " in html}


async def _too_long_away(program: Program, somebody: Somebody, since: Position) -> None:
    """Who has missed more than can be told, or what is not kept any more, loads the page anew."""
    for position in (since, Position(3, 1)) if EVENTS > hub.BEHIND else (Position(3, 1),):
        async with _listening(program, somebody.cookie, position) as told:
            heard = await anext(told)
            assert (heard.name, heard.data) == ("reload", "too long ago")


@asynccontextmanager
async def _listening(program: Program, cookie: str, position: Position) -> AsyncIterator[AsyncIterator[Heard]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", program.port)
    writer.write(f"GET /live?from={position} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
    try:
        async with asyncio.timeout(20):
            await reader.readuntil(b"\r\n\r\n")
            yield events(reader)
    finally:
        writer.transport.abort()
