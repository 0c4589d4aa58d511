"""Sending, as strict as the platform: what it does not know it refuses, and it keeps the windows."""

from datetime import timedelta
from typing import Any

from duologue.channels.instagram.simulate.world import APP, Comment, Thread, World
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import only, wrong
from duologue.channels.meta.double.messaging import sending
from duologue.channels.meta.double.messaging.world import Message

_REQUEST = {"recipient", "messaging_type", "tag", "message", "sender_action", "payload", "reply_to"}
_MESSAGE = {"text", "attachment", "quick_replies", "metadata"}
_TYPES = {"image", "audio", "video", "file", "template", "like_heart", "MEDIA_SHARE"}
_REACTIONS = {"love"}


def recipient(world: World, body: dict[str, Any]) -> tuple[Thread, Comment | None]:
    """Whom the request is for, and which comment it answers. Raises `GraphError` as the platform would."""
    who = sending.named(body, _REQUEST)
    if world.messages_off:
        raise GraphError(200, 2534041, "(#200) The account owner has disabled access to messages")
    comment = _comment(world, who["comment_id"]) if "comment_id" in who else None
    thread = world.threads.get(comment.person if comment else who.get("id", ""))
    return sending.reached(thread, 2534014), comment


def action(world: World, thread: Thread, body: dict[str, Any]) -> None:
    """A sender action stands alone in its request."""
    sending.action(world, thread, body, _REACTIONS)


def message(
    world: World, thread: Thread, comment: Comment | None, body: dict[str, Any]
) -> tuple[Message, dict[str, Any]]:
    """The message to be put on the phone, and what its echo says. Raises `GraphError`; nothing has changed then."""
    given = sending.given(body, _MESSAGE)
    if ("text" in given) == ("attachment" in given):
        raise wrong("Param message must hold either text or an attachment")
    if comment is None:
        _window(world, thread, body)
    quoted = sending.quoted(thread, body.get("reply_to"))
    text, file, content = _text(given) if "text" in given else _attachment(world, given["attachment"])
    sending.extras(given, _is_reply)
    said = sending.said(world, text, APP, file=file, metadata=given.get("metadata"), reply_to=quoted)
    return said, content


def _comment(world: World, id: str) -> Comment:
    """A comment that may still be answered in private: once, within seven days, and live ones while it is live."""
    comment = world.comments.get(id)
    if comment is None or world.now() - comment.at > sending.COMMENT_LIFE or (comment.live and not world.broadcasting):
        raise wrong("The comment is invalid for a private reply", 2534025)
    if comment.answered:
        raise wrong("The comment has had its private reply", 2534025)
    return comment


def _window(world: World, thread: Thread, body: dict[str, Any]) -> None:
    kind, tag = body.get("messaging_type"), body.get("tag")
    if kind in {None, "RESPONSE", "UPDATE"} and tag is None:
        allowed = timedelta(hours=24)
    elif kind == "MESSAGE_TAG" and tag == "HUMAN_AGENT":
        allowed = timedelta(days=7)
    else:
        raise wrong(f"The tag {tag} is not available")
    sending.window(world, thread, allowed, 2534022)


def _text(given: dict[str, Any]) -> tuple[str, None, dict[str, Any]]:
    text = given["text"]
    if not isinstance(text, str) or not text.strip():
        raise wrong("Param message[text] must be a non-empty string")
    if len(text.encode()) > 1000:
        raise wrong("Length of param message[text] must be less than or equal to 1000 bytes")
    return text, None, {"text": text}


def _attachment(world: World, given: Any) -> tuple[str, str | None, dict[str, Any]]:
    if not isinstance(given, dict) or given.get("type") not in _TYPES:
        raise wrong("Param message[attachment] must have a known type")
    if given["type"] == "like_heart":
        return "❤️", None, {"attachments": [given]}
    payload = given.get("payload")
    if not isinstance(payload, dict):
        raise wrong("Param message[attachment] must have a payload")
    if given["type"] in {"template", "MEDIA_SHARE"}:
        return str(payload.get("text") or "(card)"), None, {"attachments": [given]}
    upload = sending.uploaded(world, given["type"], payload)
    file = world.keep(upload.data, upload.mime, upload.name)
    return upload.name, file, {"attachments": [{"type": upload.type, "payload": {"url": world.shelf.link(file)}}]}


def _is_reply(reply: Any) -> None:
    only(reply, {"content_type", "title", "payload"}, "quick_reply")
    if reply.get("content_type") != "text":
        raise wrong("Quick replies are of content_type text here")
