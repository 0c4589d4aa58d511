"""The tests' own ground: a fresh database each, two workspaces with a wall between them."""

from uuid import UUID

import pytest

from duologue.kernel.house import House
from tests.cast import Colleague


@pytest.mark.parametrize("time", [1, 2])
async def test_each_test_finds_an_empty_database(house: House, time: int) -> None:
    async with house.db.hall() as tx:
        assert await tx.row(int, "SELECT count(*)::int FROM workspace") == 0


async def test_a_workspace_does_not_see_the_other_ones_team(
    house: House, ana: Colleague, nora: Colleague, workspace: UUID
) -> None:
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(str, "SELECT email FROM member") == [ana.email]


def test_a_test_on_the_database_carries_its_mark(request: pytest.FixtureRequest, postgres: object) -> None:
    assert request.node.get_closest_marker("database")
