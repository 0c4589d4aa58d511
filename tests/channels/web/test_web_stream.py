"""The live side: nothing is missed, nothing belongs to another, and the stream ends when the right to it does."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from duologue.channels.web.server import limits
from duologue.kernel.clock import Turned


class Reader:
    def __init__(self, reply):
        self.status_code = reply.status_code
        self.headers = reply.headers
        self._parts = reply.aiter_text()
        self._text = ""

    async def block(self):
        while "\n\n" not in self._text:
            self._text += await anext(self._parts)
        block, _, self._text = self._text.partition("\n\n")
        return block

    async def event(self):
        """The next event as (name, id, data); signs of life are passed over."""
        while True:
            fields = dict(line.split(": ", 1) for line in (await self.block()).splitlines() if not line.startswith(":"))
            if "data" in fields:
                return fields["event"], fields.get("id"), json.loads(fields["data"])

    async def end(self):
        async for _ in self._parts:
            pass


@asynccontextmanager
async def following(guest, **headers):
    headers = {"authorization": f"Bearer {guest.token}", **headers}
    async with guest.client.stream("GET", f"/web/{guest.channel}/events", headers=headers) as reply:
        reader = Reader(reply)
        if reply.status_code == 200:
            assert (await reader.block()).startswith("retry:")
        yield reader


async def test_an_answer_is_there_at_once_with_its_position(house):
    account = house.account()
    guest = await house.guest(account)
    async with following(guest) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        line = house.lobby.answer(account, guest.address, "Yes, two pairs.")
        name, position, data = await stream.event()
        assert (name, position, data["text"], data["author"]) == ("line", str(line.seq), "Yes, two pairs.", "Ana")


async def test_a_line_that_changes_comes_again_without_moving_the_position_back(house):
    account = house.account()
    guest = await house.guest(account)
    await guest.say("hello")
    async with following(guest) as stream:
        answer = house.lobby.answer(account, guest.address, "Hi")
        house.lobby.mark(account, guest.address, "read")
        assert (await stream.event())[1] == str(answer.seq)
        name, position, data = await stream.event()
        assert (name, position, data["text"], data["status"]) == ("line", None, "hello", "read")


async def test_typing_is_shown_with_the_name(house):
    account = house.account()
    guest = await house.guest(account)
    async with following(guest) as stream:
        house.lobby.types(account, guest.address)
        assert await stream.event() == ("typing", None, {"author": "Ana"})


async def test_whoever_comes_back_with_a_position_gets_exactly_what_was_missed(house):
    account = house.account()
    guest = await house.guest(account)
    first = house.lobby.answer(account, guest.address, "one")
    house.lobby.answer(account, guest.address, "two")
    house.lobby.answer(account, guest.address, "three")
    async with following(guest, **{"last-event-id": str(first.seq)}) as stream:
        assert [(await stream.event())[2]["text"] for _ in range(2)] == ["two", "three"]
        house.lobby.answer(account, guest.address, "four")
        assert (await stream.event())[2]["text"] == "four"


@pytest.mark.parametrize("position", ["-1", "abc", "1e9", "99999999999999", "1;2"])
async def test_a_position_that_makes_no_sense_counts_as_none(house, position):
    account = house.account()
    guest = await house.guest(account)
    house.lobby.answer(account, guest.address, "old")
    async with following(guest, **{"last-event-id": position}) as stream:
        house.lobby.answer(account, guest.address, "new")
        assert (await stream.event())[2]["text"] == "new"


async def test_nobody_hears_what_is_said_to_another(house):
    account, elsewhere = house.account(), house.account()
    mia, tom = await house.guest(account), await house.guest(account)
    async with following(tom) as stream:
        house.lobby.answer(account, mia.address, "For Mia alone")
        house.lobby.types(account, mia.address)
        house.lobby.answer(elsewhere, tom.address, "On another channel")
        house.lobby.answer(account, tom.address, "For Tom")
        assert (await stream.event())[2]["text"] == "For Tom"


async def test_a_silent_stream_shows_signs_of_life(run_house):
    async with run_house(Turned(), beat=0.01) as house:
        guest = await house.guest(house.account())
        async with following(guest) as stream:
            assert [await stream.block() for _ in range(3)] == [": still here"] * 3


async def test_the_stream_ends_with_the_token(run_house):
    async with run_house(Turned(), beat=0.01) as house:
        guest = await house.guest(house.account())
        async with following(guest) as stream:
            house.clock.turn(hours=12)
            await asyncio.wait_for(stream.end(), 5)


@pytest.mark.parametrize("change", [{"identity_enforced": True}, {"session_key": "k" * 43}, None])
async def test_the_stream_ends_when_the_right_to_it_does(run_house, change):
    async with run_house(Turned(), beat=0.01) as house:
        account = house.account()
        guest = await house.guest(account)
        async with following(guest) as stream:
            if change:
                house.change(account, **change)
            else:
                del house.lobby.accounts[account.id]
            house.clock.turn(seconds=1)
            await asyncio.wait_for(stream.end(), 5)


async def test_nothing_is_told_after_the_end_of_the_token_not_even_news_already_under_way(still_house):
    account = still_house.account()
    guest = await still_house.guest(account)
    async with following(guest) as stream:
        still_house.clock.turn(hours=12)
        still_house.lobby.answer(account, guest.address, "too late")
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(stream.event(), 5)


async def test_a_browser_that_leaves_is_forgotten(run_house):
    async with run_house(Turned(), beat=0.01) as house:
        account = house.account()
        guest = await house.guest(account)
        async with following(guest):
            assert house.lobby.followers(account, guest.address) == 1
        async with asyncio.timeout(30):
            while house.lobby.followers(account, guest.address):
                await guest.call("GET", "files/none")  # one turn of the server
        assert house.lobby.followers(account, guest.address) == 0


async def test_open_streams_of_one_visitor_are_counted(house, monkeypatch):
    monkeypatch.setattr(limits, "STREAMS_EACH", 1)
    account = house.account()
    guest = await house.guest(account)
    async with following(guest), following(guest) as second:
        assert second.status_code == 429
