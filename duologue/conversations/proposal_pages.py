"""The pages on which an administrator has templates approved: those there are, a new one with its preview, one away."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from duologue.accounts import store, templates
from duologue.accounts.connected import Accounts, Connected, account
from duologue.accounts.model import SignRow, Unusable
from duologue.accounts.templates import Flawed, Shelf, preview, wrong
from duologue.channels.contract import Filled, Media, Template
from duologue.channels.proposal import Flaw, Proposal, Takes, places, read_with
from duologue.conversations import files, proposal_form
from duologue.errors import Conflict, NotFound
from duologue.kernel.house import House
from duologue.web import answers, render
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer
from duologue.web.shell import Frame

Page = Response[Any]
Asked = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = "/settings/channels/{id:uuid}/templates"
_WAITING = {"pending", "in_appeal", "pending_deletion"}


def routes(house: House, accounts: Accounts) -> list[ControllerRouterHandler]:
    provide = {"shelf": Provide(lambda: accounts.shelf, sync_to_thread=False)}
    return [Router(path="/", route_handlers=[list_page, states, new_page, look, send_in, away], dependencies=provide)]


class Listed(Struct, frozen=True):
    """A template as the page shows it: how it reads, and what the platform last told of it."""

    template: Template
    text: str
    told: SignRow | None


@get(PLACE, policy=Policy.ADMINISTRATOR)
async def list_page(house: House, viewer: Viewer, frame: Frame, shelf: Shelf, id: UUID) -> Page:
    """Asked anew: whoever opens this page wants to know how it is now."""
    connected = await _connected(house, viewer, id)
    shelf.forget(str(id))
    drawn = await _states(house, viewer, shelf, connected)
    return _page(house, viewer, frame, "conversations/proposals.html", connected, states=drawn)


@get(PLACE + "/states", policy=Policy.ADMINISTRATOR)
async def states(house: House, viewer: Viewer, shelf: Shelf, id: UUID) -> Page:
    """The list alone, while something in it waits: what the platform tells moves it."""
    return answers.html(await _states(house, viewer, shelf, await _connected(house, viewer, id)))


@get(PLACE + "/new", policy=Policy.ADMINISTRATOR)
async def new_page(house: House, viewer: Viewer, frame: Frame, id: UUID) -> Page:
    connected = await _connected(house, viewer, id)
    takes = templates.proposals(connected).takes
    language = viewer.language if viewer.language in takes.languages else next(iter(takes.languages), "")
    empty = Proposal(name="", language=language, category=next(iter(takes.categories)), body="")
    return _form(house, viewer, frame, connected, empty, [])


@post(PLACE + "/look", policy=Policy.ADMINISTRATOR, status_code=200)
async def look(house: House, viewer: Viewer, id: UUID, data: Form) -> Page:
    """What follows from what is typed: the blanks that want examples, how it reads, what is still wrong."""
    connected = await _connected(house, viewer, id)
    takes = templates.proposals(connected).takes
    given = proposal_form.read(takes, data)
    found = [one for one in wrong(connected, given) if one.field != "header_file"]
    drawn = _drawn(house, viewer, "conversations/proposal_parts.html", **_parts(takes, given, found))
    return answers.html(drawn)


@post(PLACE, policy=Policy.ADMINISTRATOR)
async def send_in(request: Asked, house: House, viewer: Viewer, frame: Frame, id: UUID) -> Page:
    connected = await _connected(house, viewer, id)
    posted = await request.form()
    texts = {name: value for name, value in posted.items() if isinstance(value, str)}
    given = proposal_form.read(templates.proposals(connected).takes, texts, await _file(posted.get("header_file")))
    try:
        await templates.propose(house, connected, given, by=viewer.member_id)
    except Flawed as error:
        return _form(house, viewer, frame, connected, given, error.flaws)
    except Conflict as error:
        return _form(house, viewer, frame, connected, given, [Flaw(field="", reason=str(error))])
    return answers.see(f"/settings/channels/{id}/templates")


@post(PLACE + "/away", policy=Policy.ADMINISTRATOR)
async def away(house: House, viewer: Viewer, shelf: Shelf, id: UUID, data: Form) -> Page:
    connected = await _connected(house, viewer, id)
    wanted = Filled(id=data.get("id", ""), name="", language=data.get("language", ""))
    await templates.withdraw(house, connected, await shelf.any(connected, wanted), by=viewer.member_id)
    return answers.see(f"/settings/channels/{id}/templates")


async def _file(posted: Any) -> Media | None:
    """What was chosen, by its content; a picture without what cameras write into it."""
    data = await posted.read() if isinstance(posted, UploadFile) else b""
    if not data:
        return None
    mime, kind = files.judge(data, posted.content_type)
    ready = await files.ready(Media(kind=kind, name=files.safe_name(posted.filename), mime=mime, data=data))
    return Media(kind=ready.kind, name=ready.name, mime=ready.mime, data=ready.data)


async def _connected(house: House, viewer: Viewer, id: UUID) -> Connected:
    """Raises `NotFound`, `Conflict`."""
    try:
        connected = await account(house, viewer.workspace_id, id)
    except Unusable as error:
        raise Conflict(str(error)) from error
    if connected is None or connected.channel.templates is None:
        raise NotFound("There is no such channel.")
    return connected


async def _states(house: House, viewer: Viewer, shelf: Shelf, connected: Connected) -> str:
    words, found = None, []
    try:
        found = await shelf.of(connected)
    except Conflict as error:
        words = str(error)
    async with house.db.workspace(viewer.workspace_id) as tx:
        told = {one.name: one for one in await store.signs(tx, connected.account.id)}
    listed = [Listed(one, preview(one), told.get(one.sign)) for one in found]
    waiting = any(one.state in _WAITING for one in found)
    return _drawn(
        house, viewer, "conversations/proposal_states.html", channel=connected.account.id, listed=listed, words=words,
        waiting=waiting, made_here=connected.channel.proposals is not None,
    )  # fmt: skip


def _form(
    house: House,
    viewer: Viewer,
    frame: Frame,
    connected: Connected,
    given: Proposal,
    found: list[Flaw] | tuple[Flaw, ...],
) -> Page:
    takes = templates.proposals(connected).takes
    whole: dict[str, Any] = {
        "takes": takes, "headers": [one for one in proposal_form.HEADERS if one in takes.headers],
        "rows": proposal_form.rows(takes, given), **_parts(takes, given, found),
    }  # fmt: skip
    status = 422 if found else 200
    return _page(house, viewer, frame, "conversations/proposal.html", connected, status=status, **whole)


def _parts(takes: Takes, given: Proposal, found: Sequence[Flaw]) -> dict[str, Any]:
    """For the parts that follow from what is typed. `errors`: the first reason of each field."""
    errors: dict[str, str] = {}
    for one in found:
        errors.setdefault(one.field, one.reason)
    return {
        "given": given,
        "places": places(given),
        "shown": read_with(given, places(given), takes.codes),
        "errors": errors,
        "is_code": takes.codes is not None and given.category == takes.codes.category,
    }


def _page(
    house: House, viewer: Viewer, frame: Frame, template: str, connected: Connected, *, status: int = 200, **more: Any
) -> Page:
    context: Mapping[str, Any] = {
        "saved": None, "channel": connected.account.id, "kind": connected.kind, "name": connected.name,
        "title": connected.channel.title, "made_here": connected.channel.proposals is not None, **frame, **more,
    }  # fmt: skip
    return answers.html(render.page(template, viewer=viewer, now=house.now(), **context), status=status)


def _drawn(house: House, viewer: Viewer, template: str, **context: Any) -> str:
    return render.fragment(template, viewer=viewer, now=house.now(), **context)
