"""The chat as an ASGI application of its own: which call is answered by whom."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from duologue.channels.contract import Lobby
from duologue.channels.web.server import answers, pages, stream, talk
from duologue.channels.web.server.call import Answer, Call, Gone, Message, refuses
from duologue.channels.web.server.limits import Limits
from duologue.channels.web.server.sessions import open_session
from duologue.channels.web.server.visit import Visit, allow_headers
from duologue.channels.web.settings import missing
from duologue.errors import NotFound, Told

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PAGES: Mapping[str, Callable[[Visit], Answer]] = {"frame": pages.frame, "sample": pages.sample}
CALLS: Mapping[tuple[str, str], Callable[[Visit], Awaitable[Answer]]] = {
    ("POST", "session"): open_session,
    ("POST", "answers"): answers.take,
    ("POST", "messages"): talk.write,
    ("GET", "messages"): talk.history,
    ("POST", "typing"): talk.typing,
    ("POST", "receipts"): talk.tick,
}
_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, last-event-id",
    "access-control-max-age": "600",
}


class App:
    """Everything below /web. `beat` is the number of seconds between two signs of life on a silent stream."""

    def __init__(self, lobby: Lobby, beat: float = stream.BEAT) -> None:
        self._lobby = lobby
        self._beat = beat
        self._limits = Limits()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        if scope["type"] != "http":
            return
        call = Call(scope, receive, send)
        try:
            await self._answer(call)
        except Gone:
            return

    async def _answer(self, call: Call) -> None:
        try:
            if answer := _file(call):
                return await call.answer(answer)
            visit = await self._visit(call)
            page = PAGES.get(call.steps[1]) if len(call.steps) == 2 and call.method in {"GET", "HEAD"} else None
            if page:
                return await call.answer(page(visit))
        except Told as error:
            return await call.answer(refuses(error, call.headers.get("accept-language", "")))
        return await self._converse(visit)

    async def _converse(self, visit: Visit) -> None:
        """A call of the frame's scripts. The origin is judged before anything else is looked at."""
        allowed: dict[str, str] = {}
        try:
            visit.check_origin()
            allowed = allow_headers(visit.call.headers.get("origin"))
            if visit.call.method == "GET" and visit.call.steps[1:] == ["events"]:
                return await stream.follow(visit, self._beat, allowed)
            answer = await _call(visit)
        except Told as error:
            answer = refuses(error, visit.call.headers.get("accept-language", ""))
        return await visit.call.answer(_with(answer, allowed))

    async def _visit(self, call: Call) -> Visit:
        """Raises `NotFound` for an account that is not there, is switched off, or has no keys to sign with."""
        channel = _uuid(call.steps[0]) if call.steps else None
        account = await self._lobby.account(channel) if channel else None
        if account is None or missing(account.settings):
            raise NotFound("There is no chat here.")
        return Visit(call, account, self._lobby, self._limits)


def app(lobby: Lobby, beat: float = stream.BEAT) -> App:
    """The application, to be mounted at /web."""
    return App(lobby, beat)


def _file(call: Call) -> Answer | None:
    if call.method not in {"GET", "HEAD"}:
        return None
    if call.steps == ["widget.js"]:
        return pages.widget(call)
    if len(call.steps) == 3 and call.steps[0] == "assets":
        return pages.asset(call, *call.steps[1:])
    return None


async def _call(visit: Visit) -> Answer:
    method, steps = visit.call.method, visit.call.steps
    verb = steps[1] if len(steps) > 1 else ""
    if method == "OPTIONS":
        return Answer(status=204, headers=_PREFLIGHT)
    if method == "GET" and verb == "files" and len(steps) == 3 and (wanted := _uuid(steps[2])):
        return await talk.file(visit, wanted)
    handler = CALLS.get((method, verb)) if len(steps) == 2 else None
    if handler is None:
        raise NotFound("The chat has nothing under this address.")
    return await handler(visit)


def _with(answer: Answer, more: dict[str, str]) -> Answer:
    return Answer(status=answer.status, body=answer.body, headers={**answer.headers, **more})


def _uuid(text: str) -> UUID | None:
    """Only the usual way to write one, so that one thing has one address."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None
