"""The only way out: every connection to somebody else's server is made here.

An address is judged at the moment of connecting, so a name that resolves to an inside address is refused however it is
written, and a redirect leads nowhere. Inside hosts are reached only where the operator of this installation named them.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

MEGABYTE = 1024 * 1024


class Blocked(Exception):
    """This address is not one that the installation may talk to. Nothing was sent."""


class NoAnswer(Exception):
    """No usable answer came. `sent` is False where the other side certainly never saw the request."""

    def __init__(self, words: str, *, sent: bool) -> None:
        super().__init__(words)
        self.sent = sent


class Answer(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        """The body as JSON; `msgspec.DecodeError` where it is none."""
        return msgspec.json.decode(self.body)


class Egress:
    """Requests to other servers. `allow` names inside places: "127.0.0.1:9000", "mail.lan", "10.1.0.0/16"."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allow = frozenset(allow)
        self._session: aiohttp.ClientSession | None = None
        self._siblings: dict[frozenset[str], Egress] = {}

    def allowing(self, places: Sequence[str]) -> "Egress":
        """The same way out with more inside places open to it."""
        wanted = self._allow | frozenset(places)
        if wanted == self._allow:
            return self
        if wanted not in self._siblings:
            self._siblings[wanted] = Egress(tuple(wanted))
        return self._siblings[wanted]

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | aiohttp.FormData | None = None,
        seconds: float = 20,
        limit: int = 10 * MEGABYTE,
    ) -> Answer:
        """Sends one request and reads the whole answer, at most `limit` bytes, within `seconds`.

        Redirects are returned, never followed. Raises `Blocked` before anything is sent, `NoAnswer` afterwards.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise Blocked(f"only http and https addresses can be used, not {url[:200]!r}")
        self._judge_literal(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        sent = False
        try:
            async with self._open().request(
                method,
                url,
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=min(10, seconds)),
            ) as answer:
                sent = True
                return Answer(
                    answer.status,
                    {name.lower(): value for name, value in answer.headers.items()},
                    await _read(answer, limit),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            if blocked := _blocked_within(error):
                raise blocked from None
            raise NoAnswer(f"{parts.hostname} cannot be reached: {error}", sent=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"{parts.hostname} gave no {'whole ' if sent else ''}answer: {error or type(error).__name__}"
            raise NoAnswer(words, sent=True) from error

    async def resolve(self, host: str, port: int) -> str:
        """An address of `host` to connect to, for protocols other than HTTP. Raises `Blocked`, `NoAnswer`."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NoAnswer(f"{host} is not known: {error}", sent=False) from error
        for *_, address in found:
            if self._may_reach(host, port, str(address[0])):
                return str(address[0])
        raise Blocked(_why_blocked(host, port))

    async def close(self) -> None:
        for sibling in self._siblings.values():
            await sibling.close()
        if self._session:
            await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=_Resolver(self), limit=200, ttl_dns_cache=30),
                auto_decompress=True,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Duologue"},
            )
        return self._session

    def _judge_literal(self, host: str, port: int) -> None:
        """aiohttp asks no resolver about a literal address, in whatever notation the system would accept it."""
        address = _literal(host)
        if address and not self._may_reach(host, port, address):
            raise Blocked(_why_blocked(host, port))

    def _may_reach(self, host: str, port: int, address: str) -> bool:
        ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        if ip.is_global and not ip.is_multicast and not ip.is_reserved:
            return True
        return any(_names(place, host, port, ip) for place in self._allow)


class _Resolver(AbstractResolver):
    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._system.resolve(host, port, family)
        allowed = [one for one in found if self._egress._may_reach(host, port, one["host"])]
        if not allowed:
            raise OSError(None, _why_blocked(host, port)) from Blocked(_why_blocked(host, port))
        return allowed

    async def close(self) -> None:
        await self._system.close()


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        body += chunk
        if len(body) > limit:
            raise NoAnswer(f"the answer is larger than {limit} bytes", sent=True)
    return bytes(body)


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # 127.1, 2130706433, 0x7f.1 and the like
    except OSError:
        return None


def _unwrapped(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside a mapped, 6to4 or NAT64 one: that is where the packet would arrive."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip.sixtofour:
            return ip.ipv4_mapped or ip.sixtofour or ip
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip


def _names(place: str, host: str, port: int, ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if "/" in place:
        return ip in ipaddress.ip_network(place, strict=False)
    name, _, its_port = place.rpartition(":") if place.count(":") == 1 else (place, "", "")
    return (name or place) in {host, str(ip)} and its_port in {"", str(port)}


def _why_blocked(host: str, port: int) -> str:
    return f"{host}:{port} is an inside address; the operator must allow it by name before it can be reached"


def _blocked_within(error: BaseException) -> Blocked | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, Blocked):
            return seen
        if isinstance(seen, aiohttp.ClientConnectorError) and seen.os_error is not seen:
            found = _blocked_within(seen.os_error)
            if found:
                return found
        seen = seen.__cause__ or seen.__context__
    return None
