"""Who said stop or go on, when and how: lines that are only ever added, and what holds now."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from duologue.channels.contract import Opted
from duologue.consent import store
from duologue.kernel import ids
from duologue.kernel.journal import Entry
from duologue.kernel.work import Work


async def hear(work: Work, channel: UUID, events: Sequence[Opted]) -> None:
    """Keeps what people and platforms said. Of an address that nobody knows there is nothing to keep."""
    if not events:
        return
    named = [one for one in events if one.correlation is None]
    indexes = {one.address: work.safe.index(f"address|{channel}", one.address) for one in named}
    known = {one.external_index: one for one in await store.addresses(work.tx, channel, list(indexes.values()))}
    proven = {one.correlation for one in events if one.correlation}
    behind = {one.message: one for one in await store.behind(work.tx, channel, list(proven))} if proven else {}
    found: list[tuple[Opted, store.Address | store.Behind]] = [
        (event, address)
        for event in events
        if (address := behind.get(event.correlation) if event.correlation else known.get(indexes[event.address]))
    ]
    lines = [_line(work, event, address) for event, address in found]
    if lines:
        await store.write(work.tx, lines)
        changed = await store.conversations(work.tx, list({line.address_id for line in lines}))
        await work.tell(*(Entry(kind="conversation.changed", conversation_id=one) for one in changed))


async def say(work: Work, conversation: UUID, *, stopped: bool, by: UUID) -> bool:
    """A member says it for the person, who told them so; False where there is no such conversation."""
    address = await store.address_of(work.tx, conversation)
    if address is None:
        return False
    scopes: tuple[Literal["all", "bulk"], ...] = ("all",) if stopped else ("all", "bulk")
    lines = [
        store.Entry(
            id=ids.new(), address_id=address, scope=scope, stopped=stopped, via="member", word_sealed=None,
            by_member=by, at=work.now,
        )
        for scope in scopes
    ]  # fmt: skip
    await store.write(work.tx, lines)
    changed = await store.conversations(work.tx, [address])
    await work.tell(*(Entry(kind="conversation.changed", conversation_id=one) for one in changed))
    return True


async def refused(work: Work, conversation: UUID, scope: Literal["bulk", "all"]) -> None:
    """The platform took no message for this person because they want no more: from now on none is tried."""
    address = await store.written_to(work.tx, conversation)
    if address is None:
        return
    line = store.Entry(
        id=ids.new(), address_id=address, scope=scope, stopped=True, via="platform", word_sealed=None, at=work.now
    )
    await store.write(work.tx, [line])
    changed = await store.conversations(work.tx, [address])
    await work.tell(*(Entry(kind="conversation.changed", conversation_id=one) for one in changed))


async def leaver(work: Work, address: UUID) -> store.Leaver | None:
    """Whose way out of an account this is, and what holds for them now; None where nobody is known by it any more."""
    return await store.leaver(work.tx, address)


async def leave(work: Work, address: UUID) -> store.Leaver | None:
    """The person wants nothing more that is sent to many. As `leaver`; who has left already does not leave again."""
    found = await store.leaver(work.tx, address)
    if found is None or found.stopped:
        return found
    line = store.Entry(
        id=ids.new(), address_id=address, scope="bulk", stopped=True, via="person", word_sealed=None, at=work.now
    )
    await store.write(work.tx, [line])
    changed = await store.conversations(work.tx, [address])
    await work.tell(*(Entry(kind="conversation.changed", conversation_id=one) for one in changed))
    return found


def _line(work: Work, event: Opted, address: store.Address | store.Behind) -> store.Entry:
    line = ids.new()
    word = None
    if event.word and address.key_sealed:
        word = work.safe.contact(address.contact_id, address.key_sealed).seal_text("consent|word", line, event.word)
    return store.Entry(
        id=line,
        address_id=address.id,
        scope=event.scope,
        stopped=event.stopped,
        via=event.via,
        word_sealed=word,
        at=min(event.at, work.now),
    )
