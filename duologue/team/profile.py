"""What members decide for themselves: their name, screen and password, and where they stay signed in."""

from uuid import UUID

from duologue.errors import Conflict, NotFound
from duologue.kernel.acts import Act, note, record
from duologue.kernel.database import Transaction
from duologue.team import store
from duologue.team.model import Credentials, Profile
from duologue.web import sessions
from duologue.web import store as session_store
from duologue.web.sessions import Viewer
from duologue.web.store import SessionRow


async def change(tx: Transaction, act: Act, viewer: Viewer, profile: Profile) -> None:
    await store.set_profile(tx, viewer.member_id, profile)
    await record(tx, act, "member.profile_changed", viewer.member_id, topic="team")


async def change_password(tx: Transaction, act: Act, viewer: Viewer, known: Credentials, password_hash: str) -> None:
    """From `known`, whose password was proven; every other session of the member ends. Raises `Conflict`."""
    if not await store.set_password(tx, known, password_hash):
        raise Conflict("The password was changed elsewhere meanwhile.")
    await session_store.end_of(tx, viewer.member_id, but=viewer.session_id)
    await record(tx, act, "member.password_changed", viewer.member_id, topic="team")


async def own_sessions(tx: Transaction, act: Act, viewer: Viewer) -> list[SessionRow]:
    """Where the member is signed in, the place used last first."""
    return await session_store.sessions(tx, viewer.member_id, now=act.now, idle_since=act.now - sessions.IDLE)


async def end_session(tx: Transaction, act: Act, viewer: Viewer, id: UUID) -> None:
    """One of the member's own sessions is over. Raises `NotFound`."""
    if not await session_store.end_one(tx, viewer.member_id, id):
        raise NotFound("There is no such session.")
    await note(tx, act, "session.ended", id)
    tx.after_commit(lambda: act.wake.tell("team"))
