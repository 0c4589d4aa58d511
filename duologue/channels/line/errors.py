"""LINE's answers to a send, as decisions.

Source: Messaging API reference, "Status codes" and "Error responses" (July 2026).
"""

from typing import Any

from duologue.channels.contract import Outcome, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.channels.line.api import facts
from duologue.channels.shared.answers import backoff
from duologue.kernel.egress import Answer

_WORDS: dict[Refusal, str] = {
    Refusal.AUTH: "LINE no longer accepts the channel access token: issue a new one in the Developers Console",
    Refusal.PERMISSION: "the account's plan does not allow this: change the plan in the Official Account Manager",
    Refusal.UNREACHABLE: "this person cannot be reached: they are no friend of the account, or have left",
    Refusal.NO_SUCH_PERSON: "LINE knows no such person for this account",
    Refusal.RESTRICTED: "this month's messages are used up: raise the limit; answers within a minute are free",
    Refusal.BAD_REQUEST: "LINE does not take this message",
}
_STATUS = {
    401: Refusal.AUTH,
    403: Refusal.PERMISSION,
    404: Refusal.UNREACHABLE,
    413: Refusal.BAD_REQUEST,
    415: Refusal.BAD_REQUEST,
}


def judge(answer: Answer, attempt: int) -> Outcome:
    """What an answer means for the message. The words decide only where LINE has no code for the difference."""
    message = told(answer)
    if answer.status in {200, 409}:
        return _taken(answer, message)
    if answer.status == 429:
        if "monthly limit" in message.lower():
            return refused(Refusal.RESTRICTED, message)
        return TryLater(after=backoff(attempt), reason="LINE asks to slow down", whole_account=True)
    if answer.status == 400:
        return refused(_fault(answer, message), message)
    if answer.status in _STATUS:
        return refused(_STATUS[answer.status], message or str(answer.status))
    if answer.status >= 500 or answer.status in {408, 202}:
        return Unknown(reason=f"LINE had a fault of its own: {answer.status}")
    return refused(Refusal.BAD_REQUEST, message or f"the answer was {answer.status}; is the API address right?")


def is_stale_token(answer: Answer) -> bool:
    """The reply token was used before, or is too old: nothing was sent by it."""
    return answer.status == 400 and "invalid reply token" in told(answer).lower()


def refused(why: Refusal, reason: str) -> Refused:
    return Refused(why=why, reason=f"{_WORDS[why]} ({reason})")


def told(answer: Answer) -> str:
    """LINE's own words, with the first detail: they name the property that is wrong."""
    found = facts(answer)
    message = found.get("message")
    words = message if isinstance(message, str) else ""
    for one in _details(found):
        detail, where = one.get("message"), one.get("property")
        return f"{words} {detail} ({where})"[:300] if isinstance(detail, str) else words[:300]
    return words[:300]


def _taken(answer: Answer, message: str) -> Outcome:
    """409: the retry key was used before, so the message went out then. A page of somebody else's says nothing."""
    sent = facts(answer).get("sentMessages")
    rows = sent if isinstance(sent, list) else []
    ids = [one["id"] for one in rows if isinstance(one, dict) and isinstance(one.get("id"), str)]
    if ids:
        return Receipt(id=ids[-1], also=tuple(ids[:-1]))
    if "x-line-accepted-request-id" in answer.headers or "retry key" in message.lower() or sent == []:
        return Receipt(id=None)
    return Unknown(reason=f"the answer was {answer.status} without the ids of what was sent")


def _fault(answer: Answer, message: str) -> Refusal:
    if any(one.get("property") == "to" for one in _details(facts(answer))) or "'to'" in message:
        return Refusal.NO_SUCH_PERSON
    return Refusal.UNREACHABLE if message.startswith("Failed to send messages") else Refusal.BAD_REQUEST


def _details(found: dict[str, Any]) -> list[dict[str, Any]]:
    details = found.get("details")
    return [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []
