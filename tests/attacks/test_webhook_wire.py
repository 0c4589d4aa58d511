"""What is wrong below the platform's own words: framing, packing and JSON, over a raw socket to the real server."""

import asyncio
import gzip
from typing import Any
from uuid import UUID

import pytest

from duologue.channels.contract import Accepted, Request
from duologue.channels.registry import channels
from duologue.kernel.house import House
from duologue.mailroom import webhook as webhooks
from tests.mailroom.test_webhook import Hook, hook
from tests.parrot import Mailroom, squawk

__all__ = ["hook"]

KNOCK = "Host: duologue.test\r\nX-Word: hello\r\nContent-Type: application/json\r\n"
FRAMES: dict[str, bytes] = {
    "length shorter than the body": b"Content-Length: 2\r\n\r\n{}{}{}{}",
    "length longer than the body": b"Content-Length: 900\r\n\r\n{}",
    "length below zero": b"Content-Length: -1\r\n\r\n{}",
    "length of letters": b"Content-Length: two\r\n\r\n{}",
    "length beyond all measure": b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 8\r\n\r\n{}GET /x",
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /in/x HTTP/1.1\r\n\r\n",
    "chunks hidden by a blank": b"Content-Length: 2\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunks by another name": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a chunk of no number": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk below zero": b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "a chunk shorter than it says": b"Transfer-Encoding: chunked\r\n\r\n9\r\n{}\r\n0\r\n\r\n",
    "a chunk of 2^64": b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
    "a header folded": b"X-Folded: a\r\n b\r\nContent-Length: 900\r\n\r\n{}",
    "a NUL in a header": b"X-Nul: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "a header without end": b"X-Long: " + b"a" * 200_000 + b"\r\nContent-Length: 900\r\n\r\n{}",
}  # fmt: skip


async def _say(hook: Hook, words: bytes) -> list[int]:
    """Every status the server answers with until it hangs up; what was said too little is ended by hanging up."""
    host, port = hook.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    heard = b""
    try:
        writer.write(words)
        async with asyncio.timeout(0.4):
            while more := await reader.read(65536):
                heard += more
    except (ConnectionError, TimeoutError):
        pass  # the server waits for the rest, or has hung up: both are answers
    finally:
        writer.close()
    return [int(line.split()[1]) for line in heard.split(b"\r\n") if line.startswith(b"HTTP/1.")]


@pytest.mark.parametrize("wrong", FRAMES)
async def test_a_request_in_a_wrong_frame_leaves_at_most_what_it_framed(
    hook: Hook, mailroom: Mailroom, wrong: str
) -> None:
    """Never a second request out of the rest of the first, and never an error of ours."""
    words = f"POST /in/{mailroom.channel} HTTP/1.1\r\n{KNOCK}".encode() + FRAMES[wrong]
    statuses = await _say(hook, words)
    assert all(status < 500 for status in statuses)
    assert statuses.count(200) <= 1
    assert await hook.rows(mailroom.workspace) == statuses.count(200)
    proper = f"{KNOCK}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    assert await _say(hook, f"POST /in/{mailroom.channel} HTTP/1.1\r\n{proper}".encode()) == [200]


async def test_a_packed_body_is_not_unpacked(hook: Hook, mailroom: Mailroom) -> None:
    """A bomb stays as small as it came; what it holds is not what was signed."""
    bomb = gzip.compress(b"0" * 50_000_000)
    head = f"POST /in/{mailroom.channel} HTTP/1.1\r\n{KNOCK}Content-Encoding: gzip\r\nConnection: close\r\n"
    await _say(hook, f"{head}Content-Length: {len(bomb)}\r\n\r\n".encode() + bomb)
    async with hook.house.db.workspace(mailroom.workspace) as tx:
        sizes = await tx.rows(int, "SELECT octet_length(body_sealed) FROM arrival")
    assert all(size < 2 * len(bomb) for size in sizes)


