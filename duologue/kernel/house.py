"""The kernel's parts, bound together once at start and handed to every room."""

from typing import Self
from uuid import UUID

from duologue.errors import NotFound
from duologue.kernel import clock
from duologue.kernel.carrier import Nats, Notify
from duologue.kernel.database import Database
from duologue.kernel.egress import Egress
from duologue.kernel.files import Files
from duologue.kernel.vault import Safe, Vault
from duologue.kernel.wake import Wake
from duologue.settings import Settings


class House:
    """Database, vault, files, way out and clock of one running installation."""

    def __init__(self, settings: Settings, db: Database, vault: Vault, *, now: clock.Clock = clock.now) -> None:
        self.settings = settings
        self.db = db
        self.vault = vault
        self.now = now
        self.wake = Wake(Nats(settings.nats_url) if settings.nats_url else Notify(db))
        self.egress = Egress(settings.allow)
        self.outside = Egress()  # for addresses that strangers name: nothing that the operator opened is open to them
        self.files = Files(settings.data / "files")
        self._safes: dict[UUID, Safe] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """There is one of it, whoever copies what it is part of (the web framework copies its guards)."""
        return self

    async def open(self) -> None:
        await self.db.open()
        self.wake.open()

    async def close(self) -> None:
        await self.wake.close()
        await self.egress.close()
        await self.outside.close()
        await self.db.close()

    async def safe(self, workspace: UUID) -> Safe:
        """The keys of a workspace. Raises `NotFound`, `Broken`."""
        if workspace not in self._safes:
            async with self.db.glance() as tx:
                wrapped = await tx.row(
                    bytes, "SELECT key_sealed FROM workspace WHERE workspace_id = %(id)s", {"id": workspace}
                )
            if wrapped is None:
                raise NotFound("There is no such workspace.")
            self._safes[workspace] = self.vault.safe(workspace, wrapped)
        return self._safes[workspace]
