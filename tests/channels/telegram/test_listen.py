"""Messages that are fetched: from where, how far, and what stands in the way."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest
from msgspec.structs import replace

from duologue.channels.contract import Account, Kind, Raw, Said, Unreadable
from duologue.channels.telegram import CHANNEL
from duologue.channels.telegram.listen import CannotListen, Cursor, listen
from duologue.channels.telegram.read import read
from duologue.channels.telegram.simulate.double import Double
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress, NoAnswer

from .conftest import LEO, NADIA, cancelled


class Kept:
    """What was handed over, as the house would keep it."""

    def __init__(self, account: Account) -> None:
        self.raws: list[Raw] = []
        self.cursors: list[Cursor] = []
        self.breaks = False
        self._account, self._news = account, asyncio.Condition()

    async def __call__(self, raws: Sequence[Raw], cursor: bytes) -> None:
        if self.breaks:
            raise ConnectionError("the database was away")
        self.raws += raws
        async with self._news:
            self.cursors.append(msgspec.json.decode(cursor, type=Cursor))
            self._news.notify_all()

    @property
    def texts(self) -> list[str | None]:
        events = [event for raw in self.raws for event in read(self._account.settings, raw)]
        return [one.content.text for one in events if isinstance(one, Said)]

    @property
    def cursor(self) -> bytes | None:
        return msgspec.json.encode(self.cursors[-1]) if self.cursors else None

    async def until(self, count: int) -> None:
        """Returns when so many messages were handed over, and that they were was told to the platform."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.raws) >= count and self.cursors[-1].next is None)


@pytest.fixture
async def double(clock: Turned) -> AsyncIterator[Double]:
    double = Double(clock, seed=1, polled=True)
    double.faults.pace = 0.004
    await double.start()
    yield double
    await double.close()


@pytest.fixture
def kept(account: Account) -> Kept:
    return Kept(account)


async def test_what_was_said_is_handed_over_once_in_order(double: Double, account: Account, kept: Kept):
    double.phone(NADIA).says("One")
    listener = asyncio.create_task(listen(account, None, kept))
    double.phone(LEO).says("Two")
    await kept.until(2)
    double.phone(NADIA).says("Three")
    await kept.until(3)
    await cancelled(listener)
    assert kept.texts == ["One", "Two", "Three"]
    assert double.hooks.waiting == []
    assert all(raw.headers["received"] for raw in kept.raws)
    assert {one.bot for one in kept.cursors} == {"7110201543"}


async def test_what_was_not_kept_is_asked_for_again(double: Double, account: Account, kept: Kept):
    double.phone(NADIA).says("Keep me")
    kept.breaks = True
    with pytest.raises(ConnectionError):
        await listen(account, None, kept)
    assert len(double.hooks.waiting) == 1
    kept.breaks = False
    listener = asyncio.create_task(listen(account, kept.cursor, kept))
    await kept.until(1)
    await cancelled(listener)
    assert kept.texts == ["Keep me"]


async def test_it_goes_on_from_its_cursor(double: Double, account: Account, kept: Kept):
    for text in ("One", "Two", "Three"):
        double.phone(NADIA).says(text)
    listener = asyncio.create_task(listen(account, msgspec.json.encode(Cursor("7110201543", 3)), kept))
    await kept.until(1)
    await cancelled(listener)
    assert kept.texts == ["Three"]


@pytest.mark.parametrize("cursor", [b"", b"?", b'{"bot":"1","next":999999}', b'{"bot":"7110201543","next":"x"}'])
async def test_a_cursor_of_another_bot_or_of_nobody_skips_nothing(
    double: Double, account: Account, kept: Kept, cursor: bytes
):
    double.phone(NADIA).says("Hello")
    listener = asyncio.create_task(listen(account, cursor, kept))
    await kept.until(1)
    await cancelled(listener)
    assert kept.texts == ["Hello"]


async def test_numbers_that_begin_anew_lose_nothing(double: Double, account: Account, kept: Kept):
    double.world.update = 5000
    listener = asyncio.create_task(listen(account, None, kept))
    double.phone(NADIA).says("Before")
    await kept.until(1)
    await double.command("long_silence")
    double.phone(NADIA).says("A week later")
    await kept.until(2)
    await cancelled(listener)
    assert kept.texts == ["Before", "A week later"]


async def test_many_come_a_hundred_at_a_time(double: Double, account: Account, kept: Kept):
    for _ in range(3):
        await double.command("huge_batch")
    listener = asyncio.create_task(listen(account, None, kept))
    await kept.until(300)
    await cancelled(listener)
    assert len(set(kept.texts)) == 100
    assert len(kept.texts) == 300


async def test_one_odd_update_takes_no_neighbour_with_it(double: Double, account: Account, kept: Kept):
    double.phone(NADIA).says("Before")
    await double.command("malformed")
    double.phone(NADIA).says("half a sign: \ud83d")
    listener = asyncio.create_task(listen(account, None, kept))
    await kept.until(3)
    await cancelled(listener)
    assert kept.texts == ["Before", "half a sign: �"]
    assert isinstance(read(account.settings, kept.raws[1])[0], Unreadable)


async def test_a_tap_is_answered(double: Double, account: Account, kept: Kept, answer):
    await CHANNEL.send(account, answer("More?", choices=("Yes", "No")))
    query = double.phone(NADIA).taps(2, "Yes")
    listener = asyncio.create_task(listen(account, None, kept))
    await kept.until(1)
    await cancelled(listener)
    (tap,) = read(account.settings, kept.raws[0])
    assert isinstance(tap, Said)
    assert (tap.content.kind, tap.content.text) == (Kind.TAP, "Yes")
    assert double.stage.answered == {query: ""}


async def test_a_webhook_that_is_set_is_told_plainly(double: Double, account: Account, kept: Kept):
    await double.command("foreign_webhook")
    with pytest.raises(CannotListen, match="A webhook is set"):
        await listen(account, None, kept)
    await double.hooks.point("")


async def test_a_second_program_that_fetches_is_told_plainly(double: Double, account: Account, kept: Kept):
    double.faults.pace = 1
    first = asyncio.create_task(listen(account, None, kept))
    await double.hooks.asked_by(1)
    second = asyncio.create_task(listen(account, None, Kept(account)))
    await double.hooks.asked_by(2)
    double.phone(NADIA).says("Whose am I?")
    with pytest.raises(CannotListen, match="Another program"):
        await first
    await cancelled(second)


async def test_a_key_that_was_taken_back_is_told_plainly(double: Double, account: Account, kept: Kept):
    await double.command("revoke_token")
    with pytest.raises(CannotListen, match="token"):
        await listen(account, None, kept)


async def test_an_outage_is_told_when_it_lasts(
    double: Double, account: Account, kept: Kept, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importlib.import_module("duologue.channels.telegram.listen"), "_PAUSES", (0.0, 0.0))
    await double.command("down")
    with pytest.raises(NoAnswer) as caught:
        await listen(account, None, kept)
    assert account.settings.token not in str(caught.value)


async def test_where_the_platform_calls_nothing_is_asked(double: Double, account: Account, kept: Kept):
    called = replace(account, settings=replace(account.settings, poll=False))
    listener = asyncio.create_task(listen(called, None, kept))
    async with Egress():
        await asyncio.sleep(0)
    assert not listener.done()
    await cancelled(listener)
    assert double.asked == []
    assert kept.cursors == []
