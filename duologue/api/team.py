"""Who is on the team: to whom conversations are given, and in whose name is spoken."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from duologue.api.model import Named, Page
from duologue.conversations import store_views
from duologue.kernel.house import House
from duologue.web.gate import KeyHolder


@get("/members")
async def members(house: House, key: KeyHolder) -> Page[Named]:
    """The active members, by name; there is one page."""
    async with house.db.workspace(key.workspace_id) as tx:
        return Page(items=[Named(id=one.id, name=one.name) for one in await tx.ask(store_views.team(tx))], next=None)


HANDLERS: list[HTTPRouteHandler] = [members]
