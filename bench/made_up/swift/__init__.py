"""A platform that takes whatever it is sent as fast as it can: what is left is our own work."""

from typing import Annotated

import msgspec
from msgspec import Struct

from duologue.channels.contract import (
    Abilities,
    Account,
    Channel,
    Event,
    Outcome,
    Outgoing,
    Raw,
    Receipt,
    TryLater,
    setting,
)


class Settings(Struct, frozen=True, kw_only=True):
    base_url: Annotated[str, setting("Address")] = ""


def read(settings: Settings, raw: Raw) -> list[Event]:
    """It never calls."""
    return []


async def send(account: Account, out: Outgoing) -> Outcome:
    body = msgspec.json.encode({"id": out.id, "to": out.address, "text": out.content.text})
    answer = await account.egress.request("POST", f"{account.settings.base_url}/send", body=body)
    if answer.status != 200:
        return TryLater(after=1, reason="busy")
    return Receipt(id=str(out.id))


CHANNEL = Channel(
    kind="swift",
    title="Swift",
    settings=Settings,
    abilities=Abilities(sends_per_second=1_000_000, burst=1_000_000, source="made up"),
    read=read,
    send=send,
    missing=lambda settings: [],
)
