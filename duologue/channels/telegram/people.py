"""The person at the other end: who they are, and the small courtesies."""

from duologue.channels.contract import Account, Person
from duologue.channels.telegram.addresses import chat_of, message_of
from duologue.channels.telegram.api import bot, result
from duologue.channels.telegram.cards import name_of
from duologue.kernel.egress import Blocked, NoAnswer


async def profile(account: Account, address: str) -> Person | None:
    """The name; None where the bot may not see them. Raises `Blocked`, `NoAnswer`.

    Their picture is not taken: its address would hold the bot's token.
    """
    chat = chat_of(address)
    if chat is None:
        return None
    told = result(await bot(account).call("getChat", {"chat_id": chat.id}))
    name = name_of(told) if isinstance(told, dict) else None
    return Person(name=name[:200]) if name else None


async def typing(account: Account, address: str) -> None:
    """Shows that somebody is typing, for some five seconds."""
    chat = chat_of(address)
    if chat:
        await _courtesy(account, "sendChatAction", chat.target() | {"action": "typing"})


async def seen(account: Account, address: str, newest: str, token: str | None = None) -> None:
    """Marks as read in a business account's chats; an ordinary bot has nothing to mark."""
    chat = chat_of(address)
    number = message_of(newest, chat) if chat else None
    if chat and chat.connection and number:
        await _courtesy(account, "readBusinessMessage", chat.target() | {"message_id": number})


async def _courtesy(account: Account, method: str, params: dict[str, int | str]) -> None:
    """Nothing hangs on it: where it does not come through, there is nothing to do."""
    try:
        await bot(account).call(method, params)
    except (Blocked, NoAnswer):
        return
