"""Letters keep to what the mail account may send, like any mail; what is over it waits and leaves later, once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from duologue.accounts import connect
from duologue.accounts.model import State
from duologue.channels.email.double.people import CAST
from duologue.channels.email.simulate import MailSimulator
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.mailroom import store_outbox
from duologue.mailroom.letters import carry
from tests.cast import Colleague
from tests.mailroom.leaving import Chat


@pytest.fixture
async def chat(house: House, workspace: UUID, clock: Turned) -> AsyncIterator[Chat]:
    mail = MailSimulator(clock)
    await mail.start()
    made = Chat(house, workspace, clock, mail)
    await made.begin()
    yield made
    await made.accounts.close()
    await mail.close()


async def left(chat: Chat, ana: Colleague, *, many: int) -> None:
    """So many visitors ask, are answered, and have left."""
    for number in range(many):
        writer = CAST[number % len(CAST)]
        await chat.say(f"Question {number}", who=f"v:{number}", email=writer.address)
        (row, *_) = [one for one in await chat.rows() if one.last_text == f"Question {number}"]
        await chat.answer(f"Answer {number}", ana.id, to=row.id)


async def bucket(chat: Chat, tokens: float) -> None:
    """So much is in the account's bucket, and nothing more comes in."""
    async with chat.house.db.hall() as tx:
        await tx.run(
            """
            UPDATE pace SET tokens = %(tokens)s, refilled_at = clock_timestamp() + interval '1 hour'
            WHERE channel_id = %(id)s
            """,
            {"id": chat.email.id, "tokens": tokens},
        )


def mails(chat: Chat) -> int:
    return sum(len(chat.mail.boxes[writer.address].inbox.mails) for writer in CAST)


async def limited(chat: Chat, **most: str) -> None:
    async with chat.work() as open_work:
        await connect.change(open_work, chat.email.id, "", most, by=None)
    chat.accounts.forget()


async def test_they_count_as_mails_of_the_account_and_wait_where_nothing_is_left(chat: Chat, ana: Colleague) -> None:
    await limited(chat, per_hour="3")
    await left(chat, ana, many=5)
    await chat.later()
    assert mails(chat) == 2, "the third is kept for what people write"
    assert sorted(await chat.states()) == ["sent", "sent", "waiting", "waiting", "waiting"]
    async with chat.work() as open_work:
        reasons = await open_work.tx.rows(str, "SELECT reason FROM letter WHERE state = 'waiting'")
    assert all("of 3 messages" in reason for reason in reasons)
    await chat.later(20)
    assert mails(chat) == 2, "an hour is not over"
    for _ in range(4):
        await chat.later(62)
    assert mails(chat) == 5
    assert await chat.states() == ["sent"] * 5


async def test_they_leave_no_faster_than_the_account_sends(chat: Chat, ana: Colleague) -> None:
    await left(chat, ana, many=4)
    await bucket(chat, 2.9)
    await chat.later()
    assert (mails(chat), await chat.states()) == (0, []), "two of twenty are kept for what people write"
    await bucket(chat, 20)
    await chat.later(1)
    assert mails(chat) == 4


async def test_while_the_account_is_held_nothing_leaves(chat: Chat, ana: Colleague) -> None:
    await left(chat, ana, many=1)
    async with chat.house.db.hall() as tx:
        store_outbox.open_paces(tx)
        await store_outbox.hold_account(tx, chat.email.id, 600)
    await chat.later()
    assert mails(chat) == 0
    async with chat.house.db.hall() as tx:
        await tx.run("UPDATE pace SET held_until = NULL")
    await chat.later(1)
    assert mails(chat) == 1


async def test_a_server_that_wants_fewer_holds_the_whole_account(chat: Chat, ana: Colleague) -> None:
    await left(chat, ana, many=2)
    chat.mail.smtp.faults.next_recipient.append("421 4.7.28 unusual rate")
    await chat.later()
    assert (mails(chat), await chat.states()) == (0, ["waiting"]), "the second one was not even tried"
    async with chat.house.db.hall() as tx:
        (held,) = await tx.rows(
            timedelta,
            "SELECT held_until - clock_timestamp() FROM pace WHERE channel_id = %(id)s",
            {"id": chat.email.id},
        )
    assert held > timedelta(minutes=5)


async def test_a_refused_login_stops_the_account_and_the_letter_waits(chat: Chat, ana: Colleague) -> None:
    await left(chat, ana, many=1)
    chat.mail.smtp.faults.next_recipient.append("535 5.7.8 Bad credentials")
    await chat.later()
    assert await chat.states() == ["waiting"]
    found = await chat.accounts.get(chat.email.id)
    assert found
    assert found.state is State.BROKEN
    assert carry.FAILED not in await chat.notices()
