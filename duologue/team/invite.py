"""Somebody joins: an administrator makes a link, which works once, for seven days; the newcomer says who they are."""

from uuid import UUID

from duologue.errors import Conflict, NotFound
from duologue.kernel import ids
from duologue.kernel.acts import Act, note, record
from duologue.kernel.database import Transaction
from duologue.team import store
from duologue.team.model import INVITE_HOLDS, Credentials, Invite, Newcomer, Role
from duologue.team.roles import keep_one
from duologue.web import tokens
from duologue.web.store import end_of

_GONE = "This link has been used or has run out. Ask for a new one."


async def make(tx: Transaction, act: Act, role: Role, email: str = "") -> str:
    """An invite into the workspace; its token, which is shown once."""
    token = tokens.make()
    assert tx.workspace is not None
    invite = Invite(
        workspace_id=tx.workspace, id=ids.new(), email=email, role=role, by_member=act.by,
        expires_at=act.now + INVITE_HOLDS,
    )  # fmt: skip
    await store.add_invite(tx, invite, tokens.digest(token) or b"", now=act.now)
    await record(tx, act, "invite.made", invite.id, topic="team")
    return token


async def first_link(tx: Transaction, act: Act) -> str | None:
    """The token of a link that makes the first administrator; None where the workspace has members. Older ones end."""
    if await store.anybody(tx):
        return None
    await store.drop_operators_invites(tx)
    return await make(tx, act, Role.ADMINISTRATOR)


async def behind(tx: Transaction, token: str, act: Act) -> Invite:
    """The invite of this token; the transaction goes on in its workspace. Begins in the hall. Raises `NotFound`."""
    digest = tokens.digest(token)
    invite = await store.invite_behind(tx, digest, now=act.now) if digest else None
    if invite is None:
        raise NotFound(_GONE)
    tx.enter(invite.workspace_id)
    return invite


async def is_first(tx: Transaction, invite: Invite) -> bool:
    """Whether this invite makes the first administrator of its workspace."""
    return invite.by_member is None and invite.role is Role.ADMINISTRATOR and not await store.anybody(tx)


async def accept(tx: Transaction, act: Act, invite: Invite, new: Newcomer) -> Credentials:
    """The newcomer is a member. Raises `NotFound` where the link was used meanwhile, `Conflict` for a taken address.

    An invitation of somebody who is, or was, in the team gives that person a new password: this is how a forgotten one
    is replaced.
    """
    if not await store.use_invite(tx, invite.id, now=act.now):
        raise NotFound(_GONE)
    member = ids.new()
    if not await store.add_member(tx, member, new, invite.role, now=act.now):
        return await _come_back(tx, act, invite, new)
    await record(tx, Act(by=member, now=act.now, wake=act.wake), "member.joined", member, topic="team")
    return Credentials(workspace_id=invite.workspace_id, id=member, password_hash=new.password_hash)


async def accept_first(tx: Transaction, act: Act, invite: Invite, new: Newcomer, brand: str) -> Credentials:
    """The first administrator, who also names the workspace. Raises as `accept` does."""
    await store.rename_workspace(tx, brand)
    made = await accept(tx, act, invite, new)
    await note(tx, Act(by=made.id, now=act.now, wake=act.wake), "workspace.named", invite.workspace_id)
    return made


async def withdraw(tx: Transaction, act: Act, id: UUID) -> None:
    """The link works no more. Raises `NotFound`."""
    if not await store.drop_invite(tx, id):
        raise NotFound("There is no such invitation.")
    await record(tx, act, "invite.withdrawn", id, topic="team")


async def _come_back(tx: Transaction, act: Act, invite: Invite, new: Newcomer) -> Credentials:
    administrators = await store.lock_administrators(tx)
    member = await store.member_with(tx, new.email)
    if member is None or invite.email != new.email:
        raise Conflict("Somebody with this address is in the team already.")
    if invite.role is not Role.ADMINISTRATOR:
        keep_one(administrators, member.id)
    await store.renew(tx, member.id, new, invite.role)
    await end_of(tx, member.id)
    await record(tx, Act(by=member.id, now=act.now, wake=act.wake), "member.came_back", member.id, topic="team")
    return Credentials(workspace_id=invite.workspace_id, id=member.id, password_hash=new.password_hash)
