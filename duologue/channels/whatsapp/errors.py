"""The platform's codes, as decisions. A code may answer a send, or come later in a status: it means the same.

Source of the codes: WhatsApp Cloud API, error codes (November 2025, with the changes to August 2026).
"""

from duologue.channels.contract import Outcome, Refusal, TryLater
from duologue.channels.meta.errors import Course, Decision, Fault, Table, Wait, fault
from duologue.kernel.egress import Answer

PAIR_LIMIT = 131056
STOPPED_MARKETING = 131050
_HOURS = 3600.0
_ONCE_MORE = {135000}

_WORDS: dict[Refusal, str] = {
    Refusal.AUTH: "WhatsApp no longer accepts the account's access token: connect the account again with a new one",
    Refusal.PERMISSION: "the account is not set up to send this: test the connection on the channel's page",
    Refusal.WINDOW_CLOSED: "the person last wrote more than 24 hours ago: send a template, or wait until they write",
    Refusal.UNREACHABLE: "this message cannot be delivered to this person: try another way to reach them",
    Refusal.NO_SUCH_PERSON: "WhatsApp cannot send to this person from this number: check the number",
    Refusal.MEDIA: "WhatsApp does not take this file: send another, or one of another kind",
    Refusal.CONTENT: "WhatsApp does not take this content: change it and send it again",
    Refusal.RESTRICTED: "WhatsApp has restricted the account: see “Account quality” in Meta Business Suite",
    Refusal.BAD_REQUEST: "WhatsApp does not take this message: change it, or send it without its extras",
}

CODE_WORDS: dict[int, str] = {
    368: "WhatsApp has blocked the account for breaking its rules: see “Account quality” in Meta Business Suite",
    3: "the app may not use this function: give the system user the permissions that the connect page names",
    131021: "this is the brand's own number: nobody can write to themselves",
    131026: "this person is not on WhatsApp, has an old version of it, or has blocked the number: try another way",
    131030: "a test number sends only to the numbers on its list: add this one at Meta, under “API setup”",
    131031: "WhatsApp has locked the account: see “Account quality” in Meta Business Suite",
    131037: "the number's display name is still to be approved: see “Phone numbers” in WhatsApp Manager",
    131042: "there is a problem with the payment: see “Billing & payments” in Meta Business Suite",
    131045: "the number is not registered: register it at Meta, under “Phone numbers” in WhatsApp Manager",
    131048: "too many messages of this number were reported as spam: nothing is sent for some hours",
    131049: "WhatsApp holds this marketing message back, as the person gets enough of them: it is tried again tomorrow",
    131050: "this person wants no marketing messages any more: send them none; answers still go",
    131051: "WhatsApp knows no messages of this kind: send it as text or as a file",
    131052: "WhatsApp could not fetch the file: send it again",
    131053: "WhatsApp could not take the file: send another, or one of another kind",
    131056: "this person was written to too often in a short time: it is tried again by itself",
    131057: "the number is being moved or upgraded: it is tried again by itself",
    131062: "a one-time code needs the person's phone number: ask them for it",
    131063: "WhatsApp does not take this for somebody without a phone number: ask them for it",
    131064: "WhatsApp limits the number because of its quality: nothing is sent for some hours",
    130472: "WhatsApp leaves this person out of marketing messages for an experiment: nothing can be done",
    130497: "WhatsApp does not let this account write to people in that country: see “Account quality” at Meta",
    132000: "the template was not filled in as it asks for: fill in every blank",
    132001: "this template is not there, or not approved in this language: see the templates of this channel",
    132005: "with what was filled in, the template becomes too long: shorten it",
    132007: "the words of the template break WhatsApp's rules: choose another",
    132008: "the template was not filled in as it asks for: fill in every blank",
    132012: "the template was not filled in as it asks for: fill in every blank",
    132015: "this template is paused because of its quality: choose another, or wait some hours",
    132016: "this template was switched off because of its quality: choose another",
    132068: "the form behind the template is blocked: see “Flows” in WhatsApp Manager",
    132069: "the form behind the template is slowed down: it is tried again in ten minutes",
    133016: "the number was registered too often: it is tried again in an hour",
    135000: "WhatsApp could not take the message and does not say why: change it and send it again",
    137000: "the person has a new device or installed WhatsApp anew: ask them to confirm who they are",
}
"""Where one code deserves a plainer sentence than its kind."""

