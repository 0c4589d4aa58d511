"""The templates of an account, as the platform lists them."""

import re
from collections.abc import Iterator
from typing import Any

from duologue.channels.contract import Blank, Kind, Template
from duologue.channels.meta.errors import fault
from duologue.channels.meta.graph import Graph, facts, rows
from duologue.channels.shared.strict import clean
from duologue.kernel.egress import NoAnswer

PAGES, EACH = 60, 100  # an account has at most 6,000 templates
_FIELDS = "id,name,status,category,language,parameter_format,components,rejected_reason,quality_score"
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_MEDIA = {"IMAGE": Kind.IMAGE, "VIDEO": Kind.VIDEO, "DOCUMENT": Kind.FILE}
_REASON_WORDS = {
    "pending": "Meta has not decided about this template yet.",
    "in_appeal": "The rejection of this template is being looked at again.",
    "rejected": "Meta has rejected this template.",
    "paused": "This template is paused because of its quality.",
    "disabled": "This template was switched off because of its quality.",
    "archived": "This template was put away.",
    "pending_deletion": "This template is being deleted.",
    "deleted": "This template was deleted.",
}
_REJECTED_WORDS = {
    "ABUSIVE_CONTENT": "Its words threaten or offend. (ABUSIVE_CONTENT)",
    "INCORRECT_CATEGORY": "It belongs in another category. (INCORRECT_CATEGORY)",
    "INVALID_FORMAT": "Its blanks or its form are not as they should be. (INVALID_FORMAT)",
    "INCORRECT_PARAMS": "Its blanks are not as they should be. (INCORRECT_PARAMS)",
    "PARAMS_TO_WORD_RATIO_EXCEED_LIMIT": "It has too many blanks for so few words. (PARAMS_TO_WORD_RATIO_EXCEED_LIMIT)",
    "PROMOTIONAL": "It advertises something. (PROMOTIONAL)",
    "TAG_SHOULD_BE_MARKETING": "It advertises something, which this category may not. (TAG_SHOULD_BE_MARKETING)",
    "SCAM": "Meta takes it for a fraud. (SCAM)",
    "TAG_CONTENT_MISMATCH": "What it says does not fit its category or language. (TAG_CONTENT_MISMATCH)",
}
_NOT_HERE = {"CATALOG", "MPM", "SPM", "ORDER_DETAILS"}  # buttons that need a product catalogue to be filled in

_CODE_WORDS = "{{1}} is your verification code."
_CODE = Blank(name="code", title="One-time code", example="123456")

Part = dict[str, Any]


async def listed(way: Graph, node: str) -> list[Template]:
    """All of them, page by page. Raises `Blocked`, `NoAnswer`."""
    asked = {"fields": _FIELDS, "limit": str(EACH)}
    found: list[Template] = []
    for _ in range(PAGES):
        answer = await way.get(f"{node}/message_templates", **asked)
        if answer.status != 200:
            told = fault(answer)
            raise NoAnswer(f"the templates cannot be read: {told.told if told else answer.status}", sent=True)
        page = facts(answer)
        found += [made for row in rows(page) if (made := template(row))]
        after = _after(page)
        if after is None:
            break
        asked["after"] = after
    return found


def template(row: Part) -> Template | None:
    """One row of the list; None where it has no name or no language."""
    name, language = row.get("name"), row.get("language")
    if not isinstance(name, str) or not isinstance(language, str):
        return None
    parts = _rows(row, "components") or _plain(row)
    state = str(row.get("status") or "approved").lower()
    reason = _why_not(state, row, parts)
    code = _brings_code(row, parts)
    return Template(
        id=str(row.get("id") or name),
        name=name,
        language=language,
        category=str(row.get("category") or "").lower(),
        text=_text(parts) if not code else _code_text(parts),
        buttons=tuple(_labels(parts)),
        blanks=tuple(_blanks(parts, "")) if not code else (_CODE,),
        usable=reason is None,
        state=state,
        reason=reason,
        sign=sign_name(name, language),
    )


def _brings_code(row: Part, parts: list[Part]) -> bool:
    """A one-time code stands in the text and behind the button by which it is copied: it is filled in once."""
    kinds = {_upper(one, "type") for part in parts for one in _rows(part, "buttons")}
    return _upper(row, "category") == "AUTHENTICATION" and bool(kinds) and kinds <= {"OTP", "URL", "COPY_CODE"}


def _code_text(parts: list[Part]) -> str:
    """What the platform tells of its words; before it has told any, those that it has in English."""
    bodies = [part for part in parts if _upper(part, "type") == "BODY"]
    told = next((clean(text) for part in bodies if isinstance(text := part.get("text"), str) and text), _CODE_WORDS)
    footers = [
        clean(text) for part in parts if _upper(part, "type") == "FOOTER" if isinstance(text := part.get("text"), str)
    ]
    return "\n\n".join([_BLANK.sub("{{code}}", told), *footers])


def sign_name(name: str, language: str) -> str:
    """Under which the platform's news of a template are kept."""
    return f"Template {name[:80]} ({language[:20]})"[:60]


def _plain(row: Part) -> list[Part]:
    """One from the platform's own library has a text for each part: {"header": …, "body": …, "body_params": […]}."""
    found: list[Part] = []
    for name, key in (("header", "header_text"), ("body", "body_text")):
        text, given = row.get(name), row.get(f"{name}_params")
        if isinstance(text, str) and text:
            found.append({"type": name.upper(), "text": text, "example": {key: given}})
    buttons = _rows(row, "buttons")
    return [*found, {"type": "BUTTONS", "buttons": buttons}] if buttons else found


