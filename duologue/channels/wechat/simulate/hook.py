"""How WeChat tells: one call for each thing, signed and encrypted, three times at most."""

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import aiohttp

from duologue.channels.wechat.crypto import key_of, sealed, signed
from duologue.channels.wechat.settings import Settings, aes_keys, tokens
from duologue.channels.wechat.simulate.world import World
from duologue.kernel.clock import now

Told = Mapping[str, object]


def xml(told: Told) -> bytes:
    """As WeChat writes it: words in CDATA, numbers bare."""
    return f"<xml>{_inner(told)}</xml>".encode()


def _inner(told: Told) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in told.items())


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _inner(value)
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"


class Hook:
    """Delivers in order, one after another."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.url, self.twice, self.wrong = "", False, 0
        self.insists = False  # goes on after the third try
        self.mode = "safe"  # or "compatible", "plain", "json"
        self.statuses: list[int] = []
        self._world, self._settings = world, settings
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    def open(self, url: str) -> None:
        self.url = url
        self._session = self._session or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        self._task = self._task or asyncio.create_task(self._tell_for_ever())

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._session:
            await self._session.close()

    def tell(self, told: Told | bytes) -> None:
        written = told if isinstance(told, bytes) else json.dumps(told).encode() if self.mode == "json" else xml(told)
        self._queue.put_nowait(written)

    async def told(self) -> None:
        """Until everything has been delivered."""
        await self._queue.join()

    async def shake(self) -> tuple[int, str]:
        """The handshake, as when the server configuration is submitted."""
        assert self._session
        query = self._query() | {"echostr": "5838479218127813673"}
        async with self._session.get(f"{self.url}?{urlencode(query)}") as answer:
            return answer.status, await answer.text()

    async def _tell_for_ever(self) -> None:
        while True:
            body = await self._queue.get()
            if self.wrong:
                self.wrong -= 1
                await self._post(body, token="not-the-token")  # noqa: S106 -- wrong on purpose
            for _ in range(2 if self.twice else 1):
                tries = 0
                while await self._post(body) != 200 and (self.insists or tries < 2):
                    tries += 1
                    await asyncio.sleep(0.05)
            self._queue.task_done()

    async def _post(self, body: bytes, token: str = "") -> int:
        assert self._session
        query, written = self.call(body, token)
        try:
            async with self._session.post(f"{self.url}?{urlencode(query)}", data=written) as answer:
                self.statuses.append(answer.status)
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def call(self, body: bytes, token: str = "") -> tuple[dict[str, str], bytes]:
        """Query and body of one call, by the mode."""
        query = self._query(token)
        if self.mode == "plain":
            return query, body
        salt = f"{self._world.dice.getrandbits(64):016x}".encode()
        text = sealed(key_of(aes_keys(self._settings)[0]), body, self._settings.app_id, salt=salt)
        token = token or tokens(self._settings)[0]
        query |= {
            "encrypt_type": "aes",
            "msg_signature": signed(token, query["timestamp"], query["nonce"], text),
        }
        if self.mode == "json":
            return query, json.dumps({"ToUserName": self._settings.account_id, "Encrypt": text}).encode()
        around = xml({"ToUserName": self._settings.account_id, "Encrypt": text})
        if self.mode == "compatible":
            return query, body.replace(b"</xml>", f"<Encrypt><![CDATA[{text}]]></Encrypt></xml>".encode())
        return query, around

    def _query(self, token: str = "") -> dict[str, str]:
        at, nonce = str(int(now().timestamp())), str(self._world.dice.randrange(10**8, 10**9))
        return {"signature": signed(token or tokens(self._settings)[0], at, nonce), "timestamp": at, "nonce": nonce}
