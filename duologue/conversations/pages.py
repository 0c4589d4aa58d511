"""The inbox: list, conversation, contact, and what the team does there. Requests in, HTML out."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import MediaType, Request, Response, Router, get, post, put
from litestar.datastructures import Cookie, UploadFile
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from duologue.accounts.connected import Accounts
from duologue.channels.contract import Media
from duologue.consent import ledger
from duologue.conversations import about, act_pages, attend, files, measure, picture_pages, reply, show, store_views
from duologue.conversations.fragments import COUNTED
from duologue.conversations.model import Bubble, Spot
from duologue.conversations.pictures import remote
from duologue.errors import Invalid, NotFound
from duologue.kernel import journal
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.live.hub import Hub
from duologue.web import answers, policy, render, texts
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer
from duologue.web.shell import Frame

Page = Response[Any]
Filter = Literal["open", "mine", "unassigned", "snoozed", "closed"]
FILTERS: tuple[Filter, ...] = ("open", "mine", "unassigned", "snoozed", "closed")
_COOKIE = "duologue-filter"


class Written(Struct, frozen=True):
    key: UUID
    text: str = ""
    files: list[UploadFile] = []
    choices: str = ""  # separated by commas
    reply_to: UUID | None = None


class To(Struct, frozen=True):
    to: str = ""


class Until(Struct, frozen=True):
    until: str


class Text(Struct, frozen=True):
    text: str = ""


class Wish(Struct, frozen=True):
    wish: Literal["yes", "no"]


class Sent(Struct, frozen=True):
    sent: Literal["yes", "no"]


Multipart = Body(media_type=RequestEncodingType.MULTI_PART)
Form = Body(media_type=RequestEncodingType.URL_ENCODED)


def routes(house: House, hub: Hub, accounts: Accounts) -> list[ControllerRouterHandler]:
    """All pages of the inbox."""
    provide = {
        "hub": Provide(lambda: hub, sync_to_thread=False),
        "accounts": Provide(lambda: accounts, sync_to_thread=False),
    }
    return [
        Router(path="/", route_handlers=[*HANDLERS, *act_pages.HANDLERS, *picture_pages.HANDLERS], dependencies=provide)
    ]


async def frame_of(house: House, viewer: Viewer) -> dict[str, Any]:
    """What stands around every page of a signed-in member: the position it was drawn at, the brand and the badges."""
    async with house.db.workspace(viewer.workspace_id) as tx:
        (oldest,), (brand,), (numbers,), team, sends = await tx.lastly(
            journal.HERE,
            store_views.brand(tx),
            store_views.numbers(tx, viewer.member_id, COUNTED),
            store_views.team(tx),
            store_views.sends(),
        )
    counts = render.Counts(open=numbers.open, mine=numbers.mine, unassigned=numbers.unassigned, unread=numbers.unread)
    return {
        "position": str(journal.below(oldest)), "brand": brand, "counts": counts, "team": team,
        "playground": house.settings.demo, "sends": sends != [False],
    }  # fmt: skip


# The three panes ------------------------------------------------------------------------------------------------------


@get(["/", "/inbox/{name:str}"], policy=Policy.SIGNED_IN)
async def inbox(
    request: Request[Any, Any, Any],
    house: House,
    viewer: Viewer,
    frame: Frame,
    name: str | None = None,
    after: str | None = None,
) -> Page:
    chosen = _filter(name) if name else _remembered(request)
    context = await _list(house, viewer, chosen, after)
    template = "conversations/inbox.html"
    if request.headers.get("hx-request"):
        template = "conversations/rows.html" if after else "conversations/list.html"
    drawn = render.page(
        template, viewer=viewer, now=house.now(), **frame, **context, selected=None, talk=None, contact=None
    )
    return answers.html(drawn, cookies=[Cookie(_COOKIE, chosen, samesite="lax", httponly=True)])


@get("/c/{id:uuid}", policy=Policy.SIGNED_IN)
async def conversation(
    request: Request[Any, Any, Any],
    house: House,
    viewer: Viewer,
    frame: Frame,
    id: UUID,
    before: str | None = None,
) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        talk = await show.talk(open_work, id, member=viewer.member_id, position=frame["position"], before=_spot(before))
        contact = await about.contact(open_work, talk.row.contact_id, but=id)
    around: dict[str, Any] = {"talk": talk, "contact": contact, "selected": id}
    if request.headers.get("hx-request"):
        drawn = render.fragment("conversations/work.html", viewer=viewer, now=house.now(), **frame, **around)
        return answers.html(drawn)
    context = await _list(house, viewer, _remembered(request), None)
    return answers.html(
        render.page("conversations/inbox.html", viewer=viewer, now=house.now(), **frame, **context, **around)
    )


@get("/c/{id:uuid}/earlier", policy=Policy.SIGNED_IN)
async def earlier(house: House, viewer: Viewer, id: UUID, before: str) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        await show.standing(open_work, id)  # of what is not there, nothing is earlier
        bubbles, more = await show.page(open_work, id, before=_spot(before))
    drawn = render.fragment(
        "conversations/earlier.html", viewer=viewer, now=house.now(), bubbles=bubbles, earlier=more, conversation=id
    )
    return answers.html(drawn)


def _spot(text: str | None) -> Spot | None:
    try:
        return Spot.parse(text) if text else None
    except ValueError:
        raise Invalid("This is no place in a conversation.", "before") from None


async def _list(house: House, viewer: Viewer, chosen: Filter, after: str | None) -> dict[str, Any]:
    async with work(house, viewer.workspace_id) as open_work:
        rows, more = await show.rows(open_work, chosen, member=viewer.member_id, after=after)
        connected = bool(rows) or await store_views.any_channel(open_work.tx)
    return {"filter": chosen, "rows": rows, "next": more, "channels_connected": connected}


def _filter(name: str) -> Filter:
    if name not in FILTERS:
        raise NotFound("There is no such list.")
    return name


def _remembered(request: Request[Any, Any, Any]) -> Filter:
    name = request.cookies.get(_COOKIE, "open")
    return name if name in FILTERS else "open"


# What is written ------------------------------------------------------------------------------------------------------


@post("/c/{id:uuid}/messages", policy=Policy.SIGNED_IN, status_code=200)
async def say(house: House, viewer: Viewer, accounts: Accounts, id: UUID, data: Annotated[Written, Multipart]) -> Page:
    media = tuple([await _media(file) for file in data.files if file.filename])
    choices = tuple(choice.strip() for choice in data.choices.split(",") if choice.strip())
    draft = reply.Draft(
        key=data.key,
        text=data.text.replace("\r\n", "\n"),
        files=media,
        choices=choices,
        reply_to=data.reply_to,
    )
    sender = reply.Sender(member=viewer.member_id, hold=timedelta(seconds=viewer.undo_seconds))
    async with work(house, viewer.workspace_id) as open_work:
        abilities = await show.abilities(open_work, id)
        written = await reply.reply(open_work, id, draft, sender, abilities)
        await attend.draft(open_work, id, viewer.member_id, "")
        bubbles = await show.bubbles(open_work, written)
    return _bubbles(house, viewer, bubbles)


@post("/messages/{id:uuid}/undo", policy=Policy.SIGNED_IN, status_code=200)
async def undo(house: House, viewer: Viewer, id: UUID) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        if not await reply.undo(open_work, id):
            raise Invalid("It has been sent already.")
        bubbles = await show.bubbles(open_work, [id])
    return _bubbles(house, viewer, bubbles)


@post("/messages/{id:uuid}/retry", policy=Policy.SIGNED_IN, status_code=200)
async def retry(house: House, viewer: Viewer, id: UUID) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        await reply.retry(open_work, id)
        bubbles = await show.bubbles(open_work, [id])
    return _bubbles(house, viewer, bubbles)


@post("/messages/{id:uuid}/resolve", policy=Policy.SIGNED_IN, status_code=200)
async def resolve(house: House, viewer: Viewer, id: UUID, data: Annotated[Sent, Form]) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        await reply.resolve(open_work, id, sent=data.sent == "yes")
        bubbles = await show.bubbles(open_work, [id])
    return _bubbles(house, viewer, bubbles)


@put("/c/{id:uuid}/draft", policy=Policy.SIGNED_IN, status_code=204)
async def draft(house: House, viewer: Viewer, id: UUID, data: Annotated[Text, Form]) -> None:
    async with work(house, viewer.workspace_id) as open_work:
        await attend.draft(open_work, id, viewer.member_id, data.text)


@post("/c/{id:uuid}/typing", policy=Policy.SIGNED_IN, status_code=204)
async def typing(house: House, viewer: Viewer, accounts: Accounts, hub: Hub, id: UUID) -> None:
    """Tells the person, where the platform can, and the rest of the team."""
    async with work(house, viewer.workspace_id) as open_work:
        row, address, _ = await show.standing(open_work, id)
    hub.answering(await house.safe(viewer.workspace_id), id, viewer.name)
    connected = await accounts.get(row.channel_id)
    if connected and connected.state == "active" and connected.channel.typing:
        await connected.channel.typing(connected.account, address)


async def _media(file: UploadFile) -> Media:
    data = await file.read()
    _, kind = files.judge(data, file.content_type)
    return Media(kind=kind, name=files.safe_name(file.filename), mime=file.content_type, data=data)


def _bubbles(house: House, viewer: Viewer, bubbles: list[Bubble]) -> Page:
    drawn = [
        render.fragment("conversations/bubble.html", viewer=viewer, now=house.now(), b=bubble) for bubble in bubbles
    ]
    return answers.html("\n".join(drawn))


# What is done with it -------------------------------------------------------------------------------------------------


@post("/c/{id:uuid}/assign", policy=Policy.SIGNED_IN, status_code=200)
async def assign(
    request: Request[Any, Any, Any], house: House, viewer: Viewer, id: UUID, data: Annotated[To, Form]
) -> Page:
    member = viewer.member_id if data.to == "me" else _member(data.to)
    async with work(house, viewer.workspace_id) as open_work:
        await attend.assign(open_work, id, member, by=viewer.member_id)
        return await _standing(request, house, viewer, open_work, id)


@post("/c/{id:uuid}/close", policy=Policy.SIGNED_IN, status_code=200)
async def close(request: Request[Any, Any, Any], house: House, viewer: Viewer, id: UUID) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        await attend.close(open_work, id, by=viewer.member_id)
        return await _standing(request, house, viewer, open_work, id)


@post("/c/{id:uuid}/reopen", policy=Policy.SIGNED_IN, status_code=200)
async def reopen(request: Request[Any, Any, Any], house: House, viewer: Viewer, id: UUID) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        await attend.reopen(open_work, id, by=viewer.member_id)
        return await _standing(request, house, viewer, open_work, id)


@post("/c/{id:uuid}/snooze", policy=Policy.SIGNED_IN, status_code=200)
async def snooze(
    request: Request[Any, Any, Any], house: House, viewer: Viewer, id: UUID, data: Annotated[Until, Form]
) -> Page:
    until = moment(data.until, house.now(), viewer.zone)
    async with work(house, viewer.workspace_id) as open_work:
        await attend.snooze(open_work, id, until, by=viewer.member_id)
        return await _standing(request, house, viewer, open_work, id)


@post("/c/{id:uuid}/consent", policy=Policy.SIGNED_IN, status_code=200)
async def consent(house: House, viewer: Viewer, id: UUID, data: Annotated[Wish, Form]) -> Page:
    """The person told us to stop, or to go on."""
    async with work(house, viewer.workspace_id) as open_work:
        if not await ledger.say(open_work, id, stopped=data.wish == "no", by=viewer.member_id):
            raise NotFound("There is no such conversation.")
        row, _, verdict = await show.standing(open_work, id)
    look: dict[str, Any] = {"viewer": viewer, "now": house.now()}
    drawn = render.fragment("conversations/wish.html", row=row, **look)
    return answers.html(drawn + render.fragment("conversations/verdict.html", verdict=verdict, conversation=id, **look))


@post("/c/{id:uuid}/read", policy=Policy.SIGNED_IN, status_code=204)
async def read(house: House, viewer: Viewer, accounts: Accounts, id: UUID) -> None:
    async with work(house, viewer.workspace_id) as open_work:
        news = await attend.read(open_work, id)
        row, address, _ = await show.standing(open_work, id)
        newest = await show.newest_in(open_work, id)
    connected = await accounts.get(row.channel_id)
    if news and newest and connected and connected.state == "active" and connected.channel.seen:
        await connected.channel.seen(connected.account, address, *newest)


def moment(named: str, now: datetime, zone: str) -> datetime:
    """When "later-today", "tomorrow", "next-week" or an ISO time is, for somebody in `zone`. Raises `Invalid`."""
    here = now.astimezone(ZoneInfo(zone))
    morning = here.replace(hour=9, minute=0, second=0, microsecond=0)
    match named:
        case "later-today":
            return now + timedelta(hours=3)
        case "tomorrow":
            return morning + timedelta(days=1)
        case "next-week":
            return morning + timedelta(days=7 - here.weekday())
    try:
        given = datetime.fromisoformat(named)
    except ValueError:
        raise Invalid("This is no time that can be understood.", "until") from None
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(zone))


def _member(to: str) -> UUID | None:
    try:
        return UUID(to) if to else None
    except ValueError:
        raise Invalid("This person is not on the team.", "to") from None


async def _standing(request: Request[Any, Any, Any], house: House, viewer: Viewer, open_work: Work, id: UUID) -> Page:
    """The changed row and head; a browser without scripts goes back to the conversation."""
    if not request.headers.get("hx-request"):
        return answers.see(f"/c/{id}")
    ((row, address, _),) = await show.standings(open_work, [id])
    team = await open_work.tx.ask(store_views.team(open_work.tx))
    drawn = [
        render.fragment("conversations/row.html", viewer=viewer, now=house.now(), row=row),
        render.fragment("conversations/head.html", viewer=viewer, now=house.now(), row=row, address=address, team=team),
    ]
    return answers.html("\n".join(drawn))


@get("/messages/{id:uuid}/whole", policy=Policy.SIGNED_IN)
async def whole(request: Request[Any, Any, Any], house: House, viewer: Viewer, id: UUID) -> Page:
    """The message with all of its words, however many; a browser without scripts gets the words alone."""
    async with work(house, viewer.workspace_id) as open_work:
        shown = await show.bubbles(open_work, [id])
    if not shown:
        raise NotFound("There is no such message.")
    if not request.headers.get("hx-request"):
        return Response("\n\n".join(filter(None, [shown[0].text, shown[0].quoted])), media_type=MediaType.TEXT)
    drawn = render.fragment("conversations/bubble.html", viewer=viewer, now=house.now(), b=shown[0], whole=True)
    return answers.html(drawn)


# Files and strangers' mark-up -----------------------------------------------------------------------------------------


@get("/files/{id:uuid}", policy=Policy.SIGNED_IN)
async def file(house: House, viewer: Viewer, id: UUID) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        found, data = await show.file(open_work, id)
    return answers.file(data, name=found.name, mime=found.mime, inline=files.shown_in_place(found.mime))


@get("/files/{id:uuid}/small", policy=Policy.SIGNED_IN)
async def small(house: House, viewer: Viewer, id: UUID) -> Page:
    """The small copy of a picture, for lists."""
    async with work(house, viewer.workspace_id) as open_work:
        found, data = await show.small(open_work, id)
    return answers.file(data, name=found.name, mime=files.SMALL_MIME, inline=True)


@get("/messages/{id:uuid}/body", policy=Policy.SIGNED_IN)
async def body(house: House, viewer: Viewer, id: UUID) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        said = await show.html(open_work, id)
        shown = await show.bubbles(open_work, [id])
        inline = await show.inline_files(open_work, id)
    if said.html is None or not shown:
        raise NotFound("This message has no mark-up.")
    clean = texts.sanitise(
        said.html,
        inline=lambda name: f"/files/{inline[name]}" if name in inline else None,
        remote=lambda url: remote.shown(house.files, viewer.workspace_id, id, url),
    )
    drawn = render.page(
        "web/mail.html",
        viewer=viewer,
        now=house.now(),
        body=clean.html,
        held_back=clean.held_back,
    )
    answer = answers.html(drawn)
    answer.headers.update(policy.frame_headers())
    return answer


HANDLERS: list[ControllerRouterHandler] = [
    inbox, conversation, earlier, say, undo, retry, resolve, draft, typing, assign, close, reopen, snooze, consent,
    read, whole, file, small, body, measure.page,
]  # fmt: skip
