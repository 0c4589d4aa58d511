# ruff: noqa: F811 (fixtures are asked for by name)
"""What becomes of a message of unknown fate when more is learnt: it stays one message, and in its place."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from duologue.channels.contract import Found, Outgoing, Receipt, TryLater, Unknown
from duologue.conversations import show
from duologue.conversations.model import Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.conversations.settle import OVERTAKEN, Settled, settle
from duologue.kernel import ids
from duologue.kernel.work import work
from duologue.mailroom.reconcile import INTERRUPTED
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401


async def _bubbles(room: Mailroom) -> list[Any]:
    async with work(room.house, room.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
        return list((await show.talk(open_work, rows[0].id, member=None, position="0-0")).bubbles)


async def _answer(room: Mailroom, text: str) -> UUID:
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
        draft = Draft(key=ids.new(), text=text)
        return (await reply(open_work, rows[0].id, draft, Sender(), connected.channel.abilities))[0]


async def _look_now(room: Mailroom) -> None:
    """It is time to ask the platform."""
    async with room.house.db.workspace(room.workspace) as tx:
        await tx.run(
            "UPDATE message SET lease_until = now() - interval '1 second' WHERE status IN ('sending', 'unknown')"
        )
    await room.reconciler.look()


async def test_a_report_without_a_word_of_ours_does_not_keep_the_platform_from_being_believed(
    mailroom: Mailroom, parrot: Any
) -> None:
    now = mailroom.house.now()
    await mailroom.arrive(squawk("a", at=now))
    parrot.ANSWERS.append(Unknown(reason="the line went dead"))
    message = await _answer(mailroom, "Yes")
    await mailroom.deliver()
    await mailroom.arrive(squawk("p1", at=now, text="Yes", ours=True))
    assert len(await _bubbles(mailroom)) == 3, "it stands there twice as long as nobody knows"

    def theirs(out: Outgoing) -> Found:
        return Found(id=None if "p1" in out.references else "p1", certain="p1" not in out.references)

    parrot.FOUND.append(theirs)
    await _look_now(mailroom)
    assert [(one.id, one.status) for one in await _bubbles(mailroom)][1:] == [(message, Status.SENT)]


@pytest.mark.parametrize("learnt", ["by the platform", "by its own late sender"])
async def test_what_was_never_sent_is_not_sent_behind_what_was_written_after_it(
    mailroom: Mailroom, parrot: Any, learnt: str
) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    first = await _answer(mailroom, "one")
    (claimed,) = await mailroom.deliverer.claim()
    await _look_now(mailroom)
    await _answer(mailroom, "two")
    assert await mailroom.deliver() == 1, "nobody waits for what nobody knows"
    if learnt == "by the platform":
        parrot.FOUND.append(Found(id=None, certain=True))
        await _look_now(mailroom)
    else:
        late = Settled(first, claimed.conversation_id, claimed.channel_id, 1, TryLater(after=0, reason="held up"))
        async with work(mailroom.house, mailroom.workspace) as open_work:
            await settle(open_work, [late])
    assert await mailroom.deliver() == 0
    bubble = next(one for one in await _bubbles(mailroom) if one.id == first)
    decided = {"by the platform": (Status.UNKNOWN, INTERRUPTED), "by its own late sender": (Status.FAILED, OVERTAKEN)}
    assert (bubble.status, bubble.reason) == decided[learnt]
    assert [sent.content.text for sent in parrot.SENT] == ["two"]


async def test_where_a_second_copy_is_recognised_the_next_answer_waits_for_it(
    mailroom: Mailroom, parrot: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    abilities = msgspec.structs.replace(connected.channel.abilities, resend_is_safe=True)
    channel = msgspec.structs.replace(connected.channel, abilities=abilities)

    async def get(_: UUID) -> Any:
        return msgspec.structs.replace(connected, channel=channel)

    monkeypatch.setattr(mailroom.accounts, "get", get)
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    parrot.ANSWERS.extend([Unknown(reason="the line went dead"), Receipt(id="p1"), Receipt(id="p2")])
    await _answer(mailroom, "one")
    await _answer(mailroom, "two")
    assert [await mailroom.deliver(), await mailroom.deliver()] == [1, 0]
    clock.turn(seconds=6)
    assert [await mailroom.deliver(), await mailroom.deliver()] == [1, 1]
    assert [sent.content.text for sent in parrot.SENT] == ["one", "one", "two"]
