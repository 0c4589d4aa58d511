"""Twilio's answers to a send, and the codes in its news, as decisions.

Source: Twilio's error dictionary and API responses (September 2026); codes of carriers come in news only.
"""

from duologue.channels.contract import Outcome, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.channels.shared.answers import backoff
from duologue.channels.shared.strict import fact
from duologue.channels.sms.api import facts
from duologue.kernel.egress import Answer

OPTED_OUT = 21610
_LATER = {20429, 14107, 21611, 30001, 30022, 63017, 63018}
_WHOLE_ACCOUNT = {20429, 14107, 21611, 30001, 30022}
_REACH, _NOBODY, _OURS = Refusal.UNREACHABLE, Refusal.NO_SUCH_PERSON, Refusal.BAD_REQUEST
_CODES_IN_WORDS: dict[int, tuple[Refusal, str]] = {
    20003: (Refusal.AUTH, "Twilio no longer accepts the account SID and auth token: copy both again from its console"),
    20404: (Refusal.AUTH, "Twilio does not know the account SID: copy it again from its console"),
    20005: (Refusal.RESTRICTED, "the account is not active: see Twilio's console"),
    20008: (_OURS, "test credentials cannot do this"),
    20429: (Refusal.RESTRICTED, "Twilio asks to slow down"),
    14107: (Refusal.RESTRICTED, "more was sent than the sender may"),
    21211: (_NOBODY, "this is no number that can be written to: check it"),
    21212: (_OURS, "the sender is no valid number: correct it in the settings"),
    21214: (_NOBODY, "this number cannot be reached"),
    21215: (Refusal.PERMISSION, "messages to this country are not allowed: see “Geo permissions” in Twilio's console"),
    21217: (_NOBODY, "this number does not seem to exist: check it"),
    21408: (Refusal.PERMISSION, "messages to this country are not allowed: see “Geo permissions” in Twilio's console"),
    21602: (Refusal.CONTENT, "there is nothing in the message"),
    21603: (_OURS, "the sender is missing: fill it in in the settings"),
    21606: (Refusal.PERMISSION, "the sender cannot send messages, or is not this account's: choose another one"),
    21608: (Refusal.PERMISSION, "a trial account writes only to numbers that were verified in Twilio's console"),
    21610: (_REACH, "this person answered STOP: nothing may be sent until they answer START"),
    21611: (Refusal.RESTRICTED, "too many messages of this sender are waiting at Twilio"),
    21612: (_NOBODY, "there is no way from the sender's number to this one: the country may want a sender of its own"),
    21614: (_NOBODY, "this is no mobile number: ask for another one"),
    21617: (Refusal.CONTENT, "the text is longer than Twilio takes: send it in parts of 1,600 characters"),
    21620: (Refusal.MEDIA, "Twilio does not take the address of a file"),
    21623: (Refusal.MEDIA, "there are more files than Twilio takes: 10"),
    21659: (Refusal.PERMISSION, "the sender is not this account's, or sends no messages: choose another one"),
    21703: (_OURS, "the messaging service has no number: add one in Twilio's console"),
    21704: (_OURS, "the messaging service has no number: add one in Twilio's console"),
    30001: (Refusal.RESTRICTED, "too many messages of this sender are waiting at Twilio"),
    30002: (Refusal.RESTRICTED, "Twilio has suspended the account: see Twilio's console, or ask its support"),
    30003: (_REACH, "the phone is off, out of reach, or not one that gets messages"),
    30004: (_REACH, "the person or their carrier blocks messages from this sender"),
    30005: (_NOBODY, "the carrier does not know this number"),
    30006: (_REACH, "this is a landline, or its carrier cannot be reached"),
    30007: (Refusal.CONTENT, "the carrier took it for spam: word it otherwise, without shortened links"),
    30008: (_REACH, "the carrier could not deliver it and does not say why: trying once more may help"),
    30011: (Refusal.MEDIA, "the carrier takes no files here: send a link"),
    30017: (_REACH, "the carrier is overloaded: trying once more may help"),
    30019: (Refusal.MEDIA, "the files are larger than the carrier takes: send smaller ones, or a link"),
    30022: (Refusal.RESTRICTED, "more was sent than the carriers allow for this campaign (10DLC): send it again later"),
    30023: (Refusal.RESTRICTED, "the carrier's daily number of messages is used up (10DLC): send it again tomorrow"),
    30027: (Refusal.RESTRICTED, "the carrier's daily number of messages is used up (10DLC): send it again tomorrow"),
    30032: (Refusal.RESTRICTED, "the toll-free number is not verified: see “Regulatory compliance” at Twilio"),
    30034: (Refusal.RESTRICTED, "the number is not registered (10DLC): see “Regulatory compliance” at Twilio"),
    30410: (_REACH, "the carrier did not answer in time: trying once more may help"),
    63016: (Refusal.WINDOW_CLOSED, "the time to answer freely is over on this messenger: wait until the person writes"),
    63017: (Refusal.RESTRICTED, "the messenger asks to slow down"),
    63018: (Refusal.RESTRICTED, "the messenger asks to slow down"),
    63024: (_NOBODY, "the messenger does not know this person"),
    63032: (_REACH, "the messenger does not let this person be written to"),
    63033: (_REACH, "this person has blocked the sender"),
    63041: (Refusal.RESTRICTED, "the messenger has paused this template: choose another one"),
}  # fmt: skip


def judge(answer: Answer, attempt: int) -> Outcome:
    """What an answer means for the message."""
    found = facts(answer)
    if answer.status in {200, 201}:
        sid = found.get("sid")
        return Receipt(id=sid) if isinstance(sid, str) and sid else Unknown(reason="Twilio's answer names no message")
    code = code_of(answer)
    if answer.status == 429 or code in _LATER:
        return TryLater(
            after=backoff(attempt), reason=reason(code or 20429), whole_account=code in _WHOLE_ACCOUNT or not code
        )
    if code in _CODES_IN_WORDS:
        stopped = "all" if code == OPTED_OUT else ""
        return Refused(why=_CODES_IN_WORDS[code][0], reason=reason(code), stopped=stopped)
    if answer.status == 401:
        return Refused(why=Refusal.AUTH, reason=reason(20003))
    if answer.status >= 500 or answer.status == 408:
        return Unknown(reason=f"Twilio had a fault of its own: {answer.status}")
    return Refused(why=Refusal.BAD_REQUEST, reason=f"Twilio does not take this message: {told(answer)}")


def reason(code: int) -> str:
    """In plain words, with Twilio's own number for it."""
    if code not in _CODES_IN_WORDS:
        return f"Twilio or the carrier did not take it (error {code})"
    return f"{_CODES_IN_WORDS[code][1]} (Twilio {code})"


def code_of(answer: Answer) -> int:
    """Twilio's number of the error; 0 where it gives none."""
    code = facts(answer).get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else 0


def told(answer: Answer) -> str:
    """Twilio's own words, or at least what came instead of them."""
    if answer.status == 401:
        return "Twilio does not accept the account SID and the auth token."
    return fact(facts(answer), "message") or f"the answer was {answer.status}; is the API address right?"
