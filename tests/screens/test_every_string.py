"""Every word of the program on every screen is said in the reader's language.

The screens are drawn with a catalogue that puts ⟦ ⟧ around what it was asked for. What stands outside is data of the
cast, or a string that somebody forgot to hand to the translators.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from babel import Locale
from babel.messages.pofile import read_po
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from duologue.accounts.model import SignRow
from duologue.channels.content import Blank, Template
from duologue.conversations.model import Verdict
from duologue.web import messages, render, words
from tests.screens import gallery, people, proposals, things

_WORD = re.compile(r"[^\W\d_]{3,}")
_SAID = ("aria-label", "placeholder", "title", "alt", "data-confirm", "data-done")
_ADDRESS = re.compile(r"(https?://[^\s,]+)")  # becomes a link of its own
_CUT = "\x1f"  # between two pieces of text
_SILENT = "script, style, code, template template, svg, [translate=no], textarea, input, kbd"
_OURS = {
    "reason",
    "words",
    "todo",
    "trouble",
    "warning",
    "said",
    "error",
    "errors",
    "commands",
    "missing",
    "title",
    "ABOUT",
}
_NAMES = {"Duologue", "Lume", "http", "https", "API"}  # the same in every language
_BABEL = {"Min", "Std", "Sek", "Byte", "Deutsch", "English", "Portugiesisch", "Brasilien"}  # said in German by it


class _Marking:
    """A catalogue in which everything is translated, visibly."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"⟦{one if n == 1 else many}⟧"


_compiled = cache(render._made.__wrapped__)  # of its own: the words are fixed when a template is compiled


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "catalogue", lambda _: _Marking())
    monkeypatch.setattr(render, "_made", _compiled)
    monkeypatch.setattr(words, "say", lambda _, text: f"⟦{text}⟧" if text else text)


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


def _in_trouble() -> str:
    """A channel's page with everything that may be wrong."""
    shown = things.connected()
    channel = things.channel(
        "messenger", "Messenger", "Lume Kids", "trouble", trouble="It is over", missing=["page_id"]
    )
    sign = SignRow(name="Token", words="It ends soon.", level="warn", until=people.NOW, at=people.NOW)
    health = replace(things.HEALTH, signs=[sign], errors=[])
    return gallery.draw("channels/connect.html", **{**shown, "channel": channel, "health": health})


def _templates_shown(words: str | None = None) -> str:
    closed = Template(id="t1", name="Lume", language="pt", text="", usable=False, reason="It waits to be judged.")
    blank = Template(id="t2", name="Lume", language="pt", text="", blanks=(Blank(name="1", title="First value"),))
    previews = {"t1pt": "Lume", "t2pt": "Lume"}
    found = [] if words else [closed, blank]
    return gallery.draw(
        "conversations/templates.html", templates=found, previews=previews, conversation=people.MIA, words=words
    )


SHOWN: dict[str, Callable[[], str]] = gallery.SCREENS | {
    "channel-in-trouble": _in_trouble,
    "templates": _templates_shown,
    "templates-away": lambda: _templates_shown("They cannot be had."),
    "talk-refused": lambda: gallery.opened(
        talk=people.talk(verdict=Verdict(may="no", code="other", words="The platform says no."))
    ),
}


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_on_a_screen_is_english_only(name: str, marked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    page = render.page

    def drawn(template: str, **context: object) -> str:
        return page(template, **{**context, "locale": "de"})

    monkeypatch.setattr(render, "page", drawn)
    shown = SHOWN[name]()
    assert "⟦" in shown, "nothing was translated at all"
    assert [part for text in _visible(shown) for part in _foreign(_outside(text))] == []


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
        yield node.text(separator=_CUT)


def _outside(text: str) -> str:
    """What no translation brought; a translation may be filled in into another."""
    depth, left = 0, []
    for letter in text:
        depth += (letter == "⟦") - (letter == "⟧")
        left.append(letter if depth == 0 and letter not in "⟦⟧" else _CUT)
    assert depth == 0
    return "".join(left)


def _foreign(left: str) -> list[str]:
    """The pieces of what no translation brought that are no text of the cast, nor several, nor a passage from one."""
    pieces = (" ".join(piece.split()) for piece in re.split(rf"[·(){_CUT}]", left))
    return [piece for piece in pieces if not _from_the_cast(piece)]


def _from_the_cast(part: str) -> bool:
    passage = part.count(" ") >= 2 and any(part.strip("…") in text for text in _cast())
    return passage or not _WORD.search(_whole_texts().sub(" ", part))


@cache
def _whole_texts() -> re.Pattern[str]:
    german = Locale.parse("de")
    names = [str(one) for kind in ("abbreviated", "wide") for one in german.months["format"][kind].values()]
    names += [str(one) for kind in ("abbreviated", "wide") for one in german.days["format"][kind].values()]
    longest_first = sorted({*_cast(), *names, *_NAMES, *_BABEL}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


@cache
def _cast() -> frozenset[str]:
    """What comes from data: names, what they wrote, what platforms said. Words of the program among it are none."""
    texts = {
        " ".join(piece.split())
        for module in (people, things, gallery, proposals)
        for text in _strings(module)
        for line in (text, *text.splitlines())
        for piece in (line, *_ADDRESS.split(line))
    }
    return frozenset(text for text in texts if text and not _known(text))


def _strings(module: ModuleType) -> set[str]:
    """Every string that stands in a module's text, but those that the program itself would say there."""
    assert module.__file__
    tree = ast.parse(Path(module.__file__).read_text())
    return _constants([tree]) - _constants(part for node in ast.walk(tree) for part in _said_by_us(node))


def _said_by_us(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id="Check" | "Sign")):
            return [one.value for one in node.keywords]
        case ast.Call(func=ast.Name(id="setting")):
            return node.args  # an example is data
        case ast.keyword(arg="facts", value=ast.Dict(keys=names)):
            return [name for name in names if name]
        case ast.keyword(arg=str(name)) if name in _OURS:
            return [node.value]
        case ast.Assign(targets=[ast.Name(id=name)]) if name in _OURS:
            return [node.value]
    return []


def _constants(nodes: Iterable[ast.AST]) -> set[str]:
    return {
        one.value
        for node in nodes
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def test_what_is_filled_in_is_translated_too(marked: None) -> None:
    assert "⟦Connect ⟦Messenger⟧⟧" in gallery.SCREENS["connect"]()


def test_a_string_that_nobody_translates_is_found() -> None:
    assert _foreign(_outside("⟦Open⟧ · Mia Santos")) == []
    assert _foreign(_outside(f"⟦You may⟧{_CUT}Not sent. · Mia Santos")) == ["Not sent."]


def test_every_folder_of_a_channel_brings_every_language() -> None:
    said = [
        folder for folder in messages.channel_folders() if [one for one in messages.gather_channel(folder) if one.id]
    ]
    wanted = {folder / "locale" / f"{code}.po" for folder in said for code in words.languages() if code != words.SOURCE}
    assert {file for file in wanted if not file.is_file()} == set()
