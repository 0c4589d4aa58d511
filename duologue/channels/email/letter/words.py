"""Text from strangers made harmless for storing: no NUL, no lone surrogates, one line where one line is meant."""

import re
import unicodedata

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]")
_MOST_MARKS = 8  # combining marks in a row; living scripts need four


def storable(text: str) -> str:
    """Line ends as \\n; without what a database or a screen cannot hold."""
    text = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogates(text) else text
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """For names and subjects: one line, nothing that turns the reading direction, no towers of accents."""
    text = _SPACES.sub(" ", _DIRECTION.sub("", storable(text))).strip()
    return text if text.isascii() else _without_towers(text)


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _without_towers(text: str) -> str:
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            kept.append(letter)
    return "".join(kept)
