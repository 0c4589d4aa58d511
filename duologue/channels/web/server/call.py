"""One call from a browser, and the answer to it: as much of HTTP as the chat needs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from duologue.channels.web.server.limits import JSON_LIMIT, TooLarge
from duologue.channels.web.server.words import language
from duologue.errors import Invalid, Told, TooMany
from duologue.web.words import say

Message = MutableMapping[str, Any]
Headers = Mapping[str, str]
T = TypeVar("T")

SAFE: Headers = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}


class Gone(Exception):
    """The browser went away before it had said everything."""


class Answer(Struct, frozen=True, kw_only=True):
    status: int = 200
    body: bytes = b""
    headers: Headers = {}


class Call:
    """A request under way. Header names are in lower case; of a header given twice the last counts."""

    def __init__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self.method: str = scope["method"]
        self.steps = _steps(scope)
        self.headers: Headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20))
        self.from_where: str = (scope.get("client") or ("unknown", 0))[0]
        self._receive = receive
        self._send = send

    async def body(self, limit: int, *, seconds: float) -> bytes:
        """The whole body. Raises `TooLarge` as soon as it is, `Gone`, or `Invalid` where it takes too long."""
        claimed = self.headers.get("content-length", "0")
        if claimed.isdigit() and int(claimed) > limit:
            raise TooLarge(_too_large(limit))
        gathered = bytearray()
        try:
            async with asyncio.timeout(seconds):
                while True:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    gathered += message.get("body", b"")
                    if len(gathered) > limit:
                        raise TooLarge(_too_large(limit))
                    if not message.get("more_body"):
                        return bytes(gathered)
        except TimeoutError:
            raise Invalid("This took too long to arrive.") from None

    async def json(self, shape: type[T]) -> T:
        """The body as exactly this shape. Raises `Invalid`."""
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Invalid("This must be sent as application/json.")
        try:
            return msgspec.json.decode(await self.body(JSON_LIMIT, seconds=30), type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(str(error)) from None

    def whole(self, name: str, *, otherwise: int, least: int = 0, most: int = 2**31) -> int:
        """A whole number from the query. Raises `Invalid`."""
        return _whole(name, self.query.get(name, str(otherwise)), least, most)

    async def gone(self) -> None:
        """Returns when the browser has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def start(self, status: int, headers: Headers) -> None:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in {**SAFE, **headers}.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, part: bytes, *, last: bool) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": not last})

    async def answer(self, answer: Answer) -> None:
        has_body = answer.status not in {204, 304}
        length = {"content-length": str(len(answer.body))} if has_body else {}
        await self.start(answer.status, {**length, **answer.headers})
        await self.write(b"" if self.method == "HEAD" else answer.body, last=True)


def says(value: Any, *, status: int = 200) -> Answer:
    """An answer in JSON that no cache keeps."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return Answer(status=status, body=msgspec.json.encode(value), headers=headers)


def nothing() -> Answer:
    return Answer(status=204, headers={"cache-control": "no-store"})


def refuses(error: Told, accepted: str) -> Answer:
    """The words of an error, for the person in front of the screen, in the language that their browser asks for."""
    tongue = language(accepted)
    fields = {name: say(tongue, words) for name, words in getattr(error, "fields", {}).items()}
    answer = says({"error": say(tongue, str(error)), **({"fields": fields} if fields else {})}, status=error.status)
    if isinstance(error, TooMany):
        return msgspec.structs.replace(answer, headers={**answer.headers, "retry-after": str(int(error.after))})
    return answer


def _steps(scope: Mapping[str, Any]) -> list[str]:
    """The path below our mount, whether the server that mounts us has cut the path or kept it."""
    path: str = scope["path"]
    path = path.removeprefix(scope.get("root_path") or "")
    steps = [step for step in path.split("/") if step]
    return steps[1:] if steps[:1] == ["web"] else steps


def _whole(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
        raise Invalid(f"{name} must be a whole number from {least} to {most}.", field=name)
    return int(text)


def _too_large(limit: int) -> str:
    size = f"{limit // (1024 * 1024)} MB" if limit >= 1024 * 1024 else f"{limit // 1024} KB"
    return f"This is larger than the {size} that may be sent at once."
