"""The person at the other end: who they are, and the three dots."""

from urllib.parse import quote

from duologue.channels.contract import Account, Person
from duologue.channels.line.api import api, facts
from duologue.channels.line.send import mark_read
from duologue.channels.line.tokens import unpacked
from duologue.channels.shared.strict import address as web_address
from duologue.channels.shared.strict import fact
from duologue.kernel.egress import Blocked, NoAnswer

SECONDS = 10  # of the animation; it ends by itself when a message arrives


async def profile(account: Account, address: str) -> Person | None:
    """Name, picture and language; None where the person is no friend. Raises `Blocked`, `NoAnswer`."""
    if not address.isalnum():
        return None
    group = address.startswith("C")
    path = f"v2/bot/group/{quote(address)}/summary" if group else f"v2/bot/profile/{quote(address)}"
    answer = await api(account).get(path)
    if answer.status != 200:
        return None
    found = facts(answer)
    return Person(
        name=fact(found, "groupName" if group else "displayName", 200),
        locale=fact(found, "language", 20),
        picture_url=web_address(found.get("pictureUrl")),
    )


async def seen(account: Account, address: str, newest: str, token: str | None = None) -> None:
    """Everything up to the message that brought the token is shown to the person as read."""
    await mark_read(account, unpacked(token))


async def typing(account: Account, address: str) -> None:
    """Shows the loading animation; groups have none. Nothing hangs on it."""
    if not address.startswith("U"):
        return
    try:
        await api(account).send("v2/bot/chat/loading/start", {"chatId": address, "loadingSeconds": SECONDS})
    except (Blocked, NoAnswer):
        return