JSONS: dict[str, bytes] = {
    "deep": b"[" * 200 + b"]" * 200, "far too deep": b'{"a":' * 100_000,
    "NaN": b'{"id":NaN}', "infinite": b'{"id":1e999}',
    "twice the same key": b'{"id":"a","id":"b"}', "a lone surrogate": b'{"id":"\\ud800","who":"m","text":"\\udfff"}',
    "NUL": b'{"id":"a\\u0000","who":"m","text":"\\u0000"}', "bytes that are no text": b"\xff\xfe\x00", "a number": b"0",
    "nothing": b"", "a list": b"[]", "null": b"null", "a large number": b'{"id":' + b"9" * 5000 + b"}",
    "3 MB": b'{"id":"' + b"x" * 3_000_000 + b'"}', "a byte order mark": b"\xef\xbb\xbf{}",
}  # fmt: skip


async def test_what_is_signed_but_no_message_is_set_aside_and_its_neighbours_are_read(
    house: House, workspace: UUID, mailroom: Mailroom
) -> None:
    for number, (name, odd) in enumerate(JSONS.items()):
        await mailroom.keep(odd)
        await mailroom.arrive(squawk(f"neighbour {number}", f"person {number}", at=house.now()))
        async with house.db.workspace(workspace) as tx:
            assert await tx.rows(int, "SELECT count(*)::int FROM message") == [number + 1], name


IDS = [
    "0",
    "",
    "a.b\nc",
    "x" * 10_240,
    "\u0430dmin",
    "a\u202eb",
    "-1",
    "%00",
    "../..",
    "' OR 1=1 --",
    "\ud7ff",
    "💥" * 100,
]
MOMENTS = ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]


async def test_odd_ids_and_moments_stop_nobody_else(house: House, workspace: UUID, mailroom: Mailroom) -> None:
    odd = [squawk(one, f"w{one}", at=house.now()) for one in IDS]
    odd += [squawk(f"at {at}", f"at {at}", at=house.now()) | {"at": at} for at in MOMENTS]
    odd.append(squawk("ms", "ms", at=house.now()) | {"at": int(house.now().timestamp() * 1000)})
    await mailroom.arrive(*odd, squawk("last", "last", text="still here", at=house.now()))
    async with house.db.workspace(workspace) as tx:
        waiting = await tx.rows(int, "SELECT count(*)::int FROM arrival WHERE state = 'new'")
        (kept,) = await tx.rows(int, "SELECT count(*)::int FROM message")
        future = await tx.rows(bool, "SELECT sent_at > %(now)s + interval '1 day' FROM message", {"now": house.now()})
    assert waiting == [0]
    assert kept >= 1
    assert not any(future)


async def test_the_same_id_with_other_words_is_the_first_one_a_day_later_too(
    house: House, workspace: UUID, mailroom: Mailroom, clock: Any
) -> None:
    await mailroom.arrive(squawk("a", text="first", at=house.now()))
    clock.turn(days=1)
    await mailroom.arrive(squawk("a", text="replayed", at=house.now()), squawk("a", text="first", at=house.now()))
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(int, "SELECT count(*)::int FROM message") == [1]


async def test_a_batch_of_five_thousand_is_taken_whole(house: House, workspace: UUID, mailroom: Mailroom) -> None:
    many = [squawk(f"n{n}", f"p{n % 20}", at=house.now()) for n in range(1000)] * 5
    await mailroom.arrive(*many)
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(int, "SELECT count(*)::int FROM message") == [1000]


CALLED = [(kind, one) for kind, one in channels().items() if one.verify]


@pytest.mark.parametrize(("kind", "channel"), CALLED, ids=[kind for kind, _ in CALLED])
@pytest.mark.parametrize("body", [*JSONS.values()], ids=[*JSONS])
def test_nothing_unsigned_is_read_by_any_platform(kind: str, channel: Any, body: bytes) -> None:
    """Refused before it is parsed: no error, and nothing accepted, with fresh settings or with those of nobody."""
    for settings in (channel.settings(), channel.secret() if channel.secret else channel.settings()):
        for headers in ({}, {"x-hub-signature-256": "sha256="}, {"x-hub-signature-256": "sha256=" + "0" * 64}):
            call = Request(method="POST", path="/in/x", query=b"", headers=headers, body=body)
            assert not isinstance(channel.verify(settings, call), Accepted)


def test_the_largest_body_is_larger_than_any_platforms() -> None:
    assert 3_000_000 < webhooks.LIMIT <= 16 * 1024 * 1024
