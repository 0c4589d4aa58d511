# ruff: noqa: F811 (fixtures are asked for by name)
"""What an account's health page says: trouble and since when, errors by class, what waits, what was not readable."""

from typing import Any

from duologue.accounts import health, store
from duologue.accounts.condition import Condition, condition
from duologue.channels.contract import Refusal, Refused, TryLater, Unknown
from duologue.conversations import show
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401


async def _condition(room: Mailroom) -> Condition:
    async with room.house.db.workspace(room.workspace) as tx:
        row = await store.one(tx, room.channel)
        assert row
        return await condition(tx, row, room.house.now())


async def _say(room: Mailroom, text: str) -> None:
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        (row, *_), _ = await show.rows(open_work, "all", member=None)
        await reply(open_work, row.id, Draft(key=ids.new(), text=text), Sender(), connected.channel.abilities)
    await room.deliver()


async def test_errors_are_told_by_class_and_counted_the_last_first(
    mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", at=clock()))
    parrot.ANSWERS += [
        Refused(why=Refusal.MEDIA, reason="Too large."),
        Refused(why=Refusal.MEDIA, reason="Too large."),
        Unknown(reason="The answer was lost."),
    ]
    for text in ("a", "b", "c", "d"):
        await _say(mailroom, text)
        clock.turn(seconds=1)
    found = (await _condition(mailroom)).errors
    assert [(one.name, one.words, one.times, one.again) for one in found] == [
        ("Not known whether it was sent", "The answer was lost.", 1, False),
        ("File not taken", "Too large.", 2, False),
    ]
    clock.turn(hours=25)
    assert (await _condition(mailroom)).errors == []


async def test_what_waits_is_counted_and_says_why(mailroom: Mailroom, parrot: Any, clock: Turned) -> None:
    await mailroom.arrive(squawk("1", at=clock()))
    before = await _condition(mailroom)
    assert (before.waiting, before.waiting_since, before.unread) == (0, None, 0)
    said = clock()
    parrot.ANSWERS.append(TryLater(after=60, reason="Slow down."))
    await _say(mailroom, "a")
    found = await _condition(mailroom)
    assert (found.waiting, found.waiting_since) == (1, said)
    assert [(one.name, one.words, one.again) for one in found.errors] == [("Tried again later", "Slow down.", True)]


async def test_what_could_not_be_read_is_counted(mailroom: Mailroom, clock: Turned) -> None:
    await mailroom.arrive(squawk("1", at=clock()), b"no squawk")
    assert (await _condition(mailroom)).unread == 1


async def test_trouble_is_as_old_as_its_beginning_until_it_is_over(mailroom: Mailroom, clock: Turned) -> None:
    async def tell(words: str | None) -> None:
        async with mailroom.house.db.workspace(mailroom.workspace) as tx:
            if words:
                await health.trouble(tx, mailroom.house.wake, mailroom.channel, words, now=clock())
            else:
                await health.well(tx, mailroom.house.wake, mailroom.channel, now=clock())

    began = clock()
    await tell("It does not answer.")
    clock.turn(hours=1)
    await tell("It says no.")
    found = await _condition(mailroom)
    assert (found.trouble, found.trouble_at) == ("It says no.", began)
    await tell(None)
    over = await _condition(mailroom)
    assert (over.trouble, over.trouble_at) == (None, None)
