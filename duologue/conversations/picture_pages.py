"""What is fetched because a member says so: pictures that a mail names elsewhere, and files that could not be had."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from duologue.conversations import show
from duologue.conversations.again import again
from duologue.conversations.pictures import remote
from duologue.conversations.pictures.clean import is_picture
from duologue.errors import Conflict, NotFound
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web import answers, render
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer

Page = Response[Any]


@post("/messages/{id:uuid}/pictures", policy=Policy.SIGNED_IN, status_code=200)
async def fetch(house: House, viewer: Viewer, id: UUID) -> Page:
    """The bubble anew, with what could be had. Nothing is open while others' servers are waited for."""
    async with work(house, viewer.workspace_id) as open_work:
        mark_up, seal = await remote.written(open_work, id)
    wanted = remote.named(mark_up)
    if not wanted:
        raise NotFound("This message has no pictures that lie elsewhere.")
    fetching = remote.Fetching(house.outside, house.files, seal, viewer.workspace_id, id)
    if not await fetching.fetch(wanted):
        raise Conflict("No picture could be fetched: their server gave none, or does not answer. Try again later.")
    here = sum(remote.shown(house.files, viewer.workspace_id, id, url) is not None for url in wanted)
    async with work(house, viewer.workspace_id) as open_work:
        bubbles = await show.bubbles(open_work, [id])
    drawn = [
        render.fragment("conversations/bubble.html", viewer=viewer, now=house.now(), b=one, pictures=here)
        for one in bubbles
    ]
    return answers.html("\n".join(drawn))


@get("/messages/{id:uuid}/pictures/{name:str}", policy=Policy.SIGNED_IN)
async def picture(house: House, viewer: Viewer, id: UUID, name: str) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        _, seal = await remote.written(open_work, id)
    try:
        data, mime = await remote.load(house.files, seal, viewer.workspace_id, id, name)
    except FileNotFoundError:
        raise NotFound("There is no such picture.") from None
    return answers.file(data, name="picture", mime=mime, inline=is_picture(mime))


@post("/files/{id:uuid}/again", policy=Policy.SIGNED_IN, status_code=200)
async def once_more(house: House, viewer: Viewer, id: UUID) -> Page:
    """The bubble, where the file is being fetched again."""
    async with work(house, viewer.workspace_id) as open_work:
        bubbles = await show.bubbles(open_work, [await again(open_work, id)])
    drawn = [render.fragment("conversations/bubble.html", viewer=viewer, now=house.now(), b=one) for one in bubbles]
    return answers.html("\n".join(drawn))


HANDLERS: list[ControllerRouterHandler] = [fetch, picture, once_more]
