"""The Send API, as strict as the platform: what it does not know it refuses, and it keeps the windows."""

from datetime import timedelta
from typing import Any

from duologue.channels.messenger.simulate.world import APP, Thread, World
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import only, wrong
from duologue.channels.meta.double.messaging import sending
from duologue.channels.meta.double.messaging.world import Comment, Message
from duologue.channels.meta.double.templates import fill

_REQUEST = {
    "recipient",
    "messaging_type",
    "tag",
    "message",
    "sender_action",
    "payload",
    "reply_to",
    "notification_type",
}
_MESSAGE = {"text", "attachment", "quick_replies", "metadata", "template"}
_TYPES = {"image", "audio", "video", "file", "template"}
_REACTIONS = {"love", "smile", "wow", "sad", "angry", "like", "dislike"}


def recipient(world: World, body: dict[str, Any]) -> tuple[Thread, Comment | None]:
    """Whom the request is for, and which comment it answers. Raises `GraphError` as the platform would."""
    who = sending.named(body, _REQUEST)
    comment = _public(world, who)
    thread = world.threads.get(comment.person if comment else who.get("id", ""))
    return sending.reached(thread, 2018001), comment


def action(world: World, thread: Thread, body: dict[str, Any]) -> None:
    """A sender action stands alone in its request."""
    sending.action(world, thread, body, _REACTIONS)


def message(
    world: World, thread: Thread, comment: Comment | None, body: dict[str, Any]
) -> tuple[Message, dict[str, Any]]:
    """The message to be put on the phone, and what its echo says. Raises `GraphError`; nothing has changed then."""
    given = sending.given(body, _MESSAGE)
    if sum(one in given for one in ("text", "attachment", "template")) != 1:
        raise wrong("Param message must hold either text, an attachment or a template")
    if "template" in given:
        return _template(world, given, body)
    if comment is None:
        _window(world, thread, body)
    quoted = sending.quoted(thread, body.get("reply_to"))
    text, file, content = _text(given) if "text" in given else _attachment(world, given["attachment"])
    sending.extras(given, _is_reply)
    said = sending.said(world, text, APP, file=file, metadata=given.get("metadata"), reply_to=quoted)
    return said, content


def _template(world: World, given: dict[str, Any], body: dict[str, Any]) -> tuple[Message, dict[str, Any]]:
    """What was approved may be sent at any time."""
    if body.get("messaging_type") != "UTILITY" or len(given) > 1:
        raise wrong("A template is sent alone, with messaging_type UTILITY")
    text, choices = fill(world, given["template"])
    shown = "\n".join([text, *(f"▸ {one}" for one in choices)])
    return sending.said(world, shown, APP), {"text": text}


def _public(world: World, who: dict[str, str]) -> Comment | None:
    """A comment or a visitor's post that may still be answered in private: once, within seven days."""
    kind, number = next(iter(who.items()))
    if kind not in {"comment_id", "post_id"}:
        return None
    said = world.comments.get(number)
    is_post = number.count("_") == 1
    if said is None or is_post is not (kind == "post_id") or world.now() - said.at > sending.COMMENT_LIFE:
        raise wrong("The comment is invalid for a private reply")
    if said.answered:
        raise GraphError(10900, None, "(#10900) Activity already replied to")
    return said


def _window(world: World, thread: Thread, body: dict[str, Any]) -> None:
    kind, tag = body.get("messaging_type"), body.get("tag")
    if kind in {"RESPONSE", "UPDATE"} and tag is None:
        allowed = timedelta(hours=24)
    elif kind == "MESSAGE_TAG" and tag == "HUMAN_AGENT":
        allowed = timedelta(days=7)
    elif kind == "MESSAGE_TAG":
        raise wrong(f"The tag {tag} is not available any more")
    else:
        raise wrong("Param messaging_type must be one of RESPONSE, UPDATE, MESSAGE_TAG; UTILITY needs a template")
    sending.window(world, thread, allowed, 2018278)


def _text(given: dict[str, Any]) -> tuple[str, None, dict[str, Any]]:
    text = given["text"]
    if not isinstance(text, str) or not text.strip():
        raise wrong("Param message[text] must be a non-empty string")
    if len(text) > 2000:
        raise wrong("Length of param message[text] must be less than or equal to 2000")
    return text, None, {"text": text}


def _attachment(world: World, given: Any) -> tuple[str, str | None, dict[str, Any]]:
    if not isinstance(given, dict) or given.get("type") not in _TYPES or not isinstance(given.get("payload"), dict):
        raise wrong("Param message[attachment] must have a type and a payload")
    payload = given["payload"]
    if given["type"] == "template":
        return str(payload.get("text") or "(card)"), None, {"attachments": [given]}
    upload = sending.uploaded(world, given["type"], payload)
    file = world.keep(upload.data, upload.mime, upload.name)
    return upload.name, file, {"attachments": [{"type": upload.type, "payload": {"url": file}}]}


def _is_reply(reply: Any) -> None:
    only(reply, {"content_type", "title", "payload", "image_url"}, "quick_reply")
