"""What a message would come to, told while it is written, where its platform can tell. Nothing of it is kept."""

from typing import Annotated, Any
from uuid import UUID

from litestar import MediaType, Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Meta, Struct

from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Content, Kind, Media
from duologue.conversations import show
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer
from duologue.web.words import say

MOST_FILES = 100


class Measured(Struct, frozen=True):
    """What is in the field: its words, and how many files hang on it."""

    text: str = ""
    files: Annotated[int, Meta(ge=0, le=MOST_FILES)] = 0


def measure(connected: Connected | None, text: str, files: int) -> str | None:
    """In plain English words: "2 segments, about 0.02 USD". None where the platform has nothing to tell."""
    if connected is None or connected.channel.measure is None or connected.state == "draft":
        return None
    media = tuple(Media(kind=Kind.FILE) for _ in range(files))
    return connected.channel.measure(connected.account.settings, Content(text=text.replace("\r\n", "\n"), media=media))


@post("/c/{id:uuid}/measure", policy=Policy.SIGNED_IN, status_code=200)
async def page(
    house: House,
    viewer: Viewer,
    accounts: Accounts,
    id: UUID,
    data: Annotated[Measured, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """The words alone, in the viewer's language; nothing where there is nothing to tell."""
    async with work(house, viewer.workspace_id) as open_work:
        row, _, _ = await show.standing(open_work, id)
    told = measure(await accounts.get(row.channel_id), data.text, data.files)
    return Response(say(viewer.locale, told or ""), media_type=MediaType.TEXT)
