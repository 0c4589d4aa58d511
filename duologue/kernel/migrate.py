"""Brings a database to this program's schema: numbered SQL files, forward only, each once, under one lock."""

from hashlib import sha256
from importlib.resources import files

import psycopg
from msgspec import Struct

from duologue.errors import Stop
from duologue.kernel import crash

_LOCK = 0x64756F6C  # "duol"


_FOLDER = files("duologue.kernel").joinpath("migrations")


class Step(Struct, frozen=True):
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def steps() -> list[Step]:
    """The migrations of this program, in order."""
    found = [file for file in _FOLDER.iterdir() if file.name[:4].isdigit() and file.name.endswith(".sql")]
    return sorted((Step(int(f.name[:4]), f.name, f.read_text()) for f in found), key=lambda step: step.number)


def migrate(url: str) -> list[str]:
    """Applies what is missing and returns the names of what it applied. Raises `Stop`."""
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Stop(f"The database cannot be reached: {str(error).strip().splitlines()[0]}") from error
    except psycopg.ProgrammingError as error:
        raise Stop(f"The database's address cannot be used: {str(error).strip().splitlines()[0]}") from error
    with connection:
        if connection.info.server_version < 150000:
            raise Stop(f"PostgreSQL 15 or newer is needed; this server is {connection.info.server_version // 10000}.")
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            return _missing(connection)
        except psycopg.errors.InsufficientPrivilege as error:
            raise Stop(f"The database user may not do what is needed ({error.diag.message_primary}). "
                       "Let it own the database and create roles.") from error  # fmt: skip
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def make_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """The roles that transactions are opened as; a server's databases share them."""
    connection.execute(_FOLDER.joinpath("roles.sql").read_text().encode())


def _missing(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migration "
        "(number int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
    )
    done = {int(str(row[0])): str(row[1]) for row in connection.execute("SELECT number, checksum FROM migration")}
    known = {step.number: step for step in steps()}
    if newer := set(done) - set(known):
        raise Stop(
            f"This database belongs to a newer Duologue (schema {max(newer)}, this program knows "
            f"{max(known)}). Start the newer program, or restore a backup made by this one. Nothing was changed."
        )
    make_roles(connection)
    applied = []
    for step in known.values():
        if step.number not in done:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '20s'")
                connection.execute(step.sql.encode())
                connection.execute(
                    "INSERT INTO migration (number, name, checksum) VALUES (%s, %s, %s)",
                    [step.number, step.name, step.checksum],
                )
                crash.point("migrate.step")
            applied.append(step.name)
        elif done[step.number] != step.checksum:
            raise Stop(f"Migration {step.name} is not the one that was applied to this database. Nothing was changed.")
    return applied
