"""A template of the brand's own, put before its platform: what it is to say, and what the platform takes."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from duologue.channels.content import Kind, Media, Template

if TYPE_CHECKING:
    from duologue.channels.contract import Account

BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")

ButtonKind = Literal["reply", "link", "phone"]


class Button(Struct, frozen=True, kw_only=True):
    """Below a template. `target` is the web address, which may end in a blank, or the phone number."""

    kind: ButtonKind
    text: str
    target: str = ""


class Code(Struct, frozen=True, kw_only=True):
    """What the brand may choose of a message that brings a one-time code: all else is worded by the platform."""

    button: str = ""  # by which it is copied; empty: the platform's own word
    warns: bool = True  # says that it is to be shared with nobody
    minutes: int = 0  # so long it holds, told below; 0: not told


class Codes(Struct, frozen=True, kw_only=True):
    """How a platform words one-time codes, in English; it says the same in each language."""

    category: str  # of the templates that bring one
    words: str  # with {{code}}
    warning: str
    ends: str  # with {{minutes}}
    button: str
    example: str = "123456"
    most_minutes: int = 90


class Proposal(Struct, frozen=True, kw_only=True):
    """What the brand wants to be approved. A blank is `{{name}}` or `{{1}}`; `samples` has an example for each.

    Samples are named like blanks of a template: "header.1", "body.first_name", "button.0.url".
    """

    name: str
    language: str
    category: str
    body: str
    header: Kind | None = None  # TEXT, or what stands above as a file: IMAGE, VIDEO, FILE
    header_text: str = ""
    header_file: Media | None = None  # an example of what will stand there, with its bytes
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    samples: Mapping[str, str] = {}
    code: Code = Code()  # for the category of one-time codes, which has no other parts


class Takes(Struct, frozen=True, kw_only=True):
    """What the platform takes in a template, as data; a form is drawn from it. A limit of 0: there is no such part."""

    categories: Mapping[str, str]  # as the platform calls it -> as people do
    languages: tuple[str, ...]
    name_like: str  # a pattern for the whole name
    name_words: str  # the same, in words
    body_limit: int
    headers: frozenset[Kind] = frozenset()
    header_limit: int = 0
    footer_limit: int = 0
    files: Mapping[Kind, frozenset[str]] = {}  # types of files that may stand above
    file_limits: Mapping[Kind, int] = {}
    buttons: Mapping[ButtonKind, int] = {}  # how many of each
    most_buttons: int = 0
    button_limit: int = 20
    named: bool = True  # blanks may have names; else they are numbered
    codes: Codes | None = None  # the platform words one-time codes itself
    source: str = ""


class Flaw(Struct, frozen=True, kw_only=True):
    """Why a proposal would be turned down. `field` is the part of the form, or a sample's name."""

    field: str
    reason: str


class NotTaken(Exception):
    """The platform did not take it; the words are its own."""


class Proposals(Struct, frozen=True, kw_only=True):
    """How templates are put before a platform and taken away again. Both raise `NotTaken`, `Blocked`, `NoAnswer`."""

    takes: Takes
    propose: "Callable[[Account, Proposal], Awaitable[Template]]"  # the template as it stands now: mostly to be decided
    withdraw: "Callable[[Account, Template], Awaitable[None]]"
    flaws: Callable[[Any, Proposal], list[Flaw]] | None = None  # by its settings: beyond what `takes` says


def blanks(text: str) -> list[str]:
    """The names in a text, each once, in their order."""
    return list(dict.fromkeys(BLANK.findall(text)))


def places(given: Proposal) -> dict[str, str]:
    """Every blank by its full name, and what is filled in as its example."""
    names = [f"header.{one}" for one in blanks(given.header_text) if given.header is Kind.TEXT]
    names += [f"body.{one}" for one in blanks(given.body)]
    names += [f"button.{at}.url" for at, one in enumerate(given.buttons) if one.kind == "link" and blanks(one.target)]
    return {name: " ".join(given.samples.get(name, "").split()) for name in names}


