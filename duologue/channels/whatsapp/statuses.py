"""How far our messages have come, what they cost, and calls."""

from typing import Literal
from uuid import UUID

from duologue.channels.contract import Content, Event, Kind, Opted, Progress, Said
from duologue.channels.meta.errors import Fault, fault_of
from duologue.channels.meta.items import MARK
from duologue.channels.shared.guard import needed
from duologue.channels.shared.strict import (
    Object,
    Odd,
    fact,
    facts,
    flag,
    message_id,
    moment,
    thing,
    things,
)
from duologue.channels.whatsapp.errors import STOPPED_MARKETING, reason
from duologue.channels.whatsapp.messages import Scene
from duologue.channels.whatsapp.who import named, who

_STEPS: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
_PRICING_WORDS = {"category": "category", "type": "price", "pricing_model": "priced by"}


def status(scene: Scene, given: Object) -> list[Event]:
    """One step of one message. It is found by its id alone: the platform may call the person otherwise by now."""
    word = fact(given, "status", 40)
    if word == "deleted" or fact(given, "type") == "call":
        return []
    if word not in _STEPS:
        raise Odd(f"a status of a kind not known here: {word}")
    at = moment(given.get("timestamp")) or scene.at
    if at is None:
        raise Odd("there is no usable time")
    wrong = [found for error in things(given, "errors") if (found := fault_of(error))]
    failed = _STEPS[word] == "failed"
    progress = Progress(
        status=_STEPS[word],
        at=at,
        ids=(needed(message_id(given, "id"), "id"),),
        correlation=correlation(given),
        aliases=_called(given),
        reason=_why(wrong) if failed else None,
        facts=_price(given),
    )
    stopped = failed and any(one.code == STOPPED_MARKETING for one in wrong)
    return [progress, *([_opted(scene, given, progress)] if stopped else [])]


def correlation(given: Object) -> UUID | None:
    """Our own id, where it went along."""
    word = given.get("biz_opaque_callback_data")
    if not isinstance(word, str) or not word.startswith(MARK):
        return None
    try:
        return UUID(word.removeprefix(MARK))
    except ValueError:
        return None


def call(scene: Scene, given: Object) -> list[Event]:
    """Somebody calls: what is said stays on the phones, that it rang is kept."""
    if fact(given, "direction") == "BUSINESS_INITIATED" or fact(given, "event") not in {"connect", "terminate"}:
        return []
    at = moment(given.get("timestamp")) or scene.at
    if at is None:
        raise Odd("there is no usable time")
    person = who(given, scene.contacts)
    about = facts(given, {"status": "call", "duration": "seconds"})
    ended = fact(given, "event") == "terminate"
    return [
        Said(
            id=needed(message_id(given, "id"), "id") + (":ended" if ended else ""),
            address=person.address,
            aliases=person.aliases,
            at=at,
            content=Content(kind=Kind.CALL, text="The call ended" if ended else "Called", facts=about),
            person=person.person,
            automatic=ended,
        )
    ]


def _called(given: Object) -> tuple[str, ...]:
    """Both names of whoever it went to; what is said to a group went to nobody in particular."""
    if fact(given, "recipient_type") == "group":
        return ()
    return tuple(named([{"wa_id": given.get("recipient_id"), "user_id": given.get("recipient_user_id")}]))


def _why(wrong: list[Fault]) -> str:
    return "; ".join(reason(one) for one in wrong)[:500] or "WhatsApp could not deliver it and does not say why"


def _price(given: Object) -> dict[str, str]:
    pricing = thing(given, "pricing")
    if not pricing:
        return {}
    free = {} if pricing.get("billable") is None else {"billed": "yes" if flag(pricing, "billable") else "no"}
    origin = facts(thing(thing(given, "conversation"), "origin"), {"type": "conversation"})
    return facts(pricing, _PRICING_WORDS) | free | origin


def _opted(scene: Scene, given: Object, progress: Progress) -> Opted:
    person = who(given, scene.contacts, "recipient_id", "recipient_user_id")
    return Opted(address=person.address, at=progress.at, stopped=True, scope="bulk", via="platform")
