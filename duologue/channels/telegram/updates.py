"""One update becomes events of the house. Raises `Odd` where it cannot be understood.

Only private chats become conversations. What is said in groups and channels is no direct message: it is left where it
is, and the health page tells that the bot was added there.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from duologue.channels.contract import Content, Edited, Event, Kind, Reacted, Said, Unsent
from duologue.channels.shared.strict import Object, Odd, clean, fact, moment, thing, things, words
from duologue.channels.telegram.addresses import Chat, whole
from duologue.channels.telegram.around import (
    Update,
    is_by_person,
    name_in,
    needed,
    number_of,
    person_of,
    private_chat,
    time_of,
)
from duologue.channels.telegram.content import content
from duologue.channels.telegram.standing import connected, member, moved
from duologue.channels.telegram.wording import wording

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


def _one(update: Update, kind: str) -> list[Event]:
    if kind in NOT_FOR_US:
        return []
    return _KINDS.get(kind, _unknown)(update, kind)


def _message(update: Update, kind: str) -> list[Event]:
    message = needed(update, kind)
    chat = private_chat(message)
    if chat is None:
        return moved(message)
    number = whole(message.get("message_id"), "message_id")
    quoted = thing(message, "reply_to_message").get("message_id")
    by_person = is_by_person(message, chat)
    return [
        Said(
            id=chat.message(number),
            address=chat.address,
            at=time_of(message, "date"),
            by="person" if by_person else "brand",
            content=content(message),
            person=person_of(thing(message, "chat") | (thing(message, "from") if by_person else {})),
            reply_to=chat.message(whole(quoted, "message_id")) if quoted is not None else None,
            automatic=message.get("is_from_offline") is True,
        )
    ]


def _edited(update: Update, kind: str) -> list[Event]:
    """New words. A live place that moves and a changed picture have none; what was said first stays as it is."""
    message = needed(update, kind)
    chat, text = private_chat(message), wording(message)
    if chat is None or text is None:
        return []
    at = moment(message.get("edit_date")) or time_of(message, "date")
    return [
        Edited(id=chat.message(whole(message.get("message_id"), "message_id")), address=chat.address, at=at, text=text)
    ]


def _tapped(update: Update, kind: str) -> list[Event]:
    """A button below a message of ours. The message may be too old to be shown; then only its number comes."""
    query = needed(update, kind)
    message = thing(query, "message")
    if not message:  # the button stood in a message sent by way of another chat: whoever tapped is the chat
        chat: Chat | None = Chat(whole(thing(query, "from").get("id"), "from"))
    else:
        chat = private_chat(message)
    if chat is None:
        return []
    data = words(query, "data")
    number = message.get("message_id")
    return [
        Said(
            id=f"{chat.address}:tap:{name_in(query, 'id')}",
            address=chat.address,
            at=update.received,
            content=Content(
                kind=Kind.TAP, text=_title(message, data) or data or words(query, "game_short_name"), payload=data
            ),
            person=person_of(thing(query, "from")),
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
    change = needed(update, kind)
    chat = private_chat(change)
    if chat is None:
        return []
    before, after = ([_emoji(one) for one in things(change, name)] for name in ("old_reaction", "new_reaction"))
    new = [one for one in after if one not in before] or after
    return [
        Reacted(
            id=chat.message(whole(change.get("message_id"), "message_id")),
            address=chat.address,
            at=time_of(change, "date"),
            emoji=new[-1] if new else None,
        )
    ]


def _emoji(reaction: Object) -> str:
    """One that a chat has drawn itself has no sign of its own, and a paid one is a star."""
    return fact(reaction, "emoji", 20) or ("⭐" if reaction.get("type") == "paid" else "❔")


def _deleted(update: Update, kind: str) -> list[Event]:
    about = needed(update, kind)
    chat, gone = private_chat(about), about.get("message_ids")
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
    chat = private_chat(about) if "chat" in about else Chat(whole(thing(about, "from").get("id"), "from"))
    if chat is None:
        return []
    return [
        Said(
            id=f"{chat.address}:update:{number_of(update, about)}",
            address=chat.address,
            at=moment(about.get("date")) or update.received,
            content=Content(kind=Kind.UNKNOWN, raw_kind=clean(kind)[:80]),
            person=person_of(thing(about, "from")),
            automatic=True,
        )
    ]


_KINDS: dict[str, Callable[[Update, str], list[Event]]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _tapped,
    "message_reaction": _reacted,
    "my_chat_member": member,
    "business_connection": connected,
    "business_message": _message,
    "edited_business_message": _edited,
    "deleted_business_messages": _deleted,
}
