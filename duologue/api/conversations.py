"""The list of conversations, one of them, and what is done with it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Meta

from duologue.api import paging, views
from duologue.api.model import Conversation, Input, Page, Talk
from duologue.conversations import attend, show, store_views
from duologue.errors import Invalid
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web.gate import KeyHolder

Filter = Literal["all", "open", "unassigned", "snoozed", "closed"]


class Assign(Input, frozen=True, kw_only=True):
    """`assignee` is an active member of the team; null takes the conversation from whoever has it."""

    assignee: UUID | None


class Snooze(Input, frozen=True, kw_only=True):
    """`until` is a moment to come, with its time zone."""

    until: Annotated[datetime, Meta(tz=True)]


@get("/conversations")
async def conversations(
    house: House,
    key: KeyHolder,
    filter: Filter = "all",
    assignee: Annotated[UUID | None, Parameter(description="Only the open ones of this member.")] = None,
    limit: paging.Limit = 50,
    cursor: paging.Cursor = None,
) -> Page[Conversation]:
    """Conversations, the last spoken in first. One that is spoken in while you page moves to the first page.

    `unassigned` are open ones that nobody has. With `assignee` the filter must be open, or left out.
    """
    if assignee and filter not in {"all", "open"}:
        raise Invalid("An assignee can be asked for among the open conversations only.", "assignee")
    named: store_views.Filter = "mine" if assignee else filter
    after = paging.place("conversations", cursor)
    async with work(house, key.workspace_id) as open_work:
        try:
            rows, more = await show.rows(open_work, named, member=assignee, after=after, most=limit)
        except Invalid:
            raise paging.no_cursor() from None
        items = await views.conversations(open_work, [row.id for row in rows])
    return Page(items=items, next=paging.cursor("conversations", more) if more else None)


@get("/conversations/{id:uuid}")
async def conversation(house: House, key: KeyHolder, id: UUID) -> Talk:
    """One conversation, and whether a message may leave for it now."""
    async with work(house, key.workspace_id) as open_work:
        return await views.conversation(open_work, id)


@post("/conversations/{id:uuid}/assign", status_code=200)
async def assign(house: House, key: KeyHolder, id: UUID, data: Assign) -> Talk:
    """Gives the conversation to a member of the team, or to nobody."""
    async with work(house, key.workspace_id) as open_work:
        await attend.assign(open_work, id, data.assignee, by=key.key_id)
        return await views.conversation(open_work, id)


@post("/conversations/{id:uuid}/close", status_code=200)
async def close(house: House, key: KeyHolder, id: UUID) -> Talk:
    """Done. It opens by itself when the person writes again."""
    async with work(house, key.workspace_id) as open_work:
        await attend.close(open_work, id, by=key.key_id)
        return await views.conversation(open_work, id)


@post("/conversations/{id:uuid}/reopen", status_code=200)
async def reopen(house: House, key: KeyHolder, id: UUID) -> Talk:
    """Open again, whether it was closed or snoozed."""
    async with work(house, key.workspace_id) as open_work:
        await attend.reopen(open_work, id, by=key.key_id)
        return await views.conversation(open_work, id)


@post("/conversations/{id:uuid}/snooze", status_code=200)
async def snooze(house: House, key: KeyHolder, id: UUID, data: Snooze) -> Talk:
    """Out of sight until then, or until the person writes."""
    async with work(house, key.workspace_id) as open_work:
        await attend.snooze(open_work, id, data.until, by=key.key_id)
        return await views.conversation(open_work, id)


@post("/conversations/{id:uuid}/read", status_code=200)
async def read(house: House, key: KeyHolder, id: UUID) -> Talk:
    """Read: nothing in it is unread any more."""
    async with work(house, key.workspace_id) as open_work:
        await attend.read(open_work, id)
        return await views.conversation(open_work, id)


HANDLERS: list[HTTPRouteHandler] = [conversations, conversation, assign, close, reopen, snooze, read]
