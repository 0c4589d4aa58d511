"""Files that came as an address: fetched, judged by what they are, sealed; or it is said why not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiohttp import web

from duologue.channels.contract import Content, Event, Kind, Media, Person, Said, Unsent
from duologue.channels.registry import channels
from duologue.conversations import receive, show
from duologue.conversations.again import again
from duologue.conversations.model import FileView
from duologue.errors import Conflict, NotFound
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import NoAnswer, TooLarge
from duologue.kernel.work import work
from duologue.mailroom.fetch import Fetcher
from tests.parrot import Mailroom
from tests.pictures import picture

PICTURE = picture("PNG")
HTML = b"<html><script>alert(1)</script></html>"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Elsewhere:
    """Somebody else's server, with one file."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer = self.gives(PICTURE, "image/png")
        self.place = ""

    def gives(self, data: bytes, mime: str, status: int = 200, **headers: str) -> Answer:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(status=status, body=data, content_type=mime, headers=headers)

        return answer

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        return await self.answer(request)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    there, app = Elsewhere(), web.Application()
    app.router.add_get("/{name}", there.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there.place = f"127.0.0.1:{runner.addresses[0][1]}"
    yield there
    await runner.cleanup()


class Room:
    """A mailroom whose account may reach the place, and one file that waits there."""

    def __init__(self, mailroom: Mailroom, elsewhere: Elsewhere) -> None:
        self.mailroom = mailroom
        self.house = mailroom.house
        self.elsewhere = elsewhere
        self.fetcher = Fetcher(mailroom.house, mailroom.accounts)

    async def allow(self, *places: str) -> None:
        async with self.house.db.workspace(self.mailroom.workspace) as tx:
            await tx.run("UPDATE channel SET allow = %(places)s", {"places": list(places)})
        self.mailroom.accounts.forget()

    async def hear(self, event: Event) -> None:
        await self.mailroom.keep(b"")
        connected = await self.mailroom.accounts.get(self.mailroom.channel)
        assert connected
        source = receive.Source(self.mailroom.channel, connected.channel.abilities)
        async with work(self.house, self.mailroom.workspace) as open_work:
            (arrival, *_) = await open_work.tx.rows(UUID, "SELECT id FROM arrival")
            await receive.receive(open_work, source, [receive.Item(event, arrival)])

    async def comes(self, url: str | None = None, kind: Kind = Kind.IMAGE, mime: str | None = "image/png") -> None:
        media = Media(kind=kind, name="cat.png", mime=mime, url=url or f"http://{self.elsewhere.place}/cat.png")
        content = Content(kind=kind, media=(media,))
        await self.hear(
            Said(id="a", address="mia", at=self.house.now(), content=content, person=Person(name="Mia Santos"))
        )
        await self.changes("created_at = %(now)s", now=self.house.now())

    async def changes(self, what: Any, **values: object) -> None:
        async with self.house.db.workspace(self.mailroom.workspace) as tx:
            await tx.run("UPDATE attachment SET " + what, values)

    async def files(self) -> tuple[FileView, ...]:
        async with work(self.house, self.mailroom.workspace) as open_work:
            ((row,), _) = await show.rows(open_work, "all", member=None)
            ((bubble,), _) = await show.page(open_work, row.id, before=None)
        return bubble.files

    async def file(self) -> FileView:
        (found,) = await self.files()
        return found

    def on_disk(self) -> list[Path]:
        return [path for path in (self.house.settings.data / "files").rglob("*") if path.is_file()]

    async def told(self) -> int:
        async with self.house.db.workspace(self.mailroom.workspace) as tx:
            (found,) = await tx.rows(int, "SELECT count(*)::int FROM journal WHERE kind = 'message.file'")
        return found


@pytest.fixture
async def room(mailroom: Mailroom, elsewhere: Elsewhere) -> Room:
    room = Room(mailroom, elsewhere)
    await room.allow(elsewhere.place)
    return room


async def test_a_file_is_fetched_shown_and_told_of(room: Room) -> None:
    await room.comes()
    assert (await room.file()).state == "pending"
    assert await room.fetcher.fetch() == 1
    file = await room.file()
    assert (file.state, file.kind, file.mime, file.size) == ("stored", Kind.IMAGE, "image/png", len(PICTURE))
    async with work(room.house, room.mailroom.workspace) as open_work:
        assert (await show.file(open_work, file.id))[1] == PICTURE
    assert await room.told() == 1
    assert await room.fetcher.fetch() == 0
    assert room.elsewhere.asked == ["/cat.png"]


async def test_on_disk_it_is_sealed(room: Room) -> None:
    await room.comes()
    await room.fetcher.fetch()
    path, small = room.on_disk()
    assert b"RIFF" not in small.read_bytes()
    assert PICTURE[:40] not in path.read_bytes()


@pytest.mark.parametrize("claimed", ["image/png", None])
async def test_what_it_claims_to_be_does_not_make_it_so(room: Room, claimed: str | None) -> None:
    room.elsewhere.answer = room.elsewhere.gives(HTML, claimed or "text/html")
    await room.comes(mime=claimed)
    await room.fetcher.fetch()
    file = await room.file()
    assert (file.state, file.kind, file.mime) == ("stored", Kind.FILE, "application/octet-stream")


@pytest.mark.parametrize("status", [302, 403, 404])
async def test_what_is_not_there_any_more_is_said_to_be_so(room: Room, status: int) -> None:
    room.elsewhere.answer = room.elsewhere.gives(b"no", "text/plain", status, Location="/other")
    await room.comes()
    assert await room.fetcher.fetch() == 1
    file = await room.file()
    assert (file.state, bool(file.reason)) == ("failed", True)
    assert room.elsewhere.asked == ["/cat.png"]  # a redirect leads nowhere
    assert await room.told() == 1
    assert room.on_disk() == []


async def test_what_was_given_up_may_be_asked_for_again(room: Room) -> None:
    real, room.elsewhere.answer = room.elsewhere.answer, room.elsewhere.gives(b"expired", "text/plain", 403)
    await room.comes()
    await room.fetcher.fetch()
    assert (await room.file()).state == "failed"
    room.elsewhere.answer = real
    async with work(room.house, room.mailroom.workspace) as open_work:
        message = await again(open_work, (await room.file()).id)
    waits = await room.file()
    assert (waits.state, waits.reason, await room.told()) == ("pending", None, 2)
    assert await room.fetcher.fetch() == 1
    assert ((await room.file()).state, len(room.elsewhere.asked)) == ("stored", 2)
    async with work(room.house, room.mailroom.workspace) as open_work:
        assert [one.id for one in await show.bubbles(open_work, [message])] == [message]
        with pytest.raises(Conflict, match="here already"):
            await again(open_work, (await room.file()).id)
        with pytest.raises(NotFound):
            await again(open_work, ids.new())


async def test_asked_for_again_it_is_tried_for_an_hour_again(room: Room) -> None:
    room.elsewhere.answer = room.elsewhere.gives(b"later", "text/plain", 503)
    await room.comes()
    await room.changes("created_at = %(then)s", then=room.house.now() - timedelta(minutes=61))
    await room.fetcher.fetch()
    async with work(room.house, room.mailroom.workspace) as open_work:
        await again(open_work, (await room.file()).id)
    assert await room.fetcher.fetch() == 0
    assert (await room.file()).state == "pending"


@pytest.mark.parametrize("status", [429, 503])
async def test_a_platform_in_need_is_asked_again(room: Room, status: int) -> None:
    room.elsewhere.answer = room.elsewhere.gives(b"later", "text/plain", status)
    await room.comes()
    assert await room.fetcher.fetch() == 0
    assert (await room.file()).state == "pending"
    assert await room.fetcher.fetch() == 0
    assert len(room.elsewhere.asked) == 1  # not at once
    room.elsewhere.answer = room.elsewhere.gives(PICTURE, "image/png")
    await room.changes("tried_at = tried_at - interval '1 hour'")
    assert await room.fetcher.fetch() == 1
    assert (await room.file()).state == "stored"


async def test_after_an_hour_it_is_given_up(room: Room) -> None:
    room.elsewhere.answer = room.elsewhere.gives(b"later", "text/plain", 503)
    await room.comes()
    await room.changes("created_at = %(then)s", then=room.house.now() - timedelta(minutes=61))
    assert await room.fetcher.fetch() == 1
    assert (await room.file()).state == "failed"


async def test_too_large_is_given_up_at_once(room: Room, parrot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small = msgspec.structs.replace(parrot.CHANNEL.abilities, file_limit=len(PICTURE) - 1)
    monkeypatch.setattr(parrot, "CHANNEL", msgspec.structs.replace(parrot.CHANNEL, abilities=small))
    channels.cache_clear()
    room.mailroom.accounts.forget()
    await room.comes()
    assert await room.fetcher.fetch() == 1
    file = await room.file()
    assert (file.state, file.reason) == (
        "failed",
        "The file is too large to be fetched: ask the person for a link to it.",
    )
    assert room.on_disk() == []


@pytest.mark.parametrize(
    "url",
    ["http://{place}/cat.png", "http://localhost:1/cat.png", "file:///etc/passwd", "ftp://x/cat.png", "http://[", ""],
)
async def test_an_inside_address_is_not_asked(room: Room, url: str) -> None:
    await room.allow()
    await room.comes(url.format(place=room.elsewhere.place) or "http://169.254.169.254/latest/meta-data")
    assert await room.fetcher.fetch() == 1
    assert (await room.file()).state == "failed"
    assert room.elsewhere.asked == []


async def test_what_is_taken_back_while_it_is_fetched_is_not_kept(room: Room) -> None:
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(_: web.Request) -> web.StreamResponse:
        under_way.set()
        await go_on.wait()
        return web.Response(body=PICTURE)

    room.elsewhere.answer = slowly
    await room.comes()
    fetching = asyncio.create_task(room.fetcher.fetch())
    await under_way.wait()
    await room.hear(Unsent(id="a", address="mia", at=room.house.now()))
    go_on.set()
    await fetching
    assert await room.files() == ()
    assert room.on_disk() == []
    assert await room.told() == 0


async def test_two_fetchers_do_not_fetch_the_same(room: Room) -> None:
    await room.comes()
    other = Fetcher(room.house, room.mailroom.accounts)
    assert sorted(await asyncio.gather(room.fetcher.fetch(), other.fetch())) == [0, 1]
    assert len(room.elsewhere.asked) == 1


# -------------------------------------------------------------------------------------------------------------- names


@pytest.fixture
def told_names(parrot: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The parrot can be asked who somebody is; what it answers, in order."""
    answers: list[Any] = []

    async def profile(account: Any, address: str) -> Person | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(parrot, "CHANNEL", msgspec.structs.replace(parrot.CHANNEL, profile=profile))
    channels.cache_clear()
    return answers


async def _said_namelessly(room: Room) -> None:
    await room.hear(Said(id="a", address="mia", at=room.house.now(), content=Content(text="Hello")))


async def test_a_name_that_the_message_did_not_tell_is_asked_for_once(room: Room, told_names: list[Any]) -> None:
    await _said_namelessly(room)
    told_names.append(Person(name="Mia Santos"))
    assert await room.fetcher.name() == 1
    assert await room.fetcher.name() == 0
    async with work(room.house, room.mailroom.workspace) as open_work:
        ((row,), _) = await show.rows(open_work, "all", member=None)
    assert row.contact_name == "Mia Santos"


async def test_a_platform_that_gives_no_answer_is_asked_again_after_a_while(
    room: Room, told_names: list[Any], clock: Turned
) -> None:
    await _said_namelessly(room)
    told_names += [NoAnswer("gone", sent=True), Person(name="Mia Santos")]
    assert await room.fetcher.name() == 0
    assert await room.fetcher.name() == 0
    assert len(told_names) == 1, "it is left alone meanwhile"
    clock.turn(minutes=2)
    assert await room.fetcher.name() == 1


@pytest.mark.parametrize("answer", [None, Person(), TooLarge("a whole book", sent=True), ValueError("odd")])
async def test_a_platform_that_does_not_tell_is_not_asked_again(room: Room, told_names: list[Any], answer: Any) -> None:
    await _said_namelessly(room)
    told_names.append(answer)
    assert await room.fetcher.name() == 1
    assert await room.fetcher.name() == 0
