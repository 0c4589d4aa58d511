"""What is done from the inbox to a message that was sent, and whether one may write now. Requests in, HTML out."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from duologue.conversations import acts, show
from duologue.errors import NotFound
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web import answers, render
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer

Page = Response[Any]
Form = Body(media_type=RequestEncodingType.URL_ENCODED)


class Text(Struct, frozen=True):
    text: str = ""


class Sign(Struct, frozen=True):
    emoji: str = ""  # none takes it away


class After(Struct, frozen=True):
    do: Literal["undo", "again", "drop"]


@get("/messages/{id:uuid}/acts", policy=Policy.SIGNED_IN)
async def offered(house: House, viewer: Viewer, id: UUID) -> Page:
    """The menu of a message: what can be done to it now. Raises `NotFound`."""
    async with work(house, viewer.workspace_id) as open_work:
        shown = await show.bubbles(open_work, [id])
    if not shown:
        raise NotFound("There is no such message.")
    return answers.html(render.fragment("conversations/acts_sheet.html", viewer=viewer, now=house.now(), b=shown[0]))


@post("/messages/{id:uuid}/edit", policy=Policy.SIGNED_IN, status_code=200)
async def edit(house: House, viewer: Viewer, id: UUID, data: Annotated[Text, Form]) -> Page:
    words = data.text.replace("\r\n", "\n").strip()
    return await _ask(
        house, viewer, id, acts.Wish(kind="edit", words=words, member=viewer.member_id, hold=_hold(viewer))
    )


@post("/messages/{id:uuid}/unsend", policy=Policy.SIGNED_IN, status_code=200)
async def unsend(house: House, viewer: Viewer, id: UUID) -> Page:
    return await _ask(house, viewer, id, acts.Wish(kind="unsend", member=viewer.member_id, hold=_hold(viewer)))


@post("/messages/{id:uuid}/react", policy=Policy.SIGNED_IN, status_code=200)
async def react(house: House, viewer: Viewer, id: UUID, data: Annotated[Sign, Form]) -> Page:
    return await _ask(house, viewer, id, acts.Wish(kind="react", words=data.emoji or None, member=viewer.member_id))


@post("/messages/{id:uuid}/act", policy=Policy.SIGNED_IN, status_code=200)
async def after(house: House, viewer: Viewer, id: UUID, data: Annotated[After, Form]) -> Page:
    """What was asked for is undone, tried again, or left as it is."""
    verb = {"undo": acts.undo, "again": acts.again, "drop": acts.drop}[data.do]
    async with work(house, viewer.workspace_id) as open_work:
        await verb(open_work, id)
        bubbles = await show.bubbles(open_work, [id])
    return _drawn(house, viewer, bubbles)


def _hold(viewer: Viewer) -> timedelta:
    return timedelta(seconds=viewer.undo_seconds)


async def _ask(house: House, viewer: Viewer, id: UUID, wish: acts.Wish) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        await acts.ask(open_work, id, wish)
        bubbles = await show.bubbles(open_work, [id])
    return _drawn(house, viewer, bubbles)


@get("/c/{id:uuid}/verdict", policy=Policy.SIGNED_IN)
async def may(house: House, viewer: Viewer, id: UUID) -> Page:
    """The line above the answer, as it is now: a page asks when the time that it told is over. Raises `NotFound`."""
    async with work(house, viewer.workspace_id) as open_work:
        _, _, verdict = await show.standing(open_work, id)
    look: dict[str, Any] = {"viewer": viewer, "now": house.now()}
    return answers.html(render.fragment("conversations/verdict.html", verdict=verdict, conversation=id, **look))


def _drawn(house: House, viewer: Viewer, bubbles: list[Any]) -> Page:
    return answers.html(
        "\n".join(
            render.fragment("conversations/bubble.html", viewer=viewer, now=house.now(), b=one) for one in bubbles
        )
    )


HANDLERS: list[ControllerRouterHandler] = [offered, edit, unsend, react, after, may]
