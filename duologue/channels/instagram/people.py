"""The person at the other end: who they are, and the small courtesies."""

from duologue.channels.contract import Account, Person
from duologue.channels.instagram.graph import graph, node
from duologue.channels.meta.graph import facts
from duologue.channels.shared.strict import address as web_address
from duologue.channels.shared.strict import words
from duologue.kernel.egress import Blocked, NoAnswer


async def profile(account: Account, address: str) -> Person | None:
    """Name and picture. None where the person has not agreed yet (code 230: they only commented, or were only written

    to) or has blocked the account: then what the event told is all there is. Raises `Blocked`, `NoAnswer`.
    """
    if not address.isalnum():
        return None
    answer = await graph(account).get(address, fields="name,username,profile_pic")
    if answer.status != 200:
        return None
    named = {key: value for key, value in facts(answer).items() if isinstance(value, str)}
    handle = words(named, "username")
    name = (words(named, "name") or "").strip() or (f"@{handle}" if handle else "")
    return Person(name=name[:200] or None, picture_url=web_address(named.get("profile_pic")))


async def typing(account: Account, address: str) -> None:
    """Shows three dots for some twenty seconds."""
    await _courtesy(account, address, "typing_on")


async def seen(account: Account, address: str, newest: str, token: str | None = None) -> None:
    """Marks everything as seen: the platform takes no single message."""
    await _courtesy(account, address, "mark_seen")


async def _courtesy(account: Account, address: str, action: str) -> None:
    """Nothing hangs on it: where it does not come through, there is nothing to do."""
    try:
        body = {"recipient": {"id": address}, "sender_action": action}
        await graph(account).post(f"{node(account.settings)}/messages", body)
    except (Blocked, NoAnswer):
        return
