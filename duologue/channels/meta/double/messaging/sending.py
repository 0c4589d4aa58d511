"""Sending, as strict as these platforms: the steps that each of them takes, with what it allows as arguments."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, TypeVar

from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import only, wrong
from duologue.channels.meta.double.messaging.world import Message, Thread, Upload, World

_ACTIONS = {"typing_on", "typing_off", "mark_seen", "react", "unreact"}
COMMENT_LIFE = timedelta(days=7)
T = TypeVar("T", bound=Thread)


def named(body: dict[str, Any], allowed: Collection[str]) -> dict[str, str]:
    """How the request names its recipient: by one number, and what it is the number of."""
    only(body, allowed, "request")
    who = body.get("recipient")
    if not isinstance(who, dict) or len(who) != 1 or not isinstance(next(iter(who.values())), str):
        raise wrong("Param recipient must name exactly one recipient")
    return who


def reached(thread: T | None, unknown: int) -> T:
    """The thread, where it is somebody's who can be reached. `unknown`: the subcode for somebody who is not there."""
    if thread is None:
        raise wrong("No matching user found", unknown)
    if thread.blocked:
        raise GraphError(551, 1545041, "(#551) This person isn't available right now.")
    return thread


def action(world: World[Any, Any], thread: Thread, body: dict[str, Any], reactions: Collection[str]) -> None:
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
        _react(thread, name, body.get("payload"), reactions)


def given(body: dict[str, Any], allowed: Collection[str]) -> dict[str, Any]:
    """The message as it is asked for."""
    found = body.get("message")
    if not isinstance(found, dict):
        raise wrong("Param message must be an object")
    only(found, allowed, "message")
    return found


def window(world: World[Any, Any], thread: Thread, allowed: timedelta, outside: int) -> None:
    """Refuses what comes longer after the person's last act than is allowed. `outside`: the subcode for it."""
    silence = world.now() - thread.open_since if thread.open_since else timedelta.max
    if silence > allowed:
        raise GraphError(10, outside, "(#10) This message is sent outside of allowed window.", 403)


def quoted(thread: Thread, reply_to: Any) -> str | None:
    """The message of this conversation that is answered."""
    if reply_to is None:
        return None
    mid = reply_to.get("mid") if isinstance(reply_to, dict) else None
    if not any(one.id == mid for one in thread.messages):
        raise wrong("Param reply_to must name a message of this conversation")
    return mid


def uploaded(world: World[Any, Any], kind: str, payload: dict[str, Any]) -> Upload:
    """The file that was uploaded before."""
    if set(payload) != {"attachment_id"}:
        raise wrong("The double takes files by attachment_id only", 2018008)
    upload = world.uploads.get(str(payload["attachment_id"]))
    if upload is None or world.now() > upload.until:
        raise wrong("Attachment with that ID is not found", 2018074)
    if upload.type != kind:
        raise wrong("The type differs from that of the upload", 2018047)
    return upload


def extras(given: dict[str, Any], is_reply: Callable[[Any], None]) -> None:
    """What may stand beside the content. `is_reply` refuses a quick reply that the platform does not know."""
    metadata, replies = given.get("metadata", ""), given.get("quick_replies", [])
    if not isinstance(metadata, str) or len(metadata) > 1000:
        raise wrong("Length of param message[metadata] must be less than or equal to 1000")
    if not isinstance(replies, list) or len(replies) > 13:
        raise wrong("Param message[quick_replies] must have at most 13 elements")
    for reply in replies:
        is_reply(reply)
        if len(reply.get("title", "")) > 20 or len(reply.get("payload", "")) > 1000:
            raise wrong("A quick reply's title has at most 20 characters, its payload 1000")


def said(world: World[Any, Any], text: str, app: int, **more: Any) -> Message:
    """The brand's message, with a fresh id."""
    return Message(id=world.number("message"), by="brand", text=text, at=world.now(), app=app, **more)


def _react(thread: Thread, name: str, payload: Any, reactions: Collection[str]) -> None:
    mid = payload.get("message_id") if isinstance(payload, dict) else None
    for message in thread.messages:
        if message.id == mid:
            if name == "react" and payload.get("reaction") not in reactions:
                raise wrong("Param payload[reaction] must be one of the known reactions")
            message.reaction = str(payload.get("reaction")) if name == "react" else None
            return
    raise wrong("Param payload must name a message of this conversation")
