"""An answer leaves once, says who wrote it, and its outcome is never guessed."""

from email import message_from_bytes, policy

import msgspec
import pytest

from duologue.channels.contract import Kind, Media, Receipt, Refusal, Refused, Said, TryLater, Unknown
from duologue.channels.email import CHANNEL, tokens
from duologue.channels.email.compose import NotMailable, compose, own_id
from duologue.kernel import ids
from tests.channels.email.email_house import ELENA, JONAS, PRIYA, House, a_file, an_answer, changed, reaching


def received(double, person):
    return [message_from_bytes(mail.raw, policy=policy.default) for mail in double.boxes[person].inbox.mails]


async def test_an_answer_arrives_signed_with_the_agents_name(double, account):
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Yes, we do.\n.\n.hidden\n..two"))
    (mail,) = received(double, JONAS)
    assert outcome == Receipt(id=str(mail["Message-ID"]).strip("<>"))
    assert str(mail["From"]) == "Ana at Duologue Demo <support@duologue.example>"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n").strip() == "Yes, we do.\n.\n.hidden\n..two"


async def test_two_attempts_are_the_same_bytes(account):
    answer = an_answer(JONAS, "Hello", media=(a_file(),))
    assert compose(account.settings, answer) == compose(account.settings, msgspec.structs.replace(answer, attempt=2))


async def test_a_second_copy_is_seen_once(double, account):
    answer = an_answer(JONAS, "Hello")
    await CHANNEL.send(account, answer)
    await CHANNEL.send(account, answer)
    assert len(double.boxes[JONAS].inbox.mails) == 1


async def test_it_threads_below_what_was_said(double, account):
    earlier = tuple(f"n{number}@mail.example" for number in range(40))
    await CHANNEL.send(account, an_answer(JONAS, "Hello", references=earlier, subject="Shipping to Norway"))
    (mail,) = received(double, JONAS)
    assert str(mail["In-Reply-To"]) == "<n39@mail.example>"
    kept = str(mail["References"]).split()
    assert (kept[0], kept[-1], len(kept)) == ("<n0@mail.example>", "<n39@mail.example>", 20)
    assert str(mail["Subject"]) == "Re: Shipping to Norway"


async def test_a_reply_is_not_marked_as_one_twice(account):
    for subject in ("Re: Order", "AW: Order", "回复：Order"):
        mail = message_from_bytes(
            compose(account.settings, an_answer(JONAS, "x", subject=subject, references=("a@b",))),
            policy=policy.default,
        )
        assert str(mail["Subject"]) == subject


async def test_files_go_along_under_their_names(double, account):
    files = (
        a_file("Angebot für Jörg.pdf", b"%PDF" * 500),
        Media(kind=Kind.IMAGE, name="a.png", mime="image/png", data=b"\x89PNG"),
    )
    await CHANNEL.send(account, an_answer(JONAS, "See below", media=files))
    (mail,) = received(double, JONAS)
    assert [(one.get_filename(), one.get_content_type(), one.get_content()) for one in mail.iter_attachments()] == [
        ("Angebot für Jörg.pdf", "application/pdf", b"%PDF" * 500),
        ("a.png", "image/png", b"\x89PNG"),
    ]


async def test_every_script_arrives_whole(double, account):
    words = "Grüße 👋🏽 привет 你好 שלום " * 40
    await CHANNEL.send(account, an_answer(JONAS, words, subject=words[:200], author="Zoë Łukasz"))
    (mail,) = received(double, JONAS)
    assert mail.get_body(("plain",)).get_content().strip() == words.strip()
    assert str(mail["Subject"]) == words[:200].strip()
    assert mail["From"].addresses[0].display_name == "Zoë Łukasz at Duologue Demo"


async def test_html_is_escaped(double, account):
    await CHANNEL.send(account, an_answer(JONAS, "<script>alert(1)</script> & more"))
    (mail,) = received(double, JONAS)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in mail.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Hi\r\nBcc: x@evil.example"},
        {"subject": "Hi\nBcc: x@evil.example"},
        {"author": "Ana\r\nBcc: x@evil.example"},
        {"author": "Zoë\nBcc: x@evil.example"},
    ],
)
async def test_a_line_break_in_a_header_is_refused(double, account, wrong):
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello", **wrong))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.BAD_REQUEST
    assert double.boxes[JONAS].inbox.mails == []


