"""`/leave/…`: a person says, with one click and without an account, that they want nothing more that is sent to many.

The address is signed for one person at one account of the brand and lasts for a year and more. Looking at it changes
nothing, for programs that check mail for dangers open every link; the button does, and a mail program's own (RFC 8058).
"""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from duologue.consent import ledger
from duologue.errors import NotFound
from duologue.kernel.house import House
from duologue.kernel.vault import Safe
from duologue.kernel.work import work
from duologue.web import answers, render, words
from duologue.web.gate import Policy

LASTS = timedelta(days=400)
_PURPOSE = "leave"
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_BYTES = 16 + 16 + 2 + 32


class Asked(Struct, frozen=True):
    workspace: UUID
    address: UUID


class Wrong(Exception):
    """An address that nothing can be done with, in words for whoever came by it."""


def address(safe: Safe, public_url: str, person: UUID, *, at: datetime) -> str:
    """Where the person behind this address row leaves; `at` is when the message was written."""
    body = _body(safe.workspace, person, (at - _EPOCH).days)
    return f"{public_url}/leave/{(body + safe.sign(_PURPOSE, body)).hex()}"


def routes() -> list[ControllerRouterHandler]:
    return [look, leave]


@get("/leave/{token:str}", policy=Policy.PUBLIC)
async def look(request: Request, house: House, token: str) -> Response[Any]:
    """Asks, and no more."""
    try:
        asked = await _asked(house, token)
        async with work(house, asked.workspace) as open_work:
            found = await ledger.leaver(open_work, asked.address)
        if found is None:
            raise Wrong(_GONE)
    except Wrong as wrong:
        return _drawn(request, wrong=str(wrong), name="", done=False)
    return _drawn(request, wrong=None, name=found.name, done=found.stopped != "")


@post("/leave/{token:str}", policy=Policy.OUTSIDE, status_code=200)
async def leave(request: Request, house: House, token: str) -> Response[Any]:
    """At once, for whoever holds the address; twice is once. What is sent along is not even read."""
    try:
        asked = await _asked(house, token)
        async with work(house, asked.workspace) as open_work:
            found = await ledger.leave(open_work, asked.address)
        if found is None:
            raise Wrong(_GONE)
    except Wrong as wrong:
        return _drawn(request, wrong=str(wrong), name="", done=False)
    return _drawn(request, wrong=None, name=found.name, done=True)


async def _asked(house: House, token: str) -> Asked:
    """Who wants to leave what. Raises `Wrong`."""
    try:
        given = bytes.fromhex(token)
        if len(given) != _BYTES or given.hex() != token:
            raise Wrong(_TAMPERED)
        body, signed = given[:34], given[34:]
        asked, day = Asked(UUID(bytes=body[:16]), UUID(bytes=body[16:32])), int.from_bytes(body[32:])
        safe = await house.safe(asked.workspace)
    except (ValueError, NotFound):
        raise Wrong(_TAMPERED) from None
    if not hmac.compare_digest(safe.sign(_PURPOSE, body), signed):
        raise Wrong(_TAMPERED)
    if house.now() > _EPOCH + timedelta(days=day) + LASTS:
        raise Wrong(_OLD)
    return asked


def _body(workspace: UUID, person: UUID, day: int) -> bytes:
    return workspace.bytes + person.bytes + (day & 0xFFFF).to_bytes(2)


def _drawn(request: Request, *, wrong: str | None, name: str, done: bool) -> Response[Any]:
    tongue = words.choose(request.headers.get("accept-language", "")[:500])
    page = render.page("mailroom/leave.html", locale=tongue, wrong=wrong, name=name, done=done)
    return answers.html(page, status=404 if wrong else 200)


_TAMPERED = "This link is not right, or not whole. Copy all of it from the message. Nothing has changed."
_OLD = "This link is too old. Use the one in the newest message, or answer it. Nothing has changed."
_GONE = "Nothing is kept about you here any more, so nothing will be sent to you."
