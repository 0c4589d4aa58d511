# ruff: noqa: S104 (nothing is bound to these addresses)
"""No address leads inside, however it is written: 0 connections reach a listener on this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from duologue.kernel.egress import Blocked, Egress, NoAnswer


class Listener:
    """Listens on every address of this machine, and counts who comes."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.read(4096)
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    one = Listener()
    both = socket.socket(socket.AF_INET6)
    both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    both.bind(("::", 0))
    one.port = both.getsockname()[1]
    server = await asyncio.start_server(one.serve, sock=both)
    yield one
    server.close()
    await server.wait_closed()


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress() as one:
        yield one


INSIDE_V4 = ["127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1",
             "172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1",
             "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
             "240.0.0.1", "255.255.255.255"]  # fmt: skip


def _spellings(address: str) -> list[str]:
    """The same IPv4 address in the notations that systems and browsers understand."""
    a, b, c, d = (int(part) for part in address.split("."))
    number = a << 24 | b << 16 | c << 8 | d
    wide = str.maketrans("0123456789.", "０１２３４５６７８９。")
    return [
        address,
        str(number),
        f"0x{number:x}",
        f"0{number:o}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a}.{b << 16 | c << 8 | d}",
        address.translate(wide),
        address.replace(".", "。"),
        f"[::ffff:{address}]",
        f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        f"[64:ff9b::{address}]",
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
        f"[::{address}]",
    ]


INSIDE_HOSTS = [spelling for address in INSIDE_V4 for spelling in _spellings(address)] + [
    "127.1", "127.0.1", "0", "0x0", "00", "①②⑦.0.0.1", "127.0.0.1%00.example.com",
    "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[fe80::1]", "[fe80::1%25lo]",
    "[fe80::1%lo]", "[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[ff02::1]", "[64:ff9b:1::7f00:1]", "[100::1]",
    "[2001:db8::1]", "[2001::1]", "[::ffff:0:127.0.0.1]", "[5f00::1]", "[4000::1]",
]  # fmt: skip
NAMES = ["localhost", "localhost.", "LOCALHOST", "ⓛⓞcalhost", "localhost.localdomain", socket.gethostname()]
ODD = [
    "http://example.com@127.0.0.1:{port}/", "http://127.0.0.1:{port}@example.com/", "http://:pass@example.com/",
    "http://@example.com/", "http://example.com\\@127.0.0.1:{port}/", "http://example.com:80\\@127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_x", "file:///etc/passwd", "ftp://127.0.0.1:{port}/", "ws://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/", "127.0.0.1:{port}", "http:127.0.0.1:{port}", "http:///127.0.0.1:{port}", "http://",
    "http://[::1", "http://127.0.0.1:99999/", "http://127.0.0.1:-1/", "http://a:b/", "", "   ", "unix:///run/x",
    "http://127.0.0.1\t:{port}/", "http://127.0.0.1\n:{port}/", " http://127.0.0.1:{port}/", "http://12\t7.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/", "http://127.0.0.1:{port}#@example.com/", "http://127.0.0.1:{port}?@example.com/",
    "http://[v1.fe]/", "http://\u202e127.0.0.1:{port}/", "javascript:alert(1)", "data:text/plain,x",
]  # fmt: skip


def test_there_are_enough_forms() -> None:
    assert len({*INSIDE_HOSTS, *NAMES, *ODD}) >= 300


async def test_no_form_of_an_inside_address_is_connected_to(egress: Egress, listener: Listener) -> None:
    reached = []
    for host in INSIDE_HOSTS + NAMES:
        for scheme in ("http", "https"):
            reached += await _reached(egress, f"{scheme}://{host}:{listener.port}/")
    for form in ODD:
        reached += await _reached(egress, form.format(port=listener.port))
    assert reached == []
    assert listener.connections == 0


async def _reached(egress: Egress, url: str) -> list[str]:
    """The address, unless it is refused before anything is sent."""
    try:
        await egress.request("GET", url, seconds=2)
    except Blocked:
        return []
    except NoAnswer as error:
        if not error.sent and ("not known" in str(error) or "cannot be reached" in str(error)):
            return []  # a name that does not exist
        return [f"{url}: {error}"]
    return [url]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "::1", "0.0.0.0", "::"])
async def test_other_protocols_are_kept_outside_too(egress: Egress, host: str) -> None:
    with pytest.raises(Blocked):
        await egress.resolve(host, 993)