@pytest.mark.parametrize(
    "address",
    ["a@b.example\r\nBcc: x@evil.example", "a@b.example, c@d.example", "a@b.example>", "nobody", "", "a b@c.example"],
)
async def test_only_one_plain_address_is_written_to(account, address):
    with pytest.raises(NotMailable):
        compose(account.settings, an_answer(address, "Hello"))


async def test_foreign_ids_cannot_carry_a_header(account):
    head = compose(
        account.settings, an_answer(JONAS, "x", references=("a@b>\r\nBcc: x@y", "good@id"), reply_to="c@d\r\nX: y")
    )
    assert b"Bcc" not in head
    assert b"References: <good@id>\r\n" in head


async def test_an_automated_message_says_so(double, account):
    await CHANNEL.send(account, an_answer(JONAS, "We have got your mail.", automated=True, references=("a@b",)))
    (mail,) = received(double, JONAS)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-DM-Hops"] == "1"


async def test_a_persons_answer_does_not_say_that_it_is_automatic(double, account):
    await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    (mail,) = received(double, JONAS)
    assert mail["Auto-Submitted"] is None
    assert mail["X-DM-Hops"] is None


async def test_greylisting_is_waited_out(double, account):
    await double.command("greylist")
    answer = an_answer(JONAS, "Hello")
    first = await CHANNEL.send(account, answer)
    assert isinstance(first, TryLater)
    assert not first.whole_account
    assert isinstance(await CHANNEL.send(account, answer), Receipt)


async def test_a_server_that_is_down_stops_the_whole_account(double, account):
    await double.command("down")
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert isinstance(outcome, TryLater)
    assert outcome.whole_account


async def test_nobody_listening_is_certainly_not_sent(account):
    outcome = await CHANNEL.send(reaching(changed(account, smtp_port=1), ["127.0.0.1"]), an_answer(JONAS, "Hello"))
    assert isinstance(outcome, TryLater)


async def test_a_line_lost_before_the_mail_is_certainly_not_sent(double, account):
    double.smtp.faults.drop_before_data = 1
    assert isinstance(await CHANNEL.send(account, an_answer(JONAS, "Hello")), TryLater)


async def test_a_wrong_password_asks_for_a_new_connection(account):
    outcome = await CHANNEL.send(changed(account, smtp_password="wrong"), an_answer(JONAS, "Hello"))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.AUTH


@pytest.mark.parametrize(
    "where, said, why",
    [
        ("next_recipient", "550 5.1.1 No such user", Refusal.NO_SUCH_PERSON),
        ("next_recipient", "550 No such user", Refusal.NO_SUCH_PERSON),
        ("next_recipient", "550 5.2.1 Mailbox disabled", Refusal.UNREACHABLE),
        ("next_recipient", "552 5.2.2 Mailbox full", Refusal.UNREACHABLE),
        ("next_data", "552 5.3.4 Message too big", Refusal.MEDIA),
        ("next_data", "554 5.7.1 Looks like spam", Refusal.CONTENT),
        ("next_data", "550 5.7.26 Unauthenticated sender", Refusal.PERMISSION),
        ("next_data", "550 5.7.30 Basic authentication is not supported", Refusal.AUTH),
    ],
)
async def test_refusals_are_told_apart(double, account, where, said, why):
    getattr(double.smtp.faults, where).append(said)
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert isinstance(outcome, Refused)
    assert outcome.why is why
    assert outcome.reason == said


async def test_a_line_lost_after_the_dot_leaves_it_unknown_and_the_sent_folder_settles_it(double, account):
    await double.command("drop")
    answer = an_answer(JONAS, "Hello")
    assert isinstance(await CHANNEL.send(account, answer), Unknown)
    found = await CHANNEL.find(account, answer)
    assert (found.id, found.certain) == (own_id(account.settings, answer), True)


