"""A sign on a message of the person's, at Messenger and Instagram: the sender actions `react` and `unreact`.

Neither platform lets a program change or take back what it has sent.
"""

from collections.abc import Mapping
from typing import Any

from duologue.channels.contract import Act, Outcome, Receipt, Refusal, Refused
from duologue.channels.meta.send import Courier
from duologue.channels.shared.answers import unheard
from duologue.kernel.egress import Blocked, NoAnswer


async def react(courier: Courier, recipient: Mapping[str, str], act: Act, names: Mapping[str, str]) -> Outcome:
    """`names`: what the platform calls each sign."""
    if act.emoji and act.emoji not in names:
        return Refused(why=Refusal.CONTENT, reason="the platform has no such reaction")
    payload: dict[str, Any] = {"message_id": act.message} | ({"reaction": names[act.emoji]} if act.emoji else {})
    body = {"recipient": recipient, "sender_action": "react" if act.emoji else "unreact", "payload": payload}
    try:
        answer = await courier.graph.post(f"{courier.node}/messages", body)
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    return Receipt(id=None) if answer.status == 200 else courier.table.judge(answer, act.attempt)
