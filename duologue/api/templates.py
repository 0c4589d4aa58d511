"""Messages that a platform has approved beforehand, as programs see and choose them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import get
from litestar.handlers import HTTPRouteHandler

from duologue.accounts.connected import Connected, account
from duologue.accounts.model import Unusable
from duologue.accounts.templates import Shelf
from duologue.api.model import Input, Output, Page
from duologue.channels import contract
from duologue.channels.contract import Content, Filled
from duologue.conversations import show
from duologue.conversations.templates import fill
from duologue.errors import Conflict
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web.gate import KeyHolder


class Blank(Output, frozen=True, kw_only=True):
    """A place to be filled in, by its `name`."""

    name: str
    title: str
    example: str


class Template(Output, frozen=True, kw_only=True):
    """`text` has `{{name}}` where blanks are. Why one is not `usable` is its `reason`, where the platform tells."""

    id: str
    name: str
    language: str
    category: str
    text: str
    buttons: list[str]
    blanks: list[Blank]
    usable: bool
    state: str
    reason: str | None


class Chosen(Input, frozen=True, kw_only=True):
    """A template, and a value for each of its blanks by name."""

    id: str
    language: str
    values: Mapping[str, str] = {}


@get("/conversations/{id:uuid}/templates")
async def templates(house: House, key: KeyHolder, shelf: Shelf, id: UUID) -> Page[Template]:
    """The templates of the conversation's platform, those that can be used first; there is one page.

    409: this platform has none, or does not answer.
    """
    found = await shelf.of(await _connected(house, key, id))
    return Page(items=[shown(one) for one in found], next=None)


async def filled(house: House, key: KeyHolder, shelf: Shelf, conversation: UUID, chosen: Chosen) -> Content:
    """The message that the chosen template becomes. Raises `NotFound`, `Conflict`, `Invalid`."""
    wanted = Filled(id=chosen.id, name="", language=chosen.language)
    template = await shelf.one(await _connected(house, key, conversation), wanted)
    return fill(template, chosen.values)


async def _connected(house: House, key: KeyHolder, conversation: UUID) -> Connected:
    async with work(house, key.workspace_id) as open_work:
        row, _, _ = await show.standing(open_work, conversation)
    try:
        connected = await account(house, key.workspace_id, row.channel_id)
    except Unusable as error:
        raise Conflict(str(error)) from error
    if connected is None:
        raise Conflict("This channel is not connected.")
    return connected


def shown(one: contract.Template) -> Template:
    blanks = [Blank(name=blank.name, title=blank.title, example=blank.example) for blank in one.blanks]
    given: dict[str, Any] = {
        name: getattr(one, name) for name in ("id", "name", "language", "category", "text", "usable", "state", "reason")
    }
    return Template(**given, buttons=list(one.buttons), blanks=blanks)


HANDLERS: list[HTTPRouteHandler] = [templates]
