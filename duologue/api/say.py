"""A program says something: read from JSON or a form, asked of the same policy as the screens, queued once."""

from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException
from msgspec import Struct, structs
from msgspec.structs import replace

from duologue.api import once, reading, store, views
from duologue.api.model import Input, Said
from duologue.api.templates import Chosen
from duologue.channels.contract import Content, Media
from duologue.conversations import files, reply, show, store_talk
from duologue.conversations.model import Lane
from duologue.errors import Invalid
from duologue.kernel import ids
from duologue.kernel.work import Work

FORM = "multipart/form-data"


class Say(Input, frozen=True, kw_only=True):
    """What is to be said. As a form (multipart/form-data) it may have `files` too, as many as the platform takes.

    `author` is the member of the team in whose name it is said; without one it is said by an automation, for which
    platforms have narrower rules. `choices` are short answers to tap, where the platform has them. `reply_to` is a
    message of the same conversation, which it answers. `template` is said instead of `text`, where the platform has
    templates (JSON only).
    """

    text: str = ""
    choices: tuple[str, ...] = ()
    author: UUID | None = None
    reply_to: UUID | None = None
    template: Chosen | None = None


class Asked(Struct, frozen=True):
    say: Say
    files: tuple[Media, ...] = ()
    template: Content | None = None  # the one that was chosen, filled in


async def read(request: Request[Any, Any, Any]) -> Asked:
    """What the request asks to say. Raises as `reading.of_json` does."""
    if request.content_type[0] != FORM:
        return Asked(await reading.of_json(request, Say))
    form = await _form(request)
    given = form.pop("files", [])
    if not all(isinstance(one, UploadFile) for one in given):
        raise Invalid("A file must be sent as a file, with a name.", "files")
    if twice := next((name for name, values in form.items() if len(values) > 1), None):
        raise Invalid("This was given twice.", twice)
    fields = {name: value for name, (value,) in form.items() if value != ""}
    return Asked(reading.of_fields(fields, Say), tuple([await _media(one) for one in given]))


async def _form(request: Request[Any, Any, Any]) -> dict[str, list[Any]]:
    try:
        return (await request.form()).dict()
    except (ValueError, LookupError):  # of bytes that are not in the charset they claim, or in one that nobody knows
        raise ClientException from None


async def _media(file: UploadFile) -> Media:
    data = await file.read()
    _, kind = files.judge(data, file.content_type)
    return Media(kind=kind, name=files.safe_name(file.filename), mime=file.content_type, data=data)


async def say(work: Work, conversation: UUID, asked: Asked, key: str | None) -> tuple[Said, bool]:
    """The message that was queued, and whether that was before, under the same key.

    Raises `NotFound`, `Invalid`, and `Conflict` with the verdict's words.
    """
    abilities = await show.abilities(work, conversation)
    text, author, answered = asked.say.text, asked.say.author, asked.say.reply_to
    draft = reply.Draft(
        key=ids.new(),
        text=text,
        files=asked.files,
        choices=asked.say.choices,
        reply_to=answered,
        template=asked.template,
    )
    sender = reply.Sender(member=author, lane=Lane.REPLY if author else Lane.AUTOMATED)
    if key is None:
        await _known(work, conversation, asked.say)
        return await _said(work, await reply.reply(work, conversation, draft, sender, abilities)), False
    one = once.once(work.safe, key, conversation, draft, author)
    new = await once.first(work, one)
    if new:
        await _known(work, conversation, asked.say)
    # a repeated request goes the same way: what was written under the draft's key is found there, and not written again
    written = await reply.reply(work, conversation, replace(draft, key=one.draft_key), sender, abilities)
    if new:
        await store.settle(work.tx, one.key, written[0])
    return await _said(work, written), not new


async def _known(work: Work, conversation: UUID, say: Say) -> None:
    """Raises `Invalid` where the author or the message that is answered is none of this conversation's."""
    if say.author and not await store_talk.member_active(work.tx, say.author):
        raise Invalid("This person is not on the team.", "author")
    if say.reply_to:
        answered = await show.bubbles(work, [say.reply_to])
        if [one.conversation_id for one in answered] != [conversation]:
            raise Invalid("There is no such message in this conversation.", "reply_to")


async def _said(work: Work, written: list[UUID]) -> Said:
    message = await views.message(work, written[0])
    return Said(**structs.asdict(message), more=written[1:])
