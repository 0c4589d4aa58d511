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
    Refusal.AUTH: "WhatsApp no longer accepts the account's access token",
    Refusal.PERMISSION: "the account is not set up to send this",
    Refusal.WINDOW_CLOSED: "the person last wrote more than 24 hours ago; a template may be sent",
    Refusal.UNREACHABLE: "this message cannot be delivered to this person",
    Refusal.NO_SUCH_PERSON: "WhatsApp cannot send to this person from this number",
    Refusal.MEDIA: "WhatsApp does not take this file",
    Refusal.CONTENT: "WhatsApp does not take this content",
    Refusal.RESTRICTED: "WhatsApp has restricted the account",
    Refusal.BAD_REQUEST: "WhatsApp does not take this message",
}

CODE_WORDS: dict[int, str] = {
    131026: "this person is not on WhatsApp, has an old version of it, or has blocked the number",
    131030: "a test number sends only to the numbers on its list at Meta",
    131037: "the number's display name is still to be approved by Meta",
    131042: "there is a problem with the payment method at Meta",
    131045: "the number is still to be registered at Meta",
    131049: "WhatsApp holds this marketing message back: the person gets enough of them at present",
    131050: "this person wants no marketing messages any more",
    130472: "WhatsApp leaves this person out of marketing messages for an experiment",
    130497: "WhatsApp does not let this account write to people in that country",
    132001: "this template is not there, or not approved in this language",
    132000: "the template was not filled in as it asks for",
    132012: "the template was not filled in as it asks for",
    132015: "this template is paused because of its quality",
    132016: "this template was switched off because of its quality",
    137000: "the identity of this person has changed and must be confirmed",
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
    131057: Course.SOON,
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

TABLE = Table(platform="WhatsApp", words=_WORDS, by_code=_BY_CODE)


def judge(answer: Answer, attempt: int) -> Outcome:
    """What an answer other than a success means for the message."""
    found = fault(answer)
    if found and found.code == PAIR_LIMIT:
        return TryLater(after=4.0 ** min(max(attempt, 1), 6), reason=found.told)  # the platform's advice: 4^n seconds
    if found and found.code in _ONCE_MORE and attempt <= 1:
        return TryLater(after=15, reason=found.told)
    outcome = TABLE.judge(answer, attempt)
    decision = TABLE.decide(found.code, None) if found and answer.status != 429 else None
    return TABLE.refused(decision, told(found)) if found and isinstance(decision, Refusal) else outcome


def told(found: Fault) -> str:
    """The code for a person, with the plainer sentence where there is one."""
    return f"{CODE_WORDS[found.code]}; {found.told}" if found.code in CODE_WORDS else found.told


def reason(found: Fault) -> str:
    """Why a message failed that the platform had taken at first."""
    decision = TABLE.decide(found.code, None)
    if found.code in CODE_WORDS:
        return f"{CODE_WORDS[found.code]} ({found.told})"
    kind = decision if isinstance(decision, Refusal) else None
    return f"{_WORDS[kind]} ({found.told})" if kind else f"WhatsApp could not deliver it ({found.told})"
