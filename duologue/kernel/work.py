"""What a verb works with: an open transaction of one workspace, its keys, and the moment it happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction
from duologue.kernel.files import Files
from duologue.kernel.house import House
from duologue.kernel.journal import Entry, tell
from duologue.kernel.vault import Safe
from duologue.kernel.wake import Wake


class Work(Struct, frozen=True):
    tx: Transaction
    safe: Safe
    files: Files
    wake: Wake
    now: datetime

    @property
    def workspace(self) -> UUID:
        return self.safe.workspace

    async def tell(self, *entries: Entry) -> None:
        """Announces what this transaction does; heard when it commits."""
        await tell(self.tx, self.wake, list(entries))

    def wake_after(self, *topics: str) -> None:
        self.tx.after_commit(lambda: self.wake.tell(*topics))

    def drop_file_after(self, *files: UUID) -> None:
        """Deletes files once the transaction is durable."""
        for file in files:
            self.tx.after_commit(partial(self.files.unlink, self.workspace, file))


@asynccontextmanager
async def work(house: House, workspace: UUID) -> AsyncIterator[Work]:
    """One transaction in one workspace. Raises `Away`, `NotFound`."""
    safe = await house.safe(workspace)
    async with house.db.workspace(workspace) as tx:
        yield Work(tx, safe, house.files, house.wake, house.now())
