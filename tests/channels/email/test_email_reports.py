"""Mail that machines write: automatic answers, bounces, complaints, receipts."""

import pytest

from duologue.channels.contract import Kind, Progress
from duologue.channels.email import tokens
from duologue.kernel import ids
from tests.channels.email.email_letters import OURS, mail, read, said


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; x=y"},
        {"Precedence": "Bulk"},
        {"X_Precedence": "auto_reply"},
        {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
        {"X_Autoreply": "yes"},
        {"X_Loop": "true"},
        {"List_Id": "<news.shop.example>"},
        {"List_Unsubscribe": "<https://shop.example/u>"},
        {"Feedback_ID": "1:2:3:shop"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@mail.example"},
        {"From": "no-reply@mail.example"},
        {"From": "bounces+x@mail.example"},
        {"X_DM_Hops": "1"},
        {"Subject": "Out of office: back on Monday"},
        {"Subject": "Automatische Antwort: Frage"},
    ],
)
def test_a_machine_is_known_by_any_one_sign(headers):
    assert said(mail(**headers)).automatic


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Auto_Submitted": "no"},
        {"X_DM_Hops": "0"},
        {"Return_Path": "<jonas@mail.example>"},
        {"From": "norah@mail.example"},
    ],
)
def test_a_person_is_not_taken_for_a_machine(headers):
    assert not said(mail(**headers)).automatic


def test_a_mail_that_goes_round_is_automatic_and_kept():
    event = said(b"Received: by mx\r\n" * 31 + mail())
    assert event.automatic
    assert "circle" in event.warning


def report(action: str, original: str, *, part: str = "text/rfc822-headers", kind: str = "delivery-status") -> bytes:
    fields = {
        "delivery-status": (
            "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; Jonas@mail.example\r\n"
            f"Action: {action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown"
        ),
        "feedback-report": "Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: <jonas@mail.example>",
        "disposition-notification": "Final-Recipient: rfc822; jonas@mail.example\r\nDisposition: manual/x; displayed",
    }[kind]
    body = (
        f"--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n\r\n"
        f"--b\r\nContent-Type: {part}\r\n\r\n{original}\r\n\r\n--b--\r\n"
    )
    return mail(body, From="MAILER-DAEMON@mx.example", Content_Type=f"multipart/report; report-type={kind}; boundary=b")


@pytest.mark.parametrize("part", ["text/rfc822-headers", "message/rfc822"])
@pytest.mark.parametrize("header", ["Message-ID", "X-Microsoft-Original-Message-ID", "X-DM-Message-ID"])
def test_a_bounce_fails_the_message_it_is_about(part, header):
    message = ids.new()
    own = tokens.message_id(OURS.key, ids.new(), message, "brand.example")
    event, _ = read(report("failed", f"Subject: x\r\n{header}: <{own}>", part=part))
    assert event == Progress(
        status="failed",
        at=event.at,
        address="jonas@mail.example",
        ids=(own,),
        correlation=message,
        reason="550 5.1.1 User unknown",
    )


def test_a_bounce_without_a_sender_is_understood():
    own = tokens.message_id(OURS.key, ids.new(), ids.new(), "brand.example")
    raw = report("failed", f"Message-ID: <{own}>").replace(b"From: MAILER-DAEMON@mx.example", b"From: MAILER DAEMON <>")
    event, _ = read(raw)
    assert event.ids == (own,)


def test_a_forged_bounce_fails_nothing_and_is_shown():
    own = tokens.message_id(b"not our secret, but long enough", ids.new(), ids.new(), "brand.example")
    event = said(report("failed", f"Message-ID: <{own}>"))
    assert event.automatic


def test_a_delay_is_told_and_changes_no_state():
    conversation = ids.new()
    own = tokens.message_id(OURS.key, conversation, ids.new(), "brand.example")
    event = said(report("delayed", f"Message-ID: <{own}>"))
    assert (event.content.kind, event.content.raw_kind) == (Kind.NOTICE, "delayed")
    assert (event.conversation, event.address, event.automatic) == (conversation, "jonas@mail.example", True)


def test_a_delivery_is_told():
    own = tokens.message_id(OURS.key, ids.new(), ids.new(), "brand.example")
    (event,) = read(report("delivered", f"Message-ID: <{own}>"))
    assert event.status == "delivered"


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "postmaster@qmail.example", "Subject": "failure notice"},
        {"Return_Path": "<>", "From": "system@mail.example", "Subject": "Undeliverable: A question"},
    ],
)
def test_an_unusual_bounce_is_understood_by_our_id_in_its_text(headers):
    own = tokens.message_id(OURS.key, ids.new(), ids.new(), "brand.example")
    body = f"Hi. I'm afraid I could not.\n\n<jonas@mail.example>:\n550 no mailbox\n\n---\n\nMessage-ID: <{own}>\n"
    (event,) = read(mail(body, **headers))
    assert (event.status, event.ids, event.address) == ("failed", (own,), "jonas@mail.example")
    assert event.reason == "550 no mailbox"


def test_an_absence_note_that_quotes_us_is_no_bounce():
    own = tokens.message_id(OURS.key, ids.new(), ids.new(), "brand.example")
    event = said(mail("I am away", Return_Path="<>", In_Reply_To=f"<{own}>", Auto_Submitted="auto-replied"))
    assert event.automatic
    assert event.content.text == "I am away"


def test_a_complaint_is_a_notice_in_its_conversation():
    conversation = ids.new()
    own = tokens.message_id(OURS.key, conversation, ids.new(), "brand.example")
    event, _ = read(report("", f"Message-ID: <{own}>", kind="feedback-report"))
    assert (event.content.kind, event.content.raw_kind, event.conversation) == (Kind.NOTICE, "complaint", conversation)
    assert event.address == "jonas@mail.example"


def test_a_read_receipt_is_no_event():
    assert read(report("", "Message-ID: <x@y>", kind="disposition-notification")) == []
