"""Connecting an account, changing it, pausing it."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from duologue.accounts import connect, health, store
from duologue.accounts.model import AccountRow, State, Wanted, WrongSettings
from duologue.accounts.settings import opened
from duologue.accounts.show import shown
from duologue.errors import Conflict, Invalid, NotFound
from duologue.kernel.house import House
from duologue.kernel.work import work
from tests.accounts.pretend import KIND, MADE_KEY, Settings
from tests.cast import Colleague

WHOLE = {"page": "12", "token": "EAAB-secret"}


async def made(house: House, workspace: UUID, given: dict[str, str] = WHOLE, **more: object) -> AccountRow:
    async with work(house, workspace) as open_work:
        return await connect.make(open_work, Wanted(kind=KIND, given=given, **more), by=None)  # type: ignore[arg-type]


async def row(house: House, workspace: UUID, id: UUID) -> AccountRow:
    async with house.db.workspace(workspace) as tx:
        found = await store.one(tx, id)
    assert found
    return found


async def settings_of(house: House, account: AccountRow) -> Settings:
    return opened(await house.safe(account.workspace_id), account)[1]


async def test_a_whole_account_is_switched_on(house: House, workspace: UUID) -> None:
    account = await made(house, workspace, {**WHOLE, "port": "143", "sign": "false", "security": "none"})
    assert account.state is State.ACTIVE
    assert account.name == "Page 12"
    assert await settings_of(house, await row(house, workspace, account.id)) == Settings(
        page="12", token="EAAB-secret", key=MADE_KEY, port=143, sign=False, security="none"
    )


async def test_an_account_with_something_missing_is_a_draft(house: House, workspace: UUID) -> None:
    account = await made(house, workspace, {"page": "12"})
    assert account.state is State.DRAFT
    assert shown(await house.safe(workspace), account).missing == ["token"]
    assert shown(await house.safe(workspace), account).state == "incomplete"


async def test_no_setting_lies_open_in_the_database(house: House, workspace: UUID) -> None:
    await made(house, workspace, {**WHOLE, "notes": "between us"})
    async with house.db.hall() as tx:
        (columns,) = await tx.rows(str, "SELECT channel::text FROM channel")
        (kept,) = await tx.rows(bytes, "SELECT settings_sealed FROM channel")
    for secret in ("EAAB-secret", "between us", MADE_KEY):
        assert secret not in columns
        assert secret.encode() not in kept


async def test_sealed_settings_open_for_their_own_account_only(
    house: House, workspace: UUID, other_workspace: UUID
) -> None:
    one, two = await made(house, workspace), await made(house, workspace, {"page": "13"})
    swapped = replace(two, settings_sealed=one.settings_sealed)
    assert shown(await house.safe(workspace), swapped).trouble == "Its settings cannot be read. Fill them in again."
    assert shown(await house.safe(other_workspace), one).trouble


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"port": "many"}, "port", "Port: This must be a number."),
        ({"port": ""}, "port", "Port: This must be a number."),
        ({"security": "ssl"}, "security", "Encryption: This must be one of: tls, none."),
        ({"colour": "red"}, "colour", "colour: There is no such setting. Known: page, token, key, port"),
        ({"page": "12\r\nBcc: x"}, "page", "Page: This contains signs that cannot be used here."),
        ({"token": "a\0b"}, "token", "Token: This contains signs that cannot be used here."),
        ({"notes": "x" * 20_001}, "notes", "Notes: This is too long."),
    ],
)
async def test_a_wrong_setting_is_named(
    house: House, workspace: UUID, given: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(WrongSettings) as refused:
        await made(house, workspace, {**WHOLE, **given})
    assert list(refused.value.fields) == [field]
    assert refused.value.field == field
    assert words in str(refused.value)
    async with house.db.workspace(workspace) as tx:
        assert await store.all_of(tx) == []


async def test_an_unknown_kind_is_not_found(house: House, workspace: UUID) -> None:
    with pytest.raises(NotFound):
        async with work(house, workspace) as open_work:
            await connect.make(open_work, Wanted(kind="nothing"), by=None)


@pytest.mark.parametrize("name", ["x" * 101, "a\0b", "\u202eevil"])
async def test_a_name_that_cannot_be_drawn_is_refused(house: House, workspace: UUID, name: str) -> None:
    with pytest.raises(Invalid):
        await made(house, workspace, name=name)


async def test_a_change_keeps_secrets_that_are_left_empty(house: House, workspace: UUID) -> None:
    account = await made(house, workspace)
    async with work(house, workspace) as open_work:
        changed = await connect.change(open_work, account.id, "Shop", {"page": "13", "token": "", "key": ""}, by=None)
    assert (changed.name, changed.state) == ("Shop", State.ACTIVE)
    kept = await settings_of(house, await row(house, workspace, account.id))
    assert kept == Settings(page="13", token="EAAB-secret", key=MADE_KEY)


async def test_filling_in_the_rest_switches_a_draft_on(house: House, workspace: UUID) -> None:
    account = await made(house, workspace, {"page": "12"})
    async with work(house, workspace) as open_work:
        assert (await connect.change(open_work, account.id, "", {"token": "t"}, by=None)).state is State.ACTIVE


async def test_emptying_what_is_needed_switches_off(house: House, workspace: UUID) -> None:
    account = await made(house, workspace)
    async with work(house, workspace) as open_work:
        assert (await connect.change(open_work, account.id, "", {"page": ""}, by=None)).state is State.DRAFT


async def test_pausing_holds_until_resumed(house: House, workspace: UUID) -> None:
    account = await made(house, workspace)
    async with work(house, workspace) as open_work:
        await connect.pause(open_work, account.id, by=None)
        assert (await connect.change(open_work, account.id, "", {"token": "new"}, by=None)).state is State.PAUSED
        await connect.resume(open_work, account.id, by=None)
    assert (await row(house, workspace, account.id)).state is State.ACTIVE


async def test_a_draft_is_neither_paused_nor_resumed(house: House, workspace: UUID) -> None:
    account = await made(house, workspace, {"page": "12"})
    for verb in (connect.pause, connect.resume):
        with pytest.raises(Conflict):
            async with work(house, workspace) as open_work:
                await verb(open_work, account.id, by=None)
    assert (await row(house, workspace, account.id)).state is State.DRAFT


async def test_a_disconnected_account_has_forgotten_its_keys_and_places(house: House, workspace: UUID) -> None:
    account = await made(house, workspace, allow=("mail.lan:993",))
    async with work(house, workspace) as open_work:
        await connect.disconnect(open_work, account.id, by=None)
    gone = await row(house, workspace, account.id)
    assert (gone.state, gone.allow) == (State.DRAFT, [])
    assert await settings_of(house, gone) == Settings(key=MADE_KEY)


async def test_trouble_is_told_once_and_passes(house: House, workspace: UUID) -> None:
    account = await made(house, workspace)
    for _ in range(3):
        async with house.db.workspace(workspace) as tx:
            await health.trouble(tx, house.wake, account.id, "The mailbox is full.", now=house.now())
    troubled = shown(await house.safe(workspace), await row(house, workspace, account.id))
    assert (troubled.state, troubled.trouble) == ("trouble", "The mailbox is full.")
    async with house.db.workspace(workspace) as tx:
        await health.well(tx, house.wake, account.id, now=house.now())
        told = await tx.rows(str, "SELECT state FROM journal WHERE kind = 'channel.changed' ORDER BY id")
    assert told == ["connected", "troubled", "mended"]


async def test_a_broken_account_stands_still_until_it_works(house: House, workspace: UUID) -> None:
    account = await made(house, workspace)
    async with house.db.workspace(workspace) as tx:
        await health.broken(tx, house.wake, account.id, "The token was revoked.", now=house.now())
    assert (await row(house, workspace, account.id)).state is State.BROKEN
    async with house.db.workspace(workspace) as tx:
        await health.well(tx, house.wake, account.id, now=house.now())
    assert (await row(house, workspace, account.id)).state is State.ACTIVE


async def test_a_paused_account_does_not_break_and_does_not_wake_by_itself(house: House, workspace: UUID) -> None:
    account = await made(house, workspace)
    async with work(house, workspace) as open_work:
        await connect.pause(open_work, account.id, by=None)
        await health.broken(open_work.tx, house.wake, account.id, "The token was revoked.", now=house.now())
        await health.well(open_work.tx, house.wake, account.id, now=house.now())
    assert (await row(house, workspace, account.id)).state is State.PAUSED


async def test_signs_of_life_are_written_now_and_then(house: House, workspace: UUID, clock: object) -> None:
    account = await made(house, workspace)
    first = house.now()
    async with house.db.workspace(workspace) as tx:
        await health.mark_in(tx, account.id, first)
        await health.mark_out(tx, account.id, first)
        await health.mark_in(tx, account.id, clock.turn(seconds=9))  # type: ignore[attr-defined]
    alive = await row(house, workspace, account.id)
    assert (alive.last_in_at, alive.last_out_at) == (first, first)
    async with house.db.workspace(workspace) as tx:
        await health.mark_in(tx, account.id, clock.turn(seconds=9))  # type: ignore[attr-defined]
    assert (await row(house, workspace, account.id)).last_in_at == house.now()


async def test_another_workspace_finds_nothing(house: House, workspace: UUID, nora: Colleague) -> None:
    account = await made(house, workspace)
    verbs = (connect.pause, connect.resume, connect.disconnect)
    for verb in verbs:
        with pytest.raises(NotFound):
            async with work(house, nora.workspace) as open_work:
                await verb(open_work, account.id, by=nora.id)
    with pytest.raises(NotFound):
        async with work(house, nora.workspace) as open_work:
            await connect.change(open_work, account.id, "Eve", {"token": "x"}, by=nora.id)
    async with house.db.workspace(nora.workspace) as tx:
        await health.trouble(tx, house.wake, account.id, "x", now=house.now())
        await health.broken(tx, house.wake, account.id, "x", now=house.now())
        await health.mark_in(tx, account.id, house.now())
    assert await row(house, workspace, account.id) == account
