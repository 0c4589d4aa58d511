"""A database is brought to this program's schema once, whoever starts first; a strange one is left alone."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from duologue.errors import Stop
from duologue.kernel import migrate as migrations
from duologue.kernel.embedded import Server
from duologue.kernel.migrate import Step, migrate, steps
from tests.database import url_of


@pytest.fixture
def empty_url(postgres: Server) -> Iterator[str]:
    """A database with nothing in it."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} STRATEGY WAL_LOG").format(sql.Identifier(name)))
        yield url_of(postgres, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_steps_are_numbered_without_gaps() -> None:
    assert [step.number for step in steps()] == list(range(1, len(steps()) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", step.name) for step in steps())


def test_an_empty_database_gets_everything_once(empty_url: str) -> None:
    assert migrate(empty_url) == [step.name for step in steps()]
    assert migrate(empty_url) == []
    assert _ask(empty_url, "SELECT number, checksum FROM migration ORDER BY number") == [
        (step.number, step.checksum) for step in steps()
    ]


def test_two_who_start_at_once_do_it_once_between_them(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate(empty_url), range(4)))
    assert sorted(applied) == [[], [], [], [step.name for step in steps()]]


def test_a_newer_database_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO migration (number, name, checksum) VALUES (9999, '9999_x.sql', 'x')")
    with pytest.raises(Stop, match=r"belongs to a newer Duologue.*9999.*Nothing was changed"):
        migrate(database_url)


def test_a_step_that_was_changed_afterwards_is_told(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE migration SET checksum = 'x' WHERE number = 1")
    with pytest.raises(Stop, match=f"{re.escape(steps()[0].name)} is not the one"):
        migrate(database_url)


def test_a_step_that_fails_leaves_nothing_of_itself(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Step(len(steps()) + 1, "9_broken.sql", "CREATE TABLE half (a int); SELECT 1 / 0")
    mended = Step(len(steps()) + 1, "9_broken.sql", "CREATE TABLE half (a int)")
    real = steps()
    monkeypatch.setattr(migrations, "steps", lambda: [*real, broken])
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(database_url)
    assert _ask(database_url, "SELECT to_regclass('half')") == [(None,)]
    monkeypatch.setattr(migrations, "steps", lambda: [*real, mended])
    assert migrate(database_url) == ["9_broken.sql"]


def test_an_older_server_is_told_what_is_needed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", property(lambda self: 140012))
    with pytest.raises(Stop, match="PostgreSQL 15 or newer is needed; this server is 14"):
        migrate(database_url)


def test_a_server_that_is_not_there_is_one_line() -> None:
    with pytest.raises(Stop, match=r"^The database cannot be reached: [^\n]+$"):
        migrate("postgresql://x@127.0.0.1:1/x")


def test_an_address_that_is_none_is_one_line() -> None:
    with pytest.raises(Stop, match="database"):
        migrate("nonsense = = 3")


def _as_ordinary_user(postgres: Server, empty_url: str, *, may_make_roles: bool) -> str:
    name = f"user_{uuid4().hex[:8]}"
    database = empty_url.split("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(postgres.url, autocommit=True) as owner:
        can = sql.SQL("CREATEROLE" if may_make_roles else "NOCREATEROLE")
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(name), can))
        owner.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database), sql.Identifier(name)))
    return empty_url.replace("duologue@", f"{name}@")


def test_who_may_not_make_roles_is_told_what_to_do(postgres: Server, empty_url: str, template: str) -> None:
    url = _as_ordinary_user(postgres, empty_url, may_make_roles=False)
    with pytest.raises(Stop, match=r"may not do what is needed.*own the database and create roles"):
        migrate(url)
