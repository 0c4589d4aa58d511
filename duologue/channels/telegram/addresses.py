"""How chats and messages are named here.

A person's chat is its number. A chat of a business account that the bot answers for is another one with the same
number, so it bears the connection's name. Numbers of messages count up in each chat, so a message is named by both.
"""

import re

from msgspec import Struct

from duologue.channels.shared.strict import Odd

_BUSINESS = "business"
_CONNECTION = re.compile(r"[A-Za-z0-9_=+/-]{1,200}")
_LARGEST = 2**63


class Chat(Struct, frozen=True):
    """Where a message goes; `connection` for a business account's own chats."""

    id: int
    connection: str | None = None

    @property
    def address(self) -> str:
        return f"{_BUSINESS}:{self.connection}:{self.id}" if self.connection else str(self.id)

    def message(self, number: int) -> str:
        return f"{self.address}:{number}"

    def target(self) -> dict[str, int | str]:
        """What a call must say to reach it."""
        where: dict[str, int | str] = {"chat_id": self.id}
        return where | ({"business_connection_id": self.connection} if self.connection else {})


def chat_of(address: str) -> Chat | None:
    """The chat behind an address of ours; None where it is none."""
    kind, _, rest = address.partition(":")
    connection, number = (None, address) if not rest else (rest.rpartition(":")[0], rest.rpartition(":")[2])
    if rest and (kind != _BUSINESS or not connection or not _CONNECTION.fullmatch(connection)):
        return None
    try:
        return Chat(whole(number, "chat"), connection)
    except Odd:
        return None


def branch_of(address: str) -> str:
    """The business account whose chat this is; "" for a chat of the bot's own."""
    chat = chat_of(address)
    return chat.connection or "" if chat else ""


def message_of(name: str, chat: Chat) -> int | None:
    """The number of a message in this chat; None where it is of another, or is no message."""
    where, _, number = name.rpartition(":")
    return int(number) if where == chat.address and number.isascii() and number.isdigit() and len(number) < 20 else None


def connection(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _CONNECTION.fullmatch(value):
        raise Odd("business_connection_id is no name")
    return value


def whole(value: object, name: str) -> int:
    """A number of the platform's, beyond 32 bits too. Raises `Odd`."""
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) < 21:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST <= value < _LARGEST or value == 0:
        raise Odd(f"{name} is not a number")
    return value
