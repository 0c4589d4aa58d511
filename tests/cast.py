"""Who appears in the tests: the brand Lume, its team, and the people who write to it."""

from functools import cache
from uuid import UUID

from msgspec import Struct

from duologue.kernel import ids
from duologue.kernel.database import Transaction
from duologue.kernel.house import House
from duologue.team.passwords import _hash as hash_now

BRAND = "Lume"
OTHER_BRAND = "Northwind"
PASSWORD = "seven quiet lamps"


class Person(Struct, frozen=True):
    """Somebody who writes to the brand; `id` is how a platform may call them."""

    name: str
    email: str
    id: str


MIA = Person("Mia Santos", "mia.santos@example.com", "24000000000000001")
JONAS = Person("Jonas Weber", "jonas.weber@example.org", "24000000000000002")
AIKO = Person("相田 愛子", "aiko@example.jp", "24000000000000003")
OMAR = Person("عمر الفارسي", "omar@example.net", "24000000000000004")
ZOE = Person("Zoë O'Connor 🌻", "zoe@example.ie", "24000000000000005")
PEOPLE = (MIA, JONAS, AIKO, OMAR, ZOE)


class Colleague(Struct, frozen=True, kw_only=True):
    """Somebody who answers for the brand."""

    id: UUID
    workspace: UUID
    name: str
    email: str
    role: str
    password: str = PASSWORD


async def found(house: House, name: str) -> UUID:
    """A workspace without anybody in it."""
    workspace = ids.new()
    async with house.db.hall() as tx:
        await tx.run(
            "INSERT INTO workspace (workspace_id, name, key_sealed) VALUES (%(id)s, %(name)s, %(key)s)",
            {"id": workspace, "name": name, "key": house.vault.new_workspace(workspace)},
        )
    return workspace


async def join(tx: Transaction, name: str, email: str, role: str) -> Colleague:
    """A colleague who can sign in with `PASSWORD`."""
    assert tx.workspace is not None
    new = Colleague(id=ids.new(), workspace=tx.workspace, name=name, email=email, role=role)
    await tx.run(
        """
        INSERT INTO member (workspace_id, id, email, name, role, password_hash)
        VALUES (%(workspace)s, %(id)s, %(email)s, %(name)s, %(role)s, %(hash)s)
        """,
        {"workspace": tx.workspace, "id": new.id, "email": email, "name": name, "role": role, "hash": password_hash()},
    )
    return new


@cache
def password_hash() -> str:
    return hash_now(PASSWORD.encode())
