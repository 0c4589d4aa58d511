"""What stands around every kind of update: whose chat it is, who speaks, when, and how it is named."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from duologue.channels.contract import Person
from duologue.channels.shared.guard import written
from duologue.channels.shared.strict import Object, Odd, fact, moment, thing
from duologue.channels.telegram.addresses import Chat, connection, whole
from duologue.channels.telegram.cards import name_of


class Update(NamedTuple):
    """One update, and when it came."""

    body: Object
    received: datetime


def needed(update: Update, kind: str) -> Object:
    return thing(update.body, kind)


def private_chat(about: Object) -> Chat | None:
    """The private chat that it is about; None for groups and channels."""
    chat = thing(about, "chat")
    number = whole(chat.get("id"), "chat")
    if chat.get("type") != "private":
        if not isinstance(chat.get("type"), str):
            raise Odd("the chat has no type")
        return None
    return Chat(number, connection(about.get("business_connection_id")))


def is_by_person(message: Object, chat: Chat) -> bool:
    """A private chat has the person's own number; in a business account's chats its owner and its bots speak too."""
    sender = thing(message, "from").get("id")
    return message.get("sender_business_bot") is None and (sender is None or whole(sender, "from") == chat.id)


def person_of(user: Object) -> Person:
    return Person(name=(name_of(user) or "")[:200] or None, locale=fact(user, "language_code", 20))


def time_of(about: Object, name: str) -> datetime:
    found = moment(about.get(name))
    if found is None:
        raise Odd("there is no usable time")
    return found


def name_in(about: Object, name: str) -> str:
    value = fact(about, name, 100)
    if value is None or not value.isascii() or not value.isprintable():
        raise Odd(f"{name} is no name")
    return value


def number_of(update: Update, about: Object) -> str:
    """Names what bears no number of its own: the same one when it comes again."""
    number = update.body.get("update_id")
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)[:40]
    return hashlib.sha256(written(about, ordered=True)).hexdigest()[:40]
