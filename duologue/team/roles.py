"""Who may decide, and who is no longer with us. Takes effect at once: sessions end with the change."""

from uuid import UUID

from duologue.errors import Conflict, NotFound
from duologue.kernel.acts import Act, record
from duologue.kernel.database import Transaction
from duologue.team import store
from duologue.team.model import Member, Role
from duologue.web.store import end_of


async def change(tx: Transaction, act: Act, id: UUID, role: Role) -> None:
    """Raises `NotFound`, and `Conflict` where nobody would be left to administer."""
    administrators = await store.lock_administrators(tx)
    member = await _member(tx, id)
    if member.role is role:
        return
    keep_one(administrators, id)
    await store.set_role(tx, id, role)
    await end_of(tx, id)
    await record(tx, act, "member.role_changed", id, topic="team")


async def deactivate(tx: Transaction, act: Act, id: UUID) -> None:
    """The member can do nothing from now on; their sessions end, and so do open invitations by and for them.

    Raises as `change` does.
    """
    administrators = await store.lock_administrators(tx)
    member = await _member(tx, id)
    if not member.active:
        return
    keep_one(administrators, id)
    await store.set_active(tx, id, active=False)
    await end_of(tx, id)
    await store.drop_invites_of(tx, member)
    await record(tx, act, "member.deactivated", id, topic="team")


async def activate(tx: Transaction, act: Act, id: UUID) -> None:
    """The member may sign in again. Raises `NotFound`."""
    member = await _member(tx, id)
    if not member.active:
        await store.set_active(tx, id, active=True)
        await record(tx, act, "member.activated", id, topic="team")


async def _member(tx: Transaction, id: UUID) -> Member:
    member = await store.member(tx, id)
    if member is None:
        raise NotFound("There is no such member.")
    return member


def keep_one(administrators: list[UUID], leaving: UUID) -> None:
    """Raises `Conflict` where nobody would be left to administer."""
    if administrators == [leaving]:
        raise Conflict("This is the last administrator. Make somebody else one first.")