@pytest.mark.parametrize(
    "host", ["a" * 64 + ".example", "x..example", ".example", "a." * 130 + "a", "", "a\0b", "ü" * 64]
)
async def test_what_no_resolver_can_be_asked_about_is_refused(egress: Egress, host: str) -> None:
    with pytest.raises(Blocked):
        await egress.resolve(host, 993)
    with pytest.raises(Blocked):
        await egress.request("GET", f"https://{host}/", seconds=2)


async def test_the_listener_would_have_been_seen(listener: Listener) -> None:
    async with Egress([f"127.0.0.1:{listener.port}"]) as egress:
        answer = await egress.request("GET", f"http://127.0.0.1:{listener.port}/")
    assert (answer.status, answer.body, listener.connections) == (200, b"ok", 1)


class Names(AbstractResolver):
    """Answers as told, one answer after the other; the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host, host=one, port=port, family=socket.AF_INET6 if ":" in one else socket.AF_INET, proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in found
        ]  # fmt: skip

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "fec0::1"]
)
async def test_a_name_that_leads_inside_is_refused(listener: Listener, address: str) -> None:
    async with Egress(names=Names([address])) as egress:
        with pytest.raises(Blocked, match="inside address"):
            await egress.request("GET", f"http://rebound.example:{listener.port}/")
        with pytest.raises(Blocked):
            await egress.resolve("rebound.example", listener.port)
    assert listener.connections == 0


async def test_a_name_that_turns_inside_later_is_refused_then(listener: Listener) -> None:
    """The first answer is an outside address where nobody listens, the second this machine."""
    async with Egress(names=Names(["192.88.99.255"], ["127.0.0.1"])) as egress:
        await egress.resolve("rebound.example", listener.port)
        with pytest.raises(Blocked):
            await egress.request("GET", f"http://rebound.example:{listener.port}/")
    assert listener.connections == 0


async def test_of_mixed_answers_only_the_outside_ones_are_used() -> None:
    async with Egress(names=Names(["10.0.0.1", "93.184.216.34", "::1"])) as egress:
        assert await egress.resolve("mixed.example", 993) == "93.184.216.34"


@pytest.mark.parametrize(
    ("allow", "host", "port", "open_"),
    [
        ("127.0.0.1:{port}", "127.0.0.1", 0, True),
        ("127.0.0.1:{port}", "127.0.0.1", 1, False),
        ("127.0.0.1:{port}", "localhost", 0, True),  # the address that the name leads to was named
        ("localhost:{port}", "localhost", 0, True),
        ("localhost:{port}", "127.0.0.1", 0, False),
        ("127.0.0.0/8", "127.0.0.9", 0, True),
        ("10.0.0.0/8", "127.0.0.1", 0, False),
        ("127.0.0.1", "127.0.0.1", 0, True),
        ("127.0.0.1", "127.0.0.2", 0, False),
        ("::1", "::1", 0, True),
        ("ocalhost", "localhost", 0, False),
        ("", "localhost", 0, False),
    ],
)
async def test_what_the_operator_opened_is_open_and_nothing_beside_it(
    listener: Listener, allow: str, host: str, port: int, open_: bool
) -> None:
    async with Egress([allow.format(port=listener.port)]) as egress:
        to = listener.port + port
        if open_:
            await egress.resolve(host, to)
            literal = f"[{host}]" if ":" in host else host
            assert (await egress.request("GET", f"http://{literal}:{to}/")).status == 200
        else:
            with pytest.raises(Blocked):
                await egress.resolve(host, to)
            with pytest.raises(Blocked):
                await egress.request("GET", f"http://{host}:{to}/")


async def test_more_places_are_open_to_one_account_only(listener: Listener) -> None:
    async with Egress() as egress:
        wider = egress.allowing([f"127.0.0.1:{listener.port}"])
        assert (await wider.request("GET", f"http://127.0.0.1:{listener.port}/")).status == 200
        assert egress.allowing([f"127.0.0.1:{listener.port}"]) is wider
        with pytest.raises(Blocked):
            await egress.request("GET", f"http://127.0.0.1:{listener.port}/")
    assert listener.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_told_and_not_followed(listener: Listener, status: int) -> None:
    listener.answer = (
        f"HTTP/1.1 {status} Elsewhere\r\nLocation: http://127.0.0.1:{listener.port}/secret\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    async with Egress([f"127.0.0.1:{listener.port}"]) as egress:
        answer = await egress.request("GET", f"http://127.0.0.1:{listener.port}/")
    assert answer.status == status
    assert answer.headers["location"].endswith("/secret")
    assert listener.connections == 1
