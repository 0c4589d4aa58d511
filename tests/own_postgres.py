"""A PostgreSQL of an operator's own, with users that are no superusers."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from duologue.errors import Stop
from duologue.kernel.embedded import Server

Databases = Callable[[], dict[str, str]]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The system's PostgreSQL, on a folder of its own."""
    folder = tmp_path_factory.mktemp("cluster") / "pg"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUOLOGUE_POSTGRES", "system")
        try:
            server = Server(folder)
        except Stop as stop:
            pytest.skip(str(stop))
        server.start()
    yield server
    server.stop()


@pytest.fixture
def databases(cluster: Server) -> Iterator[Callable[[], dict[str, str]]]:
    """Makes databases, each with an owner that may make roles and nothing more; how a program is told of one."""
    made: list[str] = []

    def make() -> dict[str, str]:
        name = f"lume_{uuid4().hex[:8]}"
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            for words in ("CREATE ROLE {} LOGIN CREATEROLE", "CREATE DATABASE {0} OWNER {0}"):
                connection.execute(sql.SQL(words).format(sql.Identifier(name)))
        made.append(name)
        return {"DATABASE_URL": f"postgresql://{name}@/{name}?host={cluster.folder}"}

    yield make
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


__all__ = ["Databases", "cluster", "databases"]
