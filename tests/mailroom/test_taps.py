# ruff: noqa: F811 (fixtures are asked for by name)
"""On some platforms a tap lets one answer for a moment only: what that comes to, from the arrival to the leaving."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from duologue.accounts.model import Connected
from duologue.channels.policy import Policy, Rule
from duologue.channels.registry import channels
from duologue.consent.verdict import Verdict
from duologue.conversations import show
from duologue.conversations.model import Row, Status
from duologue.conversations.reply import Draft, Sender, reply, undo
from duologue.errors import Conflict
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

RULES = Policy(
    rules=(
        Rule(within=timedelta(hours=48), most=5, source="of words"),
        Rule(after="tap", within=timedelta(minutes=1), most=3, source="of taps"),
    )
)


@pytest.fixture
async def strict(mailroom: Mailroom, parrot: Any, monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    """The made-up platform, as if it told taps from words."""
    able = replace(parrot.CHANNEL.abilities, policy=RULES)
    monkeypatch.setattr(parrot, "CHANNEL", replace(parrot.CHANNEL, abilities=able))
    channels.cache_clear()
    return mailroom


async def _row(room: Mailroom) -> Row:
    async with work(room.house, room.workspace) as open_work:
        (row,), _ = await show.rows(open_work, "all", member=None)
    return row


async def _verdict(room: Mailroom) -> Verdict:
    row = await _row(room)
    async with work(room.house, room.workspace) as open_work:
        _, _, found = await show.standing(open_work, row.id)
    return found


async def _write(room: Mailroom, sender: Sender = Sender()) -> Any:  # noqa: B008 -- frozen
    row, connected = await _row(room), await room.accounts.get(room.channel)
    assert isinstance(connected, Connected)
    async with work(room.house, room.workspace) as open_work:
        draft = Draft(key=ids.new(), text="Yes?")
        return (await reply(open_work, row.id, draft, sender, connected.channel.abilities))[0]


async def test_a_tap_lets_one_answer_three_times_within_a_minute(strict: Mailroom, parrot: Any, clock: Turned) -> None:
    await strict.arrive(squawk("t1", opens="tap", at=clock()))
    found = await _verdict(strict)
    assert (found.code, found.left, found.source) == ("tap", 3, "of taps")
    assert found.until == (await _row(strict)).window_closes_at == clock() + timedelta(minutes=1)
    for _ in range(3):
        await _write(strict)
    with pytest.raises(Conflict, match="As many answers"):
        await _write(strict)
    while await strict.deliver():
        pass
    assert len(parrot.SENT) == 3
    await strict.arrive(squawk("t2", opens="tap", at=clock.turn(seconds=30)))
    assert (await _verdict(strict)).left == 3
    clock.turn(seconds=60)
    assert (await _verdict(strict)).code == "closed"


async def test_what_was_written_in_time_and_leaves_too_late_is_not_sent(
    strict: Mailroom, parrot: Any, clock: Turned
) -> None:
    await strict.arrive(squawk("t1", opens="tap", at=clock()))
    message = await _write(strict)
    clock.turn(seconds=61)
    await strict.deliver()
    assert parrot.SENT == []
    async with work(strict.house, strict.workspace) as open_work:
        (bubble,) = await show.bubbles(open_work, [message])
    assert bubble.status is Status.FAILED


async def test_a_tap_shortens_nothing_and_a_word_lengthens(strict: Mailroom, clock: Turned) -> None:
    await strict.arrive(squawk("m1", at=clock()))
    said = clock()
    await strict.arrive(squawk("t1", opens="tap", at=clock.turn(hours=1)))
    found = await _verdict(strict)
    assert (found.code, found.until, found.left) == ("open", said + timedelta(hours=48), 5)
    assert (await _row(strict)).window_closes_at == said + timedelta(hours=48)
    await _write(strict)
    assert (await _verdict(strict)).left == 4
    clock.turn(hours=47)
    await strict.arrive(squawk("t2", opens="tap", at=clock()))
    assert (await _verdict(strict)).code == "tap"


async def test_what_opens_nothing_opens_nothing(strict: Mailroom, clock: Turned) -> None:
    await strict.arrive(squawk("v1", opens="nothing", at=clock()))
    assert ((await _verdict(strict)).code, (await _row(strict)).window_closes_at) == ("first", None)


async def test_taps_and_answers_of_one_batch_and_late_ones_are_counted_in_their_order(
    strict: Mailroom, clock: Turned
) -> None:
    start = clock()
    clock.turn(seconds=20)
    await strict.arrive(
        squawk("o1", ours=True, at=start), squawk("t1", opens="tap", at=start + timedelta(seconds=5)),
        squawk("o2", ours=True, at=start + timedelta(seconds=10)),
    )  # fmt: skip
    assert (await _verdict(strict)).left == 2
    await strict.arrive(squawk("t0", opens="tap", at=start))
    found = await _verdict(strict)
    assert (found.left, found.until) == (2, start + timedelta(seconds=65))


async def test_an_answer_taken_back_before_it_left_is_not_counted(strict: Mailroom, clock: Turned, ana: Any) -> None:
    await strict.arrive(squawk("t1", opens="tap", at=clock()))
    message = await _write(strict, Sender(member=ana.id, hold=timedelta(seconds=10)))
    assert (await _verdict(strict)).left == 2
    async with work(strict.house, strict.workspace) as open_work:
        assert await undo(open_work, message)
    assert (await _verdict(strict)).left == 3
