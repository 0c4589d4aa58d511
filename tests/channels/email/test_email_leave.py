"""A mail to many carries a way out, by one click and by mail; a mail to that address is heard as one."""

from email import message_from_bytes, policy
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import pytest

from duologue.channels.contract import Opted, Raw, Receipt, Refusal, Refused, Said
from duologue.channels.email import CHANNEL
from duologue.channels.email.compose import compose
from duologue.kernel import clock
from tests.channels.email.email_house import ELENA, JONAS, an_answer, changed

WAY = "https://inbox.example/leave/" + "ab" * 66


def to_many(**more):
    return an_answer(JONAS, "News", bulk=True, automated=True, leave=more.pop("leave", WAY), **more)


def headers(account, outgoing):
    return message_from_bytes(compose(account.settings, outgoing), policy=policy.default)


def by_mail(mail) -> tuple[str, str]:
    """Where a mail program writes to, and under which subject."""
    there = str(mail["List-Unsubscribe"]).rpartition("<")[2].rstrip(">")
    return unquote(urlsplit(there).path), parse_qs(urlsplit(there).query)["subject"][0]


def a_mail(sender: str, to: str, subject: str, more: str = "") -> Raw:
    text = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <1@x.example>\r\n{more}\r\n\r\nplease\r\n"
    return Raw(body=text.encode())


async def test_a_mail_to_many_says_how_to_leave(double, account):
    assert isinstance(await CHANNEL.send(account, to_many()), Receipt)
    mail = message_from_bytes(double.boxes[JONAS].inbox.mails[0].raw, policy=policy.default)
    assert str(mail["List-Unsubscribe"]).startswith(f"<{WAY}>, <mailto:support+u")
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert str(mail["Precedence"]) == "bulk"
    assert str(mail["Auto-Submitted"]) == "auto-generated"


async def test_an_answer_to_one_person_is_no_mailing_list(account):
    mail = headers(account, an_answer(JONAS, "Hello"))
    assert [name for name in mail if name.lower().startswith(("list-", "precedence"))] == []


async def test_a_mail_to_many_without_a_way_out_is_refused(double, account):
    outcome = await CHANNEL.send(account, to_many(leave=None))
    assert isinstance(outcome, Refused)
    assert (outcome.why, "way out" in outcome.reason) == (Refusal.BAD_REQUEST, True)
    assert double.boxes[JONAS].inbox.mails == []


async def test_one_click_is_promised_only_where_nobody_can_listen(account):
    mail = headers(account, to_many(leave=WAY.replace("https", "http")))
    assert mail["List-Unsubscribe-Post"] is None
    assert "http://inbox.example/leave/" in str(mail["List-Unsubscribe"])


@pytest.mark.parametrize("plus", [True, False])
async def test_a_mail_to_the_way_out_is_an_opt_out(account, plus):
    account = changed(account, plus_address=plus)
    to, subject = by_mail(headers(account, to_many()))
    assert (("+u" in to), subject == "unsubscribe") == (plus, plus)
    (heard,) = CHANNEL.read(account.settings, a_mail(f"Jonas <{JONAS.title()}>", to, subject))
    assert isinstance(heard, Opted)
    assert (heard.address, heard.stopped, heard.scope, heard.via) == (JONAS, True, "bulk", "person")


async def test_it_is_heard_whatever_server_wrote_the_address(account):
    to, subject = by_mail(headers(account, to_many()))
    (heard,) = CHANNEL.read(
        account.settings, a_mail(JONAS, "undisclosed:;", subject, f"Delivered-To: {to.upper()}\r\nPrecedence: bulk")
    )
    assert isinstance(heard, Opted)


async def test_nobody_unsubscribes_somebody_else_or_with_a_made_up_address(account):
    to, subject = by_mail(headers(account, to_many()))
    wrong = [
        a_mail(ELENA, to, subject),
        a_mail(JONAS, to[:-20] + ("a" if to[-20] != "a" else "b") + to[-19:], subject),
        a_mail(JONAS, "support+uaaaaaaaaaaaaaaaa@duologue.example", subject),
        a_mail(JONAS, "support@duologue.example", "unsubscribe uaaaaaaaaaaaaaaaa"),
        a_mail(JONAS, "support@duologue.example", "unsubscribe"),
    ]
    for raw in wrong:
        (heard,) = CHANNEL.read(account.settings, raw)
        assert isinstance(heard, Said), raw.body[:120]
    (heard,) = CHANNEL.read(changed(account, reply_secret="x" * 40).settings, a_mail(JONAS, to, subject))
    assert isinstance(heard, Said)


async def test_an_old_way_out_leads_nowhere(account):
    to, subject = by_mail(headers(account, to_many()))
    late = msgspec.structs.replace(
        a_mail(JONAS, to, subject),
        headers={"received": clock.now().replace(year=clock.now().year + 2, day=1).isoformat()},
    )
    (heard,) = CHANNEL.read(account.settings, late)
    assert isinstance(heard, Said)
