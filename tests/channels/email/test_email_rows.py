"""Every way in which machines answer mail, one row each. What the code knows and no row shows makes a test fail."""

from datetime import timedelta

import pytest

from duologue.channels.contract import Event, Opted, Progress, Refusal, Refused, Said, TryLater, Unreadable
from duologue.channels.email import CHANNEL, smtp, tokens
from duologue.channels.email.letter import automatic
from duologue.kernel import clock, ids
from tests.channels.email.email_house import JONAS, an_answer
from tests.channels.email.email_letters import OURS, mail, read

CONVERSATION, MESSAGE = ids.new(), ids.new()
OWN = tokens.message_id(OURS.key, CONVERSATION, MESSAGE, "brand.example")
READER = "jonas@mail.example"


def report(kind: str, fields: str, *, original: str = f"Message-ID: <{OWN}>", **headers: str) -> bytes:
    body = (
        f"--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n\r\n--b--\r\n"
    )
    given = {"From": "MAILER-DAEMON@mx.example", "Content_Type": f"multipart/report; report-type={kind}; boundary=b"}
    return mail(body, **(given | headers))


def dsn(action: str, status: str, said: str = "", **headers: str) -> bytes:
    fields = f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {READER}\r\nAction: {action}\r\nStatus: {status}"
    return report("delivery-status", fields + (f"\r\nDiagnostic-Code: smtp; {said}" if said else ""), **headers)


def arf(kind: str, more: str = f"\r\nOriginal-Rcpt-To: <{READER}>") -> bytes:
    return report(
        "feedback-report", f"Feedback-Type: {kind}\r\nUser-Agent: F/1\r\nVersion: 1{more}", From="fbl@isp.example"
    )


def told(events: list[Event]) -> str:
    """What was understood, in one line."""
    return " + ".join(map(_told, events)) or "nothing"


def _told(event: Event) -> str:
    match event:
        case Progress(status=status, correlation=of):
            return f"{status}{'' if of == MESSAGE else ' of nobody'}"
        case Opted(scope=scope, via=via, stopped=True, correlation=of):
            return f"no more {scope} by {via}{'' if of in {MESSAGE, None} else ' of nobody'}"
        case Said(content=content, automatic=machine):
            where = " here" if event.conversation == CONVERSATION else ""
            return f"{content.raw_kind or ('machine' if machine else 'person')}{where}"
        case Unreadable():
            return "unreadable"
    return type(event).__name__


_REPLY = tokens.reply_address(OURS.key, "support@brand.example", CONVERSATION, clock.now()) or ""
_LEAVE = tokens.leave_token(OURS.key, READER, clock.now())
_GONE = "failed + no more bulk by platform"
_UNUSUAL = f"Hi.\n\n<{READER}>:\n550 no mailbox\n\n---\nMessage-ID: <{OWN}>\n"

SIGNS = {  # RFC 3834, and what large systems write instead; each alone is enough
    "auto-submitted": {"Auto_Submitted": "auto-replied"},
    "auto-submitted, with a comment": {"Auto_Submitted": "auto-generated; owner=x"},
    "auto-submitted, of a notice": {"Auto_Submitted": "auto-notified"},
    **{f"precedence {one}": {"Precedence": one.title()} for one in (
        "bulk", "list", "junk", "auto_reply", "auto-reply")},
    "x-precedence": {"X_Precedence": "bulk"},
    **{f"suppress {one}": {"X_Auto_Response_Suppress": one} for one in (
        "All", "OOF", "AutoReply", "DR", "RN", "DR, RN")},
    "x-autoreply": {"X_Autoreply": "yes"},
    "x-autorespond": {"X_Autorespond": "x"},
    "x-autoresponder": {"X_Autoresponder": "x"},
    "x-auto-reply-from": {"X_Auto_Reply_From": "x"},
    "x-mail-autoreply": {"X_Mail_Autoreply": "x"},
    "x-loop true": {"X_Loop": "true"},
    "x-loop yes": {"X_Loop": "Yes"},
    "list-id": {"List_Id": "<news.shop.example>"},
    "list-unsubscribe": {"List_Unsubscribe": "<https://shop.example/u>"},
    "feedback-id": {"Feedback_ID": "1:2:3:shop"},
    "null return-path": {"Return_Path": "< >"},
    "x-dm-hops": {"X_DM_Hops": "1"},
    **{f"from {one}": {"From": f"{one}@mail.example"} for one in (
        "MAILER-DAEMON", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply", "bounce", "bounces+7",
        "auto-reply", "notifications")},
    **{f"subject {one}": {"Subject": one} for one in (
        "Automatic reply: Boots", "Out of Office", "Abwesenheit", "Automatische Antwort: Schuhe",
        "Réponse automatique", "Respuesta automática", "Risposta automatica", "Automatisch antwoord", "自动回复",
        "自動返信")},
}  # fmt: skip

