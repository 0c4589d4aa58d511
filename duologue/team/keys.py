"""Keys with which programs act for a workspace. Shown once; a hash is kept."""

from uuid import UUID

from duologue.errors import NotFound
from duologue.kernel import ids
from duologue.kernel.acts import Act, record
from duologue.kernel.database import Transaction
from duologue.kernel.house import House
from duologue.team import store
from duologue.team.model import HINT_LENGTH, KEY_PREFIX
from duologue.web import tokens
from duologue.web.gate import KeyHolder
from duologue.web.lines import line


async def make(tx: Transaction, act: Act, name: str) -> str:
    """A new key of the workspace, whole, for this once. Raises `Invalid` for its name."""
    token = tokens.make()
    key_id, whole = ids.new(), KEY_PREFIX + token
    key = {
        "id": key_id,
        "name": line(name, "name"),
        "token": tokens.digest(token),
        "hint": whole[:HINT_LENGTH],
        "by": act.by,
    }
    await store.add_key(tx, key, now=act.now)
    await record(tx, act, "key.made", key_id, topic="team")
    return whole


async def revoke(tx: Transaction, act: Act, id: UUID) -> None:
    """The key opens nothing any more. Raises `NotFound`."""
    if not await store.revoke_key(tx, id, now=act.now):
        raise NotFound("There is no such key.")
    await record(tx, act, "key.revoked", id, topic="team")


async def key_of(house: House, authorization: str | None) -> KeyHolder | None:
    """Who sends this Authorization header ("Bearer dlg_…"); None for anything that is no valid key."""
    scheme, _, key = (authorization or "").partition(" ")
    digest = tokens.digest(key.strip().removeprefix(KEY_PREFIX)) if key.strip().startswith(KEY_PREFIX) else None
    if scheme.lower() != "bearer" or digest is None:
        return None
    async with house.db.hall() as tx:
        holder = await store.key_behind(tx, digest)
        if holder:
            await store.touch_key(tx, holder, now=house.now())
    return holder
