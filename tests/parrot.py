"""The made-up platform as a test sees it: a connected account, things said on it, and the mailroom at work."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

import duologue.channels
from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Raw
from duologue.channels.registry import channels
from duologue.kernel import ids
from duologue.kernel.house import House
from duologue.mailroom.deliver import Deliverer
from duologue.mailroom.model import arrival
from duologue.mailroom.reconcile import Reconciler
from duologue.mailroom.sort import Sorter
from duologue.mailroom.store import write_down

MADE_UP = str(Path(__file__).parent / "made_up")


@pytest.fixture
def parrot() -> Iterator[object]:
    """The channel's folder is there for this test, and nothing else is changed anywhere."""
    duologue.channels.__path__.append(MADE_UP)
    channels.cache_clear()
    import duologue.channels.parrot as module  # pyrefly: ignore

    module.SENT.clear()
    module.BY.clear()
    module.ANSWERS.clear()
    module.FOUND.clear()
    module.HISTORY.clear()
    module.SIGNS.clear()
    module.FRESH.clear()
    module.ACTS.clear()
    module.ACT_ANSWERS.clear()
    yield module
    duologue.channels.__path__.remove(MADE_UP)
    channels.cache_clear()


class Mailroom:
    """Takes a step at a time, so that a test decides what happens when."""

    def __init__(self, house: House, workspace: UUID, channel: UUID, accounts: Accounts) -> None:
        self.house = house
        self.workspace = workspace
        self.channel = channel
        self.accounts = accounts
        self.sorter = Sorter(house, accounts)
        self.deliverer = Deliverer(house, accounts)
        self.reconciler = Reconciler(house, accounts)

    async def arrive(self, *lines: dict[str, object] | bytes) -> None:
        """One webhook with these lines, sorted."""
        await self.keep(b"\n".join(one if isinstance(one, bytes) else msgspec.json.encode(one) for one in lines))
        await self.sort()

    async def keep(self, body: bytes) -> None:
        safe = await self.house.safe(self.workspace)
        async with self.house.db.door() as tx:
            await write_down(tx, [arrival(safe, self.channel, Raw(body=body), self.house.now())])

    async def sort(self) -> None:
        while await self.sorter.sort():
            pass

    async def deliver(self) -> int:
        """Sends what may leave now, to the end; how many messages that were."""
        claimed = await self.deliverer.claim()
        await self.deliverer._start(claimed)
        await self.finish()
        return len(claimed)

    async def finish(self) -> None:
        """Waits for what is under way."""
        while self.deliverer._under_way:
            await asyncio.gather(*self.deliverer._under_way)
            await asyncio.sleep(0)  # a task that has ended leaves the set at the loop's next turn


async def connect(house: House, workspace: UUID, state: str = "active") -> UUID:
    """An account of the parrot."""
    channel = ids.new()
    safe = await house.safe(workspace)
    async with house.db.workspace(workspace) as tx:
        await tx.run(
            """
            INSERT INTO channel (workspace_id, id, kind, name, state, settings_sealed)
            VALUES (%(workspace)s, %(id)s, 'parrot', 'Polly', %(state)s, %(sealed)s)
            """,
            {
                "workspace": workspace,
                "id": channel,
                "state": state,
                "sealed": safe.own.seal("channel|settings", channel, msgspec.json.encode({"word": "hello"})),
            },
        )
    return channel


@pytest.fixture
async def mailroom(house: House, workspace: UUID, parrot: object) -> Mailroom:
    return Mailroom(house, workspace, await connect(house, workspace), Accounts(house))


def squawk(id: str, who: str = "mia", text: str = "Hello", *, at: datetime, **more: object) -> dict[str, object]:
    return {"id": id, "who": who, "text": text, "at": at, **more}


__all__ = ["Connected", "Mailroom", "connect", "mailroom", "parrot", "squawk"]
