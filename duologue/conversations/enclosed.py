"""A place or a contact card that somebody sends: read from what they typed or pasted, and checked.

Links to maps are read by their shape, whoever keeps the map. Nothing is ever fetched.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from duologue.channels.contract import Abilities, Card, Content, Kind, Place
from duologue.errors import Invalid

LONGEST = 2000  # characters of a link
LABEL, NAME, PHONE, EMAIL = 200, 100, 40, 254  # characters at most

_NUMBER = r"[-+]?\d{1,3}(?:\.\d{1,20})?"
_PAIR = re.compile(rf"\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*(?:\((?P<label>[^()]*)\))?\s*")
_TYPED = re.compile(rf"(?:(?P<label>.*?)[,;\s]\s*)??({_NUMBER})°?\s*[,;\s]\s*({_NUMBER})°?")
_WITH_COMMAS = re.compile(r"(?P<label>.*?);?\s*([-+]?\d{1,3},\d{1,20})\s*;\s*([-+]?\d{1,3},\d{1,20})")
_PIN = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")  # the pin; what stands behind the @ is the middle of the screen
_MIDDLE = re.compile(rf"[/@]@?({_NUMBER}),({_NUMBER})(?:[,/?&#]|$)")
_FRAGMENT = re.compile(rf"map=[\d.]+/({_NUMBER})/({_NUMBER})")
_PAIRS = ("q", "query", "ll", "coordinate", "destination", "daddr", "center", "sll")
_NAMES = ("name", "q", "query")
_NAMED = re.compile(r"/place/([^/@]+)")
_DIGITS = re.compile(r"\+?[\d ()./-]{3,}")
_MAILBOX = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_HOW = "Write a place as “label, latitude, longitude”, or paste a link to a map that shows them."


def place(typed: str) -> Place | None:
    """What was typed or pasted, None where that is nothing. Raises `Invalid` where it cannot be understood."""
    typed = " ".join(typed.split())
    if not typed:
        return None
    if len(typed) > LONGEST:
        raise Invalid(_HOW, "place")
    if typed.lower().startswith("geo:"):
        found = _of_geo(typed[4:])
    elif re.match(r"https?://", typed, re.IGNORECASE):
        found = _of_link(typed)
    else:
        found = _of_words(typed)
    if found is None:
        raise Invalid(_HOW, "place")
    return found


def card(name: str, phone: str, email: str) -> Card | None:
    """What was filled in, None where that is nothing."""
    name, phone, email = name.strip(), phone.strip(), email.strip()
    return Card(name=name, phone=phone, email=email or None) if name or phone or email else None


def fit(place: Place | None, card: Card | None, abilities: Abilities) -> None:
    """Raises `Invalid` where the platform would not take them, or nobody could use them."""
    if place:
        _fit_place(place, abilities)
    if card:
        _fit_card(card, abilities)


def content(place: Place | None, card: Card | None) -> Content | None:
    """The message that it becomes."""
    if place:
        return Content(kind=Kind.LOCATION, place=place)
    return Content(kind=Kind.CARD, text=card.words, card=card) if card else None


def _of_words(typed: str) -> Place | None:
    found = _TYPED.fullmatch(typed) or _WITH_COMMAS.fullmatch(typed)
    return _made(found[2], found[3], found["label"]) if found else None


def _of_geo(rest: str) -> Place | None:
    """geo:52.5,13.4?q=52.5,13.4(Label), as RFC 5870 and what phones make of it; 0,0 there means "see q"."""
    where, _, query = rest.partition("?")
    asked = dict(parse_qsl(query)).get("q", "")
    found = _PAIR.fullmatch(asked)
    if found:
        return _made(found[1], found[2], found["label"])
    found = _PAIR.fullmatch(",".join(where.partition(";")[0].split(",")[:2]))
    return _made(found[1], found[2], asked) if found else None


def _of_link(link: str) -> Place | None:
    try:
        parts = urlsplit(link)
        query = dict(parse_qsl(parts.query))
    except ValueError:
        return None
    label = next((query[name] for name in _NAMES if name in query and not _PAIR.fullmatch(query[name])), None)
    named = _NAMED.search(parts.path)
    found = next(_pairs_in(link, query), None)
    return _made(*found, label or (unquote_plus(named[1]) if named else None)) if found else None


def _pairs_in(link: str, query: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The surest first."""
    if found := _PIN.search(link):
        yield found[1], found[2]
    if re.fullmatch(_NUMBER, query.get("mlat", "")) and re.fullmatch(_NUMBER, query.get("mlon", "")):
        yield query["mlat"], query["mlon"]
    for name in _PAIRS:
        if found := _PAIR.fullmatch(query.get(name, "")):
            yield found[1], found[2]
    for shape in (_FRAGMENT, _MIDDLE):
        if found := shape.search(link):
            yield found[1], found[2]


def _made(latitude: str, longitude: str, label: str | None) -> Place:
    named = " ".join((label or "").strip(" ,;").split())
    return Place(latitude=_degrees(latitude), longitude=_degrees(longitude), label=named or None)


def _degrees(said: str) -> float:
    return float(said.replace(",", "."))


def _fit_place(place: Place, abilities: Abilities) -> None:
    if Kind.LOCATION not in abilities.sends:
        raise Invalid("This platform takes no places.", "place")
    if not (-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180):
        raise Invalid("A latitude lies between -90 and 90, a longitude between -180 and 180.", "place")
    if len(place.label or "") > LABEL or "\x00" in (place.label or ""):
        raise Invalid(f"The label of a place has at most {LABEL} characters.", "place")


def _fit_card(card: Card, abilities: Abilities) -> None:
    if Kind.CARD not in abilities.sends:
        raise Invalid("This platform takes no contact cards.", "card")
    if not 0 < len(card.name.strip()) <= NAME or any(not one.isprintable() for one in card.name):
        raise Invalid(f"A contact card has a name, of at most {NAME} characters.", "card")
    if len(card.phone) > PHONE or not _DIGITS.fullmatch(card.phone):
        raise Invalid("A contact card has a phone number, of digits.", "card")
    if card.email and (len(card.email) > EMAIL or not _MAILBOX.fullmatch(card.email)):
        raise Invalid("This is no mail address.", "card")