def flaws(takes: Takes, given: Proposal) -> list[Flaw]:
    """Everything in which a proposal is not as the platform takes it, as far as data says; in the order of a form."""
    if takes.codes and given.category == takes.codes.category:
        return [*_head(takes, given), *_code(takes, takes.codes, given)]
    found = [*_head(takes, given), *_texts(takes, given), *_buttons(takes, given)]
    missing = [name for name, sample in places(given).items() if not sample]
    return found + [
        Flaw(field=name, reason="The platform wants an example of what will stand here.") for name in missing
    ]


def read_with(given: Proposal, samples: Mapping[str, str], codes: Codes | None = None) -> Template:
    """The proposal as a template that people would get, with these examples in it."""
    if codes and given.category == codes.category:
        return _read_code(given, codes)
    known = {name: samples.get(name) or "…" for name in places(given)}
    parts = [
        _filled(given.header_text, "header", known) if given.header is Kind.TEXT else "",
        _filled(given.body, "body", known),
        given.footer,
    ]
    text = "\n\n".join(part.strip() for part in parts if part.strip())
    return Template(
        id="", name=given.name, language=given.language, text=text, buttons=tuple(one.text for one in given.buttons)
    )


def _read_code(given: Proposal, codes: Codes) -> Template:
    said = codes.words.replace("{{code}}", codes.example) + (f" {codes.warning}" if given.code.warns else "")
    ends = codes.ends.replace("{{minutes}}", str(given.code.minutes)) if given.code.minutes else ""
    text = "\n\n".join(part for part in (said, ends) if part)
    button = given.code.button.strip() or codes.button
    return Template(id="", name=given.name, language=given.language, text=text, buttons=(button,))


def _filled(text: str, part: str, known: Mapping[str, str]) -> str:
    return BLANK.sub(lambda found: known.get(f"{part}.{found[1]}", found[0]), text)


def _head(takes: Takes, given: Proposal) -> Iterator[Flaw]:
    if not re.fullmatch(takes.name_like, given.name):
        yield Flaw(field="name", reason=takes.name_words)
    if given.language not in takes.languages:
        yield Flaw(field="language", reason="The platform does not know this language.")
    if given.category not in takes.categories:
        yield Flaw(field="category", reason="The platform does not know this category.")
    if given.header is not None and given.header not in takes.headers:
        yield Flaw(field="header", reason="The platform takes no such header.")
    elif given.header is Kind.TEXT:
        yield from _header_text(takes, given.header_text)
    elif given.header is not None:
        yield from _header_file(takes, given.header, given.header_file)


def _code(takes: Takes, codes: Codes, given: Proposal) -> Iterator[Flaw]:
    if given.body.strip() or given.footer.strip() or given.buttons or given.header is not None:
        yield Flaw(field="body", reason="The platform words one-time codes itself: leave out text, header and buttons.")
    if not 0 <= given.code.minutes <= codes.most_minutes:
        yield Flaw(field="code_minutes", reason=f"A code holds for 1 to {codes.most_minutes} minutes.")
    if len(given.code.button) > takes.button_limit or blanks(given.code.button):
        reason = f"The text of a button has 1 to {takes.button_limit} characters, and no blanks."
        yield Flaw(field="code_button", reason=reason)


def _header_text(takes: Takes, text: str) -> Iterator[Flaw]:
    if not text.strip():
        yield Flaw(field="header_text", reason="The header is empty.")
    if len(text) > takes.header_limit:
        yield Flaw(field="header_text", reason=f"The header is {len(text) - takes.header_limit} characters too long.")
    if "\n" in text:
        yield Flaw(field="header_text", reason="The header is one line.")
    yield from _braces("header_text", text)
    yield from _names(takes, "header_text", text)


def _header_file(takes: Takes, kind: Kind, file: Media | None) -> Iterator[Flaw]:
    if file is None or not file.data:
        yield Flaw(field="header_file", reason="The platform wants an example of the file that will stand above.")
        return
    if file.mime not in takes.files.get(kind, frozenset()):
        kinds = ", ".join(sorted(takes.files.get(kind, frozenset())))
        yield Flaw(field="header_file", reason=f"The file above must be one of {kinds}.")
    limit = takes.file_limits.get(kind, 0)
    if limit and len(file.data) > limit:
        yield Flaw(field="header_file", reason=f"The file above is larger than {limit // 1024 // 1024} MB.")


