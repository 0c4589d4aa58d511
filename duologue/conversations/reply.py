"""Somebody answers: the message is written down as queued, under a key that makes twice the same as once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from duologue.channels.contract import Abilities, Content, Kind, Media
from duologue.channels.policy import Writer
from duologue.consent.verdict import Standing, Verdict, verdict
from duologue.conversations import content, files, store, store_talk, store_views
from duologue.conversations.model import Author, Lane, State, Status
from duologue.conversations.standing import standing_of
from duologue.errors import Conflict, Invalid, NotFound
from duologue.kernel import ids
from duologue.kernel.journal import Entry
from duologue.kernel.vault import Seal
from duologue.kernel.work import Work

MOST_FILES = 10
AN_ANSWER = timedelta(hours=1)  # what a program says so soon after a message is an answer to it
WRITERS = {Lane.REPLY: Writer.PERSON, Lane.AUTOMATED: Writer.AUTOMATION, Lane.BULK: Writer.BULK}


class Draft(Struct, frozen=True, kw_only=True):
    """What somebody wants to say. `key` is made by whoever writes; the same key again is the same message."""

    key: UUID
    text: str = ""
    files: tuple[Media, ...] = ()
    choices: tuple[str, ...] = ()
    reply_to: UUID | None = None
    template: Content | None = None  # instead of all that: one that the platform has approved, filled in


class Sender(Struct, frozen=True, kw_only=True):
    """Who says it, and how urgent that is."""

    member: UUID | None = None
    lane: Lane = Lane.REPLY
    hold: timedelta = timedelta()  # for so long it can be undone


async def reply(work: Work, conversation: UUID, draft: Draft, sender: Sender, abilities: Abilities) -> list[UUID]:
    """The ids of the messages, queued: several, where the platform takes text and files one by one.

    Raises `NotFound`, `Invalid`, `Conflict` with the verdict's words.
    """
    draft = msgspec.structs.replace(draft, files=tuple([await files.ready(one) for one in draft.files]))
    if draft.template is None:
        fit(draft, abilities)
    return [await _say(work, conversation, part, sender, abilities) for part in parts(draft, abilities)]


def parts(draft: Draft, abilities: Abilities) -> list[Draft]:
    """The messages that a draft becomes. The first bears its key, the others keys made from it."""
    each = max(1, abilities.files_each)
    chunks = [draft.files[start : start + each] for start in range(0, len(draft.files), each)] or [()]
    texts = [draft.text] + [""] * (len(chunks) - 1)
    if draft.text.strip() and draft.files and not abilities.caption:
        chunks, texts = [(), *chunks], [draft.text] + [""] * len(chunks)
    return [
        Draft(
            key=uuid5(draft.key, str(number)) if number else draft.key,
            text=text,
            files=files_,
            choices=draft.choices if number == len(chunks) - 1 else (),
            reply_to=None if number else draft.reply_to,
            template=draft.template,
        )
        for number, (text, files_) in enumerate(zip(texts, chunks, strict=True))
    ]


async def _say(work: Work, conversation: UUID, draft: Draft, sender: Sender, abilities: Abilities) -> UUID:
    locked = next(iter(await store.lock(work.tx, [conversation])), None)
    if locked is None:
        raise NotFound("There is no such conversation.")
    if already := await store_talk.by_client_key(work.tx, conversation, draft.key):
        return already
    standing = await _standing(work, locked, abilities)
    said = verdict(abilities.policy, standing, writer=WRITERS[sender.lane], now=work.now)
    allow(said, template=draft.template is not None)
    if sender.lane is Lane.AUTOMATED:
        await _never_for_ever(work, conversation, abilities)
    if draft.reply_to and not await store_talk.is_in(work.tx, draft.reply_to, conversation):
        raise Invalid("The message that this answers is not in this conversation.", "reply_to")
    seal = await _seal(work, locked.contact_id)
    message = await _write(work, locked, draft, sender, seal)
    await work.tell(
        Entry(kind="message.queued", conversation_id=conversation, message_id=message, subject_id=locked.contact_id)
    )
    work.wake_after("outbox")
    return message


async def _never_for_ever(work: Work, conversation: UUID, abilities: Abilities) -> None:
    """Two programs that answer each other would not stop: ours answers no machine, and nobody too often."""
    heard = await store_talk.heard(work.tx, conversation, work.now - AN_ANSWER)
    if heard.by_machine:
        raise Conflict("The last message came from a machine. Programs do not answer it, or the two would never stop.")
    if abilities.automated_an_hour and heard.automated >= abilities.automated_an_hour:
        raise Conflict(
            f"Programs have answered here {heard.automated} times within an hour. A person has to look at this first."
        )


async def _standing(work: Work, locked: store.Locked, abilities: Abilities) -> Standing:
    if abilities.policy.branches:  # then it depends on the address, which only the whole conversation tells
        (listed,) = await work.tx.ask(store_views.by_ids(work.tx, [locked.id]))
        return msgspec.structs.replace(standing_of(work, listed), connected=True)  # what waits for that may be written
    return Standing(
        last_in_at=locked.last_in_at,
        after=locked.last_in_as,
        answers=locked.answers,
        tapped_at=locked.tapped_at,
        tap_answers=locked.tap_answers,
        stopped=locked.stopped,
    )


def allow(said: Verdict, *, template: bool = False) -> None:
    """Raises `Conflict` with the reason where it may not leave."""
    if said.may == "no" or (said.may == "template" and not template):
        raise Conflict(said.words)


def fit(draft: Draft, abilities: Abilities) -> None:
    """Raises `Invalid` where the platform would not take this: nothing, too long, too large, or of a kind it lacks."""
    if not draft.text.strip() and not draft.files:
        raise Invalid("There is nothing to send yet.", "text")
    length = len(draft.text.encode()) if abilities.text_unit == "bytes" else len(draft.text)
    if length > abilities.text_limit:
        over = length - abilities.text_limit
        if abilities.text_unit == "bytes":
            raise Invalid(f"The text is {over} bytes too long.", "text")
        raise Invalid(f"The text is {over} characters too long.", "text")
    if "\x00" in draft.text:
        raise Invalid("The text holds a character that cannot be sent.", "text")
    if draft.files and not abilities.sends & {Kind.IMAGE, Kind.FILE, Kind.AUDIO, Kind.VIDEO}:
        raise Invalid("This platform takes no files.", "files")
    if len(draft.choices) > abilities.choices:
        raise Invalid(f"This platform offers at most {abilities.choices} answers for a tap.", "choices")
    if any(not choice.strip() or len(choice) > abilities.choice_limit for choice in draft.choices):
        raise Invalid(f"Each answer to tap has 1 to {abilities.choice_limit} characters.", "choices")
    if len(draft.files) > MOST_FILES:
        raise Invalid(f"At most {MOST_FILES} files can be sent at once.", "files")
    for file in draft.files:
        _fit_file(file, abilities)


def _fit_file(file: Media, abilities: Abilities) -> None:
    size = len(file.data or b"")
    if size == 0:
        raise Invalid(f"{file.name or 'The file'} is empty.", "files")
    if size > abilities.file_limit:
        raise Invalid(f"{file.name or 'The file'} is larger than {abilities.file_limit // 1024 // 1024} MB.", "files")
    if file.kind not in abilities.sends:
        raise Invalid(f"This platform does not take a file like {file.name or 'this'}.", "files")


async def _seal(work: Work, contact: UUID) -> Seal:
    wrapped = await store_talk.contact_key(work.tx, contact)
    if wrapped is None:
        raise Conflict("This person was forgotten; nothing can be sent to them.")
    return work.safe.contact(contact, wrapped)


async def _write(work: Work, to: store.Locked, draft: Draft, sender: Sender, seal: Seal) -> UUID:
    message = ids.new()
    attachments = await files.keep(
        work.files, seal, message=message, conversation=to.id, media=draft.files, workspace=work.workspace
    )
    said = draft.template or Content(
        kind=Kind(attachments[0].kind) if attachments else Kind.TEXT,
        text=draft.text.strip() or None,
        choices=draft.choices,
        media=draft.files,
    )
    await store.insert_messages(
        work.tx, [_message(work, to, draft, sender, message, content.seal(seal, message, said), said)]
    )
    if attachments:
        await store.insert_attachments(work.tx, attachments)
    await store.count(work.tx, [_counted(work, to, sender, message, content.seal_preview(seal, to.id, said, out=True))])
    return message


def _message(
    work: Work, to: store.Locked, draft: Draft, sender: Sender, message: UUID, sealed: bytes, said: Content
) -> store.NewMessage:
    return store.NewMessage(
        id=message,
        conversation_id=to.id,
        channel_id=to.channel_id,
        contact_id=to.contact_id,
        seq=to.last_seq + 1,
        direction="out",
        author=Author.MEMBER if sender.member else Author.AUTOMATION,
        author_id=sender.member,
        kind=said.kind,
        content_sealed=sealed,
        client_key=draft.key,
        reply_to=draft.reply_to,
        provider_time=work.now,
        received_time=work.now,
        placed_at=max(work.now, to.last_at),  # after whatever it answers, also where a platform's clock is ahead
        status=Status.HELD if sender.hold else Status.QUEUED,
        lane=sender.lane,
        due_at=work.now + sender.hold,
    )


def _counted(work: Work, to: store.Locked, sender: Sender, message: UUID, preview: bytes) -> store.Counted:
    """A person who answers has read, and opens what was closed; an automation does neither."""
    return store.Counted(
        id=to.id,
        state=State.OPEN if sender.member else to.state,
        last_seq=to.last_seq + 1,
        unread=0 if sender.member else to.unread,
        last_at=max(work.now, to.last_at),
        last_in_at=to.last_in_at,
        last_out_at=work.now,
        last_message_id=message,
        preview_sealed=preview,
        window_closes_at=to.window_closes_at,
        answers=to.answers + 1,
        last_in_as=to.last_in_as,
        tapped_at=to.tapped_at,
        tap_answers=to.tap_answers + 1,
    )


async def undo(work: Work, message: UUID) -> bool:
    """Takes back a message that has not left yet; False where it was too late."""
    if not await _leave(work, message, Status.CANCELLED, [Status.HELD]):
        return False
    earlier = await store_talk.before(work.tx, message)
    if earlier:
        await store_talk.step_back(work.tx, message, earlier, _preview_of(work, earlier))
    return True


def _preview_of(work: Work, one: store_talk.Earlier) -> bytes | None:
    """What the list says again; nothing of somebody who has been forgotten."""
    if not one.key_sealed:
        return None
    seal = work.safe.contact(one.contact_id, one.key_sealed)
    said = content.unseal(seal, one.id, one.content_sealed) if one.content_sealed else content.Content()
    return content.seal_preview(seal, one.conversation_id, said, out=one.direction == "out")


async def retry(work: Work, message: UUID) -> None:
    """Sends a failed message again, as a new attempt. Raises `Conflict` where it did not fail."""
    if not await _leave(work, message, Status.QUEUED, [Status.FAILED]):
        raise Conflict("Only a message that failed can be sent again.")
    work.wake_after("outbox")


async def resolve(work: Work, message: UUID, *, sent: bool) -> None:
    """A person says whether a message of unknown fate has arrived. Raises `Conflict`."""
    if not await _leave(work, message, Status.SENT if sent else Status.QUEUED, [Status.UNKNOWN]):
        raise Conflict("It is known by now what became of this message.")
    work.wake_after("outbox")


async def _leave(work: Work, message: UUID, to: Status, allowed: Sequence[Status]) -> bool:
    moved = await store_talk.move(work.tx, message, to, allowed, work.now)
    await work.tell(
        *(
            Entry(kind="message.status", conversation_id=one.conversation_id, message_id=one.id, state=to)
            for one in moved
        )
    )
    return bool(moved)
