"""The platform's file servers: addresses with a ticket in them, which die after a while."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web
from msgspec import Struct

LIFE = timedelta(days=2)


class File(Struct, frozen=True, kw_only=True):
    data: bytes
    mime: str
    name: str
    expires: datetime


class Shelf:
    """Files by number. `key` makes the tickets, so that an address of another double opens nothing."""

    def __init__(self, now: Callable[[], datetime], key: str) -> None:
        self.base = ""  # where the double listens
        self.files: dict[str, File] = {}
        self._now, self._key = now, key

    def keep(self, number: str, data: bytes, mime: str, name: str, life: timedelta = LIFE) -> None:
        self.files[number] = File(data=data, mime=mime, name=name, expires=self._now() + life)

    def link(self, number: str) -> str:
        """The address under which the file is to be had for as long as it lives."""
        file = self.files[number]
        ends = f"{int(file.expires.timestamp()):x}"
        return f"{self.base}/cdn/{number}/{file.name}?oh={self._ticket(number)}&oe={ends}"

    def expire(self) -> None:
        """Every address told so far ends."""
        ended = self._now() - timedelta(seconds=1)
        for number, file in self.files.items():
            self.files[number] = File(data=file.data, mime=file.mime, name=file.name, expires=ended)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/cdn/{file}/{name}", self._give)]

    async def _give(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["file"]
        file = self.files.get(number)
        if file is None or request.query.get("oh") != self._ticket(number):
            return web.Response(status=403, text="Bad URL hash")
        if self._now() > file.expires:
            return web.Response(status=403, text="URL signature expired")
        return web.Response(body=file.data, content_type=file.mime.partition(";")[0])

    def _ticket(self, number: str) -> str:
        """Holds as long as the file's address does."""
        return hashlib.sha256(f"{self._key}:{number}:{self.files[number].expires}".encode()).hexdigest()[:32]
