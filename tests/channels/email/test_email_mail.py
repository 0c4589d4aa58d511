"""Against real servers: Debian's Dovecot and Postfix, spoken to as in production, with and without encryption."""

import asyncio
import gc
import imaplib
import smtplib
import time
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy
from urllib.parse import unquote, urlsplit

import pytest
import pytest_asyncio

from duologue.channels.contract import Account, Opted, Progress, Receipt, Refused, Said, TryLater
from duologue.channels.email import CHANNEL
from duologue.channels.email.double.people import CAST, seen, written
from duologue.channels.email.imap.mailbox import Mailbox
from duologue.channels.email.settings import Settings, fresh
from duologue.kernel import clock, ids
from tests.channels.email import servers
from tests.channels.email.email_house import House, a_file, an_account, an_answer, changed

pytestmark = [
    pytest.mark.mail,
    pytest.mark.skipif(servers.why_not() is not None, reason=str(servers.why_not())),
]
PERSON = CAST[0]


@pytest.fixture(scope="module")
def provider() -> Iterator[servers.MailServers]:
    running = servers.MailServers()
    yield running
    running.close()


@pytest.fixture
def jonas(provider: servers.MailServers) -> str:
    return provider.address("mail.example")


@pytest.fixture
def account(provider: servers.MailServers) -> Account:
    """A mailbox of its own for each test, over TLS, the certificate checked."""
    address = provider.address("brand.example")
    settings = Settings(
        address=address,
        display_name="Brand",
        imap_host="127.0.0.1",
        imap_port=provider.imaps,
        imap_security="tls",
        imap_user=address,
        imap_password=servers.WORD,
        smtp_host="127.0.0.1",
        smtp_port=provider.smtp,
        smtp_security="starttls",
        smtp_user=address,
        smtp_password=servers.WORD,
        authority=provider.authority,
        poll_seconds=120,
        reply_secret=fresh().reply_secret,
    )
    return an_account(settings, ["127.0.0.1"])


@pytest_asyncio.fixture
async def house(account: Account) -> AsyncIterator[House]:
    its = House(account)
    yield its
    await its.close()


async def deliver(provider: servers.MailServers, to: str, raw: bytes, sender: str = "jonas@mail.example") -> None:
    """As another mail server would: through Postfix."""

    def submit() -> None:
        with smtplib.SMTP("127.0.0.1", provider.smtp) as client:
            client.login("relay@mail.example", servers.WORD)
            client.sendmail(sender, [to], raw)

    await asyncio.to_thread(submit)


async def arrived(provider: servers.MailServers, address: str, count: int = 1) -> list[bytes]:
    """Waits for another program's file system, where nothing tells of change."""

    def watch() -> list[bytes]:
        until = time.monotonic() + 20
        while len(mails := provider.mails(address)) < count and time.monotonic() < until:
            time.sleep(0.05)
        return mails

    mails = await asyncio.to_thread(watch)
    assert len(mails) >= count, provider.log()[-3000:]
    return mails


def a_mail(text: str = "Hello", subject: str = "A question") -> bytes:
    return written(PERSON, text, to="x@brand.example", at=clock.now(), answered=None, subject=subject)


async def test_check_passes_step_by_step(account):
    checks = await CHANNEL.check(account)
    assert [(one.name, one.words) for one in checks if not one.ok] == []
    assert "Gesendete Objekte" in checks[1].words


async def test_a_mail_is_there_at_once(provider, account, house):
    house.open()
    await house.is_settled()
    await deliver(provider, account.settings.address, a_mail("Do you ship to Norway?"))
    started = time.monotonic()
    await house.has(1)
    assert time.monotonic() - started < 30  # the next look would be after two minutes
    (said,) = house.events()
    assert (said.content.text, said.address) == ("Do you ship to Norway?", PERSON.address)


@pytest.mark.parametrize("security", ["none", "starttls"])
async def test_every_kind_of_connection_reads(provider, account, security):
    plain = changed(account, imap_port=provider.imap, imap_security=security)
    await deliver(provider, account.settings.address, a_mail())
    house = House(plain)
    house.open()
    await house.has(1)
    await house.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_an_encrypted_line_holds(provider, account, security):
    """asyncio aborts a line whose first reader is freed: after STARTTLS that one is no longer in use."""
    port = provider.imaps if security == "tls" else provider.imap
    settings = changed(account, imap_port=port, imap_security=security).settings
    async with await Mailbox.open(account.egress, settings) as mailbox:
        gc.collect()
        await mailbox.examine("INBOX")
        gc.collect()
        assert await mailbox.after(0) == []


