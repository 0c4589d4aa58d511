"""Makes claimed messages ready to leave: unsealed, with files, addressed as the conversation says."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from duologue.channels.contract import Content, Kind, Media, Outgoing
from duologue.conversations import content, files
from duologue.conversations.model import Lane
from duologue.kernel.vault import Broken, Seal
from duologue.kernel.work import Work
from duologue.mailroom import leave, store_outbox
from duologue.mailroom.lend import address
from duologue.mailroom.store_outbox import Sending


class Lost(msgspec.Struct, frozen=True):
    """A message whose content cannot be opened any more: the person was forgotten, or a file is gone."""

    reason: str


async def prepare(
    work: Work, messages: Sequence[UUID], *, lend: Mapping[UUID, str] = {}, home: str = ""
) -> dict[UUID, Outgoing | Lost]:
    """Each message as its channel wants it, by id. `lend`: under which address this house lends files, by channel.

    `home`: where people reach this house; what goes to many carries a way out that leads there.
    """
    rows = await store_outbox.load(work.tx, messages)
    references: dict[UUID, list[str]] = defaultdict(list)
    for one in await store_outbox.references(work.tx, [row.conversation_id for row in rows]):
        references[one.conversation_id].append(one.external_id)
    attached: dict[UUID, list[store_outbox.Attached]] = defaultdict(list)
    for file in await store_outbox.attached(work.tx, messages):
        attached[file.message_id].append(file)
    ready = {
        row.id: await _ready(work, row, references[row.conversation_id], attached[row.id], lend.get(row.channel_id))
        for row in rows
    }
    ways_out = {
        row.id: leave.address(work.safe, home, row.address_id, at=row.received_time)
        for row in rows
        if home and row.lane is Lane.BULK
    }
    if not ways_out:
        return ready
    tongue = await store_outbox.tongue(work.tx)
    return {
        id_: msgspec.structs.replace(one, leave=way, tongue=tongue)
        if isinstance(one, Outgoing) and (way := ways_out.get(id_))
        else one
        for id_, one in ready.items()
    }


async def _ready(
    work: Work,
    row: Sending,
    references: Sequence[str],
    attached: Sequence[store_outbox.Attached],
    lend: str | None,
) -> Outgoing | Lost:
    if row.key_sealed is None or row.content_sealed is None:
        return Lost("The person was forgotten, or the message taken back, before it was sent.")
    try:
        seal = work.safe.contact(row.contact_id, row.key_sealed)
        said = content.unseal(seal, row.id, row.content_sealed)
        media = await asyncio.gather(*(_media(work, seal, file, lend) for file in attached))
    except (Broken, FileNotFoundError):
        return Lost("What was written, or a file of it, cannot be opened any more.")
    return _outgoing(row, seal, msgspec.structs.replace(said, media=tuple(media)), tuple(references))


def _outgoing(row: Sending, seal: Seal, said: Content, references: tuple[str, ...]) -> Outgoing:
    if said.subject is None and row.subject_sealed:
        subject = seal.unseal_text("conversation|subject", row.conversation_id, row.subject_sealed)
        said = msgspec.structs.replace(said, subject=subject)
    return Outgoing(
        id=row.id,
        conversation=row.conversation_id,
        address=seal.unseal_text("address|external", row.address_id, row.external_sealed),
        content=said,
        attempt=row.attempt,
        author=row.author_name,
        automated=row.lane is not Lane.REPLY,
        bulk=row.lane is Lane.BULK,
        reply_to=row.reply_to_external,
        references=references,
        last_in_at=row.last_in_at,
        tapped_at=row.tapped_at,
        answers=row.newest_external,
        answers_comment=row.last_in_as == "comment",
        token=_token(seal, row.newest_id, row.newest_sealed) if row.newest_of == row.contact_id else None,
        quoted_token=_token(seal, row.reply_to, row.quoted_sealed) if row.quoted_of == row.contact_id else None,
        stopped=row.stopped,
        queued_at=row.received_time,
    )


def _token(seal: Seal, message: UUID | None, sealed: bytes | None) -> str | None:
    """What the platform gave with a message, for an answer to it."""
    return content.unseal(seal, message, sealed).token if message and sealed else None


async def _media(work: Work, seal: Seal, file: store_outbox.Attached, lend: str | None) -> Media:
    facts = msgspec.json.decode(seal.unseal("attachment|facts", file.id, file.facts_sealed), type=files.FileFacts)
    data = await files.load(work.files, seal, work.workspace, file.id)
    mime = file.mime if file.mime != files.OTHER else facts.claimed or file.mime
    url = address(work.safe, lend, file.id, now=work.now) if lend else None
    return Media(kind=Kind(file.kind), name=facts.name, mime=mime, data=data, url=url)
