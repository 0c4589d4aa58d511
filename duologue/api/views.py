"""From what the rooms know to what programs are given."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from duologue.accounts.model import AccountRow
from duologue.accounts.show import shown
from duologue.api import model
from duologue.channels.policy import Writer
from duologue.channels.registry import channels
from duologue.contacts.model import Contact
from duologue.conversations import show, store_views
from duologue.conversations.model import Bubble, FileView, Row
from duologue.errors import NotFound
from duologue.kernel.house import House
from duologue.kernel.vault import Safe
from duologue.kernel.work import Work
from duologue.team.model import Key
from duologue.web import texts


def channel_of(house: House, safe: Safe, row: AccountRow) -> model.Channel:
    seen = shown(safe, row)
    known = channels().get(row.kind)
    return model.Channel(
        id=seen.id,
        kind=seen.kind,
        title=seen.title,
        name=seen.name,
        address=seen.address,
        state=seen.state,
        trouble=seen.trouble,
        missing=seen.missing,
        webhook_url=f"{house.settings.url}/in/{row.id}" if known and known.verify else None,
        last_in_at=seen.last_in_at,
        last_out_at=seen.last_out_at,
    )


def contact_of(one: Contact) -> model.Contact:
    return model.Contact(
        id=one.id,
        name=one.name,
        email=one.facts.email,
        phone=one.facts.phone,
        unverified=list(one.facts.typed),
        locale=one.facts.locale,
        created_at=one.created_at,
        addresses=[
            model.Address(
                id=each.id,
                channel_id=each.channel_id,
                channel_kind=each.channel_kind,
                channel_name=each.channel_name,
                external=each.external,
            )
            for each in one.addresses
        ],
    )


def key_of(one: Key) -> model.Key:
    return model.Key(
        id=one.id, name=one.name, prefix=one.prefix, created_at=one.created_at, last_used_at=one.last_used_at
    )


# Messages -------------------------------------------------------------------------------------------------------------


async def message(work: Work, id: UUID) -> model.Message:
    """Raises `NotFound`."""
    found = next(iter(await show.bubbles(work, [id])), None)
    if found is None:
        raise NotFound("There is no such message.")
    return message_of(found)


def message_of(one: Bubble) -> model.Message:
    return model.Message(
        id=one.id,
        conversation_id=one.conversation_id,
        seq=one.seq,
        direction=one.direction,
        kind=one.kind,
        text=one.text,
        status=one.status,
        reason=one.reason,
        external_id=one.external_id,
        provider_time=one.provider_time,
        received_time=one.received_time,
        author=model.By(kind=one.author, id=one.author_id, name=one.author_name),
        subject=one.subject,
        quoted=one.quoted,
        has_html=one.has_html,
        files=[_file(each) for each in one.files],
        reactions=list(one.reactions),
        reply_to=one.reply_to.id if one.reply_to else None,
        place=one.place,
        link=one.link,
        payload=one.payload,
        raw_kind=one.raw_kind,
        facts=one.facts,
        warning=one.warning,
        automatic=one.automatic,
        unsent_at=one.unsent_at,
        edited=list(one.edited),
        can=sorted(one.can),
        signs=list(one.signs),
        changes=list(one.changes),
        delivery=one.told,
    )


def _file(one: FileView) -> model.File:
    return model.File(
        id=one.id,
        name=one.name,
        mime=one.mime,
        size=one.size,
        kind=one.kind,
        state=one.state,
        reason=one.reason,
        url=f"/api/v1/files/{one.id}",
        width=one.width,
        height=one.height,
        small_url=f"/api/v1/files/{one.id}/small" if one.width else None,
    )


# Conversations --------------------------------------------------------------------------------------------------------


async def conversations(work: Work, ids: Sequence[UUID]) -> list[model.Conversation]:
    """These conversations, in this order."""
    standing = {row.id: (row, address) for row, address, _ in await show.standings(work, ids)}
    last = await _last_messages(work, await work.tx.ask(store_views.by_ids(work.tx, ids)))
    return [model.Conversation(**_parts(*standing[one], last.get(one))) for one in ids if one in standing]


async def conversation(work: Work, id: UUID) -> model.Talk:
    """One, with its verdicts. Raises `NotFound`."""
    found = await show.standings(work, [id])
    listed = await work.tx.ask(store_views.by_ids(work.tx, [id]))
    if not found or not listed:
        raise NotFound("There is no such conversation.")
    row, address, of_a_member = found[0]
    last = await _last_messages(work, listed)
    verdicts = model.Verdicts(member=of_a_member, program=show.judge(work, listed[0], Writer.AUTOMATION))
    return model.Talk(**_parts(row, address, last.get(id)), verdict=verdicts)


async def _last_messages(work: Work, listed: Sequence[store_views.Listed]) -> Mapping[UUID, model.Message]:
    """The last message of each, by the conversation."""
    bubbles = await show.bubbles(work, [one.last_message_id for one in listed if one.last_message_id])
    return {one.conversation_id: message_of(one) for one in bubbles}


def _parts(row: Row, address: str, last: model.Message | None) -> dict:
    named = model.Named(id=row.assignee_id, name=row.assignee_name or "") if row.assignee_id else None
    return {
        "id": row.id,
        "contact": model.Named(id=row.contact_id, name=texts.called(row.contact_name)),
        "channel": model.ChannelName(id=row.channel_id, kind=row.channel_kind, name=row.channel_name),
        "address": address,
        "state": row.state,
        "snoozed_until": row.snoozed_until,
        "assignee": named,
        "unread": row.unread,
        "last_at": row.last_at,
        "window_closes_at": row.window_closes_at,
        "last_message": last,
    }