async def test_polling_finds_mail_without_idle(provider, account, monkeypatch):
    monkeypatch.setattr(Mailbox, "can_wait", property(lambda self: False))
    house = House(changed(account, poll_seconds=1))
    house.open()
    await house.is_settled()
    await deliver(provider, account.settings.address, a_mail())
    await house.has(1)
    await house.close()


async def test_an_untrusted_certificate_is_not_talked_to(account):
    strange = changed(account, authority="")
    checks = {one.name: one for one in await CHANNEL.check(strange)}
    for name in ("Receiving (IMAP)", "Sending (SMTP)"):
        assert not checks[name].ok
        assert "cannot be trusted" in checks[name].words
    outcome = await CHANNEL.send(strange, an_answer("jonas@mail.example", "Hello"))
    assert isinstance(outcome, TryLater)
    assert "cannot be trusted" in outcome.reason


async def test_a_wrong_password_is_told(account):
    checks = await CHANNEL.check(changed(account, imap_password="x", smtp_password="y"))
    assert ["refuses the login" in one.words for one in checks if not one.ok] == [True, True]
    outcome = await CHANNEL.send(changed(account, smtp_password="y"), an_answer("jonas@mail.example", "Hello"))
    assert isinstance(outcome, Refused)
    assert outcome.why == "auth"


async def test_another_program_that_reads_and_moves_mail_loses_nothing(provider, account):
    """A phone marks mail as read and files it while nobody watches: what stays in the inbox still comes."""
    address = account.settings.address
    for number in range(3):
        await deliver(provider, address, a_mail(f"Mail {number}"))
    await arrived(provider, address, 3)

    def meddle() -> None:
        with imaplib.IMAP4("127.0.0.1", provider.imap) as phone:
            phone.login(address, servers.WORD)
            phone.select("INBOX")
            phone.store("1:3", "+FLAGS", "\\Seen")
            phone.create("Filed")
            phone.copy("1", "Filed")
            phone.store("1", "+FLAGS", "\\Deleted")
            phone.expunge()

    await asyncio.to_thread(meddle)
    house = House(account)
    house.open()
    await house.has(2)
    await deliver(provider, address, a_mail("Mail 3"))
    await house.has(3)
    await house.close()
    assert {event.content.text for event in house.events()} == {"Mail 1", "Mail 2", "Mail 3"}


async def test_reading_leaves_mail_unread(provider, account, house):
    await deliver(provider, account.settings.address, a_mail())
    house.open()
    await house.has(1)

    def flags() -> list:
        with imaplib.IMAP4("127.0.0.1", provider.imap) as phone:
            phone.login(account.settings.address, servers.WORD)
            phone.select("INBOX", readonly=True)
            return phone.search(None, "UNSEEN")[1]

    assert await asyncio.to_thread(flags) == [b"1"]


async def test_the_cursor_goes_on_where_it_stopped(provider, account, house):
    house.open()
    await house.is_settled()
    await deliver(provider, account.settings.address, a_mail("One"))
    await house.has(1)
    await house.close()
    await deliver(provider, account.settings.address, a_mail("Two"))
    again = House(account, house.cursor)
    again.open()
    await again.has(1)
    await again.close()
    assert [event.content.text for event in again.events()] == ["Two"]


async def test_a_new_uidvalidity_loses_nothing(provider, account, house):
    house.open()
    await house.is_settled()
    await deliver(provider, account.settings.address, a_mail("One"))
    await house.has(1)
    await house.close()
    provider.restore(account.settings.address)
    await deliver(provider, account.settings.address, a_mail("Two"))
    await arrived(provider, account.settings.address, 2)
    again = House(account, house.cursor)
    again.open()
    await again.has(2)
    await again.close()
    assert [event.content.text for event in again.events()] == ["One", "Two"]
    assert again.events()[0].id == house.events()[0].id


async def test_an_answer_reaches_its_reader_through_postfix(provider, account, jonas):
    answer = an_answer(jonas, "Yes.\n.\n..dots\nGrüße", media=(a_file("Preise für Jörg.pdf", b"%PDF" * 9000),))
    outcome = await CHANNEL.send(account, answer)
    assert isinstance(outcome, Receipt)
    (raw,) = await arrived(provider, jonas)
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Message-ID"].strip("<>") == outcome.id
    assert mail.get_body(("plain",)).get_content().strip() == "Yes.\n.\n..dots\nGrüße"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Preise für Jörg.pdf", b"%PDF" * 9000)


@pytest.mark.parametrize("security", ["tls", "none"])
async def test_every_kind_of_connection_sends(provider, account, jonas, security):
    port = provider.smtps if security == "tls" else provider.smtp
    outcome = await CHANNEL.send(changed(account, smtp_port=port, smtp_security=security), an_answer(jonas, "Hello"))
    assert isinstance(outcome, Receipt)
    await arrived(provider, jonas)