def _why_not(state: str, row: Part, parts: list[Part]) -> str | None:
    if state != "approved":
        told, words = row.get("rejected_reason"), _REASON_WORDS.get(state, "This template cannot be sent at present.")
        if not isinstance(told, str) or told in {"", "NONE"}:
            return words
        return f"{words} {_REJECTED_WORDS[told]}" if told in _REJECTED_WORDS else f"{words} ({told})"
    kinds = {_upper(one, "type") for part in parts for one in _rows(part, "buttons")}
    if kinds & _NOT_HERE:
        return "This template needs products of a catalogue, which cannot be chosen here."
    return None


def _text(parts: list[Part]) -> str:
    """Header, body and footer; each blank under its full name."""
    shown = {kind: _named(part, kind) for part in parts if (kind := _upper(part, "type").lower())}
    lines = [shown[kind] for kind in ("header", "body", "footer") if shown.get(kind)]
    cards = [card for part in parts for card in _rows(part, "cards")]
    for number, card in enumerate(cards):
        lines += [
            f"[{number + 1}] {_named(one, f'card.{number}.body')}"
            for one in _rows(card, "components")
            if _upper(one, "type") == "BODY"
        ]
    return "\n\n".join(lines)


def _named(part: Part, prefix: str) -> str:
    text = part.get("text")
    return _BLANK.sub(lambda found: f"{{{{{prefix}.{found[1]}}}}}", clean(text)) if isinstance(text, str) else ""


def _labels(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        for button in _rows(part, "buttons"):
            yield str(button.get("text") or _upper(button, "type"))


def _blanks(parts: list[Part], before: str) -> Iterator[Blank]:
    """What is to be filled in, in the order in which it is read."""
    for part in parts:
        kind = _upper(part, "type")
        if kind == "HEADER":
            yield from _header(part, f"{before}header")
        elif kind == "BODY":
            yield from _texts(part, f"{before}body", "body_text")
        elif kind == "LIMITED_TIME_OFFER" and _ends(part):
            yield Blank(name=before + "offer.until", title="The offer ends (UTC)", example="2026-12-24 18:00")
        elif kind == "BUTTONS":
            yield from _buttons(part, f"{before}button")
        elif kind == "CAROUSEL":
            for number, card in enumerate(_rows(part, "cards")):
                yield from _blanks(_rows(card, "components"), f"{before}card.{number}.")


def _header(part: Part, prefix: str) -> Iterator[Blank]:
    form = _upper(part, "format") or "TEXT"
    if form in _MEDIA:
        name = f"{prefix}.{form.lower()}"
        yield Blank(name=name, title="Web address of the file", example=_handle(part), kind=_MEDIA[form])
    elif form == "LOCATION":
        for name, title in _PLACE_WORDS.items():
            yield Blank(name=_under(prefix, name), title=title, example=_PLACE[name])
    else:
        yield from _texts(part, prefix, "header_text")


_PLACE_WORDS = {
    "latitude": "Latitude",
    "longitude": "Longitude",
    "name": "Name of the place",
    "address": "Address",
}
_PLACE = {"latitude": "52.5163", "longitude": "13.3777", "name": "Tea house", "address": "Pariser Platz 1"}


def _texts(part: Part, prefix: str, examples: str) -> Iterator[Blank]:
    text = part.get("text")
    names = list(dict.fromkeys(_BLANK.findall(text))) if isinstance(text, str) else []
    known = _examples(part, examples, names)
    for name in names:
        title = f"Blank {name}" if name.isdigit() else name.replace("_", " ").capitalize()
        yield Blank(name=_under(prefix, name), title=title, example=known.get(name, ""))


def _examples(part: Part, key: str, names: list[str]) -> dict[str, str]:
    """By name, or by place: {"body_text": [["Ada"]]}, {"header_text": ["Ada"]}, {"…_named_params": [{…}]}."""
    given = part.get("example")
    if not isinstance(given, dict):
        return {}
    named = _rows(given, f"{key}_named_params")
    if named:
        return {str(one.get("param_name")): str(one.get("example") or "") for one in named}
    listed = given.get(key)
    if isinstance(listed, list) and listed and isinstance(listed[0], list):
        listed = listed[0]
    return dict(zip(names, map(str, listed), strict=False)) if isinstance(listed, list) else {}


def _buttons(part: Part, prefix: str) -> Iterator[Blank]:
    for index, button in enumerate(_rows(part, "buttons")):
        kind, label = _upper(button, "type"), str(button.get("text") or "")
        example = button.get("example")
        if isinstance(example, dict):
            example = example.get("url_suffix_example")
        first = str(example[0]) if isinstance(example, list) and example else str(example or "")
        if kind == "URL" and _BLANK.search(str(button.get("url") or "")):
            yield Blank(name=_under(prefix, index, "url"), title=f"End of the address behind “{label}”", example=first)
        elif kind == "COPY_CODE":
            yield Blank(name=_under(prefix, index, "code"), title="Code to be copied", example=first)


def _ends(part: Part) -> bool:
    given = part.get("limited_time_offer")
    return isinstance(given, dict) and given.get("has_expiration") is True


def _under(*parts: object) -> str:
    return ".".join(map(str, parts))


def _handle(part: Part) -> str:
    given = part.get("example")
    handles = given.get("header_handle") if isinstance(given, dict) else None
    return str(handles[0]) if isinstance(handles, list) and handles else ""


def _rows(part: Part, name: str) -> list[Part]:
    found = part.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _upper(part: Part, name: str) -> str:
    return str(part.get(name) or "").upper()


def _after(listed: Part) -> str | None:
    paging = listed.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None
