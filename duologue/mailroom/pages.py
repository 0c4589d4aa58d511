"""The quarantine: what arrived and could not be read, why, and what is to become of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from duologue.errors import NotFound
from duologue.kernel.acts import Act, record
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.mailroom import leave, store
from duologue.mailroom.model import opened
from duologue.web import answers, render
from duologue.web.gate import Policy
from duologue.web.sessions import Viewer
from duologue.web.shell import Frame

SHOWN = 4000  # bytes of what arrived
PAGE = 50


class Item(Struct, frozen=True, kw_only=True):
    id: UUID
    channel_name: str
    channel_kind: str
    at: datetime
    reason: str
    size: int
    raw: str | None


def routes(house: House) -> list[ControllerRouterHandler]:
    return [page, replay, discard, *leave.routes()]


@get("/settings/quarantine", policy=Policy.ADMINISTRATOR)
async def page(house: House, viewer: Viewer, frame: Frame, after: UUID | None = None) -> Response[Any]:
    async with work(house, viewer.workspace_id) as open_work:
        held = await store.held(open_work.tx, after, PAGE + 1)
        items = [await _item(open_work, one) for one in held[:PAGE]]
    more = str(held[PAGE - 1].id) if len(held) > PAGE else None
    return answers.html(
        render.page(
            "mailroom/quarantine.html",
            viewer=viewer,
            now=house.now(),
            **frame,
            section="settings",
            items=items,
            next=more,
            saved=None,
        )
    )


@post("/settings/quarantine/{id:uuid}/replay", policy=Policy.ADMINISTRATOR, status_code=200)
async def replay(request: Request[Any, Any, Any], house: House, viewer: Viewer, id: UUID) -> Response[Any]:
    async with work(house, viewer.workspace_id) as open_work:
        found = await store.replay(open_work.tx, id)
        await _told(open_work, viewer, "arrival.replayed", id, found=found)
        open_work.wake_after("arrivals")
    return _done(request)


@post("/settings/quarantine/{id:uuid}/discard", policy=Policy.ADMINISTRATOR, status_code=200)
async def discard(request: Request[Any, Any, Any], house: House, viewer: Viewer, id: UUID) -> Response[Any]:
    async with work(house, viewer.workspace_id) as open_work:
        found = await store.discard(open_work.tx, id)
        await _told(open_work, viewer, "arrival.discarded", id, found=found)
    return _done(request)


async def _told(open_work: Work, viewer: Viewer, action: str, id: UUID, *, found: bool) -> None:
    if not found:
        raise NotFound("This is not in quarantine any more.")
    act = Act(by=viewer.member_id, now=open_work.now, wake=open_work.wake)
    await record(open_work.tx, act, action, id, topic="journal")


async def _item(open_work: Work, one: store.Held) -> Item:
    return Item(
        id=one.id,
        channel_name=one.channel_name,
        channel_kind=one.channel_kind,
        at=one.at,
        reason=one.reason,
        size=one.size,
        raw=await _raw(open_work, one.id),
    )


async def _raw(open_work: Work, id: UUID) -> str | None:
    """The beginning of what arrived, as text."""
    found = await store.held_body(open_work.tx, id)
    if found is None:
        return None
    if found.whole:
        body = opened(open_work.safe, id, found.sealed).body
    else:
        body = open_work.safe.own.unseal("set_aside|item", id, found.sealed)
    return body[:SHOWN].decode("utf-8", "replace")


def _done(request: Request[Any, Any, Any]) -> Response[Any]:
    return answers.html("") if request.headers.get("hx-request") else answers.see("/settings/quarantine")