@pytest.mark.parametrize("by", ["address", "references"])
async def test_a_reply_comes_back_into_its_conversation(provider, account, jonas, house, by):
    """Once by the signed reply address, once, as where a server drops it, by the ids alone."""
    conversation = ids.new()
    await CHANNEL.send(account, an_answer(jonas, "Which size?", conversation=conversation))
    (raw,) = await arrived(provider, jonas)
    answered = seen(raw)
    reply = written(PERSON, "Forty-two.", to=account.settings.address, at=clock.now(), answered=answered)
    if by == "address":
        reply = b"\r\n".join(
            line
            for line in reply.split(b"\r\n")
            if b"dm." not in line and not line.startswith((b"In-Reply-To", b"References"))
        )
        to = answered.reply_to
        assert "+c" in to
    else:
        to = account.settings.address
        reply = reply.replace(answered.reply_to.encode(), to.encode())
    await deliver(provider, to, reply)
    house.open()
    await house.has(1)
    (said,) = house.events()
    assert said.conversation == conversation
    assert said.content.text == "Forty-two."
    assert "Which size?" in said.content.quoted


async def test_a_mail_to_many_shows_its_way_out_and_is_heard_through_postfix(provider, account, jonas, house):
    way = "https://inbox.example/leave/" + "ab" * 66
    outcome = await CHANNEL.send(account, an_answer(jonas, "News", bulk=True, automated=True, leave=way, tongue="de"))
    assert isinstance(outcome, Receipt)
    (raw,) = await arrived(provider, jonas)
    mail = message_from_bytes(raw, policy=policy.default)
    assert f"Abmelden: {way}" in mail.get_body(("plain",)).get_content()
    assert f'<a href="{way}">Abmelden</a>' in mail.get_body(("html",)).get_content()
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    there = unquote(urlsplit(str(mail["List-Unsubscribe"]).rpartition("<")[2].rstrip(">")).path)
    leaving = f"From: {jonas}\r\nTo: {there}\r\nSubject: unsubscribe\r\nMessage-ID: <u@x.example>\r\n\r\n\r\n"
    await deliver(provider, there, leaving.encode())
    house.open()
    await house.has(1)
    (heard,) = house.events()
    assert isinstance(heard, Opted)
    assert (heard.address, heard.stopped, heard.scope) == (jonas, True, "bulk")


async def test_a_bounce_of_postfix_fails_its_message(account, house):
    answer = an_answer("nobody@mail.example", "Hello?")
    receipt = await CHANNEL.send(account, answer)
    house.open()
    await house.has(1)
    failed, opted = house.events()
    assert isinstance(failed, Progress)
    assert isinstance(opted, Opted)
    assert (failed.status, failed.ids, failed.correlation) == ("failed", (receipt.id,), answer.id)
    assert (opted.scope, opted.via, opted.correlation) == ("bulk", "platform", answer.id)
    assert failed.address == "nobody@mail.example"
    assert "unknown user" in failed.reason


async def test_what_a_mail_program_files_as_sent_is_the_brands_word(provider, account):
    house = House(changed(account, poll_seconds=1))
    house.open()
    await house.is_settled()

    def file_away() -> None:
        with imaplib.IMAP4("127.0.0.1", provider.imap) as program:
            program.login(account.settings.address, servers.WORD)
            raw = b"From: b@brand.example\r\nTo: jonas@mail.example\r\nMessage-ID: <hand@x>\r\n\r\nTyped by hand"
            program.append('"Gesendete Objekte"', None, None, raw)

    await asyncio.to_thread(file_away)
    await house.has(1)
    await house.close()
    (said,) = house.events()
    assert isinstance(said, Said)
    assert (said.by, said.address, said.id) == ("brand", "jonas@mail.example", "hand@x")


async def test_a_large_mail_comes_whole(provider, account, house):
    body = b"x" * 70 + b"\r\n"
    raw = b"From: big@mail.example\r\nMessage-ID: <big@x>\r\n\r\n" + body * 100_000
    await deliver(provider, account.settings.address, raw)
    house.open()
    await house.has(1, seconds=30)
    assert house.raws[0].body.replace(b"\r\n", b"\n").endswith((body * 100_000).replace(b"\r\n", b"\n"))


async def test_stopping_takes_no_time_in_the_middle_of_waiting(house):
    house.open()
    await house.is_settled()
    started = time.monotonic()
    await house.close()
    assert time.monotonic() - started < 2
