"""`/letters/stop/…`: whoever reads at a mail address says that nothing more is to go there.

The address of this page is signed, so that nobody stops another's mail. Looking at it changes nothing: programs that
check mail for dangers open every link. The button, or a mail program's own (RFC 8058), does.
"""

import hmac
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from duologue.errors import NotFound
from duologue.kernel.house import House
from duologue.kernel.vault import Safe
from duologue.kernel.work import work
from duologue.mailroom.letters import store
from duologue.web import answers, render, words
from duologue.web.gate import Policy

_PURPOSE = "no letters"
_INDEX, _WORKSPACE, _SIGNATURE = 32, 32, 64  # hexadecimal digits


def address(safe: Safe, url: str, to_index: bytes) -> str:
    """Where whoever reads at the mail address behind this index may say that."""
    return f"{url}/letters/stop/{safe.workspace.hex}{to_index.hex()}{_signature(safe, to_index).hex()}"


def routes(house: House) -> list[ControllerRouterHandler]:
    return [stop_page, stop]


@get("/letters/stop/{token:str}", policy=Policy.PUBLIC)
async def stop_page(request: Request, house: House, token: str) -> Response[Any]:
    workspace, _ = await _asked(house, token)
    async with house.db.workspace(workspace) as tx:
        return _drawn(request, await store.brand(tx), done=False)


@post("/letters/stop/{token:str}", policy=Policy.OUTSIDE, status_code=200)
async def stop(request: Request, house: House, token: str) -> Response[Any]:
    """Twice is once."""
    workspace, to_index = await _asked(house, token)
    async with work(house, workspace) as open_work:
        await store.refuse(open_work.tx, to_index, open_work.now)
        return _drawn(request, await store.brand(open_work.tx), done=True)


async def _asked(house: House, token: str) -> tuple[UUID, bytes]:
    """Whose mail address is meant. Raises `NotFound` for what nobody here has signed."""
    gone = NotFound("This link is not right, or not whole. Copy all of it from the mail.")
    try:
        given = bytes.fromhex(token)
        if len(token) != _INDEX + _WORKSPACE + _SIGNATURE or given.hex() != token:
            raise gone
        workspace, to_index, signed = UUID(bytes=given[:16]), given[16:32], given[32:]
        safe = await house.safe(workspace)
    except (ValueError, NotFound):
        raise gone from None
    if not hmac.compare_digest(_signature(safe, to_index), signed):
        raise gone
    return workspace, to_index


def _drawn(request: Request, brand: str, *, done: bool) -> Response[Any]:
    tongue = words.choose(request.headers.get("accept-language", "")[:500])
    page = render.page("mailroom/stop.html", locale=tongue, brand=brand, done=done)
    return answers.html(page)


def _signature(safe: Safe, to_index: bytes) -> bytes:
    return safe.sign(_PURPOSE, to_index)
