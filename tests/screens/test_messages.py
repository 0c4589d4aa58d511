"""Every word on a screen can be said in another language."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from duologue.web import messages, render, words
from tests.screens import gallery
from tests.screens import people as cast

TEMPLATES = sorted(messages.PACKAGE.glob("*/html/*.html")) + sorted(messages.CHANNELS.glob("*/connect.html"))
SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-words", "data-confirm", "data-done"}
NAMES = {"Duologue", "Python", "PHP", "JavaScript (Node.js)"}
AS_IT_IS = ("kbd", "code", "pre")
THEIR_NAMES = ("summary", "dt", "dd", "td")  # in a guide: what things are called elsewhere


class Unspoken(HTMLParser):
    """Words that stand in a template without going through gettext."""

    def __init__(self, passed: tuple[str, ...]) -> None:
        super().__init__()
        self._passed = AS_IT_IS + passed
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        self.found += [value for name, value in attrs if name in SPOKEN and value and letters(value)]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if letters(data) and not any(tag in self._passed for tag in self._inside) and data.strip() not in NAMES:
            self.found.append(data.strip())


def letters(text: str) -> bool:
    return re.search(r"[^\W\d_]{2,}", text) is not None


def unspoken(source: str, *passed: str) -> list[str]:
    bare = re.sub(r"{%-?\s*trans\b.*?endtrans\s*-?%}|{% block room_class %}.*?%}|{#.*?#}", "", source, flags=re.S)
    bare = re.sub(
        r"{{.*?}}", "", re.sub(r"{%.*?%}", "", bare, flags=re.S), flags=re.S
    )  # a statement may name a {{blank}}
    parser = Unspoken(passed)
    parser.feed(bare)
    return parser.found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_no_word_stands_in_a_template_by_itself(template: Path) -> None:
    assert unspoken(template.read_text(), *(THEIR_NAMES if template.name == "connect.html" else ())) == []


def test_a_bare_word_would_be_found() -> None:
    assert unspoken('<p>Hello</p><b>{{ _("x") }}</b><a title="Go {{ x }}">{# no #}</a>') == ["Hello", "Go "]


def test_the_template_for_translators_is_up_to_date() -> None:
    assert messages.written(messages.gather()) == messages.TEMPLATE.read_bytes(), "run bin/messages"


@pytest.mark.parametrize("language", [code for code in words.languages() if code != words.SOURCE])
def test_a_translation_is_whole(language: str) -> None:
    file = messages.LOCALE / language / "LC_MESSAGES" / "messages.po"
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    gathered = {one.id for one in messages.gather() if one.id}
    assert {one.id for one in catalogue if one.id} == gathered, "run bin/messages"
    assert [one.id for one in catalogue if one.id and not all(as_tuple(one.string))] == []
    assert [one.id for one in catalogue if one.id and names_in(one.id) != names_in(one.string)] == []


def test_a_page_is_said_in_the_viewers_language() -> None:
    page = gallery.SCREENS["talk-german"]()
    assert '<html lang="de"' in page
    assert "Sie dürfen frei antworten" in page
    assert "Frei" in page
    assert "You may answer" not in page


def test_an_unknown_language_is_english() -> None:
    assert ">Open<" in render.page(
        "web/error.html", locale="xx", title="Open", words="", status=404, back="/x", now=cast.NOW
    )


def test_the_browsers_choice_is_followed() -> None:
    assert words.choose("fr-FR, de-AT;q=0.8, en;q=0.5") == "de"
    assert words.choose("fr") == "en"
    assert words.choose("de;q=0.1, en-GB") == "en"
    assert words.choose("de;q=x, *") == "en"


def as_tuple(said: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def names_in(said: str | tuple[str, ...] | list[str]) -> set[str]:
    return {name for one in as_tuple(said) for name in re.findall(r"%\(\w+\)s|{\w+}|</?\w+", one)}


BROUGHT = sorted(messages.CHANNELS.glob("*/locale/*.po"))


@pytest.mark.parametrize("file", BROUGHT, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_what_a_channel_brings_is_whole(file: Path) -> None:
    with file.open("rb") as source:
        catalogue = read_po(source, locale=file.stem)
    gathered = {one.id for one in messages.gather_channel(file.parent.parent) if one.id}
    assert {one.id for one in catalogue if one.id} == gathered, "run bin/messages"
    assert [one.id for one in catalogue if one.id and not all(as_tuple(one.string))] == []
