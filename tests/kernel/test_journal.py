# ruff: noqa: PT012 (it is the transaction as a whole that raises)
"""Followers of the journal miss nothing, whoever commits when."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from duologue.kernel import ids, journal
from duologue.kernel.house import House
from duologue.kernel.journal import Entry, Position, Told
from duologue.kernel.work import work


async def _tell(house: House, workspace: UUID, *states: str) -> None:
    async with work(house, workspace) as open_work:
        await open_work.tell(*(Entry(kind="test.done", state=state) for state in states))


async def _since(house: House, position: Position, **more: int) -> list[Told]:
    async with house.db.hall() as tx:
        return await journal.since(tx, position, **more)


async def _here(house: House) -> Position:
    async with house.db.hall() as tx:
        return await journal.here(tx)


def _states(entries: list[Told]) -> list[str | None]:
    return [entry.state for entry in entries]


async def test_a_row_that_commits_late_is_not_skipped(house: House, workspace: UUID) -> None:
    """The early writer has the smaller number and commits last; a follower must not have gone past it."""
    position = await _here(house)
    async with work(house, workspace) as early:
        await early.tell(Entry(kind="test.done", state="early"))
        await early.tx.row(int, "SELECT 1")  # what was only to be sent later is there now
        await _tell(house, workspace, "late")
        assert await _since(house, position) == []  # the late one waits for the early one
    entries = await _since(house, position)
    assert _states(entries) == ["early", "late"]
    assert await _since(house, entries[-1].position) == []


async def test_a_transaction_without_a_word_holds_the_others_back_only_while_it_writes(
    house: House, workspace: UUID
) -> None:
    position = await _here(house)
    async with house.db.hall() as reader:
        await reader.rows(int, "SELECT 1")
        await _tell(house, workspace, "one")
        assert _states(await _since(house, position)) == ["one"]


async def test_reading_step_by_step_is_reading_all(house: House, workspace: UUID) -> None:
    position = await _here(house)
    for number in range(4):
        await _tell(house, workspace, *(f"{number}.{part}" for part in range(3)))
    read = []
    while entries := await _since(house, position, most=2):
        read += _states(entries)
        position = entries[-1].position
    assert read == [f"{number}.{part}" for number in range(4) for part in range(3)]


async def test_what_was_taken_back_is_not_told(house: House, workspace: UUID) -> None:
    position = await _here(house)
    with pytest.raises(ZeroDivisionError):
        async with work(house, workspace) as open_work:
            await open_work.tell(Entry(kind="test.done", state="never"))
            raise ZeroDivisionError
    await _tell(house, workspace, "yes")
    assert _states(await _since(house, position)) == ["yes"]


async def test_a_position_taken_before_reading_covers_what_commits_meanwhile(house: House, workspace: UUID) -> None:
    """The page: position first, then rows. What the page's rows did not show yet comes after the position."""
    async with work(house, workspace) as open_work:
        await open_work.tell(Entry(kind="test.done", state="unfinished"))
        position = await _here(house)
        async with house.db.workspace(workspace) as page:
            assert await page.rows(str, "SELECT state FROM journal") == []
    assert _states(await _since(house, position)) == ["unfinished"]


async def test_a_position_covers_nothing_that_the_page_shows_already(house: House, workspace: UUID) -> None:
    await _tell(house, workspace, "shown")
    assert await _since(house, await _here(house)) == []


async def test_pruning_forgets_the_oldest_in_chunks(
    house: House, workspace: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "CHUNK", 3)
    await _tell(house, workspace, *"abcde")
    async with house.db.hall() as tx:
        assert await journal.prune(tx, keep_days=1) == 0
    await _age(house, timedelta(days=2))
    await _tell(house, workspace, "f")
    gone = []
    for _ in range(3):
        async with house.db.hall() as tx:
            gone.append(await journal.prune(tx, keep_days=1))
    assert gone == [3, 2, 0]
    assert _states(await _since(house, Position(0, 0))) == ["f"]


async def test_the_oldest_is_the_first_that_is_kept(house: House, workspace: UUID) -> None:
    async with house.db.hall() as tx:
        assert await journal.oldest(tx) is None
    await _tell(house, workspace, "a", "b")
    async with house.db.hall() as tx:
        assert await journal.oldest(tx) == (await journal.since(tx, Position(0, 0)))[0].position


async def test_the_journal_cannot_be_changed_by_whoever_writes_it(house: House, workspace: UUID) -> None:
    import psycopg

    await _tell(house, workspace, "a")
    for change in ("UPDATE journal SET state = 'b'", "DELETE FROM journal", "DELETE FROM audit"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with house.db.workspace(workspace) as tx:
                await tx.run(change)


async def test_nothing_to_tell_writes_nothing(house: House, workspace: UUID) -> None:
    async with work(house, workspace) as open_work:
        await open_work.tell()
        assert await open_work.tx.rows(int, "SELECT count(*)::int FROM journal") == [0]


async def test_entries_hold_what_they_are_about(house: House, workspace: UUID) -> None:
    position, conversation, message, subject = await _here(house), ids.new(), ids.new(), ids.new()
    entry = Entry(kind="test.done", conversation_id=conversation, message_id=message, subject_id=subject, state="s")
    async with work(house, workspace) as open_work:
        await open_work.tell(entry)
    (told,) = await _since(house, position)
    assert (told.workspace_id, told.kind, told.conversation_id, told.message_id, told.subject_id, told.state) == (
        workspace, "test.done", conversation, message, subject, "s",
    )  # fmt: skip


@given(xid=some.integers(0, 2**63 - 1), row=some.integers(0, 2**63 - 1))
def test_a_position_reads_back_what_it_wrote(xid: int, row: int) -> None:
    assert Position.parse(str(Position(xid, row))) == Position(xid, row)


@pytest.mark.parametrize(
    "text",
    ["", "-", "1", "1-", "-1", "a-1", "1-a", "1-1-1", "+1-1", " 1-1", "1_0-1", "١-١", "²-1", "1" * 50 + "-1", "1-1\n"],
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Position.parse(text)


@pytest.mark.parametrize("text", ["18446744073709551616-1", "9223372036854775808-1", "1-9223372036854775808"])
async def test_a_position_that_no_database_can_have_is_refused_or_harmless(house: House, text: str) -> None:
    try:
        position = Position.parse(text)
    except ValueError:
        return
    assert await _since(house, position) == []


async def _age(house: House, by: timedelta) -> None:
    import psycopg

    with psycopg.connect(house.db.url) as owner:
        owner.execute("UPDATE journal SET at = at - %s", [by])
