"""What machines ask for: assets, whether the program lives and is ready, its figures, where robots may go."""

import asyncio
import gzip
from datetime import datetime, timedelta
from functools import cache

import psycopg
from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.types import ControllerRouterHandler

from duologue.kernel import migrate
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.web import assets, metrics, store
from duologue.web.gate import Policy

_LOOK_AGAIN = timedelta(seconds=1)
_SMALLER_PACKED = ("text/", "application/json", "image/svg+xml")


class Readiness:
    """Whether the database answers and has this program's schema. Asks it once a second at most."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = asyncio.Lock()
        self._words = ""
        self._at: datetime | None = None

    async def lacks(self) -> str:
        """What is missing, in words; "" where nothing is."""
        async with self._lock:
            now = self._house.now()
            if self._at is None or abs(now - self._at) >= _LOOK_AGAIN:
                self._words, self._at = await self._look(), now
            return self._words

    async def _look(self) -> str:
        newest = migrate.steps()[-1].number
        try:
            found = await store.schema(self._house.db)
        except (Away, psycopg.Error):
            return "the database cannot be reached"
        return "" if found == newest else f"the database has schema {found}, this program needs {newest}"


@get("/assets/{path:path}", policy=Policy.PUBLIC)
async def asset(request: Request, path: str) -> Response[bytes]:
    found = assets.find(path)
    if found is None:
        raise NotFoundException
    body, kind = found
    headers = {"Cache-Control": assets.CACHE, "Vary": "Accept-Encoding"}
    if kind.startswith(_SMALLER_PACKED) and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers = _packed(path), headers | {"Content-Encoding": "gzip"}
    return Response(body, headers=headers | {"Content-Type": kind})


@get("/health/live", policy=Policy.PUBLIC, media_type=MediaType.TEXT)
async def live() -> str:
    return "alive\n"


@get("/health/ready", policy=Policy.PUBLIC)
async def ready(readiness: Readiness) -> Response[str]:
    lacks = await readiness.lacks()
    return Response(f"{lacks or 'ready'}\n", status_code=503 if lacks else 200, media_type=MediaType.TEXT)


@get("/metrics", policy=Policy.OPERATOR)
async def figures() -> Response[bytes]:
    body, kind = metrics.exposition()
    return Response(body, media_type=kind)


@get("/robots.txt", policy=Policy.PUBLIC, media_type=MediaType.TEXT)
async def robots() -> str:
    return "User-agent: *\nDisallow: /\n"


HANDLERS: list[ControllerRouterHandler] = [asset, live, ready, figures, robots]


@cache
def _packed(path: str) -> bytes:
    found = assets.find(path)
    return gzip.compress(found[0], 9, mtime=0) if found else b""
