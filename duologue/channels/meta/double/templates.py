"""Templates: made, looked at, approved or not, paused, and filled in when they are sent."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import only, wrong

_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_ABUSIVE = ("or else", "shame on you", "legal action")
_ADVERTISES = ("% off", "sale", "discount", "buy now", "special offer", "rabatt", "sonderangebot")
_WHY = {
    "ABUSIVE_CONTENT": "It threatens or shames people.",
    "INCORRECT_CATEGORY": "It advertises, and belongs in the category MARKETING.",
}
_MADE = {"name", "category", "language", "parameter_format", "components", "allow_category_change"}


def refused(code: int, words: str, status: int = 400) -> GraphError:
    return GraphError(code, None, f"(#{code}) {words}", status, data={"details": words})


class Holder(Protocol):
    """What a platform's double keeps templates in."""

    templates: dict[str, dict[str, Any]]
    handles: set[str]

    def number(self, what: str) -> str: ...


def begin(world: Holder, rows: Sequence[dict[str, Any]]) -> None:
    """What the account has from the start."""
    for row in rows:
        _keep(world, row)


def make(world: Holder, body: dict[str, Any], categories: set[str]) -> dict[str, Any]:
    """A new one, that waits to be looked at. Raises `GraphError`."""
    only(body, _MADE, "template")
    name, language, category = body.get("name"), body.get("language"), str(body.get("category", "UTILITY")).upper()
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(language, str):
        raise wrong("Invalid parameter: name takes a–z, 0–9 and _, and a language is needed")
    if category not in categories:
        raise wrong(f"Param category must be one of {', '.join(sorted(categories))}")
    if any((one["name"], one["language"]) == (name, language) for one in world.templates.values()):
        raise GraphError(100, 2388024, "There is already content in this language for this template")
    parts = {_kind(one): one for one in body.get("components") or []}
    if category == "AUTHENTICATION":
        return _keep(world, {**body, "status": "PENDING", "category": category, "components": _code(parts)})
    if "BODY" not in parts or not set(parts) <= {"HEADER", "BODY", "FOOTER", "BUTTONS", "CAROUSEL"}:
        raise wrong("Invalid parameter: components need a body")
    _check_texts(parts, named=body.get("parameter_format") == "NAMED")
    _check_handle(world, parts.get("HEADER") or {})
    _check_buttons((parts.get("BUTTONS") or {}).get("buttons", []))
    return _keep(world, {**body, "status": "PENDING", "category": category})


