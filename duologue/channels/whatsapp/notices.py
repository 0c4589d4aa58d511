"""What the platform tells about the account itself: templates, quality, limits, restrictions, people's wishes."""

from collections.abc import Callable, Iterator

from duologue.channels.contract import Event, Opted, Sign, Trouble
from duologue.channels.meta import template_news
from duologue.channels.meta.errors import fault_of
from duologue.channels.meta.template_news import Level, quality
from duologue.channels.shared.strict import Object, Odd, fact, moment, thing, things
from duologue.channels.whatsapp.messages import Scene
from duologue.channels.whatsapp.who import digits, who

_TIERS = {"-1": "unlimited", "TIER_UNLIMITED": "unlimited"}
_FINE = {"VERIFIED_ACCOUNT", "ACCOUNT_RECONNECTED", "PARTNER_ADDED", "PARTNER_APP_INSTALLED", "APPROVED"}


def preference(scene: Scene, given: Object) -> list[Event]:
    """Somebody wants no marketing messages any more, or again."""
    word, at = fact(given, "value", 40), moment(given.get("timestamp")) or scene.at
    if word not in {"stop", "resume", "signup"} or at is None:
        raise Odd("a preference is neither to stop nor to go on, or of no time")
    person = who(given, scene.contacts, "wa_id", "user_id")
    detail = fact(given, "detail")
    return [Opted(address=person.address, at=at, stopped=word == "stop", scope="bulk", word=detail)]


def trouble(scene: Scene, given: Object) -> list[Event]:
    """An error of the account, beside no message."""
    found = fault_of(given)
    if found is None:
        raise Odd("an error without a code")
    return [Trouble(reason=f"WhatsApp reports a problem with the account ({found.told}).")]


def limit(value: object) -> Sign:
    """How many people may be written to first in 24 hours: a number, or the name of a step. Both are seen."""
    word = str(value)
    step = word.removeprefix("TIER_").replace("K", "000")
    shown = _TIERS.get(word, f"{int(step):,}" if step.isascii() and step.isdigit() and len(step) < 12 else word[:40])
    low: Level = "warn" if shown in {"50", "250"} else "good"
    return Sign(name="Messaging limit", words=f"New conversations with people in 24 hours: {shown}.", level=low)


def _number_quality(scene: Scene, value: Object) -> Iterator[Event]:
    """Of one of the account's numbers, named as people see it."""
    number = digits(value.get("display_phone_number"))
    if number and scene.own and number != scene.own:
        return
    tier = value.get("max_daily_conversations_per_business") or value.get("current_limit")
    word = fact(value, "event", 40)
    if tier is not None:
        yield limit(tier)
    if word in {"FLAGGED", "UNFLAGGED"}:
        yield quality("RED" if word == "FLAGGED" else "GREEN")
    elif word and tier is None:
        yield Sign(name="Number", words=f"WhatsApp reports: {word}.")


def _capability(scene: Scene, value: Object) -> Iterator[Event]:
    for name in ("max_daily_conversations_per_business", "max_daily_conversation_per_phone"):
        if value.get(name) is not None:
            yield limit(value[name])
            return


def _account(scene: Scene, value: Object) -> Iterator[Event]:
    word = fact(value, "event", 60) or fact(value, "decision", 60) or "?"
    about = [fact(one, "restriction_type", 80) for one in things(value, "restriction_info")]
    about += [
        fact(thing(value, "violation_info"), "violation_type", 80),
        fact(thing(value, "ban_info"), "waba_ban_state", 80),
    ]
    told = ", ".join(one for one in about if one)
    if word in _FINE:
        yield Sign(name="Account", words=f"WhatsApp reports: {word}.")
    else:
        yield Trouble(reason=f"WhatsApp reports about the account: {word}" + (f" ({told})." if told else "."))


def _alert(scene: Scene, value: Object) -> Iterator[Event]:
    info = thing(value, "alert_info") or value
    words = fact(info, "alert_description") or fact(info, "alert_type") or "an alert"
    if fact(info, "alert_severity") in {"CRITICAL", "WARNING"}:
        yield Trouble(reason=f"WhatsApp warns about the account: {words}")
    else:
        yield Sign(name="Account", words=words)


def _security(scene: Scene, value: Object) -> Iterator[Event]:
    word = fact(value, "event", 60) or "?"
    yield Sign(name="Two-step code", words=f"WhatsApp reports: {word}.", level="warn")


def _name(scene: Scene, value: Object) -> Iterator[Event]:
    number = digits(value.get("display_phone_number"))
    if number and scene.own and number != scene.own:
        return
    decision = fact(value, "decision", 40) or fact(value, "status", 40) or "changed"
    name = fact(value, "requested_verified_name", 100) or fact(value, "username", 100) or ""
    level: Level = "bad" if template_news.level(decision.upper()) == "bad" else "good"
    yield Sign(name="Display name", words=" ".join(one for one in (name, decision.lower()) if one), level=level)


def _template(field: str) -> Callable[[Scene, Object], Iterator[Event]]:
    return lambda scene, value: template_news.signs(field, value)


FIELDS: dict[str, Callable[[Scene, Object], Iterator[Event]]] = {
    **{field: _template(field) for field in template_news.FIELDS},
    "phone_number_quality_update": _number_quality,
    "business_capability_update": _capability,
    "account_update": _account,
    "account_review_update": _account,
    "account_alerts": _alert,
    "security": _security,
    "phone_number_name_update": _name,
    "phone_number_username_update": _name,
    "business_username_update": _name,
}
