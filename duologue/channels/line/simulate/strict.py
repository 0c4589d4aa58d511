"""What LINE makes of a request's messages: everything that it does not know is an error in its own words."""

from collections.abc import Mapping
from typing import Any

from duologue.channels.line.simulate.cards import Flaw, known, laid_out, listed, tappable

_COMMON = {"type", "quickReply", "sender"}
_KEYS = {
    "text": {"text", "quoteToken", "emojis"},
    "textV2": {"text", "quoteToken", "substitution"},
    "image": {"originalContentUrl", "previewImageUrl"},
    "video": {"originalContentUrl", "previewImageUrl", "trackingId"},
    "audio": {"originalContentUrl", "duration"},
    "location": {"title", "address", "latitude", "longitude"},
    "sticker": {"packageId", "stickerId", "quoteToken"},
    "template": {"altText", "template"},
    "flex": {"altText", "contents"},
    "imagemap": {"baseUrl", "altText", "baseSize", "actions", "video"},
    "coupon": {"couponId", "deliveryTag"},
}
_NEEDED = {
    "text": ("text",),
    "textV2": ("text",),
    "image": ("originalContentUrl", "previewImageUrl"),
    "video": ("originalContentUrl", "previewImageUrl"),
    "audio": ("originalContentUrl", "duration"),
    "location": ("title", "address", "latitude", "longitude"),
    "sticker": ("packageId", "stickerId"),
    "template": ("altText", "template"),
    "flex": ("altText", "contents"),
    "imagemap": ("baseUrl", "altText", "baseSize", "actions"),
    "coupon": ("couponId",),
}


class LineError(Exception):
    """An error as the Messaging API words it."""

    def __init__(self, status: int, message: str, details: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.details = status, message, details


def wrong(message: str, where: str) -> LineError:
    details = [{"message": message, "property": where}]
    return LineError(400, "The request body has 1 error(s)", details)


def only(body: Mapping[str, Any], allowed: set[str], where: str = "") -> None:
    try:
        known(body, allowed, where)
    except Flaw as flaw:
        raise wrong(flaw.message, flaw.where) from None


def check(messages: Any) -> list[dict[str, Any]]:
    """One to five objects of kinds that there are. Raises `LineError`."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        raise wrong("Size must be between 1 and 5", "messages")
    try:
        for number, one in enumerate(messages):
            _object(one, f"messages[{number}].")
    except Flaw as flaw:
        raise wrong(flaw.message, flaw.where) from None
    return messages


def _object(one: Any, where: str) -> None:
    kind = one.get("type") if isinstance(one, dict) else None
    if kind not in _KEYS:
        raise wrong("Must be one of the following values: [text, image, …]", f"{where}type")
    only(one, _COMMON | _KEYS[kind], where)
    for name in _NEEDED[kind]:
        if one.get(name) in (None, ""):
            raise wrong("May not be empty", f"{where}{name}")
        if name.endswith("Url") and (not str(one[name]).startswith("https://") or len(str(one[name])) > 2000):
            raise wrong("Must be an HTTPS URL of at most 2000 characters", f"{where}{name}")
    if kind == "text" and len(str(one["text"]).encode("utf-16-le")) // 2 > 5000:
        raise wrong("Length must be between 0 and 5000", f"{where}text")
    if kind == "location" and max(len(one["title"]), len(one["address"])) > 100:
        raise wrong("Length must be between 0 and 100", f"{where}title")
    if kind in {"template", "flex", "imagemap"}:
        laid_out(one, where)
    _sender(one.get("sender"), where)
    _quick(one.get("quickReply"), where)


def _sender(sender: Any, where: str) -> None:
    if sender is not None:
        only(sender, {"name", "iconUrl"}, f"{where}sender.")
        if len(sender.get("name", "")) > 20 or "line" in sender.get("name", "").lower():
            raise wrong("Invalid name", f"{where}sender.name")


def _quick(quick: Any, where: str) -> None:
    if quick is None:
        return
    for number, item in enumerate(listed(quick.get("items"), 1, 13, f"{where}quickReply.items")):
        at = f"{where}quickReply.items[{number}]."
        known(item, {"type", "imageUrl", "action"}, at)
        tappable(item.get("action"), f"{at}action.")
