"""The chat against the real house: a visitor writes, the inbox has it, the answer is on the visitor's screen."""

# ruff: noqa: F811 (fixtures go by name)

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
import pytest
from conftest import Guest

from duologue.accounts import connect
from duologue.accounts.connected import Accounts
from duologue.accounts.model import Wanted
from duologue.channels.web import CHANNEL
from duologue.conversations import acts, show
from duologue.conversations.acts import Wish
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.work import work
from duologue.live.hub import Hub
from duologue.mailroom.alter import Alterer
from duologue.mailroom.deliver import Deliverer
from duologue.mailroom.lobby import BELIEVED, OpenLobby
from duologue.mailroom.receive import Door
from duologue.mailroom.sort import Sorter
from tests.database import house  # noqa: F401 (the real one, in the place of this folder's)


class Room:
    """The chat's account in a real workspace, with the team's side a step at a time."""

    def __init__(self, house, workspace, accounts, account) -> None:
        self.house = house
        self.workspace = workspace
        self.account = account
        self.sorter = Sorter(house, accounts)
        self.deliverer = Deliverer(house, accounts)
        self.alterer = Alterer(house, accounts)

    async def sort(self) -> None:
        while await self.sorter.sort():
            pass

    async def rows(self):
        async with work(self.house, self.workspace) as open_work:
            return (await show.rows(open_work, "all", member=None))[0]

    async def answer(self, text, member) -> None:
        (row,) = await self.rows()
        async with work(self.house, self.workspace) as open_work:
            await reply(open_work, row.id, Draft(key=ids.new(), text=text), Sender(member=member), CHANNEL.abilities)
        await self.deliverer._start(await self.deliverer.claim())
        while self.deliverer._under_way:
            await next(iter(self.deliverer._under_way))


async def until(parts, sign: str) -> str:
    """What the stream has said until this sign was in it."""
    text = ""
    async with asyncio.timeout(30):
        while sign not in text:
            text += await anext(parts)
    return text


async def no_fragments(*_):
    return []


@asynccontextmanager
async def serving(house, workspace, stage, **given):
    accounts, door, hub = Accounts(house), Door(house), Hub(house, no_fragments)
    async with work(house, workspace) as open_work:
        row = await connect.make(
            open_work, Wanted(kind="web", given={"origins": "https://shop.example.com", **given}), by=None
        )
    door.open()
    hub.open()
    stage.app = CHANNEL.app(OpenLobby(house, accounts, door, hub, "web"))
    async with httpx.AsyncClient(base_url=stage.url, timeout=10) as client:
        guest = Guest(client, row.id)
        assert (await guest.open(claims={"name": "Mia"})).status_code == 200
        yield Room(house, workspace, accounts, row), guest
    await hub.close()
    await door.close()
    await accounts.close()


@pytest.fixture
async def room_and_guest(house, workspace, stage):
    async with serving(house, workspace, stage) as both:
        yield both


async def test_a_message_reaches_the_inbox_once_and_the_answer_the_visitor(room_and_guest, ana):
    room, guest = room_and_guest
    own = str(ids.new())
    assert [(await guest.say("Is it open?", own)).status_code for _ in range(2)] == [202, 202]
    await room.sort()
    (row,) = await room.rows()
    assert (row.contact_name, row.last_text, row.unread) == ("Mia", "Is it open?", 1)
    assert [(line["text"], line["mine"], line["status"]) for line in await guest.lines()] == [
        ("Is it open?", own, "delivered")
    ]
    await room.answer("Until six", ana.id)
    answer = (await guest.lines())[-1]
    assert (answer["text"], answer["by"], answer["author"], answer["status"]) == (
        "Until six",
        "brand",
        "Ana Ruiz",
        "sent",
    )
    await guest.call("POST", "receipts", json={"read": answer["seq"]})
    await room.sort()
    assert (await guest.lines())[-1]["status"] == "read"


async def test_the_answer_is_live(room_and_guest, ana):
    room, guest = room_and_guest
    await guest.say("Hello?")
    await room.sort()
    headers = {"authorization": f"Bearer {guest.token}"}
    async with guest.client.stream("GET", f"/web/{guest.channel}/events", headers=headers) as stream:
        parts = stream.aiter_text()
        assert (await anext(parts)).startswith("retry")
        await room.answer("Here", ana.id)
        assert "event: typing" not in await until(parts, '"text":"Here"')


