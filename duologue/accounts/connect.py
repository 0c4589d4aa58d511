"""Connecting an account, changing it, pausing it. It is switched on as soon as nothing is missing."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from duologue.accounts import carry, store
from duologue.accounts.model import AccountRow, State, Unusable, Wanted
from duologue.accounts.settings import channel_of, elsewhere, fresh, merged, opened, sealed
from duologue.channels.contract import Channel
from duologue.errors import Conflict, NotFound
from duologue.kernel import ids
from duologue.kernel.acts import Act, record
from duologue.kernel.work import Work
from duologue.web.lines import line

CHANGED = "The settings of this channel were changed meanwhile. Begin the sign-in again."


async def make(work: Work, wanted: Wanted, *, by: UUID | None) -> AccountRow:
    """A new account. Raises `NotFound` for its kind, `Invalid` for its name, `WrongSettings`."""
    channel = channel_of(wanted.kind)
    settings = merged(channel, fresh(channel), wanted.given)
    await carry.check(work, channel, settings)
    id = ids.new()  # noqa: A001
    row = AccountRow(
        workspace_id=work.workspace, id=id, kind=channel.kind, name=_name(channel, settings, wanted.name),
        state=State.DRAFT if channel.missing(settings) else State.ACTIVE,
        settings_sealed=sealed(work.safe, id, settings), allow=list(wanted.allow), trouble=None,
        last_in_at=None, last_out_at=None,
    )  # fmt: skip
    await store.add(work.tx, row, now=work.now)
    await _record(work, by, "channel.connected", id)
    return row


async def change(work: Work, id: UUID, name: str, given: Mapping[str, str], *, by: UUID | None) -> AccountRow:
    """Other settings; what is not given stays. Raises as `make` does."""
    row = await _row(work, id)
    channel = channel_of(row.kind)
    settings = merged(channel, _known(work, row), given)
    await carry.check(work, channel, settings)
    new = replace(
        row, name=_name(channel, settings, name or row.name), settings_sealed=sealed(work.safe, id, settings),
        state=_state_after_change(row.state, complete=not channel.missing(settings)), trouble=None,
    )  # fmt: skip
    await store.save(work.tx, new)
    await _record(work, by, "channel.settings_changed", id)
    return new


async def renew(work: Work, id: UUID, settings: Struct, *, was: Struct) -> bool:
    """Keys that the platform has renewed; False where somebody has changed the settings in the meantime."""
    row = await _row(work, id)
    if _known(work, row) != was:
        return False
    await store.save(work.tx, replace(row, settings_sealed=sealed(work.safe, id, settings)))
    await _record(work, None, "channel.renewed", id)
    return True


async def renewed(work: Work, id: UUID, fresh: Struct, *, was: Struct) -> Struct:
    """As `renew`, but what was changed in the meantime stays, and only what is new in `fresh` is added to it.

    A key that may be used but once must not be lost because somebody saved the form. The settings as they are now:
    without what is new where it came from a place that is set no more.
    """
    row = await _row(work, id)
    known = _known(work, row)
    taken = elsewhere(channel_of(row.kind), was, known)
    new = {name: getattr(fresh, name) for name in fresh.__struct_fields__ if getattr(fresh, name) != getattr(was, name)}
    settings = replace(known, **{name: value for name, value in new.items() if name not in taken})
    await store.save(work.tx, replace(row, settings_sealed=sealed(work.safe, id, settings)))
    await _record(work, None, "channel.renewed", id)
    return settings


async def signed_in(work: Work, id: UUID, fresh: Struct, *, was: Struct, by: UUID) -> None:
    """An administrator has signed in at the platform: the account has keys, and is on where nothing else is missing."""
    row = await _row(work, id)
    if elsewhere(channel_of(row.kind), was, _known(work, row)):
        raise Conflict(CHANGED)
    settings = await renewed(work, id, fresh, was=was)
    row = await _row(work, id)
    complete = not channel_of(row.kind).missing(settings)
    await store.save(work.tx, replace(row, state=_state_after_change(row.state, complete=complete), trouble=None))
    await _record(work, by, "channel.signed_in", id)


async def allow(work: Work, id: UUID, places: Sequence[str], *, by: None = None) -> None:
    """Opens inside places to the account. Only the operator's command line calls this."""
    await store.save(work.tx, replace(await _row(work, id), allow=list(places)))
    await _record(work, by, "channel.places_allowed", id)


async def pause(work: Work, id: UUID, *, by: UUID | None) -> None:
    """Nothing is fetched and nothing is sent until it goes on; what waits, waits. Raises `NotFound`, `Conflict`."""
    row = await _row(work, id)
    if row.state is State.DRAFT:
        raise Conflict("This channel is not switched on.")
    if await store.set_state(work.tx, id, State.PAUSED, was=row.state):
        await _record(work, by, "channel.paused", id)


async def resume(work: Work, id: UUID, *, by: UUID | None) -> None:
    """Goes on, also after a trouble. Raises `NotFound`, and `Conflict` where something is missing."""
    row = await _row(work, id)
    try:
        channel, settings = opened(work.safe, row)
    except Unusable as error:
        raise Conflict(str(error)) from error
    if channel.missing(settings):
        raise Conflict("Something is still to be filled in.")
    if row.state is not State.ACTIVE:
        await store.save(work.tx, replace(row, state=State.ACTIVE, trouble=None))
        await _record(work, by, "channel.resumed", id)


async def disconnect(work: Work, id: UUID, *, by: UUID | None) -> None:
    """Its keys are forgotten and it is switched off; its conversations stay. Raises `NotFound`."""
    row = await _row(work, id)
    settings = fresh(channel_of(row.kind))
    new = replace(
        row, state=State.DRAFT, settings_sealed=sealed(work.safe, id, settings), allow=[], trouble=None,
    )  # fmt: skip
    await store.save(work.tx, new)
    await store.forget_cursor(work.tx, id)
    await _record(work, by, "channel.disconnected", id)


async def _row(work: Work, id: UUID) -> AccountRow:
    row = await store.locked(work.tx, id)
    if row is None:
        raise NotFound("There is no such channel.")
    return row


def _known(work: Work, row: AccountRow) -> Struct:
    """The settings so far; fresh ones where they cannot be read any more, so that they can be filled in again."""
    try:
        return opened(work.safe, row)[1]
    except Unusable:
        return fresh(channel_of(row.kind))


def _name(channel: Channel, settings: Struct, wanted: str) -> str:
    own = channel.own_address(settings) if channel.own_address else ""
    return line((wanted.strip() or own or channel.title)[:1000], "name")


def _state_after_change(state: State, *, complete: bool) -> State:
    if not complete:
        return State.DRAFT
    return State.PAUSED if state is State.PAUSED else State.ACTIVE


async def _record(work: Work, by: UUID | None, action: str, id: UUID) -> None:
    await record(work.tx, Act(by=by, now=work.now, wake=work.wake), action, id, topic="channels")
