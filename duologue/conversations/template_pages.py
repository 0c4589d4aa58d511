"""Choosing a template and sending it, filled in."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from duologue.accounts.connected import Accounts, Connected
from duologue.accounts.templates import Shelf, preview
from duologue.channels.contract import Filled
from duologue.conversations import reply, show
from duologue.conversations.templates import fill
from duologue.errors import Conflict, Invalid
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web import answers, render
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer

Page = Response[Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_VALUE = "value."


def routes(house: House, accounts: Accounts) -> list[ControllerRouterHandler]:
    provide = {
        "shelf": Provide(lambda: accounts.shelf, sync_to_thread=False),
        "accounts": Provide(lambda: accounts, sync_to_thread=False),
    }
    return [Router(path="/", route_handlers=[choose, send], dependencies=provide)]


@get("/c/{id:uuid}/templates", policy=Policy.SIGNED_IN)
async def choose(house: House, viewer: Viewer, accounts: Accounts, shelf: Shelf, id: UUID) -> Page:
    connected = await _connected(house, viewer, accounts, id)
    words, found = None, []
    try:
        found = await shelf.of(connected)
    except Conflict as error:
        words = str(error)
    drawn = render.fragment(
        "conversations/templates.html", viewer=viewer, now=house.now(), templates=found, words=words, conversation=id,
        previews={one.id + one.language: preview(one) for one in found},
    )  # fmt: skip
    return answers.html(drawn)


@post("/c/{id:uuid}/template", policy=Policy.SIGNED_IN, status_code=200)
async def send(house: House, viewer: Viewer, accounts: Accounts, shelf: Shelf, id: UUID, data: Form) -> Page:
    connected = await _connected(house, viewer, accounts, id)
    wanted = Filled(id=data.get("id", ""), name="", language=data.get("language", ""))
    values = {name.removeprefix(_VALUE): text for name, text in data.items() if name.startswith(_VALUE)}
    said = fill(await shelf.one(connected, wanted), values)
    draft = reply.Draft(key=_key(data), template=said)
    sender = reply.Sender(member=viewer.member_id, hold=timedelta(seconds=viewer.undo_seconds))
    async with work(house, viewer.workspace_id) as open_work:
        written = await reply.reply(open_work, id, draft, sender, connected.channel.abilities)
        bubbles = await show.bubbles(open_work, written)
    drawn = [
        render.fragment("conversations/bubble.html", viewer=viewer, now=house.now(), b=bubble) for bubble in bubbles
    ]
    return answers.html("".join(drawn))


async def _connected(house: House, viewer: Viewer, accounts: Accounts, id: UUID) -> Connected:
    """The account of a conversation. Raises `NotFound`, `Conflict`."""
    async with work(house, viewer.workspace_id) as open_work:
        row, _, _ = await show.standing(open_work, id)
    connected = await accounts.get(row.channel_id)
    if connected is None or connected.workspace_id != viewer.workspace_id:
        raise Conflict("This channel is not connected.")
    return connected


def _key(data: dict[str, str]) -> UUID:
    try:
        return UUID(data.get("key", ""))
    except ValueError:
        raise Invalid("The form is damaged; load the page again.", "key") from None