def _code(parts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A one-time code is worded by the platform; its button comes to be one with an address. Raises `GraphError`."""
    body, footer = parts.get("BODY"), parts.get("FOOTER")
    buttons = (parts.get("BUTTONS") or {}).get("buttons", [])
    if body is None or not set(parts) <= {"BODY", "FOOTER", "BUTTONS"} or "text" in body or "text" in (footer or {}):
        raise GraphError(100, 2388185, "Authentication templates have the platform's own text")
    only(body, {"type", "add_security_recommendation"}, "body")
    minutes = (footer or {}).get("code_expiration_minutes", 1)
    if not isinstance(minutes, int) or not 1 <= minutes <= 90:
        raise wrong("code_expiration_minutes must be between 1 and 90")
    if [(_kind(one), str(one.get("otp_type")).upper()) for one in buttons] != [("OTP", "COPY_CODE")]:
        raise wrong("An authentication template needs one button of type OTP")
    warns = " For your security, do not share this code." if body.get("add_security_recommendation") else ""
    text = {
        "type": "BODY",
        "text": f"*{{{{1}}}}* is your verification code.{warns}",
        "example": {"body_text": [["123456"]]},
    }
    ends = {"type": "FOOTER", "text": f"This code expires in {minutes} minutes.", "code_expiration_minutes": minutes}
    url = "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"
    copies = {"type": "URL", "text": buttons[0].get("text", "Copy code"), "url": url, "example": [url]}
    return [text, *([ends] if footer else []), {"type": "BUTTONS", "buttons": [copies]}]


def opinion(row: dict[str, Any]) -> str:
    """What the platform would find against it, by its name for that; "NONE" where it finds nothing."""
    text = " ".join(str(part.get("text", "")) for part in row["components"]).casefold()
    if any(word in text for word in _ABUSIVE):
        return "ABUSIVE_CONTENT"
    if row["category"] == "UTILITY" and any(word in text for word in _ADVERTISES):
        return "INCORRECT_CATEGORY"
    return "NONE"


def pending(world: Holder) -> list[dict[str, Any]]:
    return [row for row in world.templates.values() if row["status"] == "PENDING"]


def judged(row: dict[str, Any], event: str, reason: str = "NONE") -> dict[str, Any]:
    """The platform decides; what it tells of that."""
    row["status"] = {"REINSTATED": "APPROVED"}.get(event, event)
    row["rejected_reason"] = reason if event == "REJECTED" else "NONE"
    told = {
        "event": event,
        "message_template_id": int(row["id"]),
        "message_template_name": row["name"],
        "message_template_language": row["language"],
        "message_template_category": row["category"],
        "reason": reason,
    }
    why = {
        "reason": _WHY.get(reason, "It is not as it should be."),
        "recommendation": "Change it, and send it in again.",
    }
    return told | ({"rejection_info": why} if event == "REJECTED" else {})


def drop(world: Holder, name: str | None, number: str | None) -> None:
    """All languages of a name, or one of them by its number. Raises `GraphError`."""
    gone = [
        key
        for key, row in world.templates.items()
        if (row["name"] == name or name is None) and number in {None, row["id"]} and (name or number)
    ]
    if not gone:
        raise GraphError(100, 2593002, "Message template not found")
    for key in gone:
        del world.templates[key]


def _check_texts(parts: dict[str, dict[str, Any]], *, named: bool) -> None:
    body = str(parts["BODY"].get("text", "")).strip()
    if not body or (parts.get("FOOTER") and _BLANK.search(str(parts["FOOTER"].get("text", "")))):
        raise wrong("Invalid parameter: a body is needed, and a footer without variables")
    if body.startswith("{{") or body.endswith("}}"):
        raise GraphError(100, 2388299, "Variables can't be at the start or end of the template")
    for kind, most in (("HEADER", 60), ("BODY", 1024), ("FOOTER", 60)):
        text = str((parts.get(kind) or {}).get("text", ""))
        if len(text) > most:
            raise GraphError(100, 2388040, f"The {kind} has {len(text)} characters; {most} are allowed")
        names = _BLANK.findall(text)
        if any(one.isdigit() is named for one in names):
            raise GraphError(100, 2388023, "The parameter format does not match the variables")
        if names and len(_samples(parts[kind], kind.lower())) < len(set(names)):
            raise GraphError(100, 2388043, f"component of type {kind} is missing expected field(s) (example)")


def _samples(part: dict[str, Any], name: str) -> list[Any]:
    given = part.get("example") or {}
    if f"{name}_text_named_params" in given:
        return [one for one in given[f"{name}_text_named_params"] if one.get("param_name") and one.get("example")]
    listed = given.get(f"{name}_text") or []
    return listed[0] if listed and isinstance(listed[0], list) else listed


def _check_handle(world: Holder, header: dict[str, Any]) -> None:
    if str(header.get("format", "TEXT")).upper() in {"IMAGE", "VIDEO", "DOCUMENT"}:
        handles = (header.get("example") or {}).get("header_handle") or []
        if not handles or handles[0] not in world.handles:
            raise GraphError(100, 2388273, "The header's example was not uploaded")


def _check_buttons(buttons: list[dict[str, Any]]) -> None:
    if len(buttons) > 10:
        raise wrong("There are more than 10 buttons")
    for one in buttons:
        if not 0 < len(str(one.get("text", ""))) <= 25 or _BLANK.search(str(one.get("text"))):
            raise wrong("The text of a button has 1 to 25 characters and no variables")
        if _kind(one) == "URL" and _BLANK.search(str(one.get("url", ""))) and not one.get("example"):
            raise GraphError(100, 2388043, "component of type BUTTONS is missing expected field(s) (example)")
        if _kind(one) == "PHONE_NUMBER" and not re.fullmatch(r"\+[0-9]{6,20}", str(one.get("phone_number", ""))):
            raise wrong("The phone number of a button is not valid")


def fill(world: Holder, given: Any) -> tuple[str, list[str]]:
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
    return text, [one["text"] for one in buttons if _kind(one) in {"QUICK_REPLY", "POSTBACK"}]


def find(world: Holder, given: dict[str, Any]) -> dict[str, Any]:
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


def page(world: Holder, after: str | None, most: int) -> dict[str, Any]:
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


def _keep(world: Holder, row: dict[str, Any]) -> dict[str, Any]:
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
    """Each has a part of its own, or all of them one."""
    alone = any(_kind(one) == "BUTTON" and str(one.get("index")) == str(index) for one in handed)
    return alone or any(_kind(one) == "BUTTONS" and one.get("parameters") for one in handed)


def _kind(part: Any) -> str:
    return str(part.get("type")).upper() if isinstance(part, dict) else ""
