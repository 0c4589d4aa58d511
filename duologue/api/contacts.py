"""People, as programs see them."""

from uuid import UUID

from litestar import get
from litestar.handlers import HTTPRouteHandler

from duologue.api import paging, views
from duologue.api.model import Contact, Page
from duologue.contacts import look_up
from duologue.errors import NotFound
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web.gate import KeyHolder


@get("/contacts")
async def contacts(
    house: House, key: KeyHolder, limit: paging.Limit = 50, cursor: paging.Cursor = None
) -> Page[Contact]:
    """Everybody who has written, the newest first."""
    before = paging.place_of_id("contacts", cursor)
    async with work(house, key.workspace_id) as open_work:
        found = await look_up.page(open_work, before=before, most=limit + 1)
    more = paging.cursor("contacts", str(found[limit - 1].id)) if len(found) > limit else None
    return Page(items=[views.contact_of(one) for one in found[:limit]], next=more)


@get("/contacts/{id:uuid}")
async def contact(house: House, key: KeyHolder, id: UUID) -> Contact:
    """One person."""
    async with work(house, key.workspace_id) as open_work:
        found = (await look_up.contacts(open_work, [id])).get(id)
    if found is None:
        raise NotFound("There is no such contact.")
    return views.contact_of(found)


HANDLERS: list[HTTPRouteHandler] = [contacts, contact]
