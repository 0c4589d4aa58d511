"""A real PostgreSQL for the tests: one server a run (and a worker), one fresh database a test.

`DUOLOGUE_TEST_POSTGRES=system` takes the system's binaries instead of those that come along.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from duologue.kernel.clock import Turned
from duologue.kernel.database import Database
from duologue.kernel.embedded import Server
from duologue.kernel.house import House
from duologue.kernel.migrate import migrate
from duologue.kernel.vault import Vault
from duologue.settings import Settings
from tests import cast

TEMPLATE = "template_of_the_tests"
# A crash of the machine may cost a test database; nobody minds, and each test begins 20 times sooner.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running server, made for this run and thrown away after it."""
    if os.environ.get("DUOLOGUE_TEST_POSTGRES") == "system":
        os.environ["DUOLOGUE_POSTGRES"] = "system"
    folder = Path(tempfile.mkdtemp(prefix="duologue-test-", dir=_memory()))
    folder.chmod(0o755)
    running = Server(folder / "pg")
    running.start()
    with psycopg.connect(running.url, autocommit=True) as connection:
        for setting in CARELESS:
            name, _, value = setting.partition("=")
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")
    yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres: Server) -> str:
    """The name of a migrated database that no test touches."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    migrate(url_of(postgres, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(postgres: Server, template: str) -> Iterator[str]:
    """A migrated database of this test's own, empty."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        copy = "CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG"
        connection.execute(sql.SQL(copy).format(sql.Identifier(name), sql.Identifier(template)))
        yield url_of(postgres, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def clock() -> Turned:
    """Stands at 24 November 2026, 09:00 UTC until the test turns it. It is `house.now`."""
    return Turned()


@pytest.fixture
def house_settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, public_url="http://duologue.test")


@pytest.fixture
async def house(database_url: str, house_settings: Settings, clock: Turned) -> AsyncIterator[House]:
    """An opened house on a database of its own, on a clock that stands still."""
    opened = House(house_settings, Database(database_url, most=8), Vault(os.urandom(32)), now=clock)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def workspace(house: House) -> UUID:
    """The workspace of the brand Lume."""
    return await cast.found(house, cast.BRAND)


@pytest.fixture
async def other_workspace(house: House) -> UUID:
    """Somebody else's workspace in the same database."""
    return await cast.found(house, cast.OTHER_BRAND)


@pytest.fixture
async def ana(house: House, workspace: UUID) -> cast.Colleague:
    """Lume's administrator."""
    async with house.db.workspace(workspace) as tx:
        return await cast.join(tx, "Ana Ruiz", "ana@lume.example", "administrator")


@pytest.fixture
async def ben(house: House, workspace: UUID) -> cast.Colleague:
    """Lume's agent."""
    async with house.db.workspace(workspace) as tx:
        return await cast.join(tx, "Ben Okafor", "ben@lume.example", "agent")


@pytest.fixture
async def nora(house: House, other_workspace: UUID) -> cast.Colleague:
    """The administrator of the other workspace."""
    async with house.db.workspace(other_workspace) as tx:
        return await cast.join(tx, "Nora Lind", "nora@northwind.example", "administrator")


def _memory() -> Path | None:
    """A folder in memory, where there is one with room: a database is made and dropped there three times sooner."""
    place = Path("/dev/shm")  # noqa: S108 - a test database, under a name of its own
    roomy = place.is_dir() and os.access(place, os.W_OK) and shutil.disk_usage(place).free > 4 * 1024**3
    return place if roomy else None


def url_of(postgres: Server, database: str) -> str:
    """How to reach one of the server's databases."""
    return postgres.url.replace("/postgres?", f"/{database}?")
