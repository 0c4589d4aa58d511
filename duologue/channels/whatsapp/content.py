"""What a message holds, by its type."""

import json
from collections.abc import Callable

from msgspec.structs import replace

from duologue.channels.contract import Content, Kind, Media, Place
from duologue.channels.meta.content import MediaKind
from duologue.channels.meta.errors import fault_of
from duologue.channels.shared.strict import (
    Object,
    address,
    fact,
    facts,
    flag,
    parse,
    thing,
    things,
    words,
)

MEDIA_ID = "media:"  # before the id of a file that is asked for by its id
_MEDIA: dict[str, MediaKind] = {
    "image": Kind.IMAGE,
    "video": Kind.VIDEO,
    "audio": Kind.AUDIO,
    "voice": Kind.AUDIO,
    "document": Kind.FILE,
    "sticker": Kind.STICKER,
}
_REFERRAL_WORDS = {
    "source_type": "came from",
    "headline": "ad",
    "body": "ad text",
    "source_id": "ad id",
    "ctwa_clid": "click",
}
_WELCOME_WORDS = {"text": "greeting"}
_AROUND_WORDS = {
    "forwarded": "forwarded",
    "often": "many times",
    "yes": "yes",
    "recorded": "recorded",
    "voice": "voice message",
    "error": "error",
    "origin": "origin",
    "asked": "asked for by the brand",
}
_PERMISSION_WORDS = {"response": "calls", "expiration_timestamp": "until"}


def content(message: Object) -> Content:
    """One message's content. What is not known is kept as `UNKNOWN` under the platform's own name for it."""
    kind = fact(message, "type", 80) or "message"
    reader = _KINDS.get(kind)
    found = reader(message, kind) if reader else Content(kind=Kind.UNKNOWN, raw_kind=kind)
    about = {**_around(message), **found.facts}
    link = found.link or address(thing(message, "referral").get("source_url"))
    return replace(found, facts=about, link=link)


def _text(message: Object, kind: str) -> Content:
    return Content(text=words(thing(message, "text"), "body"))


def _media(message: Object, kind: str) -> Content:
    given = thing(message, kind)
    number, url = fact(given, "id", 200), address(given.get("url"))
    place = f"{MEDIA_ID}{number}" if number else url
    if place is None:
        return Content(kind=Kind.UNKNOWN, raw_kind=kind, text=words(given, "caption"))
    name, mime = fact(given, "filename", 200), fact(given, "mime_type", 100)
    file = Media(kind=_MEDIA[kind], name=name, mime=mime.partition(";")[0] if mime else None, url=place)
    return Content(kind=_MEDIA[kind], text=words(given, "caption"), media=(file,))


def _location(message: Object, kind: str) -> Content:
    given = thing(message, "location")
    latitude, longitude = _degrees(given, "latitude", 90), _degrees(given, "longitude", 180)
    label = ", ".join(part for part in (fact(given, "name"), fact(given, "address")) if part) or None
    if latitude is None or longitude is None:
        return Content(kind=Kind.UNKNOWN, raw_kind="location", text=label)
    place = Place(latitude=latitude, longitude=longitude, label=label)
    return Content(kind=Kind.LOCATION, place=place, link=address(given.get("url")))


def _degrees(given: Object, name: str, most: int) -> float | None:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -most <= value <= most else None


def _contacts(message: Object, kind: str) -> Content:
    """Cards of people, by their words: name, firm, numbers, addresses."""
    cards = ["\n".join(_card(one)) for one in things(message, "contacts")]
    asked = any(fact(one, "origin") == "contact_request" for one in things(message, "contacts"))
    return Content(
        kind=Kind.CARD,
        text="\n\n".join(card for card in cards if card) or None,
        facts={_AROUND_WORDS["origin"]: _AROUND_WORDS["asked"]} if asked else {},
    )


def _card(given: Object) -> list[str]:
    names, firm = thing(given, "name"), thing(given, "org")
    lines = [fact(names, "formatted_name") or fact(names, "first_name"), fact(firm, "company"), fact(firm, "title")]
    lines += [fact(one, "phone") or fact(one, "wa_id") for one in things(given, "phones")]
    lines += [fact(one, "email") for one in things(given, "emails")]
    lines += [fact(one, "url") for one in things(given, "urls")]
    return [line for line in lines if line]


