"""What the platform tells of an account's templates, and how good it thinks of what is sent."""

from collections.abc import Callable, Iterator
from typing import Literal

from duologue.channels.contract import Sign
from duologue.channels.meta.templates import sign_name
from duologue.channels.shared.strict import Object, fact, thing

Level = Literal["good", "warn", "bad"]
_TEMPLATE_WORDS: dict[str, str] = {
    "APPROVED": "It is approved and may be sent.",
    "REINSTATED": "It may be sent again.",
    "UNARCHIVED": "It may be sent again.",
    "PENDING": "Meta has not decided about it yet.",
    "IN_APPEAL": "Its rejection is being looked at again.",
    "FLAGGED": "Its quality is low: it may be paused soon.",
    "LIMIT_EXCEEDED": "There are as many templates as the account may have.",
    "LOCKED": "It cannot be changed at present.",
    "REJECTED": "Meta has rejected it.",
    "PAUSED": "It is paused because of its quality.",
    "DISABLED": "It was switched off because of its quality.",
    "PENDING_DELETION": "It is being deleted.",
    "DELETED": "It was deleted.",
    "ARCHIVED": "It was put away.",
}
_SCORE_WORDS: dict[str, str] = {
    "GREEN": "High.",
    "YELLOW": "Medium: people have begun to complain.",
    "RED": "Low: people block or report these messages.",
    "UNKNOWN": "Not known yet.",
    "NA": "Not known yet.",
}
_GOOD = {"APPROVED", "REINSTATED", "UNARCHIVED", "GREEN", "UNKNOWN", "NA"}
_BAD = {"REJECTED", "PAUSED", "DISABLED", "RED", "DELETED"}


def signs(field: str, value: Object) -> Iterator[Sign]:
    """What a change in one of `FIELDS` says."""
    yield from FIELDS[field](value)


def quality(score: str | None) -> Sign:
    score = score or "UNKNOWN"
    return Sign(name="Quality", words=_SCORE_WORDS.get(score, score), level=level(score))


def level(word: str) -> Level:
    return "good" if word in _GOOD else "bad" if word in _BAD else "warn"


def _status(value: Object) -> Iterator[Sign]:
    word = fact(value, "event", 40) or "UNKNOWN"
    words = _TEMPLATE_WORDS.get(word, f"{word}.")
    why = "; ".join(_why(value))
    yield Sign(name=_name(value), words=f"{words} ({why})" if why else words, level=level(word), about="template")


def _why(value: Object) -> list[str]:
    """The reasons may stand in three places."""
    rejection = value.get("rejection_info")
    places = [value, thing(value, "other_info"), rejection if isinstance(rejection, dict) else {}]
    names = ("reason", "description", "recommendation")
    found = [text for place in places for name in names if (text := fact(place, name)) and text != "NONE"]
    return list(dict.fromkeys(found))


def _quality(value: Object) -> Iterator[Sign]:
    sign = quality(fact(value, "new_quality_score", 20))
    yield Sign(name=_name(value), words=f"Quality: {sign.words}", level=sign.level, about="template")


def _category(value: Object) -> Iterator[Sign]:
    new = fact(value, "new_category", 40) or fact(value, "correct_category", 40) or "?"
    words = f"Its category is now {new}; that changes its price."
    yield Sign(name=_name(value), words=words, level="warn", about="template")


def _text(value: Object) -> Iterator[Sign]:
    yield Sign(name=_name(value), words="Its words were changed.", about="template")


def _name(value: Object) -> str:
    name, language = fact(value, "message_template_name", 80), fact(value, "message_template_language", 20)
    return sign_name(name or "?", language or "?")


FIELDS: dict[str, Callable[[Object], Iterator[Sign]]] = {
    "message_template_status_update": _status,
    "message_template_quality_update": _quality,
    "message_template_components_update": _text,
    "template_category_update": _category,
}
