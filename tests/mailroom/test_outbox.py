# ruff: noqa: F811 (fixtures are asked for by name)
"""What leaves, in which order, how fast, and that nothing leaves twice."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest

from duologue.channels.contract import Outgoing, Receipt, TryLater
from duologue.conversations import show
from duologue.conversations.model import Lane, Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from duologue.mailroom import deliver as delivering
from duologue.mailroom import store_upkeep
from duologue.mailroom.deliver import Deliverer
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401


async def _people(room: Mailroom, *names: str) -> dict[str, UUID]:
    """A conversation with each, by name, on an account whose bucket is full."""
    await room.deliverer.claim()
    async with room.house.db.hall() as tx:
        await tx.run("UPDATE pace SET tokens = 1000")
    await room.arrive(*(squawk(f"in-{name}", who=name, name=name, at=room.house.now()) for name in names))
    async with work(room.house, room.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
    return {row.contact_name: row.id for row in rows}


async def _say(room: Mailroom, conversation: UUID, text: str, lane: Lane = Lane.REPLY) -> UUID:
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        draft = Draft(key=ids.new(), text=text)
        (message,) = await reply(open_work, conversation, draft, Sender(), connected.channel.abilities)
        await open_work.tx.run("UPDATE message SET lane = %(lane)s WHERE id = %(id)s", {"lane": lane, "id": message})
    return message


async def _status(room: Mailroom, message: UUID) -> Status:
    async with room.house.db.workspace(room.workspace) as tx:
        return Status((await tx.rows(str, "SELECT status FROM message WHERE id = %(id)s", {"id": message}))[0])


async def _late(room: Mailroom) -> None:
    """The leases of whatever is being sent have run out."""
    async with room.house.db.workspace(room.workspace) as tx:
        await tx.run("UPDATE message SET lease_until = now() - interval '1 second' WHERE status = 'sending'")


async def test_a_reply_goes_before_an_automated_answer_and_that_before_bulk(
    mailroom: Mailroom,
    parrot: Any,
) -> None:
    who = await _people(mailroom, "a", "b", "c")
    await _say(mailroom, who["a"], "bulk", Lane.BULK)
    await _say(mailroom, who["b"], "automated", Lane.AUTOMATED)
    await _say(mailroom, who["c"], "reply")
    assert await mailroom.deliver() == 3
    assert [sent.content.text for sent in parrot.SENT] == ["reply", "automated", "bulk"]


async def test_bulk_leaves_hands_free_for_those_who_wait(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "HANDS", 4)
    monkeypatch.setattr(delivering, "KEPT_FREE", 2)
    who = await _people(mailroom, *"abcdef")
    for name in "abcde":
        await _say(mailroom, who[name], "bulk", Lane.BULK)
    assert len(await mailroom.deliverer.claim()) == 2
    reply_ = await _say(mailroom, who["f"], "reply")
    assert reply_ in [one.id for one in await mailroom.deliverer.claim()]


async def test_only_one_of_two_senders_gets_a_message(mailroom: Mailroom) -> None:
    who = await _people(mailroom, *"abcd")
    for name in "abcd":
        await _say(mailroom, who[name], "x")
    other = Deliverer(mailroom.house, mailroom.accounts)
    first, second = await mailroom.deliverer.claim(), await other.claim()
    assert (len(first), len(second)) == (4, 0)


async def test_a_sender_that_slept_past_its_lease_does_not_send(
    mailroom: Mailroom,
    parrot: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after SIGSTOP and SIGCONT: another has sent it meanwhile."""
    who = await _people(mailroom, "a")
    message = await _say(mailroom, who["a"], "once")
    claimed = await mailroom.deliverer.claim()
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        await tx.run("UPDATE message SET status = 'queued', lease_until = NULL WHERE direction = 'out'")
    other = Mailroom(mailroom.house, mailroom.workspace, mailroom.channel, mailroom.accounts)
    assert await other.deliver() == 1
    await mailroom.deliverer._start(claimed)
    await mailroom.finish()
    assert len(parrot.SENT) == 1
    assert await _status(mailroom, message) is Status.SENT


async def test_a_sender_that_is_late_for_its_lease_gives_the_message_back(
    mailroom: Mailroom,
    parrot: Any,
) -> None:
    who = await _people(mailroom, "a")
    message = await _say(mailroom, who["a"], "once")
    claimed = await mailroom.deliverer.claim()
    mailroom.deliverer._ours_until = 0
    await mailroom.deliverer._start(claimed)
    await mailroom.finish()
    assert parrot.SENT == []
    assert await _status(mailroom, message) is Status.QUEUED