def _interactive(message: Object, kind: str) -> Content:
    """What was tapped, or what was filled in; the object itself may be missing beside errors."""
    given = thing(message, "interactive")
    which = fact(given, "type", 80) or "interactive"
    if which in {"button_reply", "list_reply"}:
        tapped = thing(given, which)
        more = facts(tapped, {"description": "description"})
        return Content(kind=Kind.TAP, text=words(tapped, "title"), payload=words(tapped, "id"), facts=more)
    if which == "nfm_reply":
        return _flow(thing(given, which))
    if which == "call_permission_reply":
        return Content(kind=Kind.NOTICE, raw_kind=which, facts=facts(thing(given, which), _PERMISSION_WORDS))
    return Content(kind=Kind.UNKNOWN, raw_kind=which)


def _flow(given: Object) -> Content:
    """A form that was filled in: its answers one a line, as the form names them."""
    raw = given.get("response_json")
    try:
        answers = parse(raw.encode("utf-8", "surrogatepass")) if isinstance(raw, str) else raw
    except (ValueError, RecursionError):
        answers = None
    lines = (
        [f"{key}: {_shown(value)}" for key, value in answers.items() if key != "flow_token"]
        if isinstance(answers, dict)
        else []
    )
    text = "\n".join(line for line in (words(given, "body"), *lines) if line)[:4000]
    return Content(
        kind=Kind.TAP,
        text=words({"text": text}, "text"),
        payload=words({"raw": raw}, "raw") if isinstance(raw, str) else None,
        raw_kind="nfm_reply",
        facts=facts(given, {"name": "form"}),
    )


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:500]


def _button(message: Object, kind: str) -> Content:
    given = thing(message, "button")
    return Content(kind=Kind.TAP, text=words(given, "text"), payload=words(given, "payload"))


def _order(message: Object, kind: str) -> Content:
    given = thing(message, "order")
    lines = [words(given, "text")] + [_line(one) for one in things(given, "product_items")]
    text = "\n".join(line for line in lines if line) or None
    return Content(kind=Kind.CARD, text=text, raw_kind="order", facts=facts(given, {"catalog_id": "catalogue"}))


def _line(item: Object) -> str:
    price = " ".join(part for part in (fact(item, "item_price"), fact(item, "currency")) if part)
    return f"{fact(item, 'quantity') or '1'} × {fact(item, 'product_retailer_id') or '?'}" + (
        f", {price}" if price else ""
    )


def _unsupported(message: Object, kind: str) -> Content:
    which = fact(thing(message, "unsupported"), "type", 80)
    return Content(kind=Kind.UNKNOWN, raw_kind=which or kind)


def _welcome(message: Object, kind: str) -> Content:
    return Content(kind=Kind.NOTICE, text="Opened the conversation for the first time", raw_kind=kind)


def _around(message: Object) -> dict[str, str]:
    """What stands beside any kind: where somebody came from, what it is about, that it was passed on, what is wrong."""
    context, referral = thing(message, "context"), thing(message, "referral")
    found = facts(referral, _REFERRAL_WORDS) | facts(thing(referral, "welcome_message"), _WELCOME_WORDS)
    found |= facts(thing(context, "referred_product"), {"product_retailer_id": "product"})
    if flag(context, "forwarded") or flag(context, "frequently_forwarded"):
        often = flag(context, "frequently_forwarded")
        found[_AROUND_WORDS["forwarded"]] = _AROUND_WORDS["often" if often else "yes"]
    if message.get("type") == "audio" and flag(thing(message, "audio"), "voice"):
        found[_AROUND_WORDS["recorded"]] = _AROUND_WORDS["voice"]
    wrong = [fault.told for error in things(message, "errors") if (fault := fault_of(error))]
    return found | ({_AROUND_WORDS["error"]: "; ".join(wrong)[:300]} if wrong else {})


_KINDS: dict[str, Callable[[Object, str], Content]] = {
    "text": _text,
    **dict.fromkeys(_MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
    "unsupported": _unsupported,
    "unknown": _unsupported,
    "request_welcome": _welcome,
}
