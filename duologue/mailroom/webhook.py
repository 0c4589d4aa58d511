"""`/in/{channel}`: the address that platforms call. Verified on the raw bytes, kept, acknowledged; nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog

from duologue.accounts.connected import Accounts
from duologue.channels.contract import Accepted, Account, Reply, Request
from duologue.kernel.database import Away
from duologue.mailroom.receive import Door

log = structlog.get_logger()
LIMIT = 8 * 1024 * 1024  # bytes; the largest batch that any platform announces is 3 MB

PATIENCE = 30.0  # seconds for a whole body

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_NOT_HERE = Reply(status=404, body=b"there is no such channel")
_TOO_LARGE = Reply(status=413, body=b"too large")
_TOO_SLOW = Reply(status=408, body=b"too slow")
_LATER = Reply(status=503, body=b"not kept; send it again")


class Webhook:
    """A raw ASGI application: this is the busiest path of the house."""

    def __init__(self, door: Door, accounts: Accounts) -> None:
        self._door = door
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = await self._answer(scope, receive)
        headers = [
            (b"content-type", reply.content_type.encode()),
            (b"content-length", str(len(reply.body)).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        channel = _channel(scope["path"])
        try:
            connected = await self._accounts.get(channel) if channel else None
        except Away:
            return _LATER
        if connected is None or connected.channel.verify is None or connected.state == "draft":
            return _NOT_HERE
        try:
            async with asyncio.timeout(PATIENCE):
                body = await _body(receive)
        except TimeoutError:
            return _TOO_SLOW
        if body is None:
            return _TOO_LARGE
        answer = connected.channel.verify(connected.account.settings, _request(scope, body, connected.account))
        if isinstance(answer, Reply):
            return answer
        return await self._keep(connected, answer)

    async def _keep(self, connected: Any, accepted: Accepted) -> Reply:
        try:
            await self._door.keep(connected, accepted.raws)
        except (OSError, Away) as error:
            log.error("webhook.not_kept", error=type(error).__name__)
            return _LATER
        return accepted.reply


@lru_cache(4096)
def _channel(path: str) -> UUID | None:
    try:
        return UUID(path.removeprefix("/in/"))
    except ValueError:
        return None


def _request(scope: Scope, body: bytes, account: Account) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        # the same header twice is not a header that anybody can have signed
        headers[key] = f"{headers[key]}, {value.decode('latin-1')}" if key in headers else value.decode("latin-1")
    query = scope.get("query_string", b"")
    tail = f"?{query.decode('latin-1')}" if query else ""
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=query,
        headers=headers,
        body=body,
        url=f"{account.public_url}{scope['path']}{tail}",
        at=account.clock(),
    )


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None where it is larger than LIMIT."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > LIMIT:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
