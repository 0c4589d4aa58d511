"""Small courtesies."""

from duologue.channels.contract import Account
from duologue.channels.whatsapp.graph import graph
from duologue.kernel.egress import Blocked, NoAnswer


async def seen(account: Account, address: str, newest: str, token: str | None = None) -> None:
    """Blue ticks at this message and those before it. Nothing hangs on it: where it fails, there is nothing to do."""
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": newest}
    try:
        await graph(account).post(f"{account.settings.phone_id}/messages", body)
    except (Blocked, NoAnswer):
        return
