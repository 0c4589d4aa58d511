"""A workspace begins: its row with a key of its own."""

from uuid import UUID

from duologue.kernel import ids
from duologue.kernel.database import Transaction
from duologue.kernel.house import House
from duologue.team import store


async def found(tx: Transaction, house: House, name: str) -> UUID:
    """A new workspace without anybody in it. Runs in the hall."""
    workspace = ids.new()
    await store.add_workspace(tx, workspace, name, house.vault.new_workspace(workspace))
    return workspace
