"""The pages on which an administrator connects channels."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from duologue.accounts import carry, connect, sign_in, sign_in_pages, store
from duologue.accounts.check import Results, try_out
from duologue.accounts.condition import condition
from duologue.accounts.model import AccountRow, Wanted, WrongSettings
from duologue.accounts.settings import channel_of, fresh
from duologue.accounts.show import settings_or_fresh, shown
from duologue.channels.contract import Channel, Check
from duologue.channels.registry import channels
from duologue.errors import Invalid, NotFound
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web import answers, forms, render
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer
from duologue.web.shell import Frame

Page = Response[Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


def routes(house: House) -> list[ControllerRouterHandler]:
    """All pages of the accounts."""
    results = Results()
    provide = {"results": Provide(lambda: results, sync_to_thread=False)}
    return [Router(path="/", route_handlers=[*HANDLERS, *sign_in_pages.HANDLERS], dependencies=provide)]


@get("/settings/channels", policy=Policy.ADMINISTRATOR)
async def list_page(house: House, viewer: Viewer, frame: Frame) -> Page:
    safe = await house.safe(viewer.workspace_id)
    async with house.db.workspace(viewer.workspace_id) as tx:
        rows = await store.all_of(tx)
    return _page(house, viewer, frame, "channels/list.html", channels=[shown(safe, row) for row in rows])


@get("/settings/channels/new", policy=Policy.ADMINISTRATOR)
async def choose_page(house: House, viewer: Viewer, frame: Frame) -> Page:
    return _page(house, viewer, frame, "channels/new.html", kinds=list(channels().values()))


@get("/settings/channels/new/{kind:str}", policy=Policy.ADMINISTRATOR)
async def new_page(house: House, viewer: Viewer, frame: Frame, kind: str) -> Page:
    channel = channel_of(kind)
    drawn = _Drawn(channel, fresh(channel), name=channel.title)
    return _form(house, viewer, frame, drawn, carriers=await _carriers(house, viewer))


@post("/settings/channels/new/{kind:str}", policy=Policy.ADMINISTRATOR)
async def make(house: House, viewer: Viewer, frame: Frame, results: Results, kind: str, data: Form) -> Page:
    channel = channel_of(kind)
    name, given = _given(channel, data)
    try:
        async with work(house, viewer.workspace_id) as open_work:
            row = await connect.make(open_work, Wanted(kind=kind, name=name, given=given), by=viewer.member_id)
    except Invalid as error:
        drawn = _Drawn(channel, fresh(channel), name=name, given=given, error=error)
        return _form(house, viewer, frame, drawn, carriers=await _carriers(house, viewer))
    await try_out(house, viewer, results, row.id)
    return answers.see(f"/settings/channels/{row.id}")


@get("/settings/channels/{id:uuid}", policy=Policy.ADMINISTRATOR)
async def account_page(house: House, viewer: Viewer, frame: Frame, results: Results, id: UUID) -> Page:
    row = await _row(house, viewer, id)
    channel = channel_of(row.kind)
    settings = settings_or_fresh(await house.safe(viewer.workspace_id), row)
    drawn = _Drawn(channel, settings, name=row.name, row=row, checks=results.of(id))
    return await _account_form(house, viewer, frame, drawn)


@post("/settings/channels/{id:uuid}", policy=Policy.ADMINISTRATOR)
async def change(house: House, viewer: Viewer, frame: Frame, results: Results, id: UUID, data: Form) -> Page:
    row = await _row(house, viewer, id)
    channel = channel_of(row.kind)
    name, given = _given(channel, data)
    try:
        async with work(house, viewer.workspace_id) as open_work:
            await connect.change(open_work, id, name, given, by=viewer.member_id)
    except Invalid as error:
        settings = settings_or_fresh(await house.safe(viewer.workspace_id), row)
        drawn = _Drawn(channel, settings, name=name, row=row, given=given, error=error, checks=results.of(id))
        return await _account_form(house, viewer, frame, drawn)
    await try_out(house, viewer, results, id)
    return answers.see(f"/settings/channels/{id}")


@post("/settings/channels/{id:uuid}/check", policy=Policy.ADMINISTRATOR)
async def check_now(house: House, viewer: Viewer, results: Results, id: UUID) -> Page:
    """Led back to the whole page: trouble and what the platform says may be others now."""
    await try_out(house, viewer, results, id)
    return answers.see(f"/settings/channels/{id}")


@post("/settings/channels/{id:uuid}/pause", policy=Policy.ADMINISTRATOR)
async def pause(house: House, viewer: Viewer, id: UUID) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        await connect.pause(open_work, id, by=viewer.member_id)
    return answers.see(f"/settings/channels/{id}")


@post("/settings/channels/{id:uuid}/resume", policy=Policy.ADMINISTRATOR)
async def resume(house: House, viewer: Viewer, id: UUID) -> Page:
    async with work(house, viewer.workspace_id) as open_work:
        await connect.resume(open_work, id, by=viewer.member_id)
    return answers.see(f"/settings/channels/{id}")


@post("/settings/channels/{id:uuid}/remove", policy=Policy.ADMINISTRATOR)
async def disconnect(house: House, viewer: Viewer, id: UUID) -> Page:
    """Its keys go; its conversations, and its line in the list, stay."""
    async with work(house, viewer.workspace_id) as open_work:
        await connect.disconnect(open_work, id, by=viewer.member_id)
    return answers.see("/settings/channels")


HANDLERS: list[ControllerRouterHandler] = [
    list_page, choose_page, new_page, make, account_page, change, check_now, pause, resume, disconnect,
]  # fmt: skip


class _Drawn(Struct, frozen=True):
    """What the form of an account shows; `given` is what was typed and could not be used."""

    channel: Channel
    settings: Struct
    name: str
    row: AccountRow | None = None
    given: Mapping[str, str] = {}
    error: Invalid | None = None
    checks: list[Check] | None = None

    def fields(self) -> list[forms.Field]:
        known = forms.fields(self.channel.settings, self.settings)
        again = {name: text for name, text in self.given.items() if self.error}
        return [
            field if field.secret or field.name not in again else _filled(field, again[field.name]) for field in known
        ]

    def errors(self) -> dict[str, str]:
        if isinstance(self.error, WrongSettings):
            return self.error.fields
        return {self.error.field or "name": str(self.error)} if self.error else {}


async def _account_form(house: House, viewer: Viewer, frame: Frame, drawn: _Drawn) -> Page:
    assert drawn.row is not None
    seen = shown(await house.safe(viewer.workspace_id), drawn.row)
    url = f"{house.settings.url}/in/{drawn.row.id}" if drawn.channel.verify else None
    async with house.db.workspace(viewer.workspace_id) as tx:
        health = await condition(tx, drawn.row, house.now())
    carriers = await _carriers(house, viewer)
    return _form(house, viewer, frame, drawn, channel=seen, webhook_url=url, health=health, carriers=carriers)


async def _carriers(house: House, viewer: Viewer) -> list[AccountRow]:
    """By which conversations that began elsewhere may go on."""
    async with house.db.workspace(viewer.workspace_id) as tx:
        return await carry.carriers(tx)


def _form(house: House, viewer: Viewer, frame: Frame, drawn: _Drawn, **context: Any) -> Page:
    whole = {
        "channel": None, "webhook_url": None, "kind": drawn.channel.kind, "title": drawn.channel.title,
        "name": drawn.name, "fields": drawn.fields(), "settings": drawn.settings, "errors": drawn.errors(),
        "checks": drawn.checks, "public_url": house.settings.url, "grant": _grant(house, drawn),
        "has_templates": drawn.channel.templates is not None,
    } | context  # fmt: skip
    return _page(house, viewer, frame, "channels/connect.html", status=422 if drawn.error else 200, **whole)


def _grant(house: House, drawn: _Drawn) -> dict[str, Any] | None:
    """Of an account that is connected by signing in: the address to enter there, as whom one is, what is missing."""
    its = drawn.channel.grant
    if its is None or not its.wanted(drawn.settings):
        return {"redirect": sign_in.redirect(house), "wanted": False} if its else None
    missing = list(its.ready(drawn.settings))
    return {
        "redirect": sign_in.redirect(house), "wanted": True, "standing": its.standing(drawn.settings),
        "missing": missing,
    }  # fmt: skip


def _page(house: House, viewer: Viewer, frame: Frame, template: str, *, status: int = 200, **context: Any) -> Page:
    whole = {"saved": None, **frame, **context}
    return answers.html(render.page(template, viewer=viewer, now=house.now(), **whole), status=status)


async def _row(house: House, viewer: Viewer, id: UUID) -> AccountRow:
    async with house.db.workspace(viewer.workspace_id) as tx:
        row = await store.one(tx, id)
    if row is None:
        raise NotFound("There is no such channel.")
    return row


def _given(channel: Channel, data: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The name and the settings of a posted form. A switch that is off is not posted at all."""
    given = {name: text for name, text in data.items() if name != "name"}
    for field in forms.fields(channel.settings):
        if field.kind == "switch":
            given.setdefault(field.name, "")
    return data.get("name", ""), given


def _filled(field: forms.Field, text: str) -> forms.Field:
    return forms.Field(**{name: getattr(field, name) for name in field.__struct_fields__} | {"value": text})
