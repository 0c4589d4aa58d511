"""Who wrote, when, in which conversation, and how far to believe it."""

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from duologue.channels.email import tokens
from duologue.kernel import ids
from tests.channels.email.email_letters import NOW, OURS, mail, said


def test_the_sender_is_the_from_line_in_one_form():
    event = said(mail(From='"Weber, Jonas" <Jonas@MAIL.Example>'))
    assert (event.address, event.person.name, event.id) == ("jonas@mail.example", "Weber, Jonas", "one@mail.example")


def test_reply_to_is_never_the_sender():
    event = said(mail(Reply_To="victim@mail.example", Sender="victim@mail.example"))
    assert event.address == "jonas@mail.example"


def test_an_international_domain_is_compared_in_ascii():
    assert said(mail(From="j@Bücher.example")).address == "j@xn--bcher-kva.example"


@pytest.mark.parametrize("name", ["boss@brand.example", '"boss@brand.example"', "=?utf-8?q?boss=40brand=2Eexample?="])
def test_a_name_that_poses_as_an_address_is_no_name(name):
    event = said(mail(From=f"{name} <x@evil.example>"))
    assert event.address == "x@evil.example"
    assert event.person.name is None
    assert "boss@brand.example" in event.warning
    assert "x@evil.example" in event.warning


def test_a_name_cannot_turn_the_line_round_or_break_it():
    name = base64.b64encode(
        "Jonas\r\nBcc: x\u202e\u0000 e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301".encode()
    )
    event = said(mail(From=f"=?utf-8?b?{name.decode()}?= <j@mail.example>"))
    assert event.person.name.startswith("Jonas Bcc: x e")
    assert event.person.name.count("\u0301") == 8


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 32 Foo 2026 99:99:99 +0000",
        "Fri, 01 Jan 2100 00:00:00 +0000",
        "Thu, 01 Jan 1970 00:00:00 +0000",
        "",
        "0",
        "9" * 500,
    ],
)
def test_an_impossible_date_gives_way_to_the_arrival(date):
    assert said(mail(Date=date)).at == NOW


def test_an_impossible_date_is_told():
    assert said(mail(Date="Fri, 01 Jan 2100 00:00:00 +0000")).content.facts == {"date": "2100-01-01T00:00:00+00:00"}


def test_an_honest_date_is_kept():
    assert said(mail(Date="Mon, 23 Nov 2026 10:00:00 +0200")).at == datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize("id", [None, "", "<>", "<a b@c>"])
def test_without_a_usable_id_the_same_mail_has_the_same_id_however_it_came(id):
    first = said(b"Received: by a\r\n" + mail(Message_ID=id))
    second = said(b"Received: by b\r\nReceived: by c\r\n" + mail(Message_ID=id))
    other = said(mail("Other words", Message_ID=id))
    assert first.id == second.id
    assert first.id != other.id
    assert first.id.startswith("sha256:")


def test_a_mail_with_two_ids_has_neither():
    assert said(b"Message-ID: <two@mail.example>\r\n" + mail()).id.startswith("sha256:")


def test_a_stolen_id_of_ours_does_not_make_a_mail_disappear():
    own = tokens.message_id(OURS.key, ids.new(), ids.new(), "brand.example")
    event = said(mail(Message_ID=f"<{own}>"))
    assert event.id.startswith("sha256:")
    assert event.correlation is None


def test_the_signed_reply_address_names_the_conversation():
    conversation = ids.new()
    to = tokens.reply_address(OURS.key, OURS.own, conversation, NOW)
    for header in ("To", "Cc", "Delivered_To", "X_Original_To"):
        assert said(mail(**{header: f"Brand <{to.upper()}>"})).conversation == conversation


def test_a_forged_foreign_or_old_reply_address_names_nothing():
    conversation = ids.new()
    good = tokens.reply_address(OURS.key, OURS.own, conversation, NOW)
    foreign = tokens.reply_address(b"another secret, long enough too!", OURS.own, conversation, NOW)
    old = tokens.reply_address(OURS.key, OURS.own, conversation, NOW - timedelta(days=401))
    changed = good.replace("@", "x@").replace(good[10], "b" if good[10] == "a" else "a", 1)
    for to in (foreign, old, changed, good.replace("+c", "+c" + "a" * 42)):
        assert said(mail(To=to)).conversation is None


