"""Sending, as strict as the platform: what it does not know it refuses, and it keeps the windows and the pace."""

from datetime import timedelta
from typing import Any

from duologue.channels.meta.double.http import only, wrong
from duologue.channels.meta.double.templates import fill
from duologue.channels.whatsapp.simulate.interactive import interactive, words
from duologue.channels.whatsapp.simulate.refusals import bad, refused
from duologue.channels.whatsapp.simulate.world import WINDOW, Message, Thread, World

_HEAD = {"messaging_product", "recipient_type", "to", "recipient", "type", "context", "biz_opaque_callback_data"}
_MEDIA: dict[str, set[str]] = {
    "image": {"id", "link", "caption"},
    "video": {"id", "link", "caption"},
    "audio": {"id", "link", "voice"},
    "document": {"id", "link", "caption", "filename"},
    "sticker": {"id", "link"},
}
_PLAIN = {"location": {"latitude", "longitude", "name", "address"}, "reaction": {"message_id", "emoji"}}
_TYPES = {"text", "interactive", "template", "reaction", "location", "contacts", *_MEDIA}
_BURST, _PAIR = 45, timedelta(seconds=6)


def recipient(world: World, body: dict[str, Any]) -> Thread:
    """Whom the request is for. Raises `GraphError` as the platform would."""
    kind = body.get("type", "text")
    if kind not in _TYPES:
        raise bad(f"type {kind} is not one of the known ones")
    only(body, _HEAD | {kind}, "request")
    if body.get("messaging_product") != "whatsapp" or body.get("recipient_type", "individual") != "individual":
        raise wrong("The parameter messaging_product must be whatsapp, and recipient_type individual")
    if ("to" in body) == ("recipient" in body):
        raise bad("exactly one of to and recipient is required", 131008)
    given = body.get("to", body.get("recipient"))
    if not isinstance(given, str) or not given:
        raise bad("to must be a non-empty string")
    if "to" in body:
        given = given.removeprefix("+")
        if not given.isdigit():
            raise bad("to must be a phone number with country code")
    try:
        return world.thread(given)
    except KeyError:
        pass
    try:
        return world.thread(given[:4] + given[5:] if given.startswith("55") and len(given) == 13 else "")
    except KeyError:
        raise refused(131026, "Message undeliverable") from None


def message(world: World, thread: Thread, body: dict[str, Any]) -> Message:
    """The message to be put on the phone. Raises `GraphError`; nothing has changed then."""
    kind = body.get("type", "text")
    given = body.get(kind)
    if given is None:
        raise bad(f"the object {kind} is missing", 131008)
    callback = body.get("biz_opaque_callback_data")
    if callback is not None and (not isinstance(callback, str) or len(callback) > 512):
        raise bad("biz_opaque_callback_data has at most 512 characters")
    text, file, buttons = _content(world, kind, given)
    return Message(
        id=world.number("message"),
        by="brand",
        text=text,
        at=world.now(),
        type=kind,
        file=file,
        callback=callback,
        reply_to=_quoted(thread, body.get("context")),
        buttons=buttons,
    )


def allowed(world: World, thread: Thread, kind: str, category: str = "") -> None:
    """The rules about people and time: what they refuse may come late. Raises `GraphError`."""
    silence = world.now() - thread.open_since if thread.open_since else timedelta.max
    if kind != "template" and silence > WINDOW:
        raise refused(131047, "Re-engagement message: more than 24 hours have passed since the person last replied")
    if category == "MARKETING" and thread.no_marketing:
        raise refused(131050, "Unable to deliver the message. This recipient has chosen to stop receiving marketing")
    if thread.blocked:
        raise refused(131026, "Message undeliverable")


def paced(world: World, thread: Thread) -> None:
    """45 at once, then one in six seconds to the same person."""
    now = world.now()
    thread.recent = [at for at in thread.recent if now - at < _BURST * _PAIR]
    if len(thread.recent) >= _BURST and now - thread.recent[-1] < _PAIR:
        raise refused(131056, "(Business Account, Consumer Account) pair rate limit hit")
    thread.recent.append(now)


def _content(world: World, kind: str, given: Any) -> tuple[str, str | None, list[str]]:
    if kind == "text":
        return _text(given), None, []
    if kind in _MEDIA:
        return _media(world, kind, given)
    if kind == "interactive":
        text, titles = interactive(given)
        return text, None, titles
    if kind == "template":
        text, buttons = fill(world, given)
        return text, None, buttons
    if kind == "contacts":
        return _cards(given), None, []
    _is_object(given, _PLAIN[kind], kind)
    if missing := {"location": {"latitude", "longitude"}, "reaction": {"message_id", "emoji"}}[kind] - set(given):
        raise bad(f"{kind}.{min(missing)} is missing", 131008)
    shown = given.get("name") or f"{given.get('latitude')}, {given.get('longitude')}"
    return given["emoji"] if kind == "reaction" else f"📍 {shown}", None, []


def _cards(given: Any) -> str:
    if not isinstance(given, list) or not 1 <= len(given) <= 257:
        raise bad("contacts must be a list of 1 to 257 cards")
    names = [words((card.get("name") or {}).get("formatted_name"), 500, "name.formatted_name") for card in given]
    return "👤 " + ", ".join(names)


def _text(given: Any) -> str:
    _is_object(given, {"body", "preview_url"}, "text")
    return words(given.get("body"), 4096, "text.body")


def _media(world: World, kind: str, given: Any) -> tuple[str, str | None, list[str]]:
    _is_object(given, _MEDIA[kind], kind)
    if ("id" in given) == ("link" in given):
        raise bad(f"{kind} takes either id or link", 131008)
    file = world.files.get(str(given.get("id")))
    if "id" in given and (file is None or world.now() > file.until):
        raise bad(f"{given['id']} is not a valid whatsapp business account media attachment ID")
    caption = words(given["caption"], 1024, "caption") if "caption" in given else ""
    name = f"📎 {given.get('filename') or (file.name if file else given['link'])}"
    return f"{name}\n{caption}".strip(), given.get("id"), []


def _quoted(thread: Thread, context: Any) -> str | None:
    """What cannot be found is sent without its quote, as on the platform."""
    if context is None:
        return None
    _is_object(context, {"message_id"}, "context")
    found = context.get("message_id")
    return found if any(one.id == found for one in thread.messages) else None


def _is_object(given: Any, allowed_keys: set[str], name: str) -> None:
    if not isinstance(given, dict):
        raise bad(f"{name} must be an object")
    only(given, allowed_keys, name)
