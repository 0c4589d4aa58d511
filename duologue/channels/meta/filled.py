"""A template that was filled in, as the API wants it: everything stands in the names of the blanks.

`header.1`, `header.image`, `body.first_name`, `button.0.url`, `button.1.code`, `card.0.header.image`, `card.0.body.1`,
`offer.until`, and `code` for a one-time code. A name of digits is a place by number; any other is a place by name.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from duologue.channels.contract import Filled
from duologue.channels.shared.strict import address, clean

MEDIA = {"image", "video", "document"}
_SUB_TYPES = {"url": "url", "code": "copy_code"}
LONGEST_CODE = 15
_LOCATION = ("latitude", "longitude", "name", "address")


class BadBlank(Exception):
    """What was filled in is not what the place asks for; the words say which."""


def template(filled: Filled) -> dict[str, Any]:
    """Raises `BadBlank`."""
    found: dict[str, Any] = {"name": filled.name, "language": {"code": filled.language}}
    parts = components(filled.values)
    return {**found, "components": parts} if parts else found


def components(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Header, body, buttons, then cards and the end of an offer; only those in which something was filled in."""
    if "code" in values:
        return _code(values["code"].strip())
    parts: list[dict[str, Any]] = []
    if header := _below("header", values):
        parts.append({"type": "header", "parameters": _header(header)})
    if body := _below("body", values):
        parts.append({"type": "body", "parameters": _texts(body)})
    if offer := _below("offer", values):
        limited = {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": _until(offer["until"])}}
        parts.append({"type": "limited_time_offer", "parameters": [limited]})
    buttons = _below("button", values)
    parts += [_button(name, value) for name, value in sorted(buttons.items(), key=lambda one: _order(one[0]))]
    if cards := _cards(_below("card", values)):
        parts.append({"type": "carousel", "cards": cards})
    return parts


def _code(code: str) -> list[dict[str, Any]]:
    """It stands in the text, and behind the button that copies it, which counts as one with an address."""
    if not 0 < len(code) <= LONGEST_CODE or not code.isprintable() or " " in code:
        raise BadBlank(f"a one-time code has 1 to {LONGEST_CODE} characters, and no spaces")
    given = {"type": "text", "text": code}
    button = {"type": "button", "sub_type": "url", "index": "0", "parameters": [given]}
    return [{"type": "body", "parameters": [given]}, button]


def _header(values: Mapping[str, str]) -> list[dict[str, Any]]:
    for kind in MEDIA & set(values):
        link = address(values[kind])
        if link is None:
            raise BadBlank(f"“{values[kind][:80]}” is no web address of a file")
        return [{"type": kind, kind: {"link": link}}]
    if "latitude" in values:
        place = {name: values[name] for name in _LOCATION if values.get(name)}
        return [{"type": "location", "location": place}]
    return _texts(values)


def _texts(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """By number in their order, by name with it."""
    if all(name.isdigit() for name in values):
        return [{"type": "text", "text": clean(values[name])} for name in sorted(values, key=int)]
    return [{"type": "text", "parameter_name": name, "text": clean(text)} for name, text in values.items()]


def _button(name: str, value: str) -> dict[str, Any]:
    index, _, kind = name.partition(".")
    given = {"type": "coupon_code", "coupon_code": value} if kind == "code" else {"type": "text", "text": value}
    return {"type": "button", "sub_type": _SUB_TYPES.get(kind, "url"), "index": index, "parameters": [given]}


def _cards(values: Mapping[str, str]) -> list[dict[str, Any]]:
    numbers = sorted({int(name.partition(".")[0]) for name in values})
    return [{"card_index": one, "components": components(_below(str(one), values))} for one in numbers]


def _until(value: str) -> int:
    """ "2026-12-24 18:00"; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        raise BadBlank(f"“{value[:80]}” is no time; write it like 2026-12-24 18:00") from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _below(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(f"{prefix}."): value for name, value in values.items() if name.startswith(f"{prefix}.")}


def _order(name: str) -> int:
    index = name.partition(".")[0]
    return int(index) if index.isdigit() else 0
