"""What happens is heard at once by whoever may hear it, and missed by nobody."""

import asyncio
import contextlib
import json
import socket
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from duologue.kernel.acts import Act
from duologue.kernel.house import House
from duologue.kernel.journal import Entry, Position
from duologue.live import hub as hubs
from duologue.live import stream as streams
from duologue.live.hub import Event, Look, News
from duologue.team import roles
from tests.cast import Colleague
from tests.live.conftest import Desk, Served, here, newest, say, tell
from tests.parrot import Mailroom, squawk


async def test_a_message_is_on_the_stream_once_it_is_committed(
    served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    desk = await served.sign_in(ana)
    async with desk.listen(await here(served.house)) as ear:
        await mailroom.arrive(squawk("a", text="Is it open?", at=served.house.now()))
        (heard,) = await ear.until(await newest(served.house))
    assert heard.name == "swap"
    assert "Is it open?" in heard.data
    assert heard.id == str(await newest(served.house))


async def test_what_has_not_been_committed_is_not_told(served: Served, mailroom: Mailroom, ana: Colleague) -> None:
    await mailroom.arrive(squawk("a", text="first", at=served.house.now()))
    desk = await served.sign_in(ana)
    conversation = await _conversation(served.house, ana.workspace)
    changed = Entry(kind="conversation.changed", conversation_id=conversation, state="open")
    async with desk.listen(await here(served.house)) as ear:
        async with served.house.db.workspace(ana.workspace) as tx:
            await say(tx, served.house, changed)
            served.house.wake.tell("journal")
            served.hub.typing(await served.house.safe(ana.workspace), conversation, "Mia")
            typing = await ear.next()
            assert typing
            assert typing.name == "typing"  # the stream is open, and nothing else was on it
        heard = await ear.next()
    assert heard
    assert heard.name == "swap"


async def test_the_stream_begins_where_the_page_was_drawn(served: Served, mailroom: Mailroom, ana: Colleague) -> None:
    desk = await served.sign_in(ana)
    drawn = await here(served.house)
    await mailroom.arrive(squawk("a", text="between page and stream", at=served.house.now()))
    async with desk.listen(drawn) as ear:
        heard = await ear.next()
    assert heard
    assert "between page and stream" in heard.data


async def test_after_a_break_it_goes_on_from_what_was_heard_last(
    served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    desk = await served.sign_in(ana)
    drawn = await here(served.house)
    await mailroom.arrive(squawk("a", who="mia", text="heard already", at=served.house.now()))
    last = await newest(served.house)
    await mailroom.arrive(squawk("b", who="jonas", text="missed", at=served.house.now()))
    async with desk.listen(drawn, last=last) as ear:
        (heard,) = await ear.until(await newest(served.house))
    assert "missed" in heard.data
    assert "heard already" not in heard.data


async def test_nothing_is_lost_over_many_breaks(served: Served, mailroom: Mailroom, ana: Colleague) -> None:
    """Messages come all the while; the reader comes and goes, and has heard each of them in the end."""
    desk = await served.sign_in(ana)
    last = await here(served.house)
    heard: set[str] = set()

    async def write() -> None:
        for number in range(30):
            await mailroom.arrive(squawk(f"m{number}", text=f"<{number}>", at=served.house.now()))

    writing = asyncio.create_task(write())
    while not (writing.done() and last >= await newest(served.house)):
        async with desk.listen(last) as ear:
            if not writing.done() or last < await newest(served.house):
                one = await ear.next()
                assert one
                assert one.name == "swap"
                heard |= {f"m{n}" for n in range(30) if f"&lt;{n}&gt;" in one.data}
                last = Position.parse(one.id)
    await writing
    assert heard == {f"m{number}" for number in range(30)}


async def test_too_far_behind_is_told_to_load_the_page_anew(served: Served, mailroom: Mailroom, ana: Colleague) -> None:
    desk = await served.sign_in(ana)
    drawn = await here(served.house)
    await tell(served.house, ana.workspace, *[Entry(kind="conversation.changed")] * hubs.BEHIND)
    async with desk.listen(drawn) as ear:
        heard = await ear.next()
        assert heard
        assert (heard.name, heard.data) == ("reload", "too long ago")


async def test_what_the_journal_has_forgotten_is_too_long_ago(served: Served, ana: Colleague) -> None:
    desk = await served.sign_in(ana)
    for _ in range(3):
        await tell(served.house, ana.workspace, Entry(kind="conversation.changed"))
    async with desk.listen("3-1") as ear:
        heard = await ear.next()
        assert heard
        assert heard.name == "reload"
    async with desk.listen(await here(served.house)) as ear:
        served.hub.typing(await served.house.safe(ana.workspace), ana.id, "Mia")
        heard = await ear.next()
        assert heard
        assert heard.name == "typing"


async def test_who_is_not_signed_in_is_told_to_load_the_page_anew(served: Served, mailroom: Mailroom) -> None:
    for nobody in (Desk(served), Desk(served, "duologue=" + "x" * 43)):
        async with nobody.listen(await here(served.house)) as ear:
            assert ear.response.status_code == 200  # EventSource gives up for ever on anything else
            heard = await ear.next()
            assert heard
            assert (heard.name, heard.data) == ("reload", "signed out")
            assert await ear.next() is None


async def test_a_position_that_is_none_loads_the_page_anew(served: Served, ana: Colleague) -> None:
    desk = await served.sign_in(ana)
    for position in ("", "yesterday", "1", "-1-2", "9" * 40 + "-1", f"{2**63}-1"):
        async with desk.listen(position) as ear:
            heard = await ear.next()
            assert heard
            assert heard.name == "reload"
            assert await ear.next() is None


async def test_a_deactivated_member_hears_nothing_more_within_a_second(
    served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague
) -> None:
    desk, stays = await served.sign_in(ben), await served.sign_in(ana)
    since = await here(served.house)
    async with desk.listen(since) as ear, stays.listen(since) as other:
        await served.until_watched_by(2)
        begun = monotonic()
        async with served.house.db.workspace(ben.workspace) as tx:
            await roles.deactivate(tx, Act(by=ana.id, now=served.house.now(), wake=served.house.wake), ben.id)
        heard = await ear.next()
        assert heard
        if heard.name == "again":  # the whole team is told that somebody has left: whichever comes first
            assert heard.data == str(ben.id)
            heard = await ear.next()
            assert heard
        assert heard.name == "reload"
        assert await ear.next() is None
        assert monotonic() - begun < 1
        await mailroom.arrive(squawk("a", text="after Ben", at=served.house.now()))
        *_, heard = await other.until(await newest(served.house))
        assert "after Ben" in heard.data
    async with desk.listen(since) as ear:
        heard = await ear.next()
        assert heard
        assert heard.data == "signed out"


async def test_another_role_ends_the_stream(served: Served, ana: Colleague, ben: Colleague) -> None:
    desk = await served.sign_in(ben)
    async with desk.listen(await here(served.house)) as ear:
        await served.until_watched_by(1)
        async with served.house.db.workspace(ben.workspace) as tx:
            act = Act(by=ana.id, now=served.house.now(), wake=served.house.wake)
            await roles.change(tx, act, ben.id, roles.Role("administrator"))
        heard = await ear.next()
        assert heard
        assert heard.name == "reload"
        assert await ear.next() is None


async def test_another_workspace_hears_nothing(
    served: Served, mailroom: Mailroom, ana: Colleague, nora: Colleague
) -> None:
    ours, theirs = await served.sign_in(ana), await served.sign_in(nora)
    since = await here(served.house)
    async with theirs.listen(since) as foreign, ours.listen(since) as ear:
        await served.until_watched_by(2)
        await mailroom.arrive(squawk("a", text="for Lume alone", at=served.house.now()))
        served.hub.typing(await served.house.safe(ana.workspace), ana.id, "Mia")
        await ear.until(await newest(served.house))
        served.hub.typing(await served.house.safe(nora.workspace), nora.id, "the end")
        assert (heard := await foreign.next())
        assert (heard.name, json.loads(heard.data)["name"]) == ("typing", "the end")
    async with theirs.listen(since) as foreign:  # nor afterwards, from the journal
        served.hub.typing(await served.house.safe(nora.workspace), nora.id, "the end")
        assert (heard := await foreign.next())
        assert heard.name == "typing"


async def test_a_slow_reader_is_told_to_load_anew_and_costs_no_more_than_its_queue(
    served: Served, ana: Colleague
) -> None:
    desk = await served.sign_in(ana)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        await _ask(slow, served.base, desk, await here(served.house))
        (watcher,) = served.hub._watchers[ana.workspace]
        big = Event(name="typing", data="x" * 10_000)
        for number in range(6000):  # 60 MB: more than any buffer on the way takes
            served.hub.whisper(ana.workspace, big)
            assert len(watcher._waiting) <= hubs.BEHIND + 2
            if number % 100 == 0:
                await asyncio.sleep(0)
        said = await _rest(slow)
    assert len(said) < 30_000_000
    assert said.rstrip().endswith(b"0")  # the end of the answer
    assert said.rpartition(b"event: ")[2].startswith(b"reload\ndata: behind")
    await served.until_watched_by(0)


class Reader:
    """A watcher that keeps what it is told."""

    def __init__(self, workspace: UUID, look: Look) -> None:
        self.workspace, self.look = workspace, look
        self.said: list[Event] = []

    def put(self, news: News) -> None:
        self.said += news.events

    def end(self) -> None:
        self.said.clear()


async def test_what_is_whispered_is_drawn_in_the_language_of_each_reader(served: Served, ana: Colleague) -> None:
    looks = [Look("de", "Europe/Berlin"), Look("en", "UTC"), Look("de", "Europe/Berlin")]
    readers = [Reader(ana.workspace, look) for look in looks]
    drawn: list[Look] = []

    def draw(look: Look) -> Event:
        drawn.append(look)
        return Event(name="swap", data=look.locale)

    with contextlib.ExitStack() as open_pages:
        for reader in readers:
            open_pages.enter_context(served.hub.watch(reader))
        served.hub.whisper_drawn(ana.workspace, draw)
    assert [event.data for reader in readers for event in reader.said] == ["de", "en", "de"]
    assert len(drawn) == 2


async def test_many_who_come_back_from_the_same_place_ask_the_database_once(
    served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    position = await here(served.house)
    await mailroom.arrive(squawk("a", text="missed by all", at=served.house.now()))
    draw, drawn = served.hub._draw, []

    async def counted(*asked: Any) -> list[Event]:
        drawn.append(asked)
        return await draw(*asked)

    served.hub._draw = counted
    look = Look("en", "UTC")
    missed = await asyncio.gather(*(served.hub.since(ana.workspace, position, look) for _ in range(50)))
    assert len(drawn) == 1
    assert all(b"missed by all" in one.frame for one in missed)
    await served.hub.since(ana.workspace, position, look)
    assert len(drawn) == 2  # nothing is kept: later there is more


async def test_who_goes_away_is_forgotten(served: Served, ana: Colleague) -> None:
    desk = await served.sign_in(ana)
    async with desk.listen(await here(served.house)):
        await served.until_watched_by(1)
        assert len(served.hub._watchers[ana.workspace]) == 1
    await served.until_watched_by(0)


async def test_what_came_while_it_was_replayed_is_heard_once(
    served: Served, mailroom: Mailroom, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, drawn = await served.sign_in(ana), await here(served.house)
    since, shown = served.hub.since, asyncio.Event()

    async def late(*asked: Any) -> Any:
        """Looks only after the hub has shown it to the stream as well."""
        await shown.wait()
        return await since(*asked)

    monkeypatch.setattr(served.hub, "since", late)
    async with desk.listen(drawn) as ear:
        await served.until_watched_by(1)
        (watcher,) = served.hub._watchers[ana.workspace]
        await mailroom.arrive(squawk("a", text="in between", at=served.house.now()))
        async with asyncio.timeout(30):
            while not watcher._waiting:  # noqa: ASYNC110 - the hub tells nobody of it but the queue
                await asyncio.sleep(0.01)
        shown.set()
        heard = await ear.next()
        assert heard
        assert "in between" in heard.data
        served.hub.typing(await served.house.safe(ana.workspace), ana.id, "Mia")
        heard = await ear.next()
        assert heard
        assert heard.name == "typing"


async def test_a_silent_stream_beats_and_tells_where_its_reader_stands(
    served: Served, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BEAT", 0.05)
    desk = await served.sign_in(ana)
    async with desk.listen(await here(served.house)) as ear:
        for _ in range(2):
            heard = await ear.next()
            assert heard
            assert heard.name == "beat"
            assert Position.parse(heard.id) >= await newest(served.house)


async def test_everybody_is_told_when_the_program_ends(served: Served, ana: Colleague) -> None:
    desk = await served.sign_in(ana)
    async with desk.listen(await here(served.house)) as ear:
        await served.until_watched_by(1)
        served.hub.end_streams()
        assert await ear.next() is None


async def test_what_cannot_be_drawn_is_loaded_anew_and_stops_nobody(
    served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    desk = await served.sign_in(ana)
    draw, served.hub._draw = served.hub._draw, _broken
    async with desk.listen(await here(served.house)) as ear:
        await served.until_watched_by(1)
        await mailroom.arrive(squawk("a", at=served.house.now()))
        heard = await ear.next()
        assert heard
        assert (heard.name, heard.data) == ("reload", "not drawn")
        served.hub._draw = draw
        await mailroom.arrive(squawk("b", text="drawn again", at=served.house.now()))
        (heard,) = await ear.until(await newest(served.house))
    assert "drawn again" in heard.data


# ---------------------------------------------------------------------------------------------------------------------


async def _broken(*_: object) -> list[Event]:
    raise ValueError("a template is broken")


async def _conversation(house: House, workspace: UUID) -> UUID:
    async with house.db.workspace(workspace) as tx:
        (found,) = await tx.rows(UUID, "SELECT id FROM conversation")
    return found


async def _ask(slow: socket.socket, base: str, desk: Desk, since: Position) -> None:
    """Opens the stream and reads nothing of it but its first bytes."""
    loop = asyncio.get_running_loop()
    to = urlsplit(base)
    await loop.sock_connect(slow, (to.hostname, to.port))
    lines = [f"GET /live?from={since} HTTP/1.1", f"Host: {to.netloc}"]
    lines += [f"{name}: {value}" for name, value in desk.headers.items()]
    await loop.sock_sendall(slow, ("\r\n".join(lines) + "\r\n\r\n").encode())
    assert (await loop.sock_recv(slow, 100)).startswith(b"HTTP/1.1 200")
    await desk.served.until_watched_by(1)


async def _rest(slow: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    parts: list[bytes] = []
    async with asyncio.timeout(20):
        while not parts or not parts[-1].endswith(b"0\r\n\r\n"):
            parts.append(await loop.sock_recv(slow, 1 << 20))
            assert parts[-1], "the connection was cut"
    return b"".join(parts)
