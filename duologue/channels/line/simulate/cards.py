"""Messages that are laid out: templates with buttons, flexible bubbles, image maps. Their limits are LINE's own."""

from collections.abc import Mapping
from typing import Any

_ACTIONS = {
    "message": {"label", "text"},
    "postback": {"label", "data", "displayText", "text", "inputOption", "fillInText"},
    "uri": {"label", "uri", "altUri"},
    "datetimepicker": {"label", "data", "mode", "initial", "max", "min"},
    "camera": {"label"},
    "cameraRoll": {"label"},
    "location": {"label"},
    "clipboard": {"label", "clipboardText"},
    "richmenuswitch": {"label", "data", "richMenuAliasId"},
}
_ACTION_LIMITS = {"text": 300, "data": 300, "displayText": 300, "uri": 1000, "clipboardText": 1000}
_LOOKS = {"imageAspectRatio", "imageSize", "imageBackgroundColor"}
_PICTURE = {"thumbnailImageUrl", "imageBackgroundColor", "title", "text", "defaultAction", "actions"}
_TEMPLATES = {
    "buttons": _PICTURE | _LOOKS,
    "confirm": {"text", "actions"},
    "carousel": {"columns", "imageAspectRatio", "imageSize"},
    "image_carousel": {"columns"},
}


class Flaw(Exception):
    """What is wrong, and in which property."""

    def __init__(self, message: str, where: str) -> None:
        super().__init__(message)
        self.message, self.where = message, where


def known(body: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = sorted(set(body) - allowed)
    if unknown:
        raise Flaw("Unknown field", f"{where}{unknown[0]}")


def laid_out(one: Mapping[str, Any], where: str) -> None:
    """A message of the kind template, flex or imagemap. Raises `Flaw`."""
    between(one.get("altText"), 1, 1500 if one["type"] == "flex" else 400, f"{where}altText")
    if one["type"] == "template":
        _template(one["template"], f"{where}template.")
    elif one["type"] == "flex":
        _flex(one["contents"], f"{where}contents.")
    else:
        listed(one["actions"], 1, 50, f"{where}actions")
        if (one["baseSize"] or {}).get("width") != 1040:
            raise Flaw("Must be 1040", f"{where}baseSize.width")


def titles(one: Mapping[str, Any]) -> list[str]:
    """What may be touched below it."""
    template = one.get("template") or {}
    columns = template.get("columns") or [template]
    actions = [action for column in columns for action in column.get("actions") or [column.get("action") or {}]]
    return [str(action["label"]) for action in actions if action.get("label")]


def tappable(action: Any, where: str, *, label: int = 20) -> None:
    """Something to be touched. Raises `Flaw`."""
    kind = action.get("type") if isinstance(action, dict) else None
    if kind not in _ACTIONS:
        raise Flaw(f"Must be one of the following values: [{', '.join(_ACTIONS)}]", f"{where}type")
    known(action, {"type"} | _ACTIONS[kind], where)
    between(action.get("label"), 1, label, f"{where}label")
    for name, most in _ACTION_LIMITS.items():
        if name in action:
            between(action[name], 1, most, f"{where}{name}")


def between(text: Any, least: int, most: int, where: str) -> None:
    if not isinstance(text, str) or not least <= len(text) <= most:
        raise Flaw(f"Length must be between {least} and {most}", where)


def listed(found: Any, least: int, most: int, where: str) -> list[Any]:
    if not isinstance(found, list) or not least <= len(found) <= most:
        raise Flaw(f"Size must be between {least} and {most}", where)
    return found


def _template(one: Mapping[str, Any], where: str) -> None:
    kind = one.get("type")
    if kind not in _TEMPLATES:
        raise Flaw(f"Must be one of the following values: [{', '.join(_TEMPLATES)}]", f"{where}type")
    known(one, {"type"} | _TEMPLATES[kind], where)
    if kind == "buttons":
        _card(one, where, text=60 if one.get("title") or one.get("thumbnailImageUrl") else 160, actions=(1, 4))
    elif kind == "confirm":
        _card(one, where, text=240, actions=(2, 2))
    for number, column in enumerate(listed(one["columns"], 1, 10, f"{where}columns") if "columns" in one else ()):
        at = f"{where}columns[{number}]."
        if kind == "image_carousel":
            known(column, {"imageUrl", "action"}, at)
            tappable(column.get("action"), f"{at}action.", label=12)
        else:
            known(column, _PICTURE, at)
            _card(
                column, at, text=60 if column.get("title") or column.get("thumbnailImageUrl") else 120, actions=(1, 3)
            )


def _card(one: Mapping[str, Any], where: str, *, text: int, actions: tuple[int, int]) -> None:
    between(one.get("text"), 1, text, f"{where}text")
    for number, action in enumerate(listed(one.get("actions"), *actions, f"{where}actions")):
        tappable(action, f"{where}actions[{number}].")


def _flex(contents: Any, where: str) -> None:
    kind = contents.get("type") if isinstance(contents, dict) else None
    if kind == "carousel":
        for number, bubble in enumerate(listed(contents.get("contents"), 1, 12, f"{where}contents")):
            _flex(bubble, f"{where}contents[{number}].")
    elif kind != "bubble":
        raise Flaw("Must be one of the following values: [bubble, carousel]", f"{where}type")
