"""Keys of programs. A key acts for its whole workspace, and may make and revoke keys as an administrator does."""

from uuid import UUID

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import structs

from duologue.api import views
from duologue.api.model import Input, Key, NewKey, Page
from duologue.kernel.acts import Act
from duologue.kernel.database import Transaction
from duologue.kernel.house import House
from duologue.team import keys as making
from duologue.team import model as rooms
from duologue.team import store
from duologue.web import tokens
from duologue.web.gate import KeyHolder


class Name(Input, frozen=True, kw_only=True):
    """`name` tells the team what the key is for."""

    name: str


@get("/keys")
async def keys(house: House, key: KeyHolder) -> Page[Key]:
    """The keys that open something, the newest first; there is one page."""
    async with house.db.workspace(key.workspace_id) as tx:
        return Page(items=[views.key_of(one) for one in await store.keys(tx)], next=None)


@post("/keys")
async def add(house: House, key: KeyHolder, data: Name) -> NewKey:
    """Makes a key, and shows it this once."""
    act = Act(by=key.key_id, now=house.now(), wake=house.wake)
    async with house.db.workspace(key.workspace_id) as tx:
        whole = await making.make(tx, act, data.name)
        made = await _made(tx, whole)
    return NewKey(**structs.asdict(views.key_of(made)), key=whole)


@delete("/keys/{id:uuid}")
async def revoke(house: House, key: KeyHolder, id: UUID) -> None:
    """The key opens nothing any more, from now on. It may be the one that asks."""
    act = Act(by=key.key_id, now=house.now(), wake=house.wake)
    async with house.db.workspace(key.workspace_id) as tx:
        await making.revoke(tx, act, id)


async def _made(tx: Transaction, whole: str) -> rooms.Key:
    """The key that was just made, as the list has it."""
    digest = tokens.digest(whole.removeprefix(rooms.KEY_PREFIX))
    holder = await store.key_behind(tx, digest) if digest else None
    return next(one for one in await store.keys(tx) if holder and one.id == holder.key_id)


HANDLERS: list[HTTPRouteHandler] = [keys, add, revoke]
