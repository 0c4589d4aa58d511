"""What there must be before anybody comes: the row about the installation, a workspace, a way in for the first one."""

import asyncio
from time import monotonic
from uuid import UUID

from duologue.errors import Stop
from duologue.kernel import ids
from duologue.kernel.acts import Act
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.vault import Broken
from duologue.mailroom.store_upkeep import install, workspaces
from duologue.team import invite
from duologue.team.found import found

UNNAMED = "My brand"
PATIENCE = 8.0  # seconds


async def only_workspace(house: House) -> UUID:
    """The workspace that a command is about; founds it where there is none. Raises `Stop`."""
    known = await _known(house)
    try:
        await house.safe(known)
    except Broken as error:
        raise Stop(
            f"The master key in {house.settings.data / 'key'} does not fit this database. Put the right one there."
        ) from error
    return known


async def _known(house: House) -> UUID:
    """On a busy machine the first connection takes a moment."""
    end = monotonic() + PATIENCE
    while True:
        try:
            async with house.db.hall() as tx:
                await install(tx, ids.new())
                known = await workspaces(tx)
                return known[0] if known else await found(tx, house, UNNAMED)
        except Away as error:
            if monotonic() > end:
                raise Stop("The database cannot be reached.") from error
            await asyncio.sleep(0.2)


async def first_link(house: House) -> str | None:
    """The address at which the first administrator is made; None where there is one already."""
    workspace = await only_workspace(house)
    async with house.db.workspace(workspace) as tx:
        token = await invite.first_link(tx, Act(by=None, now=house.now(), wake=house.wake))
    return f"{house.settings.url}/welcome/{token}" if token else None
