"""Conversations and messages as screens show them: unsealed, with files, quotes, reactions and the verdict."""

import base64
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from duologue.channels.contract import Abilities, Content
from duologue.channels.policy import Writer
from duologue.channels.registry import channel
from duologue.consent.verdict import Verdict, verdict
from duologue.conversations import acts, content, files, store_acts, store_talk, store_views
from duologue.conversations.files import FileFacts
from duologue.conversations.model import Bubble, FileView, Quote, Reaction, Row, Spot, Talk
from duologue.conversations.standing import FORGOTTEN, external, standing_of
from duologue.conversations.store_views import Filter, Listed, Written
from duologue.errors import Invalid, NotFound
from duologue.kernel.vault import Seal
from duologue.kernel.work import Work

ROWS = 40
BUBBLES = 50


async def rows(
    work: Work, filter: Filter, *, member: UUID | None, after: str | None = None, most: int = ROWS
) -> tuple[list[Row], str | None]:
    """A page of the list, and the cursor of the next one. Raises `Invalid` for a cursor that is none."""
    listed = await work.tx.ask(store_views.listed(work.tx, filter, member, _at(after) if after else None, most + 1))
    more = _cursor(listed[most - 1]) if len(listed) > most else None
    return [_row(work, one) for one in listed[:most]], more


async def rows_of(work: Work, conversations: Sequence[UUID]) -> list[Row]:
    """These conversations, for a live update."""
    if not conversations:
        return []
    return [_row(work, one) for one in await work.tx.ask(store_views.by_ids(work.tx, conversations))]


async def standings(work: Work, conversations: Sequence[UUID]) -> list[tuple[Row, str, Verdict]]:
    """Row, delivery address and verdict of each, for a live update."""
    return stand(work, await work.tx.ask(store_views.by_ids(work.tx, conversations)))


def stand(work: Work, listed: Sequence[Listed]) -> list[tuple[Row, str, Verdict]]:
    """The same of those that have been read already."""
    return [(_row(work, one), external(work, one), judge(work, one)) for one in listed]


async def standing(work: Work, conversation: UUID) -> tuple[Row, str, Verdict]:
    """Row, delivery address and verdict of one. Raises `NotFound`."""
    for found in await standings(work, [conversation]):
        return found
    raise NotFound("There is no such conversation.")


def judge(work: Work, one: Listed, writer: Writer = Writer.PERSON) -> Verdict:
    """May `writer` write in this conversation now."""
    return verdict(channel(one.channel_kind).abilities.policy, standing_of(work, one), writer=writer, now=work.now)


async def talk(
    work: Work, conversation: UUID, *, member: UUID | None, position: str, before: Spot | None = None
) -> Talk:
    """A conversation with its newest messages. Raises `NotFound`."""
    found, written, drafts = await work.tx.all(
        store_views.by_ids(work.tx, [conversation]),
        store_views.thread(work.tx, conversation, before, BUBBLES + 1),
        store_talk.draft(work.tx, conversation, member),
    )
    if not found:
        raise NotFound("There is no such conversation.")
    (listed,) = found
    shown, more = await _page(work, written, BUBBLES)
    return Talk(
        row=_row(work, listed),
        address=external(work, listed),
        abilities=channel(listed.channel_kind).abilities,
        verdict=judge(work, listed),
        bubbles=tuple(shown),
        earlier=more,
        draft=_draft(work, conversation, member, drafts),
        templates=channel(listed.channel_kind).templates is not None,
        measures=channel(listed.channel_kind).measure is not None,
        position=position,
    )


async def page(
    work: Work, conversation: UUID, *, before: Spot | None, most: int = BUBBLES
) -> tuple[list[Bubble], str | None]:
    """Messages, oldest first, and the cursor of those before them."""
    return await _page(work, await work.tx.ask(store_views.thread(work.tx, conversation, before, most + 1)), most)


async def _page(work: Work, found: Sequence[Written], most: int) -> tuple[list[Bubble], str | None]:
    """Of those found, newest first, the last one only tells that there are more."""
    more = str(Spot.of(found[most - 1].placed_at, found[most - 1].seq)) if len(found) > most else None
    return await bubbles_of(work, found[:most][::-1]), more


async def bubbles(work: Work, messages: Sequence[UUID]) -> list[Bubble]:
    """These messages, for a live update or the API."""
    return await bubbles_of(work, await work.tx.ask(store_views.written(work.tx, messages)))


async def bubbles_after(work: Work, conversation: UUID, seq: int, most: int) -> list[Bubble]:
    return await bubbles_of(work, await store_views.after(work.tx, conversation, seq, most))


