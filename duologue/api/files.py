"""The bytes of files."""

from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from duologue.api import views
from duologue.api.model import Message
from duologue.conversations import files, show
from duologue.conversations.again import again
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web import answers
from duologue.web.gate import KeyHolder


@get("/files/{id:uuid}", media_type="application/octet-stream")
async def file(house: House, key: KeyHolder, id: UUID) -> Response[bytes]:
    """The file as it was sent. Pictures, sound and video have their type; all else is application/octet-stream."""
    async with work(house, key.workspace_id) as open_work:
        found, data = await show.file(open_work, id)
    return answers.file(data, name=found.name, mime=found.mime, inline=files.shown_in_place(found.mime))


@get("/files/{id:uuid}/small", media_type="image/webp")
async def small(house: House, key: KeyHolder, id: UUID) -> Response[bytes]:
    """A small copy of a picture, no side longer than 480 pixels, as WebP. 404 for what is no picture."""
    async with work(house, key.workspace_id) as open_work:
        found, data = await show.small(open_work, id)
    return answers.file(data, name=found.name, mime=files.SMALL_MIME, inline=True)


@post("/files/{id:uuid}/again", status_code=202)
async def once_more(house: House, key: KeyHolder, id: UUID) -> Message:
    """Fetches a file that could not be had once more; its `state` is `pending` then. 409 where the file is here."""
    async with work(house, key.workspace_id) as open_work:
        return await views.message(open_work, await again(open_work, id))


HANDLERS: list[HTTPRouteHandler] = [file, small, once_more]
