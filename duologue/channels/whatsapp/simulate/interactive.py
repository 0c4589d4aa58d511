"""Messages to be touched: buttons, lists, links, forms, catalogues, requests. Limits by Meta's reference, 2026."""

from collections.abc import Mapping
from typing import Any

from duologue.channels.meta.double.http import only, wrong
from duologue.channels.whatsapp.simulate.refusals import bad

_NAMED: dict[str, set[str]] = {  # what the parameters of an action of this name must hold
    "cta_url": {"display_text", "url"},
    "flow": {"flow_message_version", "flow_cta"},
    "catalog_message": set(),
    "location_request_message": set(),
    "voice_call": set(),
    "call_permission_request": set(),
    "request_contact_info": set(),
}
_NAMES = {"location_request_message": "send_location"}
_TITLES = {"cta_url": ("display_text", 20), "flow": ("flow_cta", 30), "voice_call": ("display_text", 20)}
_HEADERS = {"text", "image", "video", "document"}


def interactive(given: Any) -> tuple[str, list[str]]:
    """Its words, and what can be touched below them. Raises `GraphError`."""
    if not isinstance(given, dict):
        raise bad("interactive must be an object")
    only(given, {"type", "header", "body", "footer", "action"}, "interactive")
    kind, action = given.get("type"), given.get("action")
    if not isinstance(action, dict):
        raise bad("the object interactive.action is missing", 131008)
    _around(given)
    match kind:
        case "button":
            titles = [_title(one.get("reply") or {}, 20, 256) for one in action.get("buttons") or []]
            _count(titles, 3)
        case "list":
            words(action.get("button"), 20, "interactive.action.button")
            titles = [_title(row, 24, 200) for row in _rows(action)]
            _count(titles, 10)
        case "product" | "product_list":
            titles = [words(one, 200, "product_retailer_id") for one in _products(kind, action)]
        case "carousel":
            titles = [_card(card) for card in action.get("cards") or []]
            if not 2 <= len(titles) <= 10:
                raise bad("a carousel has between 2 and 10 cards")
        case _ if kind in _NAMED:
            titles = _action(str(kind), action)
        case _:
            raise bad(f"interactive.type {kind} is not one of the known ones")
    return _body(given, needed=kind != "product"), titles


def words(value: Any, most: int, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise bad(f"{name} must be a non-empty string", 131008)
    if len(value) > most:
        raise wrong(f"Invalid parameter: {name} has at most {most} characters")
    return value


def _around(given: Mapping[str, Any]) -> None:
    header = given.get("header")
    if header is not None:
        if header.get("type") not in _HEADERS or header["type"] not in header:
            raise bad("interactive.header must be a text, image, video or document")
        if header["type"] == "text":
            words(header["text"], 60, "interactive.header.text")
    if "footer" in given:
        words((given["footer"] or {}).get("text"), 60, "interactive.footer.text")


def _body(given: Mapping[str, Any], *, needed: bool) -> str:
    if not needed and "body" not in given:
        return "🛍"
    return words((given.get("body") or {}).get("text"), 1024, "interactive.body.text")


def _rows(action: Mapping[str, Any]) -> list[dict[str, Any]]:
    sections = action.get("sections") or []
    for section in sections:
        if len(sections) > 1 or section.get("title"):
            words(section.get("title"), 24, "interactive.action.sections.title")
    return [row for section in sections for row in section.get("rows") or []]


def _title(given: dict[str, Any], most: int, id_most: int) -> str:
    only(given, {"id", "title", "description"}, "reply")
    words(given.get("id"), id_most, "id")
    if given.get("description"):
        words(given["description"], 72, "description")
    return words(given.get("title"), most, "title")


def _count(titles: list[str], most: int) -> None:
    if not 1 <= len(titles) <= most or len(set(titles)) != len(titles):
        raise bad(f"between 1 and {most} choices, each once")


def _products(kind: str, action: Mapping[str, Any]) -> list[Any]:
    words(action.get("catalog_id"), 200, "interactive.action.catalog_id")
    if kind == "product":
        return [action.get("product_retailer_id")]
    rows = [row for section in action.get("sections") or [] for row in section.get("product_items") or []]
    found = [row.get("product_retailer_id") for row in rows]
    if not 1 <= len(found) <= 30:
        raise bad("between 1 and 30 products")
    return found


def _card(card: Mapping[str, Any]) -> str:
    only(dict(card), {"card_index", "type", "header", "body", "action"}, "card")
    _around(card)
    return words((card.get("body") or {}).get("text"), 160, "card.body.text")


def _action(kind: str, action: Mapping[str, Any]) -> list[str]:
    if action.get("name") != _NAMES.get(kind, kind):
        raise bad(f"interactive.action.name must be {_NAMES.get(kind, kind)}")
    given = action.get("parameters") or {}
    if missing := _NAMED[kind] - set(given):
        raise bad(f"interactive.action.parameters.{min(missing)} is missing", 131008)
    name, most = _TITLES.get(kind, ("", 0))
    return [words(given[name], most, name)] if name in given else []
