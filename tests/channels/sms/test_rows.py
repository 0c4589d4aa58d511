"""Every row of what Twilio tells and of what it refuses, as its reference lists them: one row here for each of its own.

Source of the rows: Twilio's documentation of webhooks, of the Messages resource, and its error dictionary (September
2026). The table is written out here and not taken from the product, so that a row that is missing there fails here.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from duologue.channels.contract import (
    Account,
    Event,
    Kind,
    Opted,
    Outgoing,
    Progress,
    Raw,
    Refusal,
    Refused,
    Said,
    TryLater,
)
from duologue.channels.sms.read import read
from duologue.channels.sms.send import send
from duologue.channels.sms.settings import Settings
from duologue.channels.sms.simulate.double import Double

SID, WHO, US = "AC" + "0" * 32, "+14155550100", "+14155550199"
OURS = Settings(account_sid=SID, auth_token="t", sender=US)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PLACES = {
    "FromCity": "SAN FRANCISCO", "FromState": "CA", "FromZip": "94103", "FromCountry": "US",
    "ToCity": "SAN FRANCISCO", "ToState": "CA", "ToZip": "94103", "ToCountry": "US",
}  # fmt: skip
HEARD = PLACES | {
    "MessageSid": "SM1", "SmsSid": "SM1", "SmsMessageSid": "SM1", "AccountSid": SID, "From": WHO, "To": US,
    "Body": "Hello", "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01",
}  # fmt: skip
NEWS = {
    "MessageSid": "SM2", "SmsSid": "SM2", "AccountSid": SID, "From": US, "To": WHO, "ApiVersion": "2010-04-01",
    "MessagingServiceSid": "MG" + "0" * 32, "RawDlrDoneDate": "2611240900",
}  # fmt: skip
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM1/Media/ME"


def told(form: dict[str, str]) -> list[Event]:
    return read(OURS, Raw(body=urlencode(form).encode(), kind="form", headers={"at": AT.isoformat(), "query": ""}))


def with_file(mime: str) -> dict[str, str]:
    return {"NumMedia": "1", "MediaUrl0": MEDIA + "0", "MediaContentType0": mime, "Body": ""}


# name of the row, what it adds to the form, its kind, and what of it must be seen
SAID: list[tuple[str, dict[str, str], Kind, dict[str, Any]]] = [
    ("text", {}, Kind.TEXT, {"text": "Hello"}),
    ("text to a service", {"MessagingServiceSid": "MG" + "0" * 32}, Kind.TEXT, {"text": "Hello"}),
    ("a parameter that is new", {"Brandnew": "1"}, Kind.TEXT, {"text": "Hello"}),
    ("several segments", {"NumSegments": "3", "Body": "x" * 400}, Kind.TEXT, {"text": "x" * 400}),
    ("picture", with_file("image/jpeg"), Kind.IMAGE, {"text": None}),
    ("film", with_file("video/3gpp"), Kind.VIDEO, {"text": None}),
    ("sound", with_file("audio/amr"), Kind.AUDIO, {"text": None}),
    ("paper", with_file("application/pdf"), Kind.FILE, {"text": None}),
    ("contact card", with_file("text/vcard"), Kind.CARD, {"text": None}),
    ("OptOutType=STOP", {"Body": "STOP", "OptOutType": "STOP"}, Kind.TEXT, {"facts": {"keyword": "STOP"}}),
    ("OptOutType=START", {"Body": "START", "OptOutType": "START"}, Kind.TEXT, {"facts": {"keyword": "START"}}),
    ("OptOutType=HELP", {"Body": "HELP", "OptOutType": "HELP"}, Kind.TEXT, {"facts": {"keyword": "HELP"}}),
    ("WhatsApp: button", {"From": f"whatsapp:{WHO}", "To": f"whatsapp:{US}", "ProfileName": "Maya", "WaId": "1415",
                          "ButtonText": "42", "ButtonPayload": "S42", "ExternalUserId": "US.1"}, Kind.TAP,
     {"text": "42", "payload": "S42"}),
]  # fmt: skip


@pytest.mark.parametrize(("more", "kind", "seen"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_every_row_of_what_comes_in(more: dict[str, str], kind: Kind, seen: dict[str, Any]):
    found, *_ = told(HEARD | more)
    assert isinstance(found, Said), found
    content = found.content
    assert (found.id, found.at, found.person.phone) == ("SM1", AT, WHO)
    assert (content.kind, {name: getattr(content, name) for name in seen}) == (kind, seen)
    assert [one.url for one in content.media] == ([MEDIA + "0"] if "MediaUrl0" in more else [])


STOPPING = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"]
STARTING = ["START", "UNSTOP"]


@pytest.mark.parametrize(("word", "stopped"), [(w, True) for w in STOPPING] + [(w, False) for w in STARTING])
def test_every_word_that_twilio_acts_upon_is_obeyed_here_too(word: str, stopped: bool):
    said, wish = told(HEARD | {"Body": word})
    assert isinstance(said, Said)
    assert wish == Opted(address=WHO, at=AT, stopped=stopped, scope="all", word=word)


@pytest.mark.parametrize("word", ["HELP", "INFO", "YES"])
def test_every_word_that_twilio_answers_and_that_wishes_nothing(word: str):
    assert [type(one) for one in told(HEARD | {"Body": word})] == [Said]


STATUSES = {
    "accepted": "sent", "scheduled": "sent", "queued": "sent", "sending": "sent", "sent": "sent",
    "partially_delivered": "sent", "delivered": "delivered", "read": "read", "undelivered": "failed",
    "failed": "failed", "canceled": "failed",
}  # fmt: skip


@pytest.mark.parametrize(("word", "step"), STATUSES.items())
def test_every_status_is_a_step(word: str, step: str):
    [found] = told(NEWS | {"MessageStatus": word, "SmsStatus": word})
    assert isinstance(found, Progress)
    assert (found.status, found.ids) == (step, ("SM2",))


@pytest.mark.parametrize("word", ["receiving", "received"])
def test_the_statuses_of_what_comes_in_are_no_news_of_ours(word: str):
    [found] = told(HEARD | {"SmsStatus": word})
    assert isinstance(found, Said)


LATER, LATER_ALONE = "tried later, the whole account waits", "tried later"

# code, what a refused send becomes, and what its words say (to do, or why nothing can be done)
CODES: list[tuple[int, Refusal | str, str]] = [
    (20003, Refusal.AUTH, "copy both again"),
    (20429, LATER, "slow down"),
    (21211, Refusal.NO_SUCH_PERSON, "check it"),
    (21214, Refusal.NO_SUCH_PERSON, "cannot be reached"),
    (21217, Refusal.NO_SUCH_PERSON, "check it"),
    (21614, Refusal.NO_SUCH_PERSON, "ask for another one"),
    (21612, Refusal.NO_SUCH_PERSON, "the country may want a sender of its own"),
    (21602, Refusal.CONTENT, "nothing in the message"),
    (21603, Refusal.BAD_REQUEST, "fill it in"),
    (21617, Refusal.CONTENT, "in parts of 1,600 characters"),
    (21620, Refusal.MEDIA, "address of a file"),
    (21623, Refusal.MEDIA, "more files than Twilio takes"),
    (21606, Refusal.PERMISSION, "choose another one"),
    (21608, Refusal.PERMISSION, "numbers that were verified"),
    (21659, Refusal.PERMISSION, "choose another one"),
    (21408, Refusal.PERMISSION, "Geo permissions"),
    (21215, Refusal.PERMISSION, "Geo permissions"),
    (21610, Refusal.UNREACHABLE, "until they answer START"),
    (21611, LATER, "are waiting at Twilio"),
    (30001, LATER, "are waiting at Twilio"),
    (30002, Refusal.RESTRICTED, "ask its support"),
    (30003, Refusal.UNREACHABLE, "the phone is off"),
    (30005, Refusal.NO_SUCH_PERSON, "does not know this number"),
    (30006, Refusal.UNREACHABLE, "a landline"),
    (30004, Refusal.UNREACHABLE, "blocks messages"),
    (30007, Refusal.CONTENT, "word it otherwise"),
    (30008, Refusal.UNREACHABLE, "once more may help"),
    (30017, Refusal.UNREACHABLE, "once more may help"),
    (30410, Refusal.UNREACHABLE, "once more may help"),
    (30019, Refusal.MEDIA, "a link"),
    (30011, Refusal.MEDIA, "send a link"),
    (30022, LATER, "10DLC"),
    (30023, Refusal.RESTRICTED, "tomorrow"),
    (30027, Refusal.RESTRICTED, "tomorrow"),
    (30032, Refusal.RESTRICTED, "Regulatory compliance"),
    (30034, Refusal.RESTRICTED, "Regulatory compliance"),
    (63016, Refusal.WINDOW_CLOSED, "wait until the person writes"),
    (63017, LATER_ALONE, "slow down"),
    (63018, LATER_ALONE, "slow down"),
    (63024, Refusal.NO_SUCH_PERSON, "does not know this person"),
    (63032, Refusal.UNREACHABLE, "does not let this person be written to"),
    (63033, Refusal.UNREACHABLE, "blocked the sender"),
    (63041, Refusal.RESTRICTED, "choose another one"),
]
OF_OUR_WEBHOOK = (11200, 11205, 11210, 11215, 11220, 11235, 11237)  # told in Twilio's debugger alone
AFTERWARDS = [code for code, why, _ in CODES if why not in {Refusal.AUTH, Refusal.BAD_REQUEST} and code != 20429]


@pytest.mark.parametrize(("code", "why", "words"), CODES)
async def test_every_row_of_errors_is_a_decision(
    account: Account, double: Double, answer: Callable[..., Outgoing], code: int, why: Refusal | str, words: str
):
    double.faults.plan(code, status={20003: 401, 20429: 429}.get(code, 400))
    found = await send(account, answer("Hello"))
    assert [one for one in double.screen("Maya Brooks") if one.by == "brand"] == []
    if isinstance(why, Refusal):
        assert isinstance(found, Refused)
        assert (found.why, found.stopped) == (why, "all" if code == 21610 else "")
    else:
        assert isinstance(found, TryLater)
        assert (found.after, found.whole_account) == (15, why == LATER)
    assert (words in found.reason, found.reason.endswith(f"(Twilio {code})")) == (True, True), found.reason


@pytest.mark.parametrize("code", AFTERWARDS)
def test_every_row_of_errors_is_told_of_what_fails_afterwards(code: int):
    found, *wish = told(NEWS | {"MessageStatus": "undelivered", "ErrorCode": str(code)})
    words = next(row[2] for row in CODES if row[0] == code)
    assert isinstance(found, Progress)
    assert (found.status, words in (found.reason or "")) == ("failed", True), found.reason
    stopped = [Opted(address=WHO, at=AT, stopped=True, scope="all", via="platform")]
    assert wish == (stopped if code == 21610 else [])


@pytest.mark.parametrize("code", OF_OUR_WEBHOOK)
def test_a_fault_of_our_webhook_says_nothing_about_the_message(code: int):
    [found] = told(NEWS | {"MessageStatus": "sent", "ErrorCode": str(code)})
    assert isinstance(found, Progress)
    assert (found.status, found.reason) == ("sent", None)