_BY_CODE: dict[int, Decision] = {
    0: Refusal.AUTH,
    190: Refusal.AUTH,
    3: Refusal.PERMISSION,
    10: Refusal.PERMISSION,
    **dict.fromkeys(range(200, 300), Refusal.PERMISSION),
    131005: Refusal.PERMISSION,
    1: Course.UNSURE,
    2: Course.SOON,
    33: Refusal.BAD_REQUEST,
    100: Refusal.BAD_REQUEST,
    131008: Refusal.BAD_REQUEST,
    131009: Refusal.BAD_REQUEST,
    4: Course.SLOWER,
    80007: Course.SLOWER,
    130429: Course.SLOWER,
    131048: Wait(4 * _HOURS, whole_account=True),
    131064: Wait(4 * _HOURS, whole_account=True),
    133016: Wait(_HOURS, whole_account=True),
    368: Refusal.RESTRICTED,
    131031: Refusal.RESTRICTED,
    130497: Refusal.RESTRICTED,
    131000: Course.SOON,
    131016: Course.SOON,
    131057: Wait(600.0, whole_account=True),  # the account is in maintenance
    131021: Refusal.NO_SUCH_PERSON,
    131026: Refusal.UNREACHABLE,
    131030: Refusal.NO_SUCH_PERSON,
    131037: Refusal.PERMISSION,
    131042: Refusal.PERMISSION,
    131045: Refusal.PERMISSION,
    131047: Refusal.WINDOW_CLOSED,
    131049: Course.TOMORROW,
    STOPPED_MARKETING: Refusal.UNREACHABLE,
    130472: Refusal.UNREACHABLE,
    131051: Refusal.CONTENT,
    131052: Refusal.MEDIA,
    131053: Course.ONCE,
    131062: Refusal.BAD_REQUEST,
    131063: Refusal.BAD_REQUEST,
    **dict.fromkeys((132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068), Refusal.CONTENT),
    132069: Wait(600.0),
    135000: Refusal.BAD_REQUEST,
    137000: Refusal.UNREACHABLE,
    **dict.fromkeys(range(139100, 139104), Refusal.BAD_REQUEST),
}

TABLE = Table(
    platform="WhatsApp",
    words=_WORDS,
    hints={(code, None): words for code, words in CODE_WORDS.items()},
    stops={STOPPED_MARKETING: "bulk"},
    by_code=_BY_CODE,
)


def judge(answer: Answer, attempt: int) -> Outcome:
    """What an answer other than a success means for the message."""
    found = fault(answer)
    if found and found.code == PAIR_LIMIT:  # whatever the status: only this person waits, 4^n seconds as Meta advises
        return TryLater(after=4.0 ** min(max(attempt, 1), 6), reason=f"{CODE_WORDS[PAIR_LIMIT]} ({found.told})")
    if found and found.code in _ONCE_MORE and attempt <= 1:
        return TryLater(after=15, reason=f"WhatsApp could not take it; it is tried once more ({found.told})")
    return TABLE.judge(answer, attempt)


def reason(found: Fault) -> str:
    """Why a message failed that the platform had taken at first."""
    if words := CODE_WORDS.get(found.code):
        return f"{words} ({found.told})"
    decision = TABLE.decide(found.code, None)
    kind = decision if isinstance(decision, Refusal) else None
    return f"{_WORDS[kind]} ({found.told})" if kind else f"WhatsApp could not deliver it ({found.told})"
