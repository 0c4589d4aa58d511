"""Templates: made, looked at, approved or not, paused, and filled in when they are sent."""

import re
from typing import Any

from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import only, wrong
from duologue.channels.whatsapp.simulate.world import World

_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_MADE = {"name", "category", "language", "parameter_format", "components", "allow_category_change"}


def refused(code: int, words: str, status: int = 400) -> GraphError:
    return GraphError(
        code, None, f"(#{code}) {words}", status, data={"messaging_product": "whatsapp", "details": words}
    )


def begin(world: World) -> None:
    """What the account has from the start."""
    for row in _SEEDS:
        _keep(world, row)


def make(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """A new one waits to be looked at. Raises `GraphError`."""
    only(body, _MADE, "template")
    name, language = body.get("name"), body.get("language")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(language, str):
        raise wrong("Invalid parameter: name takes a–z, 0–9 and _, and a language is needed")
    if any((one["name"], one["language"]) == (name, language) for one in world.templates.values()):
        raise GraphError(100, 2388024, "There is already content in this language for this template")
    texts = [one.get("text", "") for one in body.get("components") or [] if str(one.get("type")).upper() == "BODY"]
    if not texts:
        raise wrong("Invalid parameter: components need a body")
    if any(text.strip().startswith("{{") or text.strip().endswith("}}") for text in texts):
        raise GraphError(100, 2388299, "Variables can't be at the start or end of the template")
    row = _keep(world, {**body, "status": "PENDING", "category": str(body.get("category", "UTILITY")).upper()})
    return {"id": row["id"], "status": row["status"], "category": row["category"]}


def fill(world: World, given: Any) -> tuple[str, list[str]]:
    """The text as it reads, and its quick replies. Raises `GraphError` where it may not be sent so."""
    if not isinstance(given, dict):
        raise wrong("template must be an object")
    only(given, {"name", "language", "components"}, "template")
    row = find(world, given)
    parts = {_kind(one): one for one in row["components"]}
    handed = given.get("components") or []
    text = _filled(parts["BODY"], _texts(handed, "body"), named=row.get("parameter_format") == "NAMED")
    _check_header(parts.get("HEADER"), handed)
    buttons = (parts.get("BUTTONS") or {}).get("buttons", [])
    for index, button in enumerate(buttons):
        if _BLANK.search(str(button.get("url", ""))) and not _button(handed, index):
            raise refused(131008, f"Button at index {index} of type Url requires a parameter")
    return text, [one["text"] for one in buttons if _kind(one) == "QUICK_REPLY"]


def find(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """The one that is meant, if it may be sent."""
    code = (given.get("language") or {}).get("code")
    for row in world.templates.values():
        if (row["name"], row["language"]) == (given.get("name"), code):
            if row["status"] == "PAUSED":
                raise refused(132015, "Template is paused due to low quality")
            if row["status"] == "DISABLED":
                raise refused(132016, "Template was disabled due to low quality")
            if row["status"] == "APPROVED":
                return row
    raise refused(132001, "Template name does not exist in the translation", 404)


def page(world: World, after: str | None, most: int) -> dict[str, Any]:
    """A part of the list, with where it goes on."""
    rows = list(world.templates.values())
    start = int(after) if after and after.isdigit() else 0
    end = start + most
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(end)}}
    if end < len(rows):
        paging["next"] = "https://graph.facebook.com/…"
    count = {"total_count": len(rows), "message_template_count": len(rows), "message_template_limit": 250}
    summary = {**count, "are_translations_complete": True}
    return {"data": rows[start:end], "paging": paging, "summary": summary}


def _keep(world: World, row: dict[str, Any]) -> dict[str, Any]:
    number = world.number("template")
    world.templates[number] = {"id": number, "parameter_format": "POSITIONAL", "rejected_reason": "NONE", **row}
    return world.templates[number]


def _texts(handed: list[Any], kind: str) -> list[dict[str, Any]]:
    found = [one for one in handed if _kind(one) == kind.upper()]
    return [one for part in found for one in part.get("parameters") or []]


def _filled(part: dict[str, Any], given: list[dict[str, Any]], *, named: bool) -> str:
    names = list(dict.fromkeys(_BLANK.findall(part["text"])))
    if len(given) != len(names):
        raise refused(132000, f"body: number of localizable_params ({len(given)}) does not match ({len(names)})")
    if named and {one.get("parameter_name") for one in given} != set(names):
        raise refused(132012, "Parameter name is missing or empty")
    if not named and any("parameter_name" in one for one in given):
        raise refused(132012, "Parameter format does not match format in the created template")
    order = {one.get("parameter_name") if named else name: one for name, one in zip(names, given, strict=True)}
    return _BLANK.sub(lambda found: str(order[found[1]].get("text")), part["text"])


def _check_header(part: dict[str, Any] | None, handed: list[Any]) -> None:
    form = str((part or {}).get("format", "TEXT")).lower()
    given = _texts(handed, "header")
    if form in {"image", "video", "document"} and [one.get("type") for one in given] != [form]:
        raise refused(132012, f"header: Format mismatch, expected {form.upper()}, received {given[:1]}")


def _button(handed: list[Any], index: int) -> bool:
    return any(_kind(one) == "BUTTON" and str(one.get("index")) == str(index) for one in handed)


def _kind(part: Any) -> str:
    return str(part.get("type")).upper() if isinstance(part, dict) else ""


_SEEDS: tuple[dict[str, Any], ...] = (
    {
        "name": "order_ready",
        "language": "en_US",
        "category": "UTILITY",
        "status": "APPROVED",
        "parameter_format": "NAMED",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Your tea"},
            {
                "type": "BODY",
                "text": "Hello {{first_name}}, your order {{order}} is ready to be collected.",
                "example": {
                    "body_text_named_params": [
                        {"param_name": "first_name", "example": "Greta"},
                        {"param_name": "order", "example": "L-204"},
                    ]
                },
            },
            {"type": "FOOTER", "text": "Lume Tea"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "On my way"}]},
        ],
    },
    {
        "name": "bestellung_unterwegs",
        "language": "de",
        "category": "UTILITY",
        "status": "APPROVED",
        "components": [
            {
                "type": "BODY",
                "text": "Hallo {{1}}, Ihr Paket {{2}} ist unterwegs.",
                "example": {"body_text": [["Greta", "L-204"]]},
            },
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "URL", "text": "Verfolgen", "url": "https://lume.example/t/{{1}}", "example": ["L-204"]}
                ],
            },
        ],
    },
    {
        "name": "first_flush",
        "language": "en_US",
        "category": "MARKETING",
        "status": "APPROVED",
        "components": [
            {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://lume.example/flush.jpg"]}},
            {
                "type": "BODY",
                "text": "The first flush has arrived, {{1}}: come and taste it.",
                "example": {"body_text": [["Greta"]]},
            },
        ],
    },
    {
        "name": "winter_sale",
        "language": "en_US",
        "category": "MARKETING",
        "status": "PAUSED",
        "components": [{"type": "BODY", "text": "Everything must go."}],
    },
    {
        "name": "free_tea",
        "language": "en_US",
        "category": "MARKETING",
        "status": "REJECTED",
        "rejected_reason": "PROMOTIONAL",
        "components": [{"type": "BODY", "text": "Free tea for all."}],
    },
)
