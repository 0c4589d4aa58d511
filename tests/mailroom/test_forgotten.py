# ruff: noqa: F811 (fixtures are asked for by name)
"""Somebody was forgotten, and writes again or is told of again: nothing is sealed for nobody, and nothing is lost."""

from uuid import UUID

import pytest

from duologue.conversations import show
from duologue.errors import Conflict
from duologue.kernel.house import House
from duologue.kernel.work import work
from tests.mailroom.test_way_of_a_message import _answer
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401


async def _forget(house: House, workspace: UUID, message: str) -> None:
    """As it is done by hand: the key is destroyed. The program still has it in memory."""
    async with house.db.workspace(workspace) as tx:
        await tx.run(
            """
            UPDATE contact SET key_sealed = NULL
            WHERE id = (SELECT contact_id FROM message WHERE external_id = %(id)s)
            """,
            {"id": message},
        )


async def test_whoever_was_forgotten_and_writes_again_waits_in_quarantine_and_takes_nobody_along(
    house: House, workspace: UUID, mailroom: Mailroom
) -> None:
    await mailroom.arrive(squawk("a", "mia", at=house.now()), squawk("b", "tom", at=house.now()))
    await _forget(house, workspace, "a")
    await mailroom.arrive(squawk("c", "mia", "Here again", at=house.now()))
    await mailroom.arrive(squawk("d", "tom", "Still here", at=house.now()))
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(str, "SELECT external_id FROM message ORDER BY id") == ["a", "b", "d"]
        assert await tx.rows(str, "SELECT state FROM arrival ORDER BY id") == ["sorted", "quarantined", "sorted"]


async def test_a_reply_to_whoever_is_forgotten_meanwhile_is_refused_and_nothing_is_kept(
    house: House, workspace: UUID, mailroom: Mailroom
) -> None:
    await mailroom.arrive(squawk("a", "mia", at=house.now()))
    await _forget(house, workspace, "a")
    with pytest.raises(Conflict, match="forgotten"):
        await _answer(mailroom)
    async with work(house, workspace) as open_work:
        (row,), _ = await show.rows(open_work, "all", member=None)
        assert [one.text for one in (await show.page(open_work, row.id, before=None))[0]] == [None]


async def test_what_was_queued_for_whoever_is_forgotten_meanwhile_does_not_leave(
    house: House, workspace: UUID, mailroom: Mailroom, parrot: object
) -> None:
    await mailroom.arrive(squawk("a", "mia", at=house.now()))
    await _answer(mailroom)
    await _forget(house, workspace, "a")
    await mailroom.deliver()
    assert parrot.SENT == []  # type: ignore[attr-defined]
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(str, "SELECT status FROM message WHERE direction = 'out'") == ["failed"]
