"""Finding an account by its id, fast, and never long after it changed."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from duologue.accounts import connect, store
from duologue.accounts.connected import Accounts, account
from duologue.accounts.model import Connected, State
from duologue.kernel.house import House
from duologue.kernel.work import work
from tests.accounts.pretend import KIND, PRETEND
from tests.accounts.test_connect import made


async def until(ask: Callable[[], Awaitable[Connected | None]], true: Callable[[Connected | None], bool]) -> None:
    """Asks at every turn of the loop, for four seconds (after five it would look anyway), until it is as wanted."""
    async with asyncio.timeout(4):
        while not true(await ask()):  # noqa: ASYNC110 - a turn of the loop, not a pause
            await asyncio.sleep(0)


async def test_an_account_comes_ready_to_work_with(house: House, accounts: Accounts, workspace: UUID) -> None:
    row = await made(house, workspace, allow=("10.0.0.5:993",))
    found = await accounts.get(row.id)
    assert found
    assert (found.channel, found.kind, found.state, found.workspace_id) == (PRETEND, KIND, State.ACTIVE, workspace)
    assert found.account.settings.token == "EAAB-secret"
    assert found.account.public_url == "http://duologue.test"
    assert found.account.egress is house.egress.allowing(["10.0.0.5:993"])


async def test_what_was_asked_for_just_now_is_not_asked_again(
    house: House, accounts: Accounts, workspace: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await made(house, workspace)
    asked: list[UUID] = []
    looking = store.anywhere

    async def counted(tx: object, id: UUID) -> object:
        asked.append(id)
        return await looking(tx, id)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "anywhere", counted)
    nobody = uuid4()
    await accounts.get(row.id)
    await accounts.get(nobody)
    asked.clear()
    assert await accounts.get(row.id)
    assert await accounts.get(nobody) is None
    assert asked == []


async def test_a_change_is_seen_at_once(house: House, accounts: Accounts, workspace: UUID) -> None:
    row = await made(house, workspace)
    assert await accounts.get(row.id)
    async with work(house, workspace) as open_work:
        await connect.pause(open_work, row.id, by=None)
    await until(lambda: accounts.get(row.id), lambda found: found is not None and found.state is State.PAUSED)


async def test_a_change_by_another_process_is_seen_at_once(house: House, accounts: Accounts, workspace: UUID) -> None:
    row = await made(house, workspace)
    assert await accounts.get(row.id)
    with house.wake.bell("channels") as bell:
        await bell.wait(0.5)
    await accounts.get(row.id)
    elsewhere = await house.db.alone()
    await elsewhere.execute("UPDATE channel SET name = 'Renamed'")
    await elsewhere.execute("NOTIFY duologue, 'channels'")
    await elsewhere.close()
    await until(lambda: accounts.get(row.id), lambda found: found is not None and found.name == "Renamed")


async def test_nothing_old_is_remembered_when_it_changes_while_it_is_read(
    house: House, accounts: Accounts, workspace: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await made(house, workspace)
    looking = store.anywhere

    async def slow(tx: object, id: UUID) -> object:
        found = await looking(tx, id)  # type: ignore[arg-type]
        async with work(house, workspace) as open_work:
            await connect.pause(open_work, id, by=None)
        accounts.forget()
        return found

    monkeypatch.setattr(store, "anywhere", slow)
    await accounts.get(row.id)
    monkeypatch.setattr(store, "anywhere", looking)
    found = await accounts.get(row.id)
    assert found
    assert found.state is State.PAUSED


async def test_all_that_are_switched_on_are_found_in_every_workspace(
    house: House, accounts: Accounts, workspace: UUID, other_workspace: UUID
) -> None:
    one, two = await made(house, workspace), await made(house, other_workspace)
    await made(house, workspace, {"page": "12"})  # a draft
    paused = await made(house, workspace)
    async with work(house, workspace) as open_work:
        await connect.pause(open_work, paused.id, by=None)
    assert [found.account.id for found in await accounts.all()] == [one.id, two.id]
    assert [found.account.id for found in await accounts.all(KIND)] == [one.id, two.id]
    assert await accounts.all("other") == []


async def test_an_account_of_another_workspace_is_not_found(
    house: House, workspace: UUID, other_workspace: UUID
) -> None:
    row = await made(house, workspace)
    assert await account(house, workspace, row.id)
    assert await account(house, other_workspace, row.id) is None


async def test_an_account_that_cannot_be_read_stops_no_other(house: House, accounts: Accounts, workspace: UUID) -> None:
    spoilt, whole = await made(house, workspace), await made(house, workspace)
    async with house.db.workspace(workspace) as tx:
        await tx.run(
            "UPDATE channel SET settings_sealed = settings_sealed || '\\x00' WHERE id = %(id)s", {"id": spoilt.id}
        )
    assert await accounts.get(spoilt.id) is None
    assert [found.account.id for found in await accounts.all()] == [whole.id]


async def test_trouble_and_its_end_reach_the_account(house: House, accounts: Accounts, workspace: UUID) -> None:
    row = await made(house, workspace)
    async with work(house, workspace) as open_work:
        await accounts.trouble(open_work, row.id, "Slow.")
    await accounts.broken(workspace, row.id, "The token was revoked.")
    await until(lambda: accounts.get(row.id), lambda found: found is not None and found.state is State.BROKEN)
    assert await accounts.all() == []
    await accounts.well(workspace, row.id)
    await until(lambda: accounts.get(row.id), lambda found: found is not None and found.state is State.ACTIVE)
