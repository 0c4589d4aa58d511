"""The Send API, as strict as the platform: what it does not know it refuses, and it keeps the windows."""

from datetime import timedelta
from typing import Any

from duologue.channels.messenger.simulate.world import APP, Comment, Message, Thread, World
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import only, wrong
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
_ACTIONS = {"typing_on", "typing_off", "mark_seen", "react", "unreact"}
_REACTIONS = {"love", "smile", "wow", "sad", "angry", "like", "dislike"}
COMMENT_LIFE = timedelta(days=7)
_OUTSIDE = "(#10) This message is sent outside of allowed window."


def recipient(world: World, body: dict[str, Any]) -> tuple[Thread, Comment | None]:
    """Whom the request is for, and which comment it answers. Raises `GraphError` as the platform would."""
    only(body, _REQUEST, "request")
    who = body.get("recipient")
    if not isinstance(who, dict) or len(who) != 1 or not isinstance(next(iter(who.values())), str):
        raise wrong("Param recipient must name exactly one recipient")
    comment = _public(world, who)
    thread = world.threads.get(comment.person if comment else who.get("id", ""))
    if thread is None:
        raise wrong("No matching user found", 2018001)
    if thread.blocked:
        raise GraphError(551, 1545041, "(#551) This person isn't available right now.")
    return thread, comment


def action(world: World, thread: Thread, body: dict[str, Any]) -> None:
    """A sender action stands alone in its request."""
    name = body["sender_action"]
    if name not in _ACTIONS or "message" in body:
        raise wrong("Param sender_action must be one of the known actions, and alone")
    if name == "mark_seen":
        for message in thread.messages:
            message.seen = message.seen or message.by == "person"
    elif name == "typing_on":
        thread.typing_until = world.now() + timedelta(seconds=20)
    elif name == "typing_off":
        thread.typing_until = None
    else:
        _react(thread, name, body.get("payload"))


def message(
    world: World, thread: Thread, comment: Comment | None, body: dict[str, Any]
) -> tuple[Message, dict[str, Any]]:
    """The message to be put on the phone, and what its echo says. Raises `GraphError`; nothing has changed then."""
    given = body.get("message")
    if not isinstance(given, dict):
        raise wrong("Param message must be an object")
    only(given, _MESSAGE, "message")
    if sum(one in given for one in ("text", "attachment", "template")) != 1:
        raise wrong("Param message must hold either text, an attachment or a template")
    if "template" in given:
        return _template(world, given, body)
    if comment is None:
        _window(world, thread, body)
    quoted = _quoted(thread, body.get("reply_to"))
    text, file, content = _text(given) if "text" in given else _attachment(world, given["attachment"])
    _extras(given)
    said = Message(
        id=world.number("message"),
        by="brand",
        text=text,
        at=world.now(),
        file=file,
        metadata=given.get("metadata"),
        app=APP,
        reply_to=quoted,
    )
    return said, content


def _template(world: World, given: dict[str, Any], body: dict[str, Any]) -> tuple[Message, dict[str, Any]]:
    """What was approved may be sent at any time."""
    if body.get("messaging_type") != "UTILITY" or len(given) > 1:
        raise wrong("A template is sent alone, with messaging_type UTILITY")
    text, choices = fill(world, given["template"])
    shown = "\n".join([text, *(f"▸ {one}" for one in choices)])
    said = Message(id=world.number("message"), by="brand", text=shown, at=world.now(), app=APP)
    return said, {"text": text}


def _public(world: World, who: dict[str, str]) -> Comment | None:
    """A comment or a visitor's post that may still be answered in private: once, within seven days."""
    kind, number = next(iter(who.items()))
    if kind not in {"comment_id", "post_id"}:
        return None
    said = world.comments.get(number)
    is_post = number.count("_") == 1
    if said is None or is_post is not (kind == "post_id") or world.now() - said.at > COMMENT_LIFE:
        raise wrong("The comment is invalid for a private reply")
    if said.answered:
        raise GraphError(10900, None, "(#10900) Activity already replied to")
    return said


def _window(world: World, thread: Thread, body: dict[str, Any]) -> None:
    silence = world.now() - thread.open_since if thread.open_since else timedelta.max
    kind, tag = body.get("messaging_type"), body.get("tag")
    if kind in {"RESPONSE", "UPDATE"} and tag is None:
        allowed = timedelta(hours=24)
    elif kind == "MESSAGE_TAG" and tag == "HUMAN_AGENT":
        allowed = timedelta(days=7)
    elif kind == "MESSAGE_TAG":
        raise wrong(f"The tag {tag} is not available any more")
    else:
        raise wrong("Param messaging_type must be one of RESPONSE, UPDATE, MESSAGE_TAG; UTILITY needs a template")
    if silence > allowed:
        raise GraphError(10, 2018278, _OUTSIDE, 403)


def _quoted(thread: Thread, reply_to: Any) -> str | None:
    if reply_to is None:
        return None
    mid = reply_to.get("mid") if isinstance(reply_to, dict) else None
    if not any(one.id == mid for one in thread.messages):
        raise wrong("Param reply_to must name a message of this conversation")
    return mid


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
    if set(payload) != {"attachment_id"}:
        raise wrong("The double takes files by attachment_id only", 2018008)
    upload = world.uploads.get(str(payload["attachment_id"]))
    if upload is None or world.now() > upload.until:
        raise wrong("Attachment with that ID is not found", 2018074)
    if upload.type != given["type"]:
        raise wrong("The type differs from that of the upload", 2018047)
    file = world.keep(upload.data, upload.mime, upload.name)
    return upload.name, file, {"attachments": [{"type": upload.type, "payload": {"url": file}}]}


def _extras(given: dict[str, Any]) -> None:
    metadata, replies = given.get("metadata", ""), given.get("quick_replies", [])
    if not isinstance(metadata, str) or len(metadata) > 1000:
        raise wrong("Length of param message[metadata] must be less than or equal to 1000")
    if not isinstance(replies, list) or len(replies) > 13:
        raise wrong("Param message[quick_replies] must have at most 13 elements")
    for reply in replies:
        only(reply, {"content_type", "title", "payload", "image_url"}, "quick_reply")
        if len(reply.get("title", "")) > 20 or len(reply.get("payload", "")) > 1000:
            raise wrong("A quick reply's title has at most 20 characters, its payload 1000")


def _react(thread: Thread, name: str, payload: Any) -> None:
    mid = payload.get("message_id") if isinstance(payload, dict) else None
    for message in thread.messages:
        if message.id == mid:
            if name == "react" and payload.get("reaction") not in _REACTIONS:
                raise wrong("Param payload[reaction] must be one of the known reactions")
            message.reaction = str(payload.get("reaction")) if name == "react" else None
            return
    raise wrong("Param payload must name a message of this conversation")