async def test_one_that_cannot_be_made_ready_fails_alone(
    mailroom: Mailroom,
    parrot: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who = await _people(mailroom, "a", "b")
    broken, whole = await _say(mailroom, who["a"], "broken"), await _say(mailroom, who["b"], "whole")
    prepare = delivering.prepare

    async def fragile(open_work: Any, messages: Any, **rest: Any) -> Any:
        if broken in messages:
            raise ValueError("broken")
        return await prepare(open_work, messages, **rest)

    monkeypatch.setattr(delivering, "prepare", fragile)
    await mailroom.deliver()
    assert (await _status(mailroom, broken), await _status(mailroom, whole)) == (Status.FAILED, Status.SENT)


async def test_a_platform_that_gives_one_id_twice_harms_no_other_outcome(
    mailroom: Mailroom,
    parrot: Any,
) -> None:
    who = await _people(mailroom, "a", "b", "c")
    messages = [await _say(mailroom, who[name], name) for name in "abc"]
    parrot.ANSWERS += [Receipt(id="same"), Receipt(id="same"), Receipt(id="other")]
    await mailroom.deliver()
    assert [await _status(mailroom, one) for one in messages] == [Status.SENT] * 3


async def test_each_attempt_is_kept_with_its_outcome(mailroom: Mailroom, parrot: Any, clock: Any) -> None:
    who = await _people(mailroom, "a")
    await _say(mailroom, who["a"], "x")
    parrot.ANSWERS.append(TryLater(after=1, reason="busy"))
    await mailroom.deliver()
    clock.turn(seconds=60)
    await mailroom.deliver()
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        kept = await tx.rows(str, "SELECT number || ' ' || outcome FROM attempt ORDER BY number")
    assert kept == ["1 trylater", "2 receipt"]


async def test_an_account_that_is_asked_to_wait_waits_whole(mailroom: Mailroom, parrot: Any) -> None:
    who = await _people(mailroom, "a", "b")
    await _say(mailroom, who["a"], "x")
    parrot.ANSWERS.append(TryLater(after=60, reason="slow down", whole_account=True))
    await mailroom.deliver()
    await _say(mailroom, who["b"], "y")
    assert await mailroom.deliver() == 0
    async with mailroom.house.db.hall() as tx:
        await tx.run("UPDATE pace SET held_until = now()")
    assert await mailroom.deliver() == 1


async def test_a_copy_that_may_not_send_claims_nothing(mailroom: Mailroom) -> None:
    who = await _people(mailroom, "a")
    await _say(mailroom, who["a"], "x")
    async with mailroom.house.db.hall() as tx:
        await store_upkeep.install(tx, ids.new())
        await store_upkeep.set_sends(tx, False)
    assert await mailroom.deliver() == 0
    async with mailroom.house.db.hall() as tx:
        await store_upkeep.set_sends(tx, True)
    assert await mailroom.deliver() == 1


async def test_the_pace_of_an_account_survives_a_restart(mailroom: Mailroom) -> None:
    """The bucket is in the database: another process finds it as empty as this one left it."""
    who = await _people(mailroom, "a", "b")
    await _say(mailroom, who["a"], "x")
    await mailroom.deliver()
    with psycopg.connect(mailroom.house.db.url) as owner:
        owner.execute("UPDATE pace SET tokens = -1000, refilled_at = clock_timestamp()")
    await _say(mailroom, who["b"], "y")
    assert await Deliverer(mailroom.house, mailroom.accounts).claim() == []
    with psycopg.connect(mailroom.house.db.url) as owner:
        owner.execute("UPDATE pace SET refilled_at = clock_timestamp() - interval '2 seconds'")
    assert len(await Deliverer(mailroom.house, mailroom.accounts).claim()) == 1


async def test_a_platform_that_never_answers_leaves_it_unknown_and_it_is_not_sent_again(
    mailroom: Mailroom, parrot: Any, clock: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it has it nobody knows: "not sent" would be a guess."""
    monkeypatch.setattr(delivering, "SECONDS", 0.05)

    async def hangs(outgoing: Outgoing) -> Any:
        await asyncio.Event().wait()

    who = await _people(mailroom, "a")
    message = await _say(mailroom, who["a"], "x")
    parrot.ANSWERS.append(hangs)
    await mailroom.deliver()
    assert await _status(mailroom, message) is Status.UNKNOWN
    clock.turn(hours=1)
    assert await mailroom.deliver() == 0
    assert len(parrot.SENT) == 1


async def test_an_outcome_is_kept_when_the_platform_breaks_in_the_call(
    mailroom: Mailroom,
    parrot: Any,
) -> None:
    def breaks(outgoing: Outgoing) -> Any:
        raise RuntimeError("a bug of the channel")

    who = await _people(mailroom, "a")
    message = await _say(mailroom, who["a"], "x")
    parrot.ANSWERS.append(breaks)
    await mailroom.deliver()
    assert await _status(mailroom, message) is Status.UNKNOWN
