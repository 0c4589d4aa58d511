"""The only way out: every connection to somebody else's server is made here.

An address is judged at the moment of connecting, so a name that resolves to an inside address is refused however it is
written, and a redirect leads nowhere. Inside hosts are reached only where the operator of this installation named them.
"""

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

MEGABYTE = 1024 * 1024


class Blocked(Exception):
    """This address is not one that the installation may talk to. Nothing was sent."""


class NoAnswer(Exception):
    """No usable answer came. `sent` is False where the other side certainly never saw the request."""

    def __init__(self, words: str, *, sent: bool) -> None:
        super().__init__(words)
        self.sent = sent


class TooLarge(NoAnswer):
    """The answer is larger than the caller takes; asking again will not change that."""


class Answer(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        """The body as JSON; `msgspec.DecodeError` where it is none."""
        return msgspec.json.decode(self.body)


class Egress:
    """Requests to other servers. `allow` names inside places: "127.0.0.1:9000", "mail.lan", "10.1.0.0/16".

    `names` looks up names; the system's own by default.
    """

    def __init__(self, allow: Sequence[str] = (), *, names: AbstractResolver | None = None) -> None:
        self._allow = frozenset(allow)
        self._names = names
        self._session: aiohttp.ClientSession | None = None
        self._siblings: dict[frozenset[str], Egress] = {}

    def allowing(self, places: Sequence[str]) -> "Egress":
        """The same way out with more inside places open to it."""
        wanted = self._allow | frozenset(places)
        if wanted == self._allow:
            return self
        if wanted not in self._siblings:
            self._siblings[wanted] = Egress(tuple(wanted), names=self._names)
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
        to = self._judged(url)
        sent = False
        try:
            async with self._open().request(
                method,
                to,
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
        except aiohttp.InvalidURL as error:  # the client reads addresses more strictly than they are parsed
            raise Blocked(f"{url[:200]!r} is no address: {error}") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            if blocked := _blocked_within(error):
                raise blocked from None
            raise NoAnswer(f"{to.host} cannot be reached: {_why(error)}", sent=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"{to.host} gave no {'whole ' if sent else ''}answer: {error or type(error).__name__}"
            raise NoAnswer(words, sent=True) from error

    async def resolve(self, host: str, port: int) -> str:
        """An address of `host` to connect to, for protocols other than HTTP. Raises `Blocked`, `NoAnswer`."""
        if not _is_host(host):
            raise Blocked(f"{host[:200]!r} is no name of a server")
        try:
            found = await self._look_up().resolve(host, port, socket.AF_UNSPEC)
        except OSError as error:
            raise NoAnswer(f"{host} is not known: {error}", sent=False) from error
        for one in found:
            if self._may_reach(host, port, one["host"]):
                return one["host"]
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

    def _look_up(self) -> AbstractResolver:
        self._names = self._names or aiohttp.ThreadedResolver()
        return self._names

    def _judged(self, url: str) -> URL:
        """The address as the client will read it. Raises `Blocked` for what is no web address, and for inside ones.

        A literal address is judged here, as no resolver is asked about it: in whatever notation the system accepts it.
        """
        try:
            to = URL(url)
            host, port = to.host, to.port
        except ValueError as error:
            raise Blocked(f"{url[:200]!r} is no address: {error}") from None
        if (
            to.scheme not in {"http", "https"}
            or not host
            or port is None
            or to.user is not None
            or not _is_host(to.raw_host or "")
        ):
            raise Blocked(f"only http and https addresses can be used, not {url[:200]!r}")
        address = _literal(host)
        if address and not self._may_reach(host, port, address):
            raise Blocked(_why_blocked(host, port))
        return to

    def _may_reach(self, host: str, port: int, address: str) -> bool:
        ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        if _is_outside(ip):
            return True
        return any(_names(place, host, port, ip) for place in self._allow)


class _Resolver(AbstractResolver):
    def __init__(self, egress: Egress) -> None:
        self._egress = egress

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._egress._look_up().resolve(host, port, family)
        allowed = [one for one in found if self._egress._may_reach(host, port, one["host"])]
        if not allowed:
            raise OSError(None, _why_blocked(host, port)) from Blocked(_why_blocked(host, port))
        return allowed

    async def close(self) -> None:
        await self._egress._look_up().close()


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"the answer is larger than {limit} bytes", sent=True)
    return bytes(body)


def _is_host(host: str) -> bool:
    """Whether a resolver can be asked about it at all: it raises errors of every kind for what is too long or empty."""
    try:
        steps = host.encode("idna").removesuffix(b".").split(b".")
    except UnicodeError:
        return False
    return "\0" not in host and len(host) < 254 and all(0 < len(step) < 64 for step in steps)


def _literal(host: str) -> str | None:
    host = host.removesuffix(".")  # the root of all names; some resolvers read "127.0.0.1." as an address
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # 127.1, 2130706433, 0x7f.1 and the like
    except OSError:
        return None


def _is_outside(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local  # fec0::/10, which Python calls global
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or site_local)


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


def _why(error: aiohttp.ClientError) -> str:
    """Without addresses and numbers, where it is one of the things that happen every day."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "this name is not known"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "it took too long"
    within = getattr(error, "os_error", None)
    if isinstance(within, ConnectionRefusedError):
        return "the connection was refused"
    return str(error)


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
