"""A desk behind the gallery's screens: takes what the browser sends, and streams what a test wants it to hear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec
from aiohttp import web

from duologue.conversations.model import Bubble, Status
from duologue.web import policy, render
from tests.screens import gallery
from tests.screens import people as cast


class Desk:
    """Plays the server's part: what was asked of it, and a stream that a test writes."""

    def __init__(self) -> None:
        self.base = ""
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.streams: list[asyncio.Queue[bytes | None]] = []
        self.opened_from: list[str] = []
        self.answer = asyncio.Event()
        self.answer.set()
        self.broken = False
        self.position = 4711
        self.undo = False
        self.pages = 0  # of earlier messages
        self.measured: str | None = None  # what an answer would come to; None: the channel cannot tell
        self._changed = asyncio.Condition()

    # ------------------------------------------------------------------------------- what a test says and waits for

    def say(self, event: str, data: str, *, placed: bool = True) -> None:
        """Sends an event down every open stream; `placed` gives it the next position."""
        lines = "".join(f"data: {line}\n" for line in data.splitlines())
        if placed:
            self.position += 1
        stamp = f"id: 812-{self.position}\n" if placed else ""
        for stream in self.streams:
            stream.put_nowait(f"{stamp}event: {event}\n{lines}\n".encode())

    def hang_up(self) -> None:
        for stream in self.streams:
            stream.put_nowait(None)

    async def until_asked(self, method: str, ending: str, times: int = 1) -> dict[str, str]:
        """The fields of the request that was made so many times."""

        def found() -> list[dict[str, str]]:
            return [fields for verb, path, fields in self.asked if verb == method and path.endswith(ending)]

        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: len(found()) >= times), 10)
        return found()[times - 1]

    async def until_streams(self, times: int) -> None:
        """Waits until a stream was opened so many times in all."""
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: len(self.opened_from) >= times), 10)

    # -------------------------------------------------------------------------------------------------- its routes

    async def live(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        await response.write(b": here\n\n")
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.streams.append(queue)
        async with self._changed:
            self.opened_from.append(request.query["from"])
            self._changed.notify_all()
        try:
            while (chunk := await queue.get()) is not None:
                await response.write(chunk)
        finally:
            self.streams.remove(queue)
        return response

    async def conversation(self, request: web.Request) -> web.Response:
        row = _row(request.match_info["id"])
        bubbles = tuple(msgspec.structs.replace(one, conversation_id=row.id) for one in cast.long(self.pages))
        earlier = "before-1" if self.pages else None
        measures = self.measured is not None
        talk = msgspec.structs.replace(cast.talk(bubbles or None, earlier=earlier), row=row, measures=measures)
        context = {"talk": talk, "contact": cast.contact(), "team": cast.TEAM}
        if "HX-Request" in request.headers:
            text = render.fragment("conversations/work.html", viewer=cast.ANA, now=cast.NOW, **context)
        else:
            text = gallery.inbox(selected=talk.row.id, **context)
        return web.Response(text=text, content_type="text/html", headers=policy.page_headers())

    async def earlier(self, request: web.Request) -> web.Response:
        page = int(request.query["before"].removeprefix("before-"))
        bubbles = [cast.theirs(-page * 30 + n, f"Page {page}, {n}", cast.ago(days=page)) for n in range(30)]
        context = {
            "bubbles": bubbles,
            "earlier": f"before-{page + 1}" if page < self.pages else None,
            "conversation": cast.MIA,
        }
        text = render.fragment("conversations/earlier.html", viewer=cast.ANA, now=cast.NOW, **context)
        return web.Response(text=text, content_type="text/html")

    async def verdict(self, request: web.Request) -> web.Response:
        await self._note(request)
        told = {"verdict": cast.CLOSED, "conversation": _row(request.match_info["id"]).id}
        text = render.fragment("conversations/verdict.html", now=cast.NOW, **told)
        return web.Response(text=text, content_type="text/html")

    async def list(self, request: web.Request) -> web.Response:
        name = request.match_info["filter"]
        if "HX-Request" in request.headers:
            page = {"rows": cast.snoozed(), "next": None, "filter": name, "channels_connected": True}
            template = "conversations/rows.html" if "after" in request.query else "conversations/list.html"
            text = render.fragment(template, viewer=cast.ANA, now=cast.NOW, counts=cast.COUNTS, **page)
        else:
            text = gallery.inbox(filter=name)
        return web.Response(text=text, content_type="text/html", headers=policy.page_headers())

    async def messages(self, request: web.Request) -> web.Response:
        fields = await self._note(request)
        await self.answer.wait()
        if self.broken:
            told = render.fragment("web/told.html", words="The channel is away.")
            return web.Response(status=503, text=told, content_type="text/html")
        sent = self.bubble(fields["key"], fields["text"], request.match_info["id"])
        return web.Response(
            text=render.fragment("conversations/bubble.html", b=sent, now=cast.NOW), content_type="text/html"
        )

    async def measure(self, request: web.Request) -> web.Response:
        fields = await self._note(request)
        return web.Response(text=f"{self.measured} for {fields['text']}, {fields['files']} files")

    async def act(self, request: web.Request) -> web.Response:
        await self._note(request)
        return web.Response(status=204)

    def bubble(self, key: str, text: str, conversation: str) -> Bubble:
        status = Status.HELD if self.undo else Status.SENT
        plain = cast.ours(40, text, cast.NOW, status, client_key=UUID(key), due_at=cast.NOW)
        return msgspec.structs.replace(plain, conversation_id=UUID(conversation))

    async def _note(self, request: web.Request) -> dict[str, str]:
        fields = {name: getattr(value, "filename", value) for name, value in (await request.post()).items()}
        async with self._changed:
            self.asked.append((request.method, request.path, fields))
            self._changed.notify_all()
        return fields

    def application(self) -> web.Application:
        app = gallery.application()
        app.add_routes(
            [
                web.get("/live", self.live),
                web.get("/inbox/{filter}", self.list),
                web.get("/c/{id}/verdict", self.verdict),
                web.get("/c/{id}", self.conversation),
                web.get("/c/{id}/earlier", self.earlier),
                web.post("/c/{id}/messages", self.messages),
                web.post("/c/{id}/measure", self.measure),
                web.post("/c/{id}/{verb}", self.act),
                web.put("/c/{id}/draft", self.act),
                web.post("/messages/{id}/{verb}", self.act),
            ]
        )
        return app


def _row(id: str) -> cast.Row:
    return next(row for row in cast.rows() if str(row.id) == id)


@asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    desk = Desk()
    runner = web.AppRunner(desk.application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    desk.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield desk
    desk.hang_up()
    await runner.cleanup()
