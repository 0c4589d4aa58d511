"""The bytes of files."""

from uuid import UUID

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from duologue.conversations import files, show
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


HANDLERS: list[HTTPRouteHandler] = [file]
