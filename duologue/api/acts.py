"""What programs do to messages that were sent: other words, taking back, a sign."""

from typing import Literal
from uuid import UUID

from litestar import post
from litestar.handlers import HTTPRouteHandler

from duologue.api import views
from duologue.api.model import Input, Message
from duologue.conversations import acts, store_talk
from duologue.errors import Invalid
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.web.gate import KeyHolder


class Edit(Input, frozen=True, kw_only=True):
    text: str
    author: UUID | None = None  # the member in whose name it is done


class Unsend(Input, frozen=True, kw_only=True):
    author: UUID | None = None


class React(Input, frozen=True, kw_only=True):
    emoji: str | None  # one of the message's `signs`; null takes it away
    author: UUID | None = None


@post("/messages/{id:uuid}/edit", status_code=202)
async def edit(house: House, key: KeyHolder, id: UUID, data: Edit) -> Message:
    """Changes the words of a message of ours. It is written down, and done at the platform from there.

    `can` of the message says whether that is possible; `changes` how far it is. When the platform has done it, `text`
    is the new one and `edited` holds the former. 409: this platform, or this message by now, does not let it.
    """
    return await _ask(house, key, id, "edit", data.text.strip(), data.author)


@post("/messages/{id:uuid}/unsend", status_code=202)
async def unsend(house: House, key: KeyHolder, id: UUID, data: Unsend) -> Message:
    """Takes a message of ours back: it goes at the platform, and its words and files go here. 409 as for an edit."""
    return await _ask(house, key, id, "unsend", None, data.author)


@post("/messages/{id:uuid}/react", status_code=202)
async def react(house: House, key: KeyHolder, id: UUID, data: React) -> Message:
    """Puts a sign on a message of the person's, or takes ours away. 409 where the platform has none."""
    return await _ask(house, key, id, "react", data.emoji, data.author)


async def _ask(
    house: House, key: KeyHolder, id: UUID, kind: Literal["edit", "unsend", "react"], words: str | None, by: UUID | None
) -> Message:
    async with work(house, key.workspace_id) as open_work:
        await views.message(open_work, id)
        await _known(open_work, by)
        await acts.ask(open_work, id, acts.Wish(kind=kind, words=words, member=by))
        return await views.message(open_work, id)


async def _known(open_work: Work, member: UUID | None) -> None:
    if member and not await store_talk.member_active(open_work.tx, member):
        raise Invalid("This person is not on the team.", "author")


HANDLERS: list[HTTPRouteHandler] = [edit, unsend, react]