def _texts(takes: Takes, given: Proposal) -> Iterator[Flaw]:
    if not given.body.strip():
        yield Flaw(field="body", reason="The text is empty.")
    if len(given.body) > takes.body_limit:
        yield Flaw(field="body", reason=f"The text is {len(given.body) - takes.body_limit} characters too long.")
    yield from _braces("body", given.body)
    yield from _names(takes, "body", given.body)
    if _is_named(given.body) is not None and _is_named(given.header_text) not in {None, _is_named(given.body)}:
        yield Flaw(field="header_text", reason="Blanks have either names or numbers, in the header as in the text.")
    if given.footer and not takes.footer_limit:
        yield Flaw(field="footer", reason="The platform takes no footer.")
    elif len(given.footer) > takes.footer_limit:
        yield Flaw(
            field="footer", reason=f"The footer is {len(given.footer) - takes.footer_limit} characters too long."
        )
    if blanks(given.footer):
        yield Flaw(field="footer", reason="There can be no blanks in the footer.")


def _braces(field: str, text: str) -> Iterator[Flaw]:
    if _BRACES.search(BLANK.sub("", text)):
        yield Flaw(field=field, reason="Two braces begin a blank and two end it, like {{name}}.")


def _is_named(text: str) -> bool | None:
    """Whether its blanks have names; None where it has none."""
    found = blanks(text)
    return any(not one.isdigit() for one in found) if found else None


def _names(takes: Takes, field: str, text: str) -> Iterator[Flaw]:
    found = blanks(text)
    numbers = [one for one in found if one.isdigit()]
    if numbers and len(numbers) < len(found):
        yield Flaw(field=field, reason="Blanks have either names or numbers, not both.")
    elif numbers and sorted(map(int, numbers)) != list(range(1, len(numbers) + 1)):
        yield Flaw(field=field, reason="Blanks are numbered from 1 on, without a gap.")
    elif found and not numbers and not takes.named:
        yield Flaw(field=field, reason="The platform takes numbered blanks only.")
    elif not numbers and any(not re.fullmatch(r"[a-z][a-z0-9_]*", one) for one in found):
        yield Flaw(
            field=field, reason="The name of a blank has small letters a–z, digits and _, and begins with a letter."
        )


def _buttons(takes: Takes, given: Proposal) -> Iterator[Flaw]:
    if len(given.buttons) > takes.most_buttons:
        yield Flaw(field="buttons", reason=f"There may be at most {takes.most_buttons} buttons.")
    for kind in dict.fromkeys(one.kind for one in given.buttons):
        count, most = sum(one.kind == kind for one in given.buttons), takes.buttons.get(kind, 0)
        if count > most:
            yield Flaw(field="buttons", reason=f"There may be at most {most} buttons of this kind: {kind}.")
    texts = [one.text.strip().casefold() for one in given.buttons]
    if len(set(texts)) < len(texts):
        yield Flaw(field="buttons", reason="Two buttons have the same text.")
    for number, one in enumerate(given.buttons):
        yield from _button(takes, f"button.{number}", one)


def _button(takes: Takes, field: str, one: Button) -> Iterator[Flaw]:
    if not one.text.strip() or len(one.text) > takes.button_limit or blanks(one.text):
        yield Flaw(field=field, reason=f"The text of a button has 1 to {takes.button_limit} characters, and no blanks.")
    if one.kind == "link":
        inside = BLANK.sub("", one.target)
        if not inside.startswith(("https://", "http://")) or " " in inside or len(one.target) > 2000:
            yield Flaw(field=field, reason="The address behind a button begins with https://.")
        elif blanks(one.target) and not (blanks(one.target) == ["1"] and BLANK.sub("\0", one.target).endswith("\0")):
            yield Flaw(field=field, reason="The address behind a button may have one blank, by number, at its end.")
    if one.kind == "phone" and not re.fullmatch(r"\+?[0-9][0-9 ()-]{4,19}", one.target):
        yield Flaw(field=field, reason="The number behind a button has its country code, like +49 30 123456.")
