"""`up --demo`: platforms as local doubles, a brand with a history, and a page where you write as the customer.

Everything is on loopback and nothing leaves this machine. Only an installation that nobody has joined yet is filled.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from litestar.types import ControllerRouterHandler

from duologue.app import Program
from duologue.demo import connect, memory, playground
from duologue.demo.doors import Doors
from duologue.demo.phones import Phones
from duologue.demo.seed import seed
from duologue.install import only_workspace
from duologue.kernel.egress import Blocked, NoAnswer

log = structlog.get_logger()
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - read, not bound


@asynccontextmanager
async def open_demo(program: Program) -> AsyncIterator[Sequence[ControllerRouterHandler]]:
    """Runs until left; gives the pages that exist only here."""
    house = program.house
    workspace = await only_workspace(house)
    async with AsyncExitStack() as stack:
        doubles = await connect.start(stack, house.now)
        accounts = await connect.accounts(house, workspace, doubles)
        await seed(house, workspace, accounts)
        await memory.remind(house, workspace, accounts)
        phones = Phones(house, program.hub, workspace, accounts)
        doors = Doors(house, workspace)
        begun = asyncio.create_task(_begin(program, accounts, doors))
        stack.push_async_callback(_end, begun)
        yield playground.routes(phones, doors)


async def _begin(program: Program, accounts: Sequence[connect.Place], doors: Doors) -> None:
    """Once the program answers: the platforms learn where to deliver, and whoever started it learns where to go."""
    url = address(program)
    for place in accounts:
        if place.double:
            try:
                await place.double.point(f"{url}/in/{place.id}")
            except (ValueError, Blocked, NoAnswer) as error:
                log.error("demo.point", channel=place.channel.kind, error=str(error))
    print(await doors.greeting(), flush=True)  # noqa: T201


def address(program: Program) -> str:
    """Where the doubles on this machine reach the program."""
    settings = program.house.settings
    return f"http://{_EVERYWHERE.get(settings.host, settings.host)}:{settings.port}"


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
