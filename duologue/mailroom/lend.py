"""Files lent to platforms that fetch what they are to send: a signed address of one file, true for a few hours.

Nobody can guess one, and it opens nothing else: the signature covers workspace, file and end.
"""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from duologue.conversations import show
from duologue.errors import NotFound
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.vault import Safe
from duologue.kernel.work import work

LASTS = timedelta(hours=6)  # platforms fetch at once, and again when their own delivery is slow
_PURPOSE = "lent"

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def address(safe: Safe, public_url: str, file: UUID, *, now: datetime) -> str:
    """Where a platform may fetch this file for a while."""
    until = int((now + LASTS).timestamp())
    return f"{public_url}/lent/{safe.workspace.hex}/{file.hex}/{until}/{_signature(safe, file, until)}"


class Lender:
    """Answers at these addresses: a raw ASGI application."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        found = await self._find(scope["path"]) if scope["method"] in {"GET", "HEAD"} else None
        status, mime, data = (200, *found) if found else (404, "text/plain", b"there is no such file")
        headers = {
            "content-type": mime,
            "content-length": str(len(data)),
            "content-disposition": "attachment",
            "content-security-policy": "sandbox; default-src 'none'",
            "x-content-type-options": "nosniff",
            "x-robots-tag": "noindex",
            "cache-control": "private, no-store",
        }
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else data})

    async def _find(self, path: str) -> tuple[str, bytes] | None:
        asked = _asked(path)
        if asked is None or self._house.now() >= asked.until:
            return None
        try:
            safe = await self._house.safe(asked.workspace)
            signed = _signature(safe, asked.file, int(asked.until.timestamp()))
            if not hmac.compare_digest(signed.encode(), asked.signature.encode()):
                return None
            async with work(self._house, asked.workspace) as open_work:
                file, data = await show.file(open_work, asked.file)
        except (NotFound, LookupError, Away):
            return None
        return file.mime, data


class _Asked:
    """The parts of an address."""

    def __init__(self, workspace: str, file: str, until: str, signature: str) -> None:
        self.workspace, self.file, self.signature = UUID(hex=workspace), UUID(hex=file), signature
        self.until = datetime.fromtimestamp(int(until), UTC)


def _asked(path: str) -> _Asked | None:
    parts = path.split("/")[2:]
    try:
        return _Asked(*parts) if len(parts) == 4 else None
    except (ValueError, OverflowError, OSError):
        return None


def _signature(safe: Safe, file: UUID, until: int) -> str:
    return safe.sign(_PURPOSE, file.bytes + until.to_bytes(8, "big")).hex()
