"""Places, people, polls and other cards in a message."""

from collections.abc import Callable
from typing import Any

from duologue.channels.contract import Content, Kind, Place
from duologue.channels.shared.strict import Object, fact, facts, thing, things, words
from duologue.channels.telegram.wording import FACT_WORDS


def _location(message: Object, name: str) -> Content:
    found = place(thing(message, name))
    if found is None:
        return Content(kind=Kind.UNKNOWN, raw_kind=name)
    live = thing(message, name).get("live_period") is not None
    return Content(kind=Kind.LOCATION, place=found, facts={FACT_WORDS["place"]: FACT_WORDS["live"]} if live else {})


def _venue(message: Object, name: str) -> Content:
    venue = thing(message, name)
    label = ", ".join(one for key in ("title", "address") if (one := fact(venue, key)))
    found = place(thing(venue, "location"), label or None)
    if found is None:
        return Content(kind=Kind.UNKNOWN, raw_kind=name, text=label or None)
    return Content(kind=Kind.LOCATION, place=found)


def place(given: Object, label: str | None = None) -> Place | None:
    latitude, longitude = _degrees(given.get("latitude"), 90), _degrees(given.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None
    return Place(latitude=latitude, longitude=longitude, label=label)


def _degrees(value: Any, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -most <= value <= most else None


def _contact(message: Object, name: str) -> Content:
    contact = thing(message, name)
    named = " ".join(one for key in ("first_name", "last_name") if (one := fact(contact, key)))
    return Content(
        kind=Kind.CARD,
        text="\n".join(one for one in (named, fact(contact, "phone_number", 40)) if one) or None,
        raw_kind=name,
        facts=facts(contact, {"phone_number": "phone"}),
    )


def _poll(message: Object, name: str) -> Content:
    poll = thing(message, name)
    lines = [
        words(poll, "question"),
        *(f"• {one}" for option in things(poll, "options") if (one := words(option, "text"))),
    ]
    return Content(kind=Kind.CARD, text="\n".join(line for line in lines if line) or None, raw_kind=name)


def _checklist(message: Object, name: str) -> Content:
    checklist = thing(message, name)
    tasks = [f"• {one}" for task in things(checklist, "tasks") if (one := words(task, "text"))]
    lines = [words(checklist, "title"), *tasks]
    return Content(kind=Kind.CARD, text="\n".join(line for line in lines if line) or None, raw_kind=name)


def _game(message: Object, name: str) -> Content:
    game = thing(message, name)
    lines = [words(game, "title"), words(game, "description")]
    return Content(kind=Kind.CARD, text="\n".join(line for line in lines if line) or None, raw_kind=name)


def _dice(message: Object, name: str) -> Content:
    dice = thing(message, name)
    return Content(text=f"{words(dice, 'emoji') or '🎲'} {fact(dice, 'value', 10) or ''}".strip())


def _story(message: Object, name: str) -> Content:
    """A story was passed on; bots are told whose it is, not what it shows."""
    whose = thing(thing(message, name), "chat")
    return Content(kind=Kind.STORY, raw_kind="shared story", link=story_link(thing(message, name)), facts=_named(whose))


def story_link(story: Object) -> str | None:
    username, number = fact(thing(story, "chat"), "username", 40), fact(story, "id", 20)
    return f"https://t.me/{username}/s/{number}" if username and number and username.isalnum() else None


def _named(chat: Object) -> dict[str, str]:
    found = name_of(chat)
    return {"from": found} if found else {}


def name_of(party: Object) -> str | None:
    """How a user or chat calls itself."""
    named = " ".join(one for key in ("first_name", "last_name") if (one := fact(party, key, 100)))
    return named or fact(party, "title", 200) or fact(party, "username", 100)


def _web_app(message: Object, name: str) -> Content:
    data = thing(message, name)
    return Content(kind=Kind.TAP, text=words(data, "button_text"), payload=words(data, "data"))


CARDS: dict[str, Callable[[Object, str], Content]] = {
    "venue": _venue,  # before `location`, which stands beside it
    "location": _location,
    "contact": _contact,
    "poll": _poll,
    "checklist": _checklist,
    "game": _game,
    "dice": _dice,
    "story": _story,
    "web_app_data": _web_app,
}
