"""The form of a new template: what was filled in, as a proposal, and back again."""

from collections.abc import Iterable, Mapping
from typing import get_args

from duologue.channels.contract import Kind, Media
from duologue.channels.proposal import Button, ButtonKind, Code, Proposal, Takes

HEADERS = (Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.FILE)
_SAMPLE = "sample."
_KINDS: tuple[ButtonKind, ...] = get_args(ButtonKind)


def read(takes: Takes, form: Mapping[str, str], file: Media | None = None) -> Proposal:
    """What the form says; nothing in it is judged here."""
    if takes.codes and form.get("category") == takes.codes.category:
        return Proposal(
            name=form.get("name", "").strip(),
            language=form.get("language", ""),
            category=takes.codes.category,
            body="",
            code=_code(form),
        )
    header = next((one for one in HEADERS if one == form.get("header")), None)
    return Proposal(
        name=form.get("name", "").strip(),
        language=form.get("language", ""),
        category=form.get("category", ""),
        body=_lines(form.get("body", "")).strip(),
        header=header,
        header_text=" ".join(form.get("header_text", "").split()) if header is Kind.TEXT else "",
        header_file=file if header is not Kind.TEXT else None,
        footer=" ".join(form.get("footer", "").split()),
        buttons=tuple(_buttons(takes, form)),
        samples={name.removeprefix(_SAMPLE): text for name, text in form.items() if name.startswith(_SAMPLE)},
    )


def rows(takes: Takes, given: Proposal) -> list[Button | None]:
    """As many rows for buttons as there may be; None is an empty one."""
    empty = takes.most_buttons - len(given.buttons)
    return [*given.buttons, *([None] * max(0, empty))]


def _code(form: Mapping[str, str]) -> Code:
    minutes = form.get("code_minutes", "").strip()
    return Code(
        button=" ".join(form.get("code_button", "").split()),
        warns="code_warns" in form,
        minutes=int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else -1 if minutes else 0,
    )


def _buttons(takes: Takes, form: Mapping[str, str]) -> Iterable[Button]:
    """A row of which no kind is chosen, or in which nothing is written, is none."""
    for number in range(takes.most_buttons):
        kind = next((one for one in _KINDS if one == form.get(f"button.{number}.kind")), None)
        text, target = (form.get(f"button.{number}.{part}", "").strip() for part in ("text", "target"))
        if kind and (text or target):
            yield Button(kind=kind, text=text, target="" if kind == "reply" else target)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\x00", "")
