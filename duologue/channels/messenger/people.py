"""The person at the other end: who they are, and the small courtesies."""

from duologue.channels.contract import Account, Person
from duologue.channels.messenger.graph import graph
from duologue.channels.messenger.send import recipient
from duologue.channels.meta.graph import facts
from duologue.channels.shared.strict import address as web_address
from duologue.channels.shared.strict import words
from duologue.kernel.egress import Blocked, NoAnswer


async def profile(account: Account, address: str) -> Person | None:
    """Name and picture; None where the person never wrote or has blocked the page. Raises `Blocked`, `NoAnswer`."""
    if not address.isalnum():
        return None
    answer = await graph(account).get(address, fields="first_name,last_name,profile_pic")
    found = facts(answer)
    if answer.status != 200:
        return None
    named = {key: value for key, value in found.items() if isinstance(value, str)}
    name = " ".join(part.strip() for key in ("first_name", "last_name") if (part := words(named, key)))
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
        await graph(account).post(f"{account.settings.page_id}/messages", _action(address, action))
    except (Blocked, NoAnswer):
        return


def _action(address: str, action: str) -> dict[str, object]:
    return {"recipient": recipient(address), "sender_action": action}
