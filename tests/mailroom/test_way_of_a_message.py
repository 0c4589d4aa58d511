"""A message comes in, is seen, is answered, and the answer leaves: on a real database, with a made-up platform."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from duologue.channels.contract import Found, Progress, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.conversations import attend, show
from duologue.conversations.model import State, Status
from duologue.conversations.news import hear
from duologue.conversations.reply import Draft, Sender, reply, resolve, retry, undo
from duologue.conversations.settle import Settled, settle
from duologue.errors import Conflict, Invalid
from duologue.kernel import ids
from duologue.kernel.work import work
from tests.parrot import Mailroom, squawk


async def _rows(room: Mailroom, filter: Any = "open") -> list[Any]:
    async with work(room.house, room.workspace) as open_work:
        return (await show.rows(open_work, filter, member=None))[0]


async def _bubbles(room: Mailroom) -> list[Any]:
    rows = await _rows(room, "all")
    async with work(room.house, room.workspace) as open_work:
        return list((await show.talk(open_work, rows[0].id, member=None, position="0-0")).bubbles)


async def _answer(room: Mailroom, text: str = "Yes", **more: Any) -> Any:
    row = (await _rows(room, "all"))[0]
    abilities = (await room.accounts.get(room.channel)).channel.abilities  # type: ignore[union-attr]
    async with work(room.house, room.workspace) as open_work:
        draft = Draft(key=more.pop("key", None) or ids.new(), text=text)
        return (await reply(open_work, row.id, draft, Sender(**more), abilities))[0]


async def test_a_message_is_seen_with_name_and_words(mailroom: Mailroom) -> None:
    await mailroom.arrive(squawk("a", text="Is it open?", at=mailroom.house.now(), name="Mia Santos"))
    (row,) = await _rows(mailroom)
    assert (row.contact_name, row.last_text, row.unread, row.channel_name) == ("Mia Santos", "Is it open?", 1, "Polly")
    assert row.window_closes_at == mailroom.house.now() + timedelta(hours=24)
    assert [bubble.text for bubble in await _bubbles(mailroom)] == ["Is it open?"]


async def test_twice_is_once_in_a_batch_and_over_batches(mailroom: Mailroom) -> None:
    one = squawk("a", at=mailroom.house.now())
    await mailroom.arrive(one, one)
    await mailroom.arrive(one)
    assert len(await _bubbles(mailroom)) == 1
    assert (await _rows(mailroom))[0].unread == 1


async def test_a_broken_item_is_set_aside_alone(mailroom: Mailroom) -> None:
    now = mailroom.house.now()
    await mailroom.arrive(squawk("a", at=now), b"{broken", squawk("b", at=now))
    assert [bubble.external_id for bubble in await _bubbles(mailroom)] == ["a", "b"]


async def test_a_poisonous_arrival_is_quarantined_and_its_neighbours_go_through(mailroom: Mailroom) -> None:
    await mailroom.keep(b"poison")
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        states = await tx.rows(str, "SELECT state FROM arrival ORDER BY id")
    assert states == ["quarantined", "sorted"]
    assert len(await _bubbles(mailroom)) == 1


async def test_an_answer_leaves_to_the_address_of_the_conversation(mailroom: Mailroom, parrot: Any, ana: Any) -> None:
    await mailroom.arrive(squawk("a", who="mia-7", at=mailroom.house.now()))
    message = await _answer(mailroom, "Yes, until six", member=ana.id)
    assert (await _bubbles(mailroom))[-1].status is Status.QUEUED
    assert await mailroom.deliver() == 1
    (sent,) = parrot.SENT
    assert (sent.address, sent.content.text, sent.author, sent.id) == ("mia-7", "Yes, until six", ana.name, message)
    bubble = (await _bubbles(mailroom))[-1]
    assert (bubble.status, bubble.external_id) == (Status.SENT, f"parrot-{message}")
    assert (await _rows(mailroom))[0].unread == 0


async def test_the_same_key_is_the_same_message(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    key = ids.new()
    assert await _answer(mailroom, key=key) == await _answer(mailroom, key=key)
    assert await mailroom.deliver() == 1


async def test_answers_of_a_conversation_leave_one_after_the_other(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    for text in ("one", "two", "three"):
        await _answer(mailroom, text)
    assert [await mailroom.deliver() for _ in range(4)] == [1, 1, 1, 0]
    assert [sent.content.text for sent in parrot.SENT] == ["one", "two", "three"]


async def test_try_later_waits_and_holds_what_comes_after(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    parrot.ANSWERS.append(TryLater(after=3600, reason="asleep"))
    await _answer(mailroom, "one")
    await _answer(mailroom, "two")
    assert await mailroom.deliver() == 1
    assert await mailroom.deliver() == 0
    assert [bubble.status for bubble in (await _bubbles(mailroom))[1:]] == [Status.QUEUED, Status.QUEUED]


async def test_refused_says_why_and_can_be_tried_again(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    parrot.ANSWERS.append(Refused(why=Refusal.CONTENT, reason="rude (code 7)"))
    message = await _answer(mailroom)
    await mailroom.deliver()
    bubble = (await _bubbles(mailroom))[-1]
    assert (bubble.status, bubble.reason) == (Status.FAILED, "rude (code 7)")
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await retry(open_work, message)
    await mailroom.deliver()
    assert (await _bubbles(mailroom))[-1].status is Status.SENT


async def test_unknown_is_never_sent_again_by_itself(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    parrot.ANSWERS.append(Unknown(reason="the line went dead"))
    message = await _answer(mailroom)
    await mailroom.deliver()
    assert await mailroom.deliver() == 0
    assert (await _bubbles(mailroom))[-1].status is Status.UNKNOWN
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await resolve(open_work, message, sent=True)
    assert (await _bubbles(mailroom))[-1].status is Status.SENT
    assert len(parrot.SENT) == 1


@pytest.mark.parametrize(
    ("found", "status"),
    [(Found(id="p1", certain=True), Status.SENT), (Found(id=None, certain=True), Status.QUEUED)],
)
async def test_unknown_is_settled_by_what_the_platform_says(
    mailroom: Mailroom,
    parrot: Any,
    found: Found,
    status: Status,
) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    parrot.ANSWERS.append(Unknown(reason="the line went dead"))
    await _answer(mailroom)
    await mailroom.deliver()
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        await tx.run("UPDATE message SET lease_until = now() - interval '1 second' WHERE status = 'unknown'")
    parrot.FOUND.append(found)
    assert await mailroom.reconciler.look() == 1
    assert (await _bubbles(mailroom))[-1].status is status


async def test_a_sender_that_died_leaves_an_unknown_and_its_late_outcome_still_counts(
    mailroom: Mailroom,
    parrot: Any,
) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    message = await _answer(mailroom)
    (claimed,) = await mailroom.deliverer.claim()
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        await tx.run("UPDATE message SET lease_until = now() - interval '1 second' WHERE status = 'sending'")
    await mailroom.reconciler.look()
    assert (await _bubbles(mailroom))[-1].status is Status.UNKNOWN
    late = Settled(message, claimed.conversation_id, claimed.channel_id, claimed.attempt, Receipt(id="p9"))
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await settle(open_work, [late])
    assert (await _bubbles(mailroom))[-1].status is Status.SENT


async def test_an_outcome_of_an_earlier_attempt_changes_nothing(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    parrot.ANSWERS.append(TryLater(after=0, reason="busy"))
    message = await _answer(mailroom)
    await mailroom.deliver()
    (claimed,) = await mailroom.deliverer.claim()
    assert claimed.attempt == 2
    late = Settled(message, claimed.conversation_id, claimed.channel_id, 1, Refused(why=Refusal.CONTENT, reason="no"))
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await settle(open_work, [late])
    assert (await _bubbles(mailroom))[-1].status is Status.SENDING


async def test_an_echo_of_our_own_message_makes_no_second_one(mailroom: Mailroom, parrot: Any) -> None:
    now = mailroom.house.now()
    await mailroom.arrive(squawk("a", at=now))
    message = await _answer(mailroom)
    (claimed,) = await mailroom.deliverer.claim()
    await mailroom.arrive(squawk("p1", at=now, ours=True, correlation=message))
    assert [(b.status, b.external_id) for b in await _bubbles(mailroom)][1:] == [(Status.SENT, "p1")]
    assert claimed.id == message


async def test_an_echo_without_correlation_that_comes_before_the_answer_is_joined(
    mailroom: Mailroom,
    parrot: Any,
) -> None:
    now = mailroom.house.now()
    await mailroom.arrive(squawk("a", at=now))
    message = await _answer(mailroom)
    await mailroom.arrive(squawk(f"parrot-{message}", at=now, text="Yes", ours=True))
    await mailroom.deliver()
    assert [bubble.id for bubble in await _bubbles(mailroom)][1:] == [message]


async def test_what_was_sent_from_the_platform_itself_is_shown_as_ours(mailroom: Mailroom) -> None:
    now = mailroom.house.now()
    await mailroom.arrive(squawk("a", at=now), squawk("b", at=now, text="From my phone", ours=True))
    bubble = (await _bubbles(mailroom))[-1]
    assert (bubble.direction, bubble.status, bubble.author) == ("out", Status.SENT, "platform")


async def test_the_window_closes(mailroom: Mailroom, clock: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    clock.turn(days=8)
    with pytest.raises(Conflict, match="ended"):
        await _answer(mailroom)


async def test_the_window_closes_between_writing_and_sending(mailroom: Mailroom, clock: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    await _answer(mailroom)
    clock.turn(days=8)
    await mailroom.deliver()
    assert (await _bubbles(mailroom))[-1].status is Status.FAILED


async def test_too_long_is_said_before_it_is_written(mailroom: Mailroom) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    with pytest.raises(Invalid, match="5 characters too long"):
        await _answer(mailroom, "x" * 205)


async def test_undo_takes_back_what_is_held(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    message = await _answer(mailroom, hold=timedelta(hours=1))
    assert await mailroom.deliver() == 0
    async with work(mailroom.house, mailroom.workspace) as open_work:
        assert await undo(open_work, message)
        assert not await undo(open_work, message)
    assert (await _bubbles(mailroom))[-1].status is Status.CANCELLED


async def test_the_list_says_again_what_it_said_before_what_was_taken_back(mailroom: Mailroom) -> None:
    await mailroom.arrive(squawk("a", text="Hello", at=mailroom.house.now()))
    before = (await _rows(mailroom))[0]
    message = await _answer(mailroom, hold=timedelta(hours=1))
    answered = (await _rows(mailroom))[0]
    async with work(mailroom.house, mailroom.workspace) as open_work:
        assert await undo(open_work, message)
    after = (await _rows(mailroom))[0]
    assert answered.last_direction == "out"
    assert (after.last_direction, after.last_text, after.last_at) == ("in", "Hello", before.last_at)


async def test_closed_opens_when_the_person_writes_again(mailroom: Mailroom, ana: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    row = (await _rows(mailroom))[0]
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await attend.close(open_work, row.id, by=ana.id)
    assert await _rows(mailroom) == []
    await mailroom.arrive(squawk("b", at=mailroom.house.now()))
    (again,) = await _rows(mailroom)
    assert (again.id, again.state, again.unread) == (row.id, State.OPEN, 1)


async def test_a_refused_account_keeps_its_outbox(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    parrot.ANSWERS.append(Refused(why=Refusal.AUTH, reason="the token was taken away"))
    await _answer(mailroom)
    await mailroom.deliver()
    assert (await _bubbles(mailroom))[-1].status is Status.QUEUED
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        assert await tx.rows(str, "SELECT state FROM channel") == ["broken"]


async def test_content_and_names_are_sealed_in_the_database(mailroom: Mailroom) -> None:
    await mailroom.arrive(
        squawk("a", who="canary-address", text="canary-words", at=mailroom.house.now(), name="canary")
    )
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        rows = await tx.rows(
            str,
            """
            SELECT row_to_json(x)::text FROM message AS x UNION ALL SELECT row_to_json(x)::text FROM contact AS x
            UNION ALL SELECT row_to_json(x)::text FROM address AS x
            UNION ALL SELECT row_to_json(x)::text FROM arrival AS x
            UNION ALL SELECT row_to_json(x)::text FROM conversation AS x
            UNION ALL SELECT row_to_json(x)::text FROM journal AS x
            """,
        )
    assert len(rows) >= 5
    assert not [row for row in rows if "canary" in row or b"canary".hex() in row]


async def test_answers_to_tap_are_refused_where_the_platform_has_none(mailroom: Mailroom) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    row = (await _rows(mailroom))[0]
    async with work(mailroom.house, mailroom.workspace) as open_work:
        abilities = await show.abilities(open_work, row.id)
        draft = Draft(key=ids.new(), text="Shall we?", choices=("Yes", "No"))
        with pytest.raises(Invalid, match="at most 0 answers"):
            await reply(open_work, row.id, draft, Sender(), abilities)


async def test_a_watermark_that_comes_before_the_outcome_counts(mailroom: Mailroom) -> None:
    await mailroom.arrive(squawk("a", who="mia", at=mailroom.house.now()))
    message = await _answer(mailroom)
    (claimed,) = await mailroom.deliverer.claim()
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        (started,) = await tx.rows(datetime, "SELECT started_at FROM attempt")
    async with work(mailroom.house, mailroom.workspace) as open_work:
        seen = Progress(status="read", at=started, address="mia", until=started + timedelta(milliseconds=1))
        await hear(open_work, mailroom.channel, [seen])
        await settle(
            open_work,
            [Settled(message, claimed.conversation_id, mailroom.channel, claimed.attempt, Receipt(id="p1"))],
        )
    assert (await _bubbles(mailroom))[-1].status is Status.READ
