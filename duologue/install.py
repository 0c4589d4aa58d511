"""What there must be before anybody comes: the row about the installation, a workspace, a way in for the first one."""

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


async def only_workspace(house: House) -> UUID:
    """The workspace that a command is about; founds it where there is none. Raises `Stop`."""
    try:
        async with house.db.hall() as tx:
            await install(tx, ids.new())
            known = await workspaces(tx)
            if not known:
                return await found(tx, house, UNNAMED)
    except Away as error:
        raise Stop("The database cannot be reached.") from error
    try:
        await house.safe(known[0])
    except Broken as error:
        raise Stop(
            f"The master key in {house.settings.data / 'key'} does not fit this database. Put the right one there."
        ) from error
    return known[0]


async def first_link(house: House) -> str | None:
    """The address at which the first administrator is made; None where there is one already."""
    workspace = await only_workspace(house)
    async with house.db.workspace(workspace) as tx:
        token = await invite.first_link(tx, Act(by=None, now=house.now(), wake=house.wake))
    return f"{house.settings.url}/welcome/{token}" if token else None