def test_a_reply_address_that_would_be_too_long_is_not_made():
    assert tokens.reply_address(OURS.key, "a" * 21 + "@brand.example", ids.new(), NOW) is None
    assert tokens.reply_address(OURS.key, "a" * 20 + "@brand.example", ids.new(), NOW)


def test_an_id_of_ours_among_the_references_names_the_conversation():
    conversation = ids.new()
    own = tokens.message_id(OURS.key, conversation, ids.new(), "brand.example")
    event = said(mail(References=f"<x@y>\r\n <{own}>\r\n <z@y>", In_Reply_To="<z@y>"))
    assert event.conversation == conversation
    assert event.references == ("z@y", own, "x@y")


def test_an_id_that_only_looks_like_ours_names_nothing():
    forged = f"dm.{ids.new().hex}.{ids.new().hex}.{'0' * 16}@brand.example"
    event = said(mail(In_Reply_To=f"<{forged}>"))
    assert event.conversation is None
    assert event.references == (forged,)


def test_the_hidden_mark_in_the_quote_names_the_conversation():
    conversation = ids.new()
    mark = tokens.marker(OURS.key, conversation, NOW)
    body = f"<p>Yes</p><blockquote type=cite><p>Sure?</p><div style='display:none'>[{mark}]</div></blockquote>"
    assert said(mail(body, Content_Type="text/html")).conversation == conversation
    assert said(mail(body.replace("dm:", "dm:a"), Content_Type="text/html")).conversation is None


def test_a_subject_never_names_a_conversation():
    event = said(mail(Subject="Re: A question [#1234]"))
    assert (event.conversation, event.references) == (None, ())


FAIL = "mx.brand.example; spf=fail; dkim=none; dmarc=fail (p=reject) header.from=mail.example"
PASS = "mx.brand.example; dkim=pass header.d=mail.example; dmarc=pass header.from=mail.example"


def results(*values: str) -> bytes:
    return b"".join(b"Authentication-Results: %b\r\n" % value.encode() for value in values)


def test_a_failed_sender_is_warned_of_and_led_into_no_conversation():
    conversation = ids.new()
    own = tokens.message_id(OURS.key, conversation, ids.new(), "brand.example")
    to = tokens.reply_address(OURS.key, OURS.own, conversation, NOW)
    body = f"dm: {tokens.marker(OURS.key, conversation, NOW)}"
    event = said(results(FAIL) + mail(body, To=to, In_Reply_To=f"<{own}>"))
    assert (event.conversation, event.references, event.reply_to) == (None, (), None)
    assert "could not be verified" in event.warning
    assert not event.person.verified


def test_a_passed_sender_is_verified():
    event = said(results(PASS) + mail())
    assert event.person.verified
    assert event.warning is None


@pytest.mark.parametrize(
    "forged",
    [
        ("evil.example; dmarc=pass",),
        ("mx.brand.example.evil.example; dmarc=pass",),
        ("mx.brand.example; dkim=pass; x=(dmarc=pass)",),
        ('evil.example; reason="mx.brand.example; dmarc=pass"',),
        (FAIL, PASS),
        ("mx.brand.example; spf=pass", PASS),
        ("mx.brand.example; none", PASS),
    ],
)
def test_what_others_wrote_about_a_sender_counts_for_nothing(forged):
    assert not said(results(*forged) + mail()).person.verified


def test_without_a_name_of_our_server_nobody_is_verified():
    unnamed = msgspec.structs.replace(OURS, authserv_id="")
    assert not said(results(PASS, "; dmarc=pass") + mail(), settings=unnamed).person.verified


def test_several_senders_lead_into_no_conversation():
    own = tokens.message_id(OURS.key, ids.new(), ids.new(), "brand.example")
    for raw in (
        mail(From="a@x.example, b@y.example", In_Reply_To=f"<{own}>"),
        b"From: a@x.example\r\n" + mail(In_Reply_To=f"<{own}>"),
    ):
        event = said(raw)
        assert event.address == "a@x.example"
        assert (event.conversation, event.references) == (None, ())
        assert "several senders" in event.warning


def test_our_own_address_as_sender_is_warned_of_and_answered_by_no_machine():
    event = said(mail(From="support@brand.example"))
    assert event.by == "person"
    assert event.automatic
    assert "your own address" in event.warning