async def test_visitors_are_not_told_that_they_type_themselves(room_and_guest, ana):
    room, guest = room_and_guest
    await guest.say("Hello?")
    await room.sort()
    headers = {"authorization": f"Bearer {guest.token}"}
    async with guest.client.stream("GET", f"/web/{guest.channel}/events", headers=headers) as stream:
        parts = stream.aiter_text()
        assert (await anext(parts)).startswith("retry")
        await guest.call("POST", "typing")
        await room.answer("Here", ana.id)
        assert "event: typing" not in await until(parts, '"text":"Here"')


async def test_a_file_comes_back_whole_to_whose_it_is_and_to_nobody_else(room_and_guest):
    room, guest = room_and_guest
    file = ("note.txt", b"twelve pairs", "text/plain")
    sent = await guest.call("POST", "messages", data={"id": str(ids.new()), "text": ""}, files=[("file", file)])
    assert sent.status_code == 202
    await room.sort()
    (line,) = await guest.lines()
    assert [one["name"] for one in line["files"]] == ["note.txt"]
    path = f"files/{line['files'][0]['id']}"
    assert (await guest.call("GET", path)).content == b"twelve pairs"
    other = Guest(guest.client, guest.channel)
    await other.open()
    assert (await other.call("GET", path)).status_code == 404, "whoever has no conversation"
    await other.say("I have one too")
    await room.sort()
    refused = await other.call("GET", path)
    assert (refused.status_code, b"twelve" in refused.content) == (404, False)


async def test_what_the_team_does_afterwards_is_live_and_nothing_that_was_taken_back_is_told_again(room_and_guest, ana):
    room, guest = room_and_guest
    await guest.say("Is it open?")
    await room.sort()
    await room.answer("canary", ana.id)
    (row,) = await room.rows()
    async with work(room.house, room.workspace) as open_work:
        theirs, ours = (await show.page(open_work, row.id, before=None))[0]
    headers = {"authorization": f"Bearer {guest.token}"}
    async with guest.client.stream("GET", f"/web/{guest.channel}/events", headers=headers) as stream:
        parts = stream.aiter_text()
        assert (await anext(parts)).startswith("retry")
        for message, wish, sign in (
            (ours, Wish(kind="edit", words="Until six", member=ana.id), '"text":"Until six"'),
            (theirs, Wish(kind="react", words="👍", member=ana.id), '"sign":"👍"'),
            (ours, Wish(kind="unsend", member=ana.id), '"gone":true'),
        ):
            async with work(room.house, room.workspace) as open_work:
                await acts.ask(open_work, message.id, wish)
            await room.alterer.alter()
            assert sign in await until(parts, sign)
    told = await guest.lines()
    assert [(line["text"], line["gone"], line["sign"]) for line in told] == [
        ("Is it open?", False, "👍"),
        ("", True, ""),
    ]
    assert "canary" not in str(told)


async def _looking(house, workspace):
    async with house.db.workspace(workspace) as tx:
        return await tx.rows(datetime, "SELECT until FROM looking")


async def test_an_open_chat_is_one_that_somebody_looks_at(house, workspace, stage):
    mail = {"address": "a@b.example", "imap_host": "i", "imap_user": "u", "imap_password": "p", "smtp_host": "s"}
    async with work(house, workspace) as open_work:
        carrying = await connect.make(open_work, Wanted(kind="email", given=mail), by=None)
    async with serving(house, workspace, stage, onward_through=str(carrying.id)) as (_, guest):
        headers = {"authorization": f"Bearer {guest.token}"}
        async with guest.client.stream("GET", f"/web/{guest.channel}/events", headers=headers) as stream:
            assert (await anext(stream.aiter_text())).startswith("retry")
            async with asyncio.timeout(30):
                while not (found := await _looking(house, workspace)):  # noqa: ASYNC110 (the stream's own task writes)
                    await asyncio.sleep(0.01)
    assert found == [house.now() + BELIEVED]


async def test_nobody_is_written_down_as_looking_where_nothing_goes_on(room_and_guest, workspace):
    room, guest = room_and_guest
    headers = {"authorization": f"Bearer {guest.token}"}
    async with guest.client.stream("GET", f"/web/{guest.channel}/events", headers=headers) as stream:
        parts = stream.aiter_text()
        assert (await anext(parts)).startswith("retry")
        await guest.say("Hello?")
        await room.sort()
        await until(parts, '"text":"Hello?"')
    assert await _looking(room.house, workspace) == []
