"""What is done to messages that were sent, told to the bridge (docs/channels/bridge.md). Under one id at every try."""

from typing import Any

from duologue.channels.bridge.send import outcome, post
from duologue.channels.contract import Account, Act, Outcome
from duologue.channels.shared.answers import unheard
from duologue.kernel.egress import Blocked, NoAnswer

SIGNS = ("👍", "❤️", "😂", "😮", "😢", "🙏", "🎉", "✅")


async def edit(account: Account, act: Act) -> Outcome:
    return await _tell(account, act, {"type": "edit", "text": act.text})


async def unsend(account: Account, act: Act) -> Outcome:
    return await _tell(account, act, {"type": "unsend"})


async def react(account: Account, act: Act) -> Outcome:
    return await _tell(account, act, {"type": "reaction", "emoji": act.emoji})


async def _tell(account: Account, act: Act, word: dict[str, Any]) -> Outcome:
    about = {"id": act.message, "address": act.address, "author": act.author, "attempt": act.attempt}
    try:
        return outcome(await post(account, str(act.id), word | about))
    except (Blocked, NoAnswer) as error:
        return unheard(error)
