"""What is done to messages that were sent: other words, deleting, a sign.

A bot may change its own messages at any time (Bot API 10.3, editMessageText) and delete them in private chats for 48
hours (deleteMessage). To a message of the person's it may put one sign out of those that the platform has.
"""

from collections.abc import Sequence
from typing import Any

from duologue.channels.contract import Account, Act, Outcome, Receipt, Refusal, Refused
from duologue.channels.shared.answers import unheard
from duologue.channels.telegram.addresses import Chat, chat_of, message_of
from duologue.channels.telegram.api import bot, failure, went_well
from duologue.channels.telegram.errors import judge
from duologue.channels.telegram.parts import CAPTION_LIMIT
from duologue.kernel.egress import Blocked, NoAnswer

SIGNS = ("👍", "❤", "🔥", "🥰", "👏", "😁", "🤔", "😢", "🎉", "🙏", "👌", "💯", "🤝", "👎")
"""Some of those that everybody may use (ReactionTypeEmoji, August 2026)."""
_GONE = frozenset({"message to delete not found", "message not found"})
_OTHER_SORT = frozenset({"there is no caption in the message", "there is no text in the message"})
_SAME = frozenset({"message is not modified"})


async def edit(account: Account, act: Act) -> Outcome:
    """New words: of a text, or below the first file of an album; what stands above files is a text of its own."""
    chat = chat_of(act.address)
    numbers = _numbers(act, chat)
    if chat is None or not numbers:
        return _nothing()
    words, files = act.text or "", act.content.kind not in {"text", "location"}
    target = numbers[-1] if act.content.choices else numbers[0]
    text = ("editMessageText", {"message_id": target, "text": words})
    below = ("editMessageCaption", {"message_id": target, "caption": words})
    outcome = await _call(account, chat, *(below if files and not act.content.choices else text))
    if isinstance(outcome, Refused) and any(one in outcome.reason for one in _OTHER_SORT):
        return await _call(account, chat, *text)
    if isinstance(outcome, Refused) and files and len(words) > CAPTION_LIMIT:
        return Refused(why=Refusal.CONTENT, reason=f"Below a file Telegram takes {CAPTION_LIMIT} characters")
    return outcome


async def unsend(account: Account, act: Act) -> Outcome:
    """All parts of it; one that is not there any more is gone as it should be."""
    chat = chat_of(act.address)
    numbers = _numbers(act, chat)
    if chat is None or not numbers:
        return _nothing()
    for number in numbers:
        outcome = await _call(account, chat, "deleteMessage", {"message_id": number})
        if not isinstance(outcome, Receipt):
            return outcome
    return Receipt(id=act.message)


async def react(account: Account, act: Act) -> Outcome:
    chat = chat_of(act.address)
    numbers = _numbers(act, chat)
    if chat is None or not numbers:
        return _nothing()
    signs = [{"type": "emoji", "emoji": act.emoji}] if act.emoji else []
    return await _call(account, chat, "setMessageReaction", {"message_id": numbers[-1], "reaction": signs})


async def _call(account: Account, chat: Chat, method: str, params: dict[str, Any]) -> Outcome:
    try:
        answer = await bot(account).call(method, {**_whom(chat, method), **params})
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    found = failure(answer)
    if went_well(answer) or (found and found.says(*_SAME, *(_GONE if method == "deleteMessage" else ()))):
        return Receipt(id=None)
    return judge(answer, 1)


def _whom(chat: Chat, method: str) -> dict[str, Any]:
    """Deleting and reacting know no business account's chats (Bot API 10.3)."""
    return chat.target() if method.startswith("edit") else {"chat_id": chat.id}


def _numbers(act: Act, chat: Chat | None) -> Sequence[int]:
    """The numbers of its parts in this chat, oldest first."""
    if chat is None:
        return []
    found = [message_of(name, chat) for name in (*act.also, act.message)]
    return [number for number in found if number is not None]


def _nothing() -> Refused:
    return Refused(why=Refusal.BAD_REQUEST, reason="Telegram has no such message")