ROWS = {
    "a person": (mail(), "person"),
    "auto-submitted: no": (mail(Auto_Submitted="no"), "person"),
    "hop counter at zero": (mail(X_DM_Hops="0"), "person"),
    **{sign: (mail(**headers), "machine") for sign, headers in SIGNS.items()},
    "own address as sender": (mail(From="support@brand.example"), "machine"),
    "more than 30 received lines": (b"Received: by mx\r\n" * 31 + mail(), "machine"),
    "auto-reply that answers us": (mail(In_Reply_To=f"<{OWN}>", Auto_Submitted="auto-replied"), "machine here"),
    "dsn failed, hard: no such user": (dsn("failed", "5.1.1", "550 5.1.1 User unknown"), _GONE),
    "dsn failed, hard: bad domain": (dsn("failed", "5.1.2"), _GONE),
    "dsn failed, hard: bad syntax": (dsn("failed", "5.1.3"), _GONE),
    "dsn failed, hard: moved": (dsn("failed", "5.1.6"), _GONE),
    "dsn failed, hard: takes no mail": (dsn("failed", "5.1.10"), _GONE),
    "dsn failed, hard: disabled": (dsn("failed", "5.2.1"), _GONE),
    "dsn failed, soft: full": (dsn("failed", "5.2.2", "552 5.2.2 Mailbox full"), "failed"),
    "dsn failed, soft: given up": (dsn("failed", "4.4.7", "451 4.4.7 expired"), "failed"),
    "dsn failed, too large": (dsn("failed", "5.3.4"), "failed"),
    "dsn failed, policy": (dsn("failed", "5.7.1", "550 5.7.1 blocked"), "failed"),
    "dsn failed, our own fault": (dsn("failed", "5.7.26", "550 5.7.26 unauthenticated"), "failed"),
    "dsn failed, our own sender": (dsn("failed", "5.1.8"), "failed"),
    "dsn failed, without a status": (dsn("failed", ""), "failed"),
    "dsn delayed": (dsn("delayed", "4.4.1"), "delayed here"),
    "dsn delivered": (dsn("delivered", "2.0.0"), "delivered"),
    "dsn relayed": (dsn("relayed", "2.0.0"), "nothing"),
    "dsn expanded": (dsn("expanded", "2.0.0"), "nothing"),
    "dsn without a sender": (dsn("failed", "5.1.1", From="MAILER DAEMON <>"), _GONE),
    "dsn of the original recipient": (
        dsn("failed", "5.1.1").replace(b"Final-Recipient", b"Original-Recipient"), _GONE),
    "dsn about what we never sent": (
        report("delivery-status", f"Final-Recipient: rfc822; {READER}\r\nAction: failed\r\nStatus: 5.1.1",
               original="Message-ID: <dm.x@brand.example>"), "machine"),
    "bounce in words, by a daemon": (mail(_UNUSUAL, From="postmaster@q.example", Subject="failure notice"), "failed"),
    "bounce in words, without a return-path": (
        mail(_UNUSUAL, Return_Path="<>", From="s@q.example", Subject="Undeliverable: A question"), "failed"),
    "delay in words": (
        mail(_UNUSUAL, From="postmaster@q.example", Subject="Warning: message delayed"), "delayed here"),
    **{f"arf {one}": (arf(one), "complaint here + no more bulk by platform")
       for one in ("abuse", "fraud", "virus", "other")},
    "arf, the reader blacked out": (arf("abuse", ""), "complaint here + no more bulk by platform"),
    "arf not-spam": (arf("not-spam"), "nothing"),
    "mdn": (report("disposition-notification", "Disposition: manual/x; displayed"), "nothing"),
    "unsubscribed by mail, to the address": (
        mail(To=f"support+u{_LEAVE}@brand.example", Subject="unsubscribe"), "no more bulk by person"),
    "unsubscribed by mail, in the subject": (mail(Subject=f"unsubscribe u{_LEAVE}"), "no more bulk by person"),
    "unsubscribed with another's token": (
        mail(From="eve@mail.example", Subject=f"unsubscribe u{_LEAVE}"), "person"),
    "threaded by the reply address": (
        mail(To=_REPLY), "person here"),
    "threaded by the delivered-to": (
        mail(Delivered_To=_REPLY),
        "person here"),
    "threaded by in-reply-to": (mail(In_Reply_To=f"<{OWN}>"), "person here"),
    "threaded by references": (mail(References=f"<{OWN}> <other@x.example>"), "person here"),
    "threaded by the hidden mark": (
        mail(f"Yes.\n\n> [{tokens.marker(OURS.key, CONVERSATION, clock.now())}]\n"), "person here"),
    "never threaded by the subject": (mail(Subject="Re: A question"), "person"),
    "a failed sender is led nowhere": (
        mail(In_Reply_To=f"<{OWN}>", Authentication_Results="mx.brand.example; dmarc=fail"), "person"),
    "no sender": (mail(From=None), "unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_a_mail_is_understood(row: str) -> None:
    raw, understood = ROWS[row]
    assert told(read(raw)) == understood


def test_every_sign_that_is_known_stands_in_the_table() -> None:
    shown = {name.replace("_", "-").lower() for headers in SIGNS.values() for name in headers}
    assert set(automatic._PRESENT) <= shown
    assert {"precedence " + one for one in automatic._BULK} <= set(SIGNS)


def test_a_bounce_stops_nobody_but_the_one_we_wrote_to() -> None:
    """Whom a report names is a stranger's word: our own id says whom we wrote to."""
    (_, opted) = read(dsn("failed", "5.1.1").replace(READER.encode(), b"somebody.else@mail.example"))
    assert isinstance(opted, Opted)
    assert (opted.address, opted.correlation) == ("", MESSAGE)


ANSWERS = {  # of a mail server, while a mail is handed over: what it means, and whether nobody is there
    "550 5.1.1 No such user": (Refusal.NO_SUCH_PERSON, "bulk"),
    "550 5.1.2 Bad destination system": (Refusal.NO_SUCH_PERSON, "bulk"),
    "550 5.1.10 Null MX": (Refusal.NO_SUCH_PERSON, "bulk"),
    "550 5.1.7 Bad sender": (Refusal.PERMISSION, ""),
    "550 5.1.8 Bad sender's system": (Refusal.PERMISSION, ""),
    "550 No such user": (Refusal.NO_SUCH_PERSON, ""),
    "550 5.2.1 Mailbox disabled": (Refusal.UNREACHABLE, "bulk"),
    "552 5.2.2 Mailbox full": (Refusal.UNREACHABLE, ""),
    "552 5.3.4 Message too big": (Refusal.MEDIA, ""),
    "554 5.3.0 Other": (Refusal.UNREACHABLE, ""),
    "554 5.4.4 Cannot route": (Refusal.UNREACHABLE, ""),
    "501 5.5.4 Invalid arguments": (Refusal.BAD_REQUEST, ""),
    "554 5.6.0 Content": (Refusal.CONTENT, ""),
    "554 5.7.1 Looks like spam": (Refusal.CONTENT, ""),
    "535 5.7.8 Bad credentials": (Refusal.AUTH, ""),
    "534 5.7.9 Mechanism too weak": (Refusal.AUTH, ""),
    "550 5.7.26 Unauthenticated sender": (Refusal.PERMISSION, ""),
    "550 5.7.30 Basic authentication is not supported": (Refusal.AUTH, ""),
    "550 5.7.60 Cannot send as this sender": (Refusal.PERMISSION, ""),
    "530 Authenticate first": (Refusal.AUTH, ""),
    "534 Too weak": (Refusal.AUTH, ""),
    "535 Wrong": (Refusal.AUTH, ""),
    "551 Not local": (Refusal.NO_SUCH_PERSON, ""),
    "552 Too large": (Refusal.MEDIA, ""),
    "553 Name not allowed": (Refusal.NO_SUCH_PERSON, ""),
    "554 Failed": (Refusal.CONTENT, ""),
    "451 4.7.1 Greylisted": ("later", ""),
    "452 4.2.2 Over quota": ("later", ""),
    "450 4.2.1 Receiving too fast": ("later", ""),
    "451 4.7.0 Temporary": ("later", ""),
    "421 4.7.0 Rate limited": ("slower", ""),
    "421 4.7.28 Unusual rate": ("slower", ""),
    "550 5.4.5 Daily limit": ("slower", ""),
    "452 4.5.3 Too many recipients": ("slower", ""),
    "432 4.3.2 Concurrent connections": ("slower", ""),
    "421 4.4.2 Connection dropped": ("slower", ""),
    "550 5.1.90 Daily limit of recipients": ("slower", ""),
    "550 5.7.708 Access denied, traffic not accepted": ("slower", ""),
    "554 5.2.0 SubmissionQuotaExceededException": ("slower", ""),
    "450 Too many messages, slow down": ("slower", ""),
}


@pytest.mark.parametrize("said", ANSWERS)
async def test_an_answer_of_the_server_is_understood(double, account, said: str) -> None:
    double.smtp.faults.next_recipient.append(said)
    meant, stopped = ANSWERS[said]
    match await CHANNEL.send(account, an_answer(JONAS, "Hello")):
        case Refused(why=why, stopped=told_of):
            assert (why, told_of) == (meant, stopped)
        case TryLater(whole_account=whole, after=after):
            assert ("slower" if whole else "later") == meant
            assert 60 <= after <= 3600
        case other:
            pytest.fail(f"{other}")


def test_every_code_that_is_known_stands_in_the_table() -> None:
    enhanced = {found[0] for said in ANSWERS if (found := smtp._ENHANCED.search(said))}
    assert set(smtp._SLOW_DOWN) <= enhanced
    assert {f"5.{one}" for one in smtp._BY_CLASS if "." in one} <= enhanced
    assert {one for one in smtp._BY_CLASS if "." not in one} <= {one.split(".")[1] for one in enhanced}
    plain = {int(said[:3]) for said in ANSWERS if not smtp._ENHANCED.search(said)}
    assert set(smtp._BY_CODE) <= plain


_TAKEN = "0102018c7a5b1f2e-1-000000"


@pytest.mark.parametrize(
    ("host", "said", "as_"),
    [
        ("email-smtp.eu-west-1.amazonaws.com", f"Ok {_TAKEN}", (f"{_TAKEN}@eu-west-1.amazonses.com",)),
        ("EMAIL-SMTP.us-east-1.amazonaws.com.", f"Ok {_TAKEN}", (f"{_TAKEN}@email.amazonses.com",)),
        ("email-smtp.eu-west-1.amazonaws.com", "2.0.0 Ok: queued as 9ABC", ()),
        ("mail.brand.example", f"Ok {_TAKEN}", ()),
    ],
)  # fmt: skip
def test_a_relay_that_renames_a_mail_says_how(host: str, said: str, as_: tuple[str, ...]) -> None:
    assert smtp.renamed(host, said) == as_


def test_a_row_of_old_age_leads_nowhere() -> None:
    late = clock.now() + timedelta(days=OURS.token_days + 2)
    (event,) = read(mail(Subject=f"unsubscribe u{_LEAVE}"), received=late.isoformat())
    assert isinstance(event, Said)
