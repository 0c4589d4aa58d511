"""One update becomes events of the house. Raises `Odd` where it cannot be understood.

Only private chats become conversations. What is said in groups and channels is no direct message: it is left where it
is, and the health page tells that the bot was added there.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from duologue.channels.contract import (
    Content,
    Edited,
    Event,
    Kind,
    Moved,
    Opted,
    Person,
    Reacted,
    Said,
    Sign,
    Unsent,
)
from duologue.channels.meta.items import written
from duologue.channels.meta.strict import Object, Odd, clean, fact, moment, thing, things, words
from duologue.channels.telegram.addresses import Chat, connection, whole
from duologue.channels.telegram.content import content, name_of, wording

NOT_TOLD = datetime(2099, 12, 31, tzinfo=UTC)
"""Where nobody knows when: the house dates what claims to come from the future by when it was read."""

ALLOWED = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
"""The kinds that are asked for; a reaction comes only to who names it."""

NOT_FOR_US = frozenset({
    "channel_post", "edited_channel_post", "message_reaction_count", "inline_query", "chosen_inline_result",
    "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "chat_member",
    "chat_join_request", "chat_boost", "removed_chat_boost", "guest_message", "managed_bot", "subscription",
    "stopped_message_generation",
})  # fmt: skip
"""Known kinds that are no direct messages: of channels and groups, of bots that sell, play or are asked in passing."""


def events(update: Object, received: datetime | None = None) -> list[Event]:
    """What the update says. Taps and deletions bear no time of their own: they are as of when they came."""
    kinds = [name for name in update if name != "update_id" and update[name] is not None]
    if not kinds:
        raise Odd("an update with nothing in it")
    return [event for kind in kinds for event in _one(Update(update, received or NOT_TOLD), kind)]


class Update(NamedTuple):
    """One update, and when it came."""

    body: Object
    received: datetime


def _one(update: Update, kind: str) -> list[Event]:
    if kind in NOT_FOR_US:
        return []
    return _KINDS.get(kind, _unknown)(update, kind)


def _message(update: Update, kind: str) -> list[Event]:
    message = _needed(update, kind)
    chat = _chat(message)
    if chat is None:
        return _moved(message)
    number = whole(message.get("message_id"), "message_id")
    quoted = thing(message, "reply_to_message").get("message_id")
    by_person = _is_by_person(message, chat)
    return [
        Said(
            id=chat.message(number),
            address=chat.address,
            at=_at(message, "date"),
            by="person" if by_person else "brand",
            content=content(message),
            person=_person(thing(message, "chat") | (thing(message, "from") if by_person else {})),
            reply_to=chat.message(whole(quoted, "message_id")) if quoted is not None else None,
            automatic=message.get("is_from_offline") is True,
        )
    ]


def _edited(update: Update, kind: str) -> list[Event]:
    """New words. A live place that moves and a changed picture have none; what was said first stays as it is."""
    message = _needed(update, kind)
    chat, text = _chat(message), wording(message)
    if chat is None or text is None:
        return []
    at = moment(message.get("edit_date")) or _at(message, "date")
    return [
        Edited(id=chat.message(whole(message.get("message_id"), "message_id")), address=chat.address, at=at, text=text)
    ]


def _tapped(update: Update, kind: str) -> list[Event]:
    """A button below a message of ours. The message may be too old to be shown; then only its number comes."""
    query = _needed(update, kind)
    message = thing(query, "message")
    if not message:  # the button stood in a message sent by way of another chat: whoever tapped is the chat
        chat: Chat | None = Chat(whole(thing(query, "from").get("id"), "from"))
    else:
        chat = _chat(message)
    if chat is None:
        return []
    data = words(query, "data")
    number = message.get("message_id")
    return [
        Said(
            id=f"{chat.address}:tap:{_name(query, 'id')}",
            address=chat.address,
            at=update.received,
            content=Content(
                kind=Kind.TAP, text=_title(message, data) or data or words(query, "game_short_name"), payload=data
            ),
            person=_person(thing(query, "from")),
            reply_to=chat.message(whole(number, "message_id")) if number is not None else None,
        )
    ]


def _title(message: Object, data: str | None) -> str | None:
    """What stood on the button."""
    rows = thing(message, "reply_markup").get("inline_keyboard")
    buttons = [one for row in rows if isinstance(row, list) for one in row] if isinstance(rows, list) else []
    found = (one for one in buttons if isinstance(one, dict) and one.get("callback_data") == data)
    return next((fact(one, "text") for one in found), None) if data else None


def _reacted(update: Update, kind: str) -> list[Event]:
    """All reactions of one person to a message, before and after: the newest stands for them."""
    change = _needed(update, kind)
    chat = _chat(change)
    if chat is None:
        return []
    before, after = ([_emoji(one) for one in things(change, name)] for name in ("old_reaction", "new_reaction"))
    new = [one for one in after if one not in before] or after
    return [
        Reacted(
            id=chat.message(whole(change.get("message_id"), "message_id")),
            address=chat.address,
            at=_at(change, "date"),
            emoji=new[-1] if new else None,
        )
    ]


def _emoji(reaction: Object) -> str:
    """One that a chat has drawn itself has no sign of its own, and a paid one is a star."""
    return fact(reaction, "emoji", 20) or ("⭐" if reaction.get("type") == "paid" else "❔")


def _member(update: Update, kind: str) -> list[Event]:
    """The person blocked the bot, or lets it write again. In a group: the bot was added, or removed."""
    change = _needed(update, kind)
    chat, at = _chat(change), _at(change, "date")
    status = fact(thing(change, "new_chat_member"), "status", 40)
    if status is None:
        raise Odd("there is no status")
    if chat is None:
        return [_in_group(change, status)]
    stopped = status in {"kicked", "left"}
    text = "Has blocked the bot" if stopped else "Lets the bot write again"
    return [
        Said(
            id=f"{chat.address}:member:{_number(update, change)}",
            address=chat.address,
            at=at,
            content=Content(kind=Kind.NOTICE, text=text, raw_kind=kind),
            person=_person(thing(change, "chat") | thing(change, "from")),
            automatic=True,
        ),
        Opted(address=chat.address, at=at, stopped=stopped, scope="all"),
    ]


def _in_group(change: Object, status: str) -> Sign:
    title = name_of(thing(change, "chat")) or "?"
    if status in {"left", "kicked"}:
        return Sign(name="Groups", words=f"The bot is no longer in “{title}”.")
    words = f"The bot was added to “{title}”. Only private chats come into the inbox; what is said there does not."
    return Sign(name="Groups", words=words, level="warn")


def _moved(message: Object) -> list[Event]:
    """A group that grew has a new number. Nothing else of groups is taken in."""
    to = message.get("migrate_to_chat_id")
    if to is None:
        return []
    old = Chat(whole(thing(message, "chat").get("id"), "chat"))
    return [Moved(address=old.address, to=Chat(whole(to, "chat")).address, at=_at(message, "date"))]


def _connected(update: Update, kind: str) -> list[Event]:
    """A business account lets the bot answer for it, or no longer."""
    about = _needed(update, kind)
    who = name_of(thing(about, "user")) or "?"
    rights = thing(about, "rights")
    may = rights.get("can_reply") is True or about.get("can_reply") is True
    if about.get("is_enabled") is not True:
        return [Sign(name="Business account", words=f"“{who}” has taken the bot out of its chats.", level="warn")]
    if not may:
        words = f"The bot sees the chats of “{who}”, but may not answer in them."
        return [Sign(name="Business account", words=words, level="warn")]
    return [Sign(name="Business account", words=f"The bot answers for “{who}”.")]


def _deleted(update: Update, kind: str) -> list[Event]:
    about = _needed(update, kind)
    chat, gone = _chat(about), about.get("message_ids")
    if chat is None:
        return []
    if not isinstance(gone, list):
        raise Odd("message_ids is not a list")
    return [Unsent(id=chat.message(whole(one, "message_id")), address=chat.address, at=update.received) for one in gone]


def _unknown(update: Update, kind: str) -> list[Event]:
    """A kind that is newer than this program: shown under its own name where it tells whose it is."""
    about = update.body[kind]
    if not isinstance(about, dict):
        raise Odd(f"an update of a kind not known here: {clean(kind)[:80]}")
    chat = _chat(about) if "chat" in about else Chat(whole(thing(about, "from").get("id"), "from"))
    if chat is None:
        return []
    return [
        Said(
            id=f"{chat.address}:update:{_number(update, about)}",
            address=chat.address,
            at=moment(about.get("date")) or update.received,
            content=Content(kind=Kind.UNKNOWN, raw_kind=clean(kind)[:80]),
            person=_person(thing(about, "from")),
            automatic=True,
        )
    ]


# ------------------------------------------------------------------------------------------------------------ parts


def _chat(about: Object) -> Chat | None:
    """The private chat that it is about; None for groups and channels."""
    chat = thing(about, "chat")
    number = whole(chat.get("id"), "chat")
    if chat.get("type") != "private":
        if not isinstance(chat.get("type"), str):
            raise Odd("the chat has no type")
        return None
    return Chat(number, connection(about.get("business_connection_id")))


def _is_by_person(message: Object, chat: Chat) -> bool:
    """A private chat has the person's own number; in a business account's chats its owner and its bots speak too."""
    sender = thing(message, "from").get("id")
    return message.get("sender_business_bot") is None and (sender is None or whole(sender, "from") == chat.id)


def _person(user: Object) -> Person:
    return Person(name=(name_of(user) or "")[:200] or None, locale=fact(user, "language_code", 20))


def _at(about: Object, name: str) -> datetime:
    found = moment(about.get(name))
    if found is None:
        raise Odd("there is no usable time")
    return found


def _needed(update: Update, kind: str) -> Object:
    return thing(update.body, kind)


def _name(about: Object, name: str) -> str:
    value = fact(about, name, 100)
    if value is None or not value.isascii() or not value.isprintable():
        raise Odd(f"{name} is no name")
    return value


def _number(update: Update, about: Object) -> str:
    """Names what bears no number of its own: the same one when it comes again."""
    number = update.body.get("update_id")
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)[:40]
    return hashlib.sha256(written(about, ordered=True)).hexdigest()[:40]


_KINDS: dict[str, Callable[[Update, str], list[Event]]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _tapped,
    "message_reaction": _reacted,
    "my_chat_member": _member,
    "business_connection": _connected,
    "business_message": _message,
    "edited_business_message": _edited,
    "deleted_business_messages": _deleted,
}
