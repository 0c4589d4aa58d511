"""Every word of the program on every screen is said in the reader's language.

The screens are drawn with a catalogue that puts ⟦ ⟧ around what it was asked for. What stands outside is data of the
cast, or a string that somebody forgot to hand to the translators.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from babel import Locale
from babel.messages.pofile import read_po
from selectolax.lexbor import LexborHTMLParser

from duologue.web import messages, render, words
from tests.screens import gallery, people, things

_WORD = re.compile(r"[^\W\d_]{3,}")
_SAID = ("aria-label", "placeholder", "title", "alt", "data-confirm", "data-done")
_SILENT = "script, style, code, template template, svg, [translate=no], textarea, input, kbd"
_NAMES = {"Duologue", "Lume", "http", "https", "API"}  # the same in every language
_BABEL = {"Min", "Std", "Sek", "Byte", "Deutsch", "English", "Portugiesisch", "Brasilien"}  # said in German by it


class _Marking:
    """A catalogue in which everything is translated, visibly."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"⟦{one if n == 1 else many}⟧"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "catalogue", lambda _: _Marking())
    monkeypatch.setattr(words, "say", lambda _, text: f"⟦{text}⟧" if _known(text) else text)


@cache
def _templates() -> tuple[set[str], list[re.Pattern[str]]]:
    """Everything that translators are given, in the screens and in the channels."""
    with messages.TEMPLATE.open("rb") as file:
        given = [one.id for one in read_po(file) if isinstance(one.id, str) and one.id]
    for folder in messages.channel_folders():
        given += [one.id for one in messages.gather_channel(folder) if isinstance(one.id, str) and one.id]
    return set(given), [words._pattern(text) for text in given if "{0}" in text and words._literal(text) > 4]


def _known(text: str) -> bool:
    exact, patterns = _templates()
    return text in exact or any(pattern.fullmatch(text) for pattern in patterns)


@pytest.mark.parametrize("name", [name for name in gallery.SCREENS if not name.startswith("mail")])
def test_nothing_on_a_screen_is_english_only(name: str, marked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    page = render.page

    def drawn(template: str, **context: object) -> str:
        return page(template, **{**context, "locale": "de"})

    monkeypatch.setattr(render, "page", drawn)
    shown = gallery.SCREENS[name]()
    assert "⟦" in shown, "nothing was translated at all"
    left = {word for text in _visible(shown) for word in _WORD.findall(_outside(text))}
    assert left <= _of_the_cast()


def _visible(html: str) -> Iterator[str]:
    """Texts and spoken attributes of a page."""
    tree = LexborHTMLParser(html)
    for node in tree.css("*"):
        for attribute in _SAID:
            if said := node.attributes.get(attribute):
                yield said
    for node in tree.css(_SILENT):
        node.decompose()
    for node in tree.css("body, title"):
        yield node.text(separator=" ")


def _outside(text: str) -> str:
    """What no translation brought; a translation may be filled in into another."""
    depth, left = 0, []
    for letter in text:
        depth += (letter == "⟦") - (letter == "⟧")
        left.append(letter if depth == 0 else " ")
    assert depth == 0
    return "".join(left)


@cache
def _of_the_cast() -> set[str]:
    """Every word that comes from data: names, what they wrote, what platforms said; months and days."""
    german = Locale.parse("de")
    texts = [str(one) for kind in ("abbreviated", "wide") for one in german.months["format"][kind].values()]
    texts += [str(one) for kind in ("abbreviated", "wide") for one in german.days["format"][kind].values()]
    texts += [value for module in (people, things, gallery) for value in _strings(module)]
    return _NAMES | _BABEL | {word for text in texts for word in _WORD.findall(text)}


def _strings(module: ModuleType) -> Iterator[str]:
    """Every string that stands in a module's text."""
    assert module.__file__
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
