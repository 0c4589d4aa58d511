"""A fresh key is fetched by one for all, and what it gave is kept whatever else is changed meanwhile."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from duologue.accounts import connect
from duologue.accounts.connected import account
from duologue.accounts.renew import renew
from duologue.kernel.egress import NoAnswer
from duologue.kernel.house import House
from duologue.kernel.work import work
from tests.accounts.test_connect import made, row, settings_of


async def test_five_who_come_at_once_fetch_one_key(house: House, workspace: UUID) -> None:
    made_row = await made(house, workspace)
    connected = await account(house, workspace, made_row.id)
    assert connected
    asked = []

    async def make(its: Any) -> Any:
        asked.append(its.settings.token)
        async with work(house, workspace) as open_work:  # somebody saves the form in this very moment
            await connect.change(open_work, made_row.id, "", {"notes": "new"}, by=None)
        return replace(its.settings, token="fresh")

    found = await asyncio.gather(*(renew(house, connected.account, make) for _ in range(5)))
    assert asked == ["EAAB-secret"]
    assert {one.notes for one in found} == {"new"}
    kept = await settings_of(house, await row(house, workspace, made_row.id))
    assert (kept.token, kept.notes) == ("fresh", "new")


async def test_after_a_failure_the_next_one_tries(house: House, workspace: UUID) -> None:
    made_row = await made(house, workspace)
    connected = await account(house, workspace, made_row.id)
    assert connected

    async def fails(its: Any) -> Any:
        raise NoAnswer("down", sent=True)

    async def works(its: Any) -> Any:
        return replace(its.settings, token="fresh")

    with pytest.raises(NoAnswer):
        await renew(house, connected.account, fails)
    assert (await renew(house, connected.account, works)).token == "fresh"
