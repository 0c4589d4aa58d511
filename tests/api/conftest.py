"""The API behind the shell, as a program meets it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from duologue.accounts.connected import Accounts
from duologue.api.routes import routes
from duologue.kernel.house import House
from duologue.team import keys
from duologue.web import shell
from tests.api.programs import Program, key_for
from tests.parrot import Mailroom, mailroom, parrot, squawk

__all__ = ["mailroom", "parrot"]


@pytest.fixture
def app(house: House) -> Litestar:
    return shell.build(house, routes(house, Accounts(house)), key_of=keys.key_of)


@pytest.fixture
async def program(app: Litestar, house: House, workspace: UUID) -> AsyncIterator[Program]:
    """A program of the brand Lume."""
    async with Program(app, await key_for(house, workspace)) as opened:
        yield opened


@pytest.fixture
async def stranger(app: Litestar, house: House, other_workspace: UUID) -> AsyncIterator[Program]:
    """A program of another workspace."""
    async with Program(app, await key_for(house, other_workspace)) as opened:
        yield opened


@pytest.fixture
async def talk(mailroom: Mailroom, program: Program) -> dict[str, Any]:
    """Mia has asked something on the parrot."""
    await mailroom.arrive(squawk("a", "mia-7", "Is it open?", at=mailroom.house.now(), name="Mia Santos"))
    return (await program.get("/conversations")).json()["items"][0]