async def html(work: Work, message: UUID) -> Content:
    """What a message says, with a stranger's mark-up as it came: for its own sandboxed document. Raises `NotFound`."""
    found = next(iter(await work.tx.ask(store_views.written(work.tx, [message]))), None)
    if found is None or found.content_sealed is None or found.key_sealed is None:
        raise NotFound("There is no such message.")
    return content.unseal(work.safe.contact(found.contact_id, found.key_sealed), found.id, found.content_sealed)


async def abilities(work: Work, conversation: UUID) -> Abilities:
    """What the conversation's platform can do. Raises `NotFound`."""
    listed = next(iter(await work.tx.ask(store_views.by_ids(work.tx, [conversation]))), None)
    if listed is None:
        raise NotFound("There is no such conversation.")
    return channel(listed.channel_kind).abilities


async def newest_in(work: Work, conversation: UUID) -> tuple[str, str | None] | None:
    """The platform's id of the person's last message, and the token that came with it."""
    found = await store_views.newest_in(work.tx, conversation)
    if found is None or not found.key_sealed or not found.content_sealed:
        return (found.external_id, None) if found else None
    said = content.unseal(work.safe.contact(found.contact_id, found.key_sealed), found.id, found.content_sealed)
    return found.external_id, said.token


async def file(work: Work, id: UUID) -> tuple[FileView, bytes]:
    """A stored file and its bytes. Raises `NotFound`."""
    return await _opened(work, id, id)


async def small(work: Work, id: UUID) -> tuple[FileView, bytes]:
    """A picture and the bytes of its small copy. Raises `NotFound`."""
    return await _opened(work, id, files.small_of(id))


async def _opened(work: Work, id: UUID, stored: UUID) -> tuple[FileView, bytes]:
    found = await store_views.file(work.tx, id)
    if found is None or found.key_sealed is None or found.state != "stored":
        raise NotFound("There is no such file.")
    seal = work.safe.contact(found.contact_id, found.key_sealed)
    try:
        data = await files.load(work.files, seal, work.workspace, stored)
    except FileNotFoundError:
        raise NotFound("This file is not here any more.") from None
    return _file(seal, found), data


async def inline_files(work: Work, message: UUID) -> dict[str, UUID]:
    """The files that the message's mark-up may refer to, by their content id."""
    found: dict[str, UUID] = {}
    for one in await work.tx.ask(store_views.files(work.tx, [message])):
        opened = await store_views.file(work.tx, one.id)
        if opened and opened.key_sealed and one.state == "stored":
            facts = _facts(work.safe.contact(opened.contact_id, opened.key_sealed), one)
            if facts.content_id and files.shown_in_place(one.mime):
                found[facts.content_id] = one.id
    return found


# ------------------------------------------------------------------------------------------------------------- rows


def _row(work: Work, one: Listed) -> Row:
    seal = work.safe.contact(one.contact_id, one.key_sealed) if one.key_sealed else None
    preview = content.unseal_preview(seal, one.id, one.preview_sealed) if seal and one.preview_sealed else None
    return Row(
        id=one.id,
        contact_id=one.contact_id,
        contact_name=_name(seal, one),
        channel_id=one.channel_id,
        channel_kind=one.channel_kind,
        channel_name=one.channel_name,
        state=one.state,
        assignee_id=one.assignee_id,
        assignee_name=one.assignee_name,
        unread=one.unread,
        last_at=one.last_at,
        last_direction=("out" if preview.out else "in") if preview else None,
        last_text=preview.text if preview else None,
        last_kind=preview.kind if preview else None,
        last_status=one.last_status,
        window_closes_at=one.window_closes_at,
        snoozed_until=one.snoozed_until,
        stopped=one.stopped,
    )


def _name(seal: Seal | None, one: Listed) -> str:
    if seal is None:
        return FORGOTTEN
    if one.name_sealed:
        return seal.unseal_text("contact|name", one.contact_id, one.name_sealed)
    return seal.unseal_text("address|external", one.address_id, one.external_sealed)


def _draft(work: Work, conversation: UUID, member: UUID | None, kept: Sequence[bytes]) -> str:
    return work.safe.own.unseal_text(f"draft|{member}", conversation, kept[0]) if kept else ""


def _cursor(one: Listed) -> str:
    return base64.urlsafe_b64encode(f"{one.last_at.isoformat()}|{one.id}".encode()).decode().rstrip("=")


