"""Strangers' values become typed ones here, or are refused with a reason."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAUSIBLE = range(1_072_915_200_000, 4_102_444_800_000)  # the years 2004 to 2099
_MESSAGE = re.compile(r"[\x21-\x7e]{1,500}")

Object = dict[str, Any]


class Odd(Exception):
    """This is not what the platform promises; the words say why."""


def parse(body: bytes) -> Any:
    """JSON as leniently as it can be read: one bad value must not take its neighbours along.

    Raises `ValueError` or `RecursionError` where there is nothing to be had.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # strict reading stumbles over a lone surrogate, NaN or a broken byte anywhere in the batch
    return json.loads(
        body.decode("utf-8", "replace"), parse_int=lambda digits: int(digits) if len(digits) < 400 else digits
    )


def thing(holder: Object, name: str) -> Object:
    """The object under this name; empty where there is none or it is null."""
    value = holder.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Odd(f"{name} is not an object")
    return value


def things(holder: Object, name: str) -> list[Object]:
    """The objects in the list under this name."""
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Odd(f"{name} is not a list of objects")
    return value


def words(holder: Object, name: str) -> str | None:
    """The text under this name, cleaned, as a stranger wrote it; None where there is none."""
    value = holder.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Odd(f"{name} is not text")
    return clean(value) or None


def fact(holder: Object, name: str, most: int = 300) -> str | None:
    """A short value worth showing: text or a number, shortened."""
    value = holder.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return clean(value)[:most] or None if isinstance(value, str) else None


def facts(holder: Object, names: dict[str, str]) -> dict[str, str]:
    """Those of the values that are there, under our own names: {theirs: ours}."""
    found = {ours: fact(holder, theirs) for theirs, ours in names.items()}
    return {name: value for name, value in found.items() if value}


def message_id(holder: Object, name: str = "mid") -> str | None:
    value = holder.get(name)
    return None if value is None else identifier(value, name, _MESSAGE)


def flag(holder: Object, name: str) -> bool:
    return holder.get(name) is True


def moment(value: object) -> datetime | None:
    """A point in time given in seconds or milliseconds, as a number or as text: the magnitude tells which."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17:
        value = int(value)
    if isinstance(value, float) and abs(value) < 1e16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    milliseconds = value if value >= 10**12 else value * 1000
    return _EPOCH + timedelta(milliseconds=milliseconds) if milliseconds in _PLAUSIBLE else None


def address(value: object, site: str = "") -> str | None:
    """A web address that may be followed. With `site`, one of the platform's own that comes without a host is too."""
    if not isinstance(value, str):
        return None
    value = clean(value).strip()
    if value.startswith("/") and not value.startswith("//"):
        value = site + value
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in {"http", "https"} and parts.hostname and len(value) < 8000 else None


def clean(text: str) -> str:
    """Without NUL and lone surrogates, which no database keeps."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "")


def identifier(value: object, name: str, shape: re.Pattern[str]) -> str:
    """A platform's id of this shape, given as text or as a number."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        value = str(value) if value < 10**40 else ""
    if not isinstance(value, str) or not shape.fullmatch(value) or value == "0":
        raise Odd(f"{name} is not an id")
    return value
