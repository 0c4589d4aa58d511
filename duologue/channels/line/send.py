"""Takes a message out: by the free reply token while it is young, else by push, which costs and may be repeated.

A push bears our id as its retry key, so a second copy is recognised for 24 hours. A reply has no such key: where its
fate is unknown it is never tried again in either way.
"""

from typing import Any

from duologue.channels.contract import Account, Outcome, Outgoing, Receipt, Unknown
from duologue.channels.line.api import api
from duologue.channels.line.errors import is_stale_token, judge
from duologue.channels.line.parts import Part, parts
from duologue.channels.line.tokens import Tokens, is_fresh, unpacked
from duologue.channels.shared.answers import unheard
from duologue.kernel.egress import Blocked, NoAnswer

KEY = "X-Line-Retry-Key"


async def send(account: Account, out: Outgoing) -> Outcome:
    """All of it in one call: it goes out as a whole or not at all."""
    messages = parts(account.settings, out)
    if not isinstance(messages, list):
        return messages
    tokens = unpacked(out.token)
    outcome = await _reply(account, out, tokens, messages) or await _push(account, out, messages)
    if isinstance(outcome, Receipt):
        await mark_read(account, tokens)
    return outcome


async def _reply(account: Account, out: Outgoing, tokens: Tokens, messages: list[Part]) -> Outcome | None:
    """None where the token cannot be used, and nothing was sent by it.

    Only at the first attempt: a later one may follow a push, and must be recognised by the same key as that.
    """
    if out.attempt > 1 or not is_fresh(tokens, account.clock(), account.settings.reply_seconds):
        return None
    try:
        answer = await api(account).send("v2/bot/message/reply", {"replyToken": tokens.reply, "messages": messages})
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    return None if is_stale_token(answer) else judge(answer, out.attempt)


async def _push(account: Account, out: Outgoing, messages: list[Part]) -> Outcome:
    """Asked twice where the first answer does not tell: the second copy is recognised by its key."""
    body = {"to": out.address, "messages": messages}
    outcome = await _push_once(account, out, body)
    return await _push_once(account, out, body) if isinstance(outcome, Unknown) else outcome


async def _push_once(account: Account, out: Outgoing, body: dict[str, Any]) -> Outcome:
    try:
        answer = await api(account).send("v2/bot/message/push", body, headers={KEY: str(out.id)})
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    return judge(answer, out.attempt)


async def mark_read(account: Account, tokens: Tokens) -> None:
    """Where the account wants it. Nothing hangs on it: where it does not come through, there is nothing to do."""
    if not tokens.read or not account.settings.mark_read:
        return
    try:
        await api(account).send("v2/bot/chat/markAsRead", {"markAsReadToken": tokens.read})
    except (Blocked, NoAnswer):
        return