def _at(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, id_ = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment, UUID(id_)
    except ValueError:
        raise Invalid("This is not a cursor that was given out.", "after") from None


# ---------------------------------------------------------------------------------------------------------- bubbles


async def bubbles_of(work: Work, written: Sequence[Written]) -> list[Bubble]:
    """Those that have been read already, with all that belongs to them."""
    ids = [one.id for one in written]
    if not ids:
        return []
    parts = (store_views.files, store_views.reactions, store_views.revisions, store_acts.unfinished)
    quotes = [one.reply_to for one in written if one.reply_to]
    *found, originals = await work.tx.all(*(part(work.tx, ids) for part in parts), store_views.written(work.tx, quotes))
    files, reactions, revisions, changes = (_grouped(rows) for rows in found)
    quoted = {one.id: one for one in originals}
    return [
        msgspec.structs.replace(
            _bubble(work, one, files[one.id], reactions[one.id], revisions[one.id], quoted.get(one.reply_to or one.id)),
            **_afterwards(work, one, changes[one.id]),
        )
        for one in written
    ]


def _afterwards(work: Work, one: Written, changes: Sequence[store_acts.Held]) -> dict[str, Any]:
    """What can be done to a message, what is being done, and what its platform told about it."""
    abilities = channel(one.channel_kind).abilities
    there = one.external_id is not None and one.unsent_at is None and one.content_sealed is not None
    standing = acts.Standing(
        direction=one.direction,
        author=one.author,
        kind=one.kind,
        status=one.status,
        sent_at=one.provider_time,
        there=there and one.key_sealed is not None,
    )
    seal = work.safe.contact(one.contact_id, one.key_sealed) if one.key_sealed else None
    told = content.unseal_told(seal, one.id, one.told_sealed) if seal and one.told_sealed else {}
    return {
        "can": acts.offered(abilities, standing, work.now),
        "signs": abilities.reactions,
        "changes": tuple(acts.change(seal, each) for each in changes) if seal else (),
        "told": told,
    }


def _grouped(rows: Sequence) -> Mapping[UUID, list]:
    grouped: dict[UUID, list] = defaultdict(list)
    for row in rows:
        grouped[row.message_id].append(row)
    return grouped


def _bubble(
    work: Work,
    one: Written,
    files: Sequence[store_views.File],
    reactions: Sequence[store_views.Reacted],
    revisions: Sequence[store_views.Revised],
    quoted: Written | None,
) -> Bubble:
    seal = work.safe.contact(one.contact_id, one.key_sealed) if one.key_sealed else None
    said = content.unseal(seal, one.id, one.content_sealed) if seal and one.content_sealed else Content()
    inbound = one.direction == "in"
    return Bubble(
        id=one.id,
        conversation_id=one.conversation_id,
        seq=one.seq,
        spot=Spot.of(one.placed_at, one.seq),
        direction=one.direction,
        author=one.author,
        author_id=one.author_id,
        author_name=one.author_name,
        kind=one.kind,
        text=said.text,
        has_html=said.html is not None,
        quoted=said.quoted,
        subject=said.subject,
        place=said.place,
        link=said.link,
        payload=said.payload,
        raw_kind=said.raw_kind,
        facts=said.facts,
        files=tuple(_file(seal, file) for file in files) if seal else (),
        reactions=tuple(Reaction(each.emoji, each.by) for each in reactions),
        reply_to=_quote(work, quoted) if one.reply_to and quoted else None,
        provider_time=one.provider_time,
        received_time=one.received_time,
        status=one.status,
        reason=None if inbound else one.reason,
        edited=tuple(_text(seal, one.id, each.content_sealed) for each in revisions) if seal else (),
        unsent_at=one.unsent_at,
        warning=one.reason if inbound else None,
        automatic=one.automatic,
        client_key=one.client_key,
        due_at=one.due_at,
        external_id=one.external_id,
        choices=said.choices,
    )


def _facts(seal: Seal, file: store_views.File | store_views.Opened) -> FileFacts:
    return msgspec.json.decode(seal.unseal("attachment|facts", file.id, file.facts_sealed), type=FileFacts)


def _file(seal: Seal, file: store_views.File | store_views.Opened) -> FileView:
    facts = _facts(seal, file)
    return FileView(
        id=file.id,
        name=facts.name,
        mime=file.mime,
        size=file.size,
        kind=file.kind,
        state=file.state,
        reason=file.reason,
        width=file.width,
        height=file.height,
    )


def _text(seal: Seal, message: UUID, sealed: bytes) -> str:
    return content.unseal(seal, message, sealed).text or ""


def _quote(work: Work, one: Written) -> Quote:
    seal = work.safe.contact(one.contact_id, one.key_sealed) if one.key_sealed else None
    said = content.unseal(seal, one.id, one.content_sealed) if seal and one.content_sealed else Content()
    return Quote(id=one.id, who=one.author_name or "", text=(said.text or "")[:200], kind=one.kind)
