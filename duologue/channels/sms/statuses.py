"""How far our messages have come. Callbacks come twice, in any order, and before the answer of the send."""

from datetime import datetime
from typing import Literal
from urllib.parse import parse_qs
from uuid import UUID

from duologue.channels.contract import Event, Opted, Progress
from duologue.channels.shared.strict import Object, Odd, fact
from duologue.channels.sms.errors import OPTED_OUT, reason
from duologue.channels.sms.messages import party, sid

MARK = "m"  # our own id, in the address that we give for news of a message
RECEIVED = {"receiving", "received"}
_STEPS: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


def step(params: Object) -> str | None:
    """The status that is told; None where it is a message of a person's."""
    word = (fact(params, "MessageStatus", 40) or fact(params, "SmsStatus", 40) or "").lower()
    return None if not word or word in RECEIVED else word


def progress(params: Object, word: str, query: str, at: datetime) -> list[Event]:
    """One step of one message. Raises `Odd`."""
    if word not in _STEPS:
        raise Odd(f"a status of a kind not known here: {word}")
    status, code = _STEPS[word], fact(params, "ErrorCode", 10)
    told = Progress(
        status=status,
        at=at,
        ids=(sid(params),),
        correlation=correlation(query),
        reason=why(word, code) if status == "failed" else None,
    )
    if code == str(OPTED_OUT):
        return [told, Opted(address=party(params, "To"), at=at, stopped=True, scope="all", via="platform")]
    return [told]


def why(word: str, code: str | None) -> str:
    if word == "canceled":
        return "it was cancelled at Twilio before it was sent"
    if code and code.isdigit() and int(code):
        return reason(int(code))
    return "Twilio could not deliver it and does not say why"


def correlation(query: str) -> UUID | None:
    """Our own message id, where the address that was called bears it."""
    try:
        return UUID(parse_qs(query).get(MARK, [""])[0])
    except ValueError:
        return None
