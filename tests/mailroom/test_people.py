# ruff: noqa: F811 (fixtures are asked for by name)
"""Who it is that writes, under whatever id the platform calls them; who has moved; who wants no more."""

from typing import Any
from uuid import UUID

import pytest

from duologue.accounts import store as accounts_store
from duologue.channels.contract import Progress, Receipt, Refusal, Refused
from duologue.consent import ledger
from duologue.conversations import news, show
from duologue.conversations.model import Row
from duologue.conversations.reply import Draft, Sender, reply
from duologue.errors import Conflict
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401


async def _rows(room: Mailroom) -> list[Row]:
    async with work(room.house, room.workspace) as open_work:
        return (await show.rows(open_work, "all", member=None))[0]


async def _answer(room: Mailroom, conversation: UUID, text: str = "Yes?") -> None:
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        await reply(open_work, conversation, Draft(key=ids.new(), text=text), Sender(), connected.channel.abilities)
    await room.deliver()


async def _code(room: Mailroom, conversation: UUID) -> str:
    async with work(room.house, room.workspace) as open_work:
        _, _, verdict = await show.standing(open_work, conversation)
    return verdict.code


async def test_a_further_id_of_somebody_known_is_the_same_person_and_conversation(
    mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", who="+1415", at=clock()))
    await mailroom.arrive(squawk("2", who="US.77", also=["+1415"], at=clock.turn(minutes=1)))
    await mailroom.arrive(squawk("3", who="US.77", at=clock.turn(minutes=1)))
    (row,) = await _rows(mailroom)
    assert row.unread == 3
    await _answer(mailroom, row.id)
    assert parrot.SENT[-1].address == "+1415", "answers go where the person first wrote from"


async def test_what_a_receipt_calls_somebody_too_is_the_same_person(
    mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", who="+1415", at=clock()))
    (row,) = await _rows(mailroom)
    parrot.ANSWERS.append(Receipt(id="out-1", aliases=("+1415", "US.77")))
    await _answer(mailroom, row.id)
    await mailroom.arrive(squawk("2", who="US.77", at=clock.turn(minutes=1)))
    (after,) = await _rows(mailroom)
    assert (after.id, after.contact_name) == (row.id, row.contact_name)
    await _answer(mailroom, row.id)
    assert parrot.SENT[-1].address == "+1415"


async def test_what_a_status_calls_somebody_too_is_the_same_person(
    mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    """Also where the status comes before the answer of the call, and again and again."""
    await mailroom.arrive(squawk("1", who="+1415", at=clock()))
    (row,) = await _rows(mailroom)
    parrot.ANSWERS.append(Receipt(id="out-1"))
    await _answer(mailroom, row.id)
    told = Progress(status="sent", at=clock(), ids=("out-1",), aliases=("+1415", "US.77"))
    for _ in range(3):
        async with work(mailroom.house, mailroom.workspace) as open_work:
            await news.hear(open_work, mailroom.channel, [told, told])
    await mailroom.arrive(squawk("2", who="US.77", at=clock.turn(minutes=1)))
    assert [one.id for one in await _rows(mailroom)] == [row.id]


async def test_nobody_becomes_another_person_by_a_receipt(mailroom: Mailroom, parrot: Any, clock: Turned) -> None:
    """Somebody else has the number now, or the id is known as another person's: both stay who they are."""
    await mailroom.arrive(squawk("1", who="US.77", also=["+1415"], name="Mia", at=clock()))
    await mailroom.arrive(squawk("2", who="US.88", name="Bo", at=clock()))
    rows = {row.contact_name: row.id for row in await _rows(mailroom)}
    parrot.ANSWERS.extend((Receipt(id="out-1", aliases=("US.99", "US.88")), Receipt(id="out-2", aliases=("+1415",))))
    await _answer(mailroom, rows["Mia"])
    await _answer(mailroom, rows["Bo"])
    for number, (who, name) in enumerate((("US.77", "Mia"), ("+1415", "Mia"), ("US.88", "Bo"), ("US.99", "New"))):
        await mailroom.arrive(squawk(f"after-{number}", who=who, name=name, at=clock.turn(minutes=1)))
    after = {row.contact_name: row for row in await _rows(mailroom)}
    assert set(after) == {"Mia", "Bo", "New"}
    assert (after["Mia"].id, after["Bo"].id) == (rows["Mia"], rows["Bo"])


async def test_both_ids_in_one_batch_are_one_person(mailroom: Mailroom, clock: Turned) -> None:
    at = clock()
    await mailroom.arrive(
        squawk("1", who="US.77", also=["+1415"], at=at),
        squawk("2", who="+1415", at=at),
        squawk("3", who="US.77", at=at),
    )
    await mailroom.arrive(squawk("4", who="US.77", also=["+1415"], at=at))
    (row,) = await _rows(mailroom)
    assert row.unread == 4


async def test_of_several_who_claim_a_number_in_one_batch_the_first_has_it(mailroom: Mailroom, clock: Turned) -> None:
    at = clock()
    await mailroom.arrive(
        squawk("1", who="+1415", name="Mia", at=at),
        squawk("2", who="US.77", also=["+1415"], at=at),
        squawk("3", who="US.66", also=["+1415"], name="Tom", at=at),
    )
    await mailroom.arrive(squawk("4", who="US.55", also=["+1415"], name="Omar", at=at))
    assert {row.contact_name: row.unread for row in await _rows(mailroom)} == {"Mia": 2, "Tom": 1, "Omar": 1}
    await mailroom.arrive(squawk("5", who="+1212", name="Zoe", at=at))
    await mailroom.arrive(
        squawk("6", who="US.9", also=["+1212"], at=at), squawk("7", who="US.1", also=["+1212"], name="Ben", at=at)
    )
    found = {row.contact_name: row.unread for row in await _rows(mailroom)}
    assert (found["Zoe"], found["Ben"]) == (2, 1)


async def test_whoever_has_the_number_after_somebody_else_is_not_taken_for_them(
    mailroom: Mailroom, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", who="+1415", name="Mia", at=clock()))
    await mailroom.arrive(squawk("2", who="US.77", also=["+1415"], at=clock()))
    await mailroom.arrive(squawk("3", who="US.88", also=["+1415"], name="Tom", at=clock()))
    assert sorted(row.contact_name for row in await _rows(mailroom)) == ["Mia", "Tom"]


async def test_who_has_moved_is_the_same_person_at_another_address_and_the_old_one_is_left_alone(
    mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", who="old", name="Mia", at=clock()))
    (before,) = await _rows(mailroom)
    await mailroom.arrive(squawk("2", who="old", to="new", at=clock()))
    await mailroom.arrive(squawk("3", who="new", at=clock.turn(minutes=1)))
    after = next(row for row in await _rows(mailroom) if row.id != before.id)
    assert (after.contact_id, after.contact_name) == (before.contact_id, "Mia")
    assert await _code(mailroom, before.id) == "stopped"
    with pytest.raises(Conflict):
        await _answer(mailroom, before.id)
    await _answer(mailroom, after.id)
    assert parrot.SENT[-1].address == "new"


async def test_nobody_moves_into_somebody_elses_address(mailroom: Mailroom, clock: Turned) -> None:
    await mailroom.arrive(
        squawk("1", who="mia", name="Mia", at=clock()), squawk("2", who="tom", name="Tom", at=clock())
    )
    await mailroom.arrive(squawk("3", who="mia", to="tom", at=clock()))
    await mailroom.arrive(squawk("4", who="tom", at=clock()))
    assert {row.contact_name: row.unread for row in await _rows(mailroom)} == {"Mia": 1, "Tom": 2}


async def test_a_stop_that_only_the_platform_knows_of_is_learnt_from_its_refusal(
    mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", at=clock()))
    (row,) = await _rows(mailroom)
    parrot.ANSWERS.append(Refused(why=Refusal.UNREACHABLE, reason="wants no more", stopped="all"))
    await _answer(mailroom, row.id)
    tried = len(parrot.SENT)
    assert await _code(mailroom, row.id) == "stopped"
    with pytest.raises(Conflict, match="asked not to be written to"):
        await _answer(mailroom, row.id)
    assert len(parrot.SENT) == tried
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        assert await tx.rows(str, "SELECT via || ' ' || scope || ' ' || stopped FROM consent") == ["platform all true"]
    await mailroom.arrive(squawk("2", stop="all", again=True, text="START", at=clock.turn(minutes=1)))
    assert await _code(mailroom, row.id) != "stopped"


async def test_a_refusal_for_another_reason_stops_nobody(mailroom: Mailroom, parrot: Any, clock: Turned) -> None:
    await mailroom.arrive(squawk("1", at=clock()))
    (row,) = await _rows(mailroom)
    parrot.ANSWERS.append(Refused(why=Refusal.UNREACHABLE, reason="phone is off"))
    await _answer(mailroom, row.id)
    assert await _code(mailroom, row.id) != "stopped"


async def test_who_says_stop_is_not_written_to_until_they_say_go_on(mailroom: Mailroom, clock: Turned) -> None:
    await mailroom.arrive(squawk("1", at=clock()))
    (row,) = await _rows(mailroom)
    await mailroom.arrive(squawk("2", stop="all", text="STOP", at=clock()))
    assert await _code(mailroom, row.id) == "stopped"
    with pytest.raises(Conflict, match="asked not to be written to"):
        await _answer(mailroom, row.id)
    await mailroom.arrive(squawk("3", stop="all", again=True, text="START", at=clock.turn(minutes=1)))
    await _answer(mailroom, row.id)


async def test_what_was_queued_before_a_stop_does_not_leave_after_it(
    mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", at=clock()))
    (row,) = await _rows(mailroom)
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await reply(open_work, row.id, Draft(key=ids.new(), text="Hi"), Sender(), connected.channel.abilities)
    await mailroom.arrive(squawk("2", stop="all", at=clock()))
    await mailroom.deliver()
    assert parrot.SENT == []


async def test_news_of_stopping_in_the_wrong_order_ends_with_the_newest(mailroom: Mailroom, clock: Turned) -> None:
    first = clock()
    await mailroom.arrive(squawk("1", at=first))
    (row,) = await _rows(mailroom)
    later = clock.turn(minutes=5)
    await mailroom.arrive(squawk("2", stop="all", again=True, at=later))
    await mailroom.arrive(squawk("3", stop="all", at=first))
    assert await _code(mailroom, row.id) == "open"


async def test_a_comment_is_answered_by_its_own_rule_and_bears_its_token(
    mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    await mailroom.arrive(squawk("c1", public=True, at=clock()))
    (row,) = await _rows(mailroom)
    assert await _code(mailroom, row.id) == "closed", "no rule of this platform is about comments"
    await mailroom.arrive(squawk("m1", token="reply-token", at=clock.turn(minutes=1)))
    await _answer(mailroom, row.id)
    sent = parrot.SENT[-1]
    assert (sent.answers, sent.answers_comment, sent.token) == ("m1", False, "reply-token")


async def test_what_the_platform_tells_of_the_account_is_kept_the_newest_word(
    mailroom: Mailroom, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", mood="sleepy", at=clock()), squawk("2", mood="hungry", at=clock()))
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        (sign,) = await accounts_store.signs(tx, mailroom.channel)
    assert (sign.name, sign.words, sign.level) == ("Mood", "hungry", "warn")


async def test_a_member_says_it_for_a_person_who_told_them(mailroom: Mailroom, ben: Any, clock: Turned) -> None:
    await mailroom.arrive(squawk("1", at=clock()))
    (row,) = await _rows(mailroom)
    async with work(mailroom.house, mailroom.workspace) as open_work:
        assert await ledger.say(open_work, row.id, stopped=True, by=ben.id)
        assert not await ledger.say(open_work, ids.new(), stopped=True, by=ben.id)
    assert await _code(mailroom, row.id) == "stopped"
    clock.turn(minutes=1)
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await ledger.say(open_work, row.id, stopped=False, by=ben.id)
    await _answer(mailroom, row.id)
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        said = await tx.rows(str, "SELECT via || ' ' || scope || ' ' || stopped FROM consent ORDER BY at, scope")
    assert said == ["member all true", "member all false", "member bulk false"]
