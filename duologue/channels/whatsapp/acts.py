"""A sign on what the person said: a message of type `reaction` (Cloud API, November 2025), an empty one takes it away.

The Cloud API lets nobody change or take back what was sent.
"""

from duologue.channels.contract import Account, Act, Outcome
from duologue.channels.whatsapp.graph import graph
from duologue.channels.whatsapp.send import recipient, send_one

SIGNS = ("👍", "❤️", "😂", "😮", "😢", "🙏", "🎉", "✅")


async def react(account: Account, act: Act) -> Outcome:
    head = {"messaging_product": "whatsapp", "recipient_type": "individual", **recipient(act.address)}
    body = {**head, "type": "reaction", "reaction": {"message_id": act.message, "emoji": act.emoji or ""}}
    return await send_one(graph(account), account.settings, body, act.attempt)