async def test_absence_proves_nothing_where_no_copies_are_kept(double, account):
    double.keeps_sent = False
    await CHANNEL.send(account, an_answer(ELENA, "Another"))
    found = await CHANNEL.find(account, an_answer(JONAS, "Hello"))
    assert (found.id, found.certain) == (None, False)


async def test_absence_is_certain_where_copies_are_kept_and_time_has_passed(double, account):
    await CHANNEL.send(account, an_answer(ELENA, "Another"))
    never = an_answer(JONAS, "Hello")
    assert not (await CHANNEL.find(account, never)).certain
    later = msgspec.structs.replace(account, clock=lambda: never.queued_at.replace(year=never.queued_at.year + 1))
    found = await CHANNEL.find(later, never)
    assert (found.id, found.certain) == (None, True)


@pytest.mark.parametrize("person", [JONAS, ELENA, PRIYA])
async def test_a_reply_finds_its_conversation_and_shows_only_what_is_new(double, account, person):
    conversation = ids.new()
    await CHANNEL.send(account, an_answer(person, "Which size do you need?", conversation=conversation))
    await double.say(person, "Forty-two, please.")
    house = House(account)
    house.open()
    await house.has(2)
    await house.close()
    (said,) = [event for event in house.events() if event.by == "person"]
    assert said.conversation == conversation
    assert said.content.text == "Forty-two, please."
    assert "Which size do you need?" in said.content.quoted


async def test_a_copy_in_the_sent_folder_is_known_as_ours(double, account):
    answer = an_answer(JONAS, "Hello")
    receipt = await CHANNEL.send(account, answer)
    house = House(account)
    house.open()
    await house.has(1)
    await house.close()
    (echo,) = house.events()
    assert isinstance(echo, Said)
    assert (echo.by, echo.id, echo.correlation, echo.address) == ("brand", receipt.id, answer.id, JONAS)


async def test_a_mail_that_comes_back_fails_its_message(double, account):
    await double.command("bounce")
    answer = an_answer(JONAS, "Hello")
    await CHANNEL.send(account, answer)
    house = House(account)
    house.open()
    await house.has(2)
    await house.close()
    failed, _ = [event for event in house.events() if not isinstance(event, Said)]
    assert (failed.status, failed.correlation, failed.address) == ("failed", answer.id, JONAS)
    assert "5.1.1" in failed.reason


async def test_auto_responders_are_seen_to_be_machines(double, account):
    await double.command("away")
    await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    house = House(account)
    house.open()
    await house.has(2)
    await house.close()
    (reply,) = [event for event in house.events() if event.by == "person"]
    assert reply.automatic


async def test_check_signs_in_on_both_sides(account):
    checks = await CHANNEL.check(account)
    assert [(one.name, one.ok) for one in checks][:3] == [
        ("Receiving (IMAP)", True),
        ("Sent mail", True),
        ("Sending (SMTP)", True),
    ]


async def test_check_says_what_is_wrong_on_each_side(account):
    checks = await CHANNEL.check(changed(account, imap_password="x", smtp_password="y"))
    wrong = {one.name: one for one in checks if not one.ok}
    assert set(wrong) == {"Receiving (IMAP)", "Sending (SMTP)"}
    assert all("refuses the login" in one.words and "app password" in one.todo for one in wrong.values())


async def test_an_account_without_a_reply_secret_cannot_be_switched_on(account):
    assert CHANNEL.missing(account.settings) == []
    assert CHANNEL.missing(changed(account, reply_secret="").settings) == ["reply_secret"]
    assert CHANNEL.missing(changed(account, reply_secret="short").settings) == ["reply_secret"]
    assert CHANNEL.missing(CHANNEL.secret()) == ["address", "imap_host", "imap_user", "imap_password", "smtp_host"]
    assert CHANNEL.secret().reply_secret != CHANNEL.secret().reply_secret


async def test_an_empty_secret_proves_nothing(account):
    conversation, message = ids.new(), ids.new()
    forged = tokens.message_id(b"", conversation, message, "duologue.example")
    assert tokens.own_ids(b"", forged) == []
    forged = tokens.reply_address(b"", "support@duologue.example", conversation, account.clock())
    assert tokens.conversation_of_addresses(b"", forged, account.clock(), 400) is None
