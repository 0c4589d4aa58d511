"""A visitor has left: what the team answers goes on by mail, once, and what they write back comes home."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace

from duologue.accounts import connect
from duologue.accounts.model import Wanted, WrongSettings
from duologue.api.views import contact_of
from duologue.app import Program as Whole
from duologue.channels.contract import Kind, Receipt
from duologue.channels.email.double.people import CAST, Attached, seen, written
from duologue.channels.email.simulate import BRAND, MailSimulator
from duologue.consent import ledger
from duologue.contacts import look_up
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom.letters import carry
from duologue.mailroom.letters.carry import Carrier
from tests.cast import Colleague
from tests.mailroom.leaving import ELENA, PAGE, Chat

JONAS = CAST[0]
PAPER = Attached(name="id.pdf", mime="application/pdf", data=b"%PDF-1.4")


@pytest.fixture
async def callers(chat: Chat) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a browser who is nobody here."""
    whole = Whole(chat.house)
    transport = httpx.ASGITransport(app=whole.web(), client=("192.0.2.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://duologue.test") as caller:
        yield caller
    await whole.accounts.close()


@pytest.fixture
async def chat(house: House, workspace: UUID, clock: Turned) -> AsyncIterator[Chat]:
    mail = MailSimulator(clock)
    await mail.start()
    made = Chat(house, workspace, clock, mail)
    await made.begin()
    yield made
    await made.accounts.close()
    await mail.close()


async def test_an_answer_nobody_saw_goes_on_by_mail_once_with_who_and_where(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes, two pairs are left.", ana.id)
    assert await chat.later(9) == 0, "not before its time"
    assert await chat.later(2) == 1
    (letter,) = chat.letters()
    assert letter.by == "Ana Ruiz at Duologue Demo"
    assert letter.text.startswith("Ana Ruiz:\nYes, two pairs are left.\n\nYou can simply answer this mail")
    assert "https://shop.example.com/\n" in letter.text + "\n"
    assert letter.subject == "Answer from Lume"
    assert letter.automatic, "auto-responders keep silent"
    assert await chat.states() == ["sent"]
    assert await chat.later(60) == 0, "never twice"
    assert len(chat.letters()) == 1
    assert await chat.notices() == [carry.WENT]


async def test_all_that_was_not_seen_stands_in_one_letter_and_it_waits_while_the_team_writes(
    chat: Chat, ana: Colleague
) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    chat.clock.turn(minutes=8)
    await chat.answer("In red as well.", ana.id)
    assert await chat.later(4) == 0, "the first is old enough, the last is not"
    assert await chat.later(7) == 1
    (letter,) = chat.letters()
    assert letter.text.index("Yes.") < letter.text.index("In red as well.")


async def test_a_team_that_goes_on_writing_keeps_nobody_waiting_for_ever(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    made = 0
    for number in range(4):
        await chat.answer(f"Part {number}", ana.id)
        made += await chat.later(9)
    assert made == 1
    assert "Part 0" in chat.letters()[0].text


async def test_nothing_goes_while_the_visitor_looks_nor_right_after(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    for _ in range(15):
        await chat.looks()
        assert await chat.later(1) == 0
    assert await chat.later(9) == 0, "they have only just left"
    assert await chat.later(2) == 1


async def test_nothing_goes_of_what_was_read(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    seen_one = await chat.answer("Yes.", ana.id)
    await chat.read(seen_one)
    assert await chat.later() == 0
    await chat.answer("In red as well.", ana.id)
    assert await chat.later() == 1
    (letter,) = chat.letters()
    assert "In red as well." in letter.text
    assert "Yes." not in letter.text


async def test_nothing_goes_to_who_gave_no_address_or_before_they_gave_it_or_a_day_later(
    chat: Chat, ana: Colleague
) -> None:
    await chat.say(email=None)
    await chat.answer("Before.", ana.id)
    assert await chat.later() == 0
    await chat.say("My address is below.")
    assert await chat.later() == 0, "what was answered before belongs to nobody's mailbox"
    await chat.answer("After.", ana.id)
    assert await chat.later() == 1
    assert "Before." not in chat.letters()[0].text
    await chat.answer("Much later.", ana.id)
    chat.clock.turn(hours=25)
    assert await chat.carrier.go() == 0


async def test_their_answer_by_mail_comes_into_the_same_conversation_once(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes, two pairs are left.", ana.id)
    await chat.later()
    raw = chat.mail.write(ELENA, "Then keep one for me.", answered_raw=chat.raw())
    await chat.mails_back(raw)
    await chat.mails_back(raw)
    (row,) = await chat.rows()
    told = [one for one in await chat.told(row.id) if one.kind is not Kind.NOTICE]
    assert [(one.direction, one.text) for one in told] == [
        ("in", "Do you have boots in 38?"),
        ("out", "Yes, two pairs are left."),
        ("in", "Then keep one for me."),
    ]
    assert told[-1].facts["Continued by"] == "Email"
    assert row.unread == 1
    await chat.answer("It is yours.", ana.id)
    await chat.later()
    first, second = chat.letters()
    assert "It is yours." in second.text
    assert "Yes, two pairs" not in second.text
    assert first.id in second.references, "they stand together in a mailbox"


async def test_a_copy_among_the_sent_mail_is_no_conversation(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.later()
    (copy,) = chat.mail.brand.sent.mails
    await chat.mails_back(copy.raw, kind="sent")
    assert len(await chat.rows()) == 1


# --------------------------------------------------------------------------------------- who would like to get in


def _tampered(address: str) -> str:
    """One letter of the signed part is another one."""
    found = re.search(r"\+c([a-z2-7]{42})@", address)
    assert found
    token = found[1]
    return address.replace(token, token[:20] + ("a" if token[20] != "a" else "b") + token[21:])


async def test_a_token_that_was_tampered_with_opens_nothing(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.later()
    letter = seen(chat.raw())
    forged = replace(letter, reply_to=_tampered(letter.reply_to), id="<made-up@mail.example>", references="")
    await chat.mails_back(written(ELENA, "Let me in", to=BRAND, at=chat.clock(), answered=forged))
    rows = await chat.rows()
    assert len(rows) == 2
    assert {row.last_text for row in rows if row.channel_kind == "email"} == {"Let me in"}


async def test_whoever_was_passed_the_letter_speaks_for_themselves(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.later()
    await chat.mails_back(chat.mail.write(JONAS, "She sent me this", answered_raw=chat.raw()))
    rows = await chat.rows()
    assert [(row.channel_kind, row.last_text) for row in rows if row.last_text == "She sent me this"] == [
        ("email", "She sent me this")
    ]
    assert len(rows) == 2


async def test_a_sender_that_is_not_who_it_says_speaks_for_itself(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.later()
    raw = chat.mail.write(ELENA, "It is me, really", answered_raw=chat.raw())
    spoofed = b"Authentication-Results: mx.duologue.example; dmarc=fail\r\n" + raw
    settings = chat.mail.settings()
    spoofed = spoofed.replace(b"mx.duologue.example", settings.authserv_id.encode())
    await chat.mails_back(spoofed)
    assert len(await chat.rows()) == 2


async def test_an_address_that_was_typed_joins_nobody_to_a_person_who_is_known(chat: Chat, ana: Colleague) -> None:
    await chat.mails_back(chat.mail.write(ELENA, "I wrote to you by mail"))
    await chat.say("I say that I am Elena", email=ELENA.address)
    rows = await chat.rows()
    assert len({row.contact_id for row in rows}) == 2
    await chat.answer("Hello", ana.id, to=next(row.id for row in rows if row.channel_kind == "web"))
    await chat.later()
    assert {row.channel_kind for row in await chat.rows()} == {"web", "email"}, "no third conversation"


async def test_what_was_typed_is_told_as_such_and_what_the_website_vouches_for_is_not(chat: Chat) -> None:
    await chat.say(phone="+49 30 1234567", typed=("email", "phone"))
    await chat.say(verified=True, who="u:77")
    async with chat.work() as open_work:
        told = [contact_of(one) for one in await look_up.page(open_work, before=None, most=10)]
    assert [(one.email, one.unverified) for one in told] == [
        (ELENA.address, []),
        (ELENA.address, ["email", "phone"]),
    ]


async def test_a_stranger_whose_address_was_typed_reads_nothing_but_the_team(chat: Chat, ana: Colleague) -> None:
    await chat.say(
        "You have won, call 0900 666", name="Call 0900 666", page="https://shop.example.com/call-0900-666",
        question="Anything else?", answer="0900 666",
    )  # fmt: skip
    await chat.answer("What can we do for you?", ana.id)
    await chat.later()
    (letter,) = chat.letters()
    assert "0900" not in letter.text + letter.html + letter.subject + letter.by
    assert "You get this mail because this address was entered in the chat of Lume.\nDo not write to me here: " in (
        letter.text
    )


async def test_what_somebody_answers_whose_address_was_typed_is_read_by_the_team_and_by_no_visitor(
    chat: Chat, ana: Colleague
) -> None:
    """Whoever typed the address may not be who reads there."""
    await chat.say()
    await chat.answer("What is your order number?", ana.id)
    await chat.later()
    await chat.mails_back(chat.mail.write(ELENA, "It is 4711", answered_raw=chat.raw(), attached=PAPER))
    (row,) = await chat.rows()
    told = {one.text: one for one in await chat.told(row.id)}
    (paper,) = told["It is 4711"].files
    assert [line.text for line in await chat.sees()] == ["Do you have boots in 38?", "What is your order number?"]
    assert await chat.opens(paper.id) is None


async def test_who_the_website_vouches_for_reads_their_own_mail_in_the_chat(chat: Chat, ana: Colleague) -> None:
    await chat.say(verified=True, who="u:77")
    await chat.answer("What is your order number?", ana.id)
    await chat.later()
    await chat.mails_back(chat.mail.write(ELENA, "It is 4711", answered_raw=chat.raw()))
    assert [line.text for line in await chat.sees("u:77")][-1] == "It is 4711"


async def test_who_the_website_vouches_for_is_led_back_to_their_page(chat: Chat, ana: Colleague) -> None:
    await chat.say(verified=True, who="u:77")
    await chat.answer("Yes.", ana.id)
    await chat.later()
    assert f"Or go back to the chat: {PAGE}\n" in chat.letters()[0].text


async def test_one_address_is_sent_so_many_letters_a_day_whoever_types_it(chat: Chat, ana: Colleague) -> None:
    for number in range(carry.TYPED_A_DAY + 3):
        email = ELENA.address.upper() if number % 2 else ELENA.address
        await chat.say("Hello", who=f"v:{number}", email=email)
        newest = (await chat.rows())[0]
        await chat.answer("Hello.", ana.id, to=newest.id)
        await chat.later()
    assert len(chat.letters()) == carry.TYPED_A_DAY


# ---------------------------------------------------------------------------------------------------- who wants none


async def test_do_not_write_to_me_here(chat: Chat, ana: Colleague, callers: httpx.AsyncClient) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.later()
    found = re.search(r"Do not write to me here: (\S+)", chat.letters()[0].text.replace("\n", " "))
    assert found
    path = found[1].removeprefix("http://duologue.test")
    looked = await callers.get(path, headers={"Accept-Language": "de"})
    assert looked.status_code == 200
    assert "Hierher nicht mehr schreiben" in looked.text
    assert "Lume" in looked.text
    await chat.answer("More.", ana.id)
    await chat.later()
    assert len(chat.letters()) == 2, "looking at the page changes nothing"
    assert (await callers.post(path[:-1] + ("0" if path[-1] != "0" else "1"))).status_code == 404
    assert (await callers.post(path.upper().replace("/LETTERS/STOP/", "/letters/stop/"))).status_code == 404
    for _ in range(2):
        done = await callers.post(path)
        assert done.status_code == 200
        assert "default-src 'none'" in done.headers["content-security-policy"], "whoever may call it, it is a page"
    await chat.answer("Even more.", ana.id)
    await chat.say("Somebody else types it", who="v:2", email=f" {ELENA.address.title()}")
    await chat.answer("Hello.", ana.id)
    assert await chat.later() == 0
    assert len(chat.letters()) == 2


async def test_nothing_goes_after_who_asked_for_nothing_more(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    async with chat.work() as open_work:
        (row,) = await chat.rows()
        await ledger.say(open_work, row.id, stopped=True, by=ana.id)
    assert await chat.later() == 0


async def test_nothing_goes_after_who_told_the_mail_account_to_stop(chat: Chat, ana: Colleague) -> None:
    await chat.mails_back(chat.mail.write(ELENA, "Leave me alone"))
    async with chat.work() as open_work:
        await ledger.say(open_work, (await chat.rows())[0].id, stopped=True, by=ana.id)
    await chat.say()
    rows = {row.channel_kind: row.id for row in await chat.rows()}
    await chat.answer("Yes.", ana.id, to=rows["web"])
    assert await chat.later() == 0


# ------------------------------------------------------------------------------------------- when something breaks


class Killed(BaseException):
    """The power is cut."""


async def test_a_sender_that_dies_after_handing_it_over_sends_nothing_twice(
    chat: Chat, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    real = carry.called

    async def dies(*given: Any) -> Any:
        assert isinstance(await real(*given), Receipt)
        raise Killed

    monkeypatch.setattr(carry, "called", dies)
    with pytest.raises(Killed):
        await chat.later()
    monkeypatch.setattr(carry, "called", real)
    assert await chat.states() == ["sending"], "it was written down before the call"
    assert await chat.later(1) == 0, "it may still be in good hands"
    await chat.later(2)
    assert await chat.states() == ["sent"], "found among the sent mail"
    assert len(chat.letters()) == len(chat.mail.brand.sent.mails) == 1


async def test_what_nobody_can_find_out_about_stays_unknown_and_is_not_sent_again(
    chat: Chat, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.mail.keeps_sent = False
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.mail.command("drop")
    await chat.later()
    assert await chat.states() == ["unknown"]
    for _ in range(4):
        await chat.later(30)
    assert await chat.states() == ["unknown"]
    assert len(chat.letters()) == 1
    assert await chat.notices() == [carry.PERHAPS]


async def test_two_processes_send_one_letter(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    chat.clock.turn(minutes=11)
    others = [Carrier(chat.house, chat.accounts) for _ in range(3)]
    await asyncio.gather(chat.carrier.go(), *(one.go() for one in others))
    assert len(chat.mail.brand.sent.mails) == 1
    assert await chat.states() == ["sent"]


async def test_a_mail_server_that_asks_to_come_again_is_asked_again(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.mail.command("greylist")
    await chat.later()
    assert await chat.states() == ["waiting"]
    await chat.later(2)
    assert await chat.states() == ["sent"]
    assert len(chat.letters()) == 1


async def test_a_visitor_who_is_back_before_the_next_attempt_gets_no_mail(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.mail.command("greylist")
    await chat.later()
    chat.clock.turn(minutes=2)
    await chat.looks()
    await chat.carrier.go()
    assert await chat.states() == ["cancelled"]
    assert chat.letters() == []
    await chat.later(15)
    assert len(chat.letters()) == 1, "gone again without having seen it: a letter of its own"


async def test_a_letter_that_comes_back_is_told_where_its_answers_stand(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.mail.command("bounce")
    await chat.later()
    await chat.mails_back(chat.mail.brand.inbox.mails[-1].raw)
    assert await chat.states() == ["failed"]
    assert await chat.notices() == [carry.WENT, "The answer that went on by mail was not delivered."]
    assert len(await chat.rows()) == 1
    await chat.answer("Are you there?", ana.id)
    assert await chat.later() == 0, "nobody is at that mail address"


async def test_somebody_who_was_refused_is_told_of(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    await chat.mail.command("refuse")
    await chat.later()
    assert await chat.states() == ["failed"]
    assert await chat.notices() == [carry.FAILED]


# -------------------------------------------------------------------------------------------------- by which account


async def test_only_a_mail_account_of_the_same_workspace_can_be_chosen(
    chat: Chat, house: House, other_workspace: UUID
) -> None:
    for wrong in (str(chat.web.id), str(ids.new()), "mail"):
        async with work(house, chat.workspace) as open_work:
            with pytest.raises(WrongSettings, match="connected mail accounts"):
                await connect.change(open_work, chat.web.id, "", {"onward_through": wrong}, by=None)
    async with work(house, other_workspace) as open_work:
        with pytest.raises(WrongSettings):
            await connect.make(open_work, Wanted(kind="web", given={"onward_through": str(chat.email.id)}), by=None)


async def test_while_the_mail_account_is_paused_letters_wait(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await chat.answer("Yes.", ana.id)
    async with chat.work() as open_work:
        await connect.pause(open_work, chat.email.id, by=ana.id)
    chat.accounts.forget()
    assert await chat.later() == 0
    async with chat.work() as open_work:
        await connect.resume(open_work, chat.email.id, by=ana.id)
    chat.accounts.forget()
    assert await chat.later(1) == 1
