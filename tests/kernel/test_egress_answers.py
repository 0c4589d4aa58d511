"""What comes back from elsewhere: bounded in size and time, and always known whether the other side saw the request."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic

import aiohttp
import msgspec
import pytest

from duologue.kernel.egress import Answer, Egress, NoAnswer

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[tuple[Egress, str]]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(one, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with Egress([f"127.0.0.1:{port}"]) as egress:
        yield egress, f"http://127.0.0.1:{port}/"
    listening.close()


def saying(*parts: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
        await writer.drain()

    return serve


def with_body(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def test_an_answer_has_status_headers_and_body() -> None:
    async with server(saying(with_body(b'{"a": 1}', "X-Thing: Yes"))) as (egress, url):
        answer = await egress.request("POST", url, body=b"x", headers={"X-Mine": "1"})
    assert (answer.status, answer.headers["x-thing"], answer.json()) == (200, "Yes", {"a": 1})


async def test_an_answer_that_is_no_json_says_so() -> None:
    with pytest.raises(msgspec.DecodeError):
        Answer(200, {}, b"<html>").json()


async def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not() -> None:
    async with server(saying(with_body(b"x" * 5000))) as (egress, url):
        assert len((await egress.request("GET", url, limit=5000)).body) == 5000
        with pytest.raises(NoAnswer, match="larger than 4999") as told:
            await egress.request("GET", url, limit=4999)
    assert told.value.sent


async def test_an_endless_answer_ends_at_the_limit() -> None:
    written = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            written += 65536
            await writer.drain()

    async with server(endless) as (egress, url):
        with pytest.raises(NoAnswer, match="larger"):
            await egress.request("GET", url, limit=200_000)
    assert written < 20_000_000


async def test_a_bomb_is_cut_when_it_unfolds() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    async with server(saying(with_body(bomb, "Content-Encoding: gzip"))) as (egress, url):
        with pytest.raises(NoAnswer, match="larger"):
            await egress.request("GET", url, limit=1_000_000)


async def test_a_slow_drip_ends_in_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with server(drip) as (egress, url):
        began = monotonic()
        with pytest.raises(NoAnswer, match="no whole answer") as told:
            await egress.request("GET", url, seconds=0.3)
    assert told.value.sent
    assert monotonic() - began < 2


async def test_silence_ends_in_time() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(silent) as (egress, url):
        with pytest.raises(NoAnswer) as told:
            await egress.request("GET", url, seconds=0.2)
    assert told.value.sent


async def test_a_refused_connection_was_certainly_not_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        port = taken.getsockname()[1]
        async with Egress([f"127.0.0.1:{port}"]) as egress:
            with pytest.raises(NoAnswer, match="cannot be reached") as told:
                await egress.request("POST", f"http://127.0.0.1:{port}/", body=b"x")
    assert not told.value.sent


async def test_an_unknown_name_was_certainly_not_sent() -> None:
    async with Egress() as egress:
        with pytest.raises(NoAnswer) as told:
            await egress.request("POST", "http://no-such-name.invalid/", body=b"x")
        with pytest.raises(NoAnswer) as told_too:
            await egress.resolve("no-such-name.invalid", 25)
    assert (told.value.sent, told_too.value.sent) == (False, False)


async def test_a_stranger_at_the_tls_door_was_not_sent_anything() -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 not tls at all\r\n")
        await writer.drain()

    async with server(rude) as (egress, url):
        with pytest.raises(NoAnswer) as told:
            await egress.request("POST", url.replace("http:", "https:"), body=b"x", seconds=1)
    assert not told.value.sent


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        b"\0\1\2 no http \r\n\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
    ],
)
async def test_taken_and_then_cut_off_may_have_been_seen(words: bytes) -> None:
    async with server(saying(words)) as (egress, url):
        with pytest.raises(NoAnswer) as told:
            await egress.request("POST", url, body=b"a message")
    assert told.value.sent


async def test_headers_without_end_are_no_answer() -> None:
    async with server(saying(b"HTTP/1.1 200 OK\r\n", *[b"X-%d: %s\r\n" % (n, b"y" * 8000) for n in range(300)])) as (
        egress,
        url,
    ):
        with pytest.raises(NoAnswer):
            await egress.request("GET", url, seconds=2)


async def test_a_form_is_sent_as_a_form() -> None:
    seen = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen = await reader.readuntil(b"--\r\n")
        writer.write(with_body(b"ok"))
        await writer.drain()

    form = aiohttp.FormData()
    form.add_field("file", b"bytes", filename="a.txt", content_type="text/plain")
    async with server(serve) as (egress, url):
        assert (await egress.request("POST", url, body=form, seconds=5)).body == b"ok"
    assert b"multipart/form-data" in seen
    assert b'filename="a.txt"' in seen


async def test_no_cookie_is_kept() -> None:
    heads = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(with_body(b"", "Set-Cookie: a=b"))
        await writer.drain()

    async with server(serve) as (egress, url):
        await egress.request("GET", url)
        await egress.request("GET", url)
    assert len(heads) == 2
    assert b"cookie" not in heads[1].lower()


async def test_closing_closes_every_sibling_too() -> None:
    async with server(saying(with_body(b"ok"))) as (egress, url):
        wider = egress.allowing(["10.0.0.0/8"])
        await egress.request("GET", url)
        await wider.request("GET", url)
        mine, theirs = egress._session, wider._session
        await egress.close()
    assert mine
    assert theirs
    assert (mine.closed, theirs.closed) == (True, True)
