"""No workspace sees or touches another's rows: first by the program's own WHERE, then by the database alone."""

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from duologue.accounts import connect as accounts_connect
from duologue.accounts import store as accounts_store
from duologue.contacts import look_up
from duologue.conversations import about, attend, show, store_views
from duologue.conversations.reply import Draft, Sender, reply, retry, undo
from duologue.errors import Told
from duologue.kernel import ids
from duologue.kernel.database import Transaction
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.mailroom import store as mailroom_store
from duologue.mailroom import store_outbox
from tests.cast import Colleague
from tests.parrot import Mailroom, connect, squawk

OWN = re.compile(r"(?:\b\w+\.)?workspace_id = %\(workspace\)s")


@pytest.fixture(params=["with the program's own WHERE", "by the database alone"])
def walls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In its second form every `workspace_id = …` of the program is true, so that only the policies are left."""
    if request.param == "by the database alone":
        rows, run = Transaction.rows, Transaction.run

        async def careless_rows(self: Any, into: Any, query: Any, params: Any = None) -> Any:
            return await rows(self, into, OWN.sub("TRUE", query), params)

        async def careless_run(self: Any, query: Any, params: Any = None) -> Any:
            return await run(self, OWN.sub("TRUE", query), params)

        monkeypatch.setattr(Transaction, "rows", careless_rows)
        monkeypatch.setattr(Transaction, "run", careless_run)
    return None


class Theirs:
    """What another workspace has: one of everything, by its id."""

    def __init__(self, conversation: UUID, message: UUID, contact: UUID, channel: UUID) -> None:
        self.conversation, self.message, self.contact, self.channel = conversation, message, contact, channel


@pytest.fixture
async def theirs(house: House, other_workspace: UUID, nora: Colleague, mailroom: Mailroom) -> Theirs:
    """Northwind got a message and answered it; so did Lume, who will look around."""
    channel = await connect(house, other_workspace)
    room = Mailroom(house, other_workspace, channel, mailroom.accounts)
    await room.arrive(squawk("theirs", text="canary", at=house.now(), name="canary"))
    await mailroom.arrive(squawk("ours", at=house.now()))
    async with work(house, other_workspace) as open_work:
        (row,), _ = await show.rows(open_work, "all", member=None)
        abilities = await show.abilities(open_work, row.id)
        (message,) = await reply(
            open_work, row.id, Draft(key=ids.new(), text="canary"), Sender(member=nora.id), abilities
        )
        await attend.draft(open_work, row.id, nora.id, "canary")
    return Theirs(row.id, message, row.contact_id, channel)


async def tables(house: House) -> list[str]:
    """By the catalogue itself: the information schema shows a role only what the role may touch."""
    async with house.db.hall() as tx:
        return await tx.rows(
            str,
            """
            SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND attname = 'workspace_id'
            ORDER BY relname
            """,
        )


async def test_every_table_forces_its_walls(house: House) -> None:
    async with house.db.hall() as tx:
        open_ones = await tx.rows(
            str,
            """
            SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND NOT (relrowsecurity AND relforcerowsecurity)
            """,
        )
    assert sorted(open_ones) == ["follower", "installation", "migration"]  # about the installation, not about people


async def test_no_role_of_the_program_may_pass_the_walls(house: House) -> None:
    async with house.db.hall() as tx:
        able = await tx.rows(
            str, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'duologue\\_%%' AND (rolsuper OR rolbypassrls)", {}
        )
    assert able == []


async def test_selecting_everything_shows_nothing_of_the_other(
    house: House, workspace: UUID, other_workspace: UUID, theirs: Theirs
) -> None:
    seen = 0
    async with house.db.workspace(workspace) as tx:
        for table in await tables(house):
            rows = await tx.rows(UUID, f"SELECT workspace_id FROM {table}")
            assert set(rows) <= {workspace}, table
            seen += len(rows)
    assert seen >= 7


async def test_changing_everything_changes_nothing_of_the_other(
    house: House, workspace: UUID, other_workspace: UUID, theirs: Theirs
) -> None:
    async with house.db.workspace(workspace) as tx:
        assert await tx.run("UPDATE conversation SET unread = 99") == 1
        assert await tx.run("UPDATE contact SET name_sealed = NULL") == 1
    async with house.db.workspace(other_workspace) as tx:
        assert await tx.rows(int, "SELECT unread FROM conversation") != [99]
        assert await tx.rows(bool, "SELECT name_sealed IS NOT NULL FROM contact") == [True]


async def test_nothing_can_be_written_into_the_other(house: House, workspace: UUID, other_workspace: UUID) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with house.db.workspace(workspace) as tx:
            await tx.run(
                "INSERT INTO contact (workspace_id, id) VALUES (%(other)s, %(id)s)",
                {"other": other_workspace, "id": ids.new()},
            )


async def test_without_a_workspace_there_is_nothing(house: House, workspace: UUID, theirs: Theirs) -> None:
    async with house.db.workspace(ids.new()) as tx:
        for table in await tables(house):
            assert await tx.rows(int, f"SELECT count(*) FROM {table}") == [0], table


async def test_the_door_reads_nothing(house: House, workspace: UUID, theirs: Theirs) -> None:
    for table in await tables(house):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with house.db.door() as tx:
                await tx.rows(UUID, f"SELECT workspace_id FROM {table}")


SEALED = [
    ("message", "content_sealed"), ("message", "external_id"), ("contact", "name_sealed"), ("contact", "key_sealed"),
    ("address", "external_sealed"), ("arrival", "body_sealed"), ("draft", "text_sealed"), ("set_aside", "item_sealed"),
    ("attachment", "facts_sealed"), ("conversation", "preview_sealed"), ("parked", "event_sealed"),
    ("revision", "content_sealed"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), SEALED)
async def test_the_hall_opens_no_content(house: House, table: str, column: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with house.db.hall() as tx:
            await tx.rows(bytes, f"SELECT {column} FROM {table}")


def _draft() -> Draft:
    return Draft(key=ids.new(), text="intruding")


ACTS: dict[str, Callable[[Work, Theirs, Colleague], Awaitable[Any]]] = {
    "talk": lambda w, t, a: show.talk(w, t.conversation, member=a.id, position="0-0"),
    "abilities": lambda w, t, a: show.abilities(w, t.conversation),
    "contact": lambda w, t, a: about.contact(w, t.contact, but=t.conversation),
    "mark-up": lambda w, t, a: show.html(w, t.message),
    "assign": lambda w, t, a: attend.assign(w, t.conversation, a.id, by=a.id),
    "close": lambda w, t, a: attend.close(w, t.conversation, by=a.id),
    "reopen": lambda w, t, a: attend.reopen(w, t.conversation, by=a.id),
    "draft": lambda w, t, a: attend.draft(w, t.conversation, a.id, "intruding"),
    "retry": lambda w, t, a: retry(w, t.message),
    "pause": lambda w, t, a: accounts_connect.pause(w, t.channel, by=a.id),
    "change": lambda w, t, a: accounts_connect.change(w, t.channel, "Mine", {}, by=a.id),
}


@pytest.mark.parametrize("act", ACTS)
async def test_acting_on_the_other_is_acting_on_nothing(
    walls: None,
    house: House,
    workspace: UUID,
    other_workspace: UUID,
    theirs: Theirs,
    ana: Colleague,
    act: str,
) -> None:
    before = await _everything(house, other_workspace)
    with pytest.raises(Told) as told:
        async with work(house, workspace) as open_work:
            await ACTS[act](open_work, theirs, ana)
    assert "canary" not in str(told.value)
    assert await _everything(house, other_workspace) == before


async def test_answering_the_other_is_refused(
    walls: None,
    house: House,
    workspace: UUID,
    other_workspace: UUID,
    theirs: Theirs,
    ana: Colleague,
    mailroom: Mailroom,
) -> None:
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    before = await _everything(house, other_workspace)
    with pytest.raises(Told):
        async with work(house, workspace) as open_work:
            await reply(open_work, theirs.conversation, _draft(), Sender(member=ana.id), connected.channel.abilities)
    async with work(house, workspace) as open_work:
        assert not await undo(open_work, theirs.message)
    assert await _everything(house, other_workspace) == before


async def test_reading_around_shows_nothing_of_the_other(
    walls: None, house: House, workspace: UUID, theirs: Theirs, ana: Colleague
) -> None:
    async with work(house, workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=ana.id)
        contacts = await look_up.page(open_work, before=None, most=50)
        team = await open_work.tx.ask(store_views.team(open_work.tx))
        held = await mailroom_store.held(open_work.tx, None, 50)
        accounts = await accounts_store.all_of(open_work.tx)
        assert await show.bubbles(open_work, [theirs.message]) == []
        assert await show.rows_of(open_work, [theirs.conversation]) == []
        assert await look_up.contacts(open_work, [theirs.contact]) == {}
        assert await store_outbox.load(open_work.tx, [theirs.message]) == []
        assert await open_work.tx.ask(store_views.files(open_work.tx, [theirs.message])) == []
    assert [row.contact_name for row in rows] == ["mia"]
    assert (len(contacts), [mate.id for mate in team], held, len(accounts)) == (1, [ana.id], [], 1)


async def _everything(house: House, workspace: UUID) -> dict[str, list[str]]:
    """Every row of a workspace, as text."""
    found: dict[str, list[str]] = {}
    for table in await tables(house):
        async with house.db.workspace(workspace) as tx:
            found[table] = await tx.rows(str, f"SELECT row_to_json(x)::text FROM {table} AS x ORDER BY 1")
    return found
