"""What a message would come to, before it is sent."""

from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from duologue.accounts.connected import account
from duologue.accounts.model import Unusable
from duologue.api.model import Input, Output
from duologue.conversations import show
from duologue.conversations.measure import MOST_FILES
from duologue.conversations.measure import measure as measured
from duologue.errors import Conflict
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web.gate import KeyHolder


class Sketch(Input, frozen=True, kw_only=True):
    """The message as it would be sent: its text, and the number of its files."""

    text: str = ""
    files: Annotated[int, Meta(ge=0, le=MOST_FILES)] = 0


class Measured(Output, frozen=True, kw_only=True):
    """`words` say it in English: "2 segments, about 0.02 USD". Null where the platform has nothing to tell."""

    words: str | None


@post("/conversations/{id:uuid}/measure", status_code=200)
async def measure(house: House, key: KeyHolder, id: UUID, data: Sketch) -> Measured:
    """What this message would come to. Nothing is sent or kept.

    409: the conversation's channel cannot be used.
    """
    async with work(house, key.workspace_id) as open_work:
        row, _, _ = await show.standing(open_work, id)
    try:
        connected = await account(house, key.workspace_id, row.channel_id)
    except Unusable as error:
        raise Conflict(str(error)) from error
    return Measured(words=measured(connected, data.text, data.files))


HANDLERS: list[HTTPRouteHandler] = [measure]
