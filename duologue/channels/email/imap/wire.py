"""The lines of IMAP: answers with their literals put together, and the few facts that are picked out of them."""

import asyncio
import re
from collections.abc import Awaitable
from datetime import UTC, datetime

from msgspec import Struct

LINE = 16 * 1024 * 1024  # the answer to a search is one line
_CHUNK = 256 * 1024
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n\Z")
_MARK = b"\x00%d\x00"  # stands where a literal stood
_FETCH = re.compile(rb"\* \d+ FETCH ", re.IGNORECASE)
_EXISTS = re.compile(rb"\* (\d+) EXISTS", re.IGNORECASE)
_NUMBER = {name: re.compile(name + rb" (\d+)", re.IGNORECASE) for name in (rb"UID", rb"RFC822\.SIZE")}
_WHEN = re.compile(rb'INTERNALDATE "([^"]+)"', re.IGNORECASE)
_BODY = re.compile(rb'BODY\[[^\]]*\](?:<\d+>)? (?:\x00(\d+)\x00|"((?:[^"\\]|\\.)*)"|NIL)', re.IGNORECASE)
_LIST = re.compile(rb'\* X?LIST \(([^)]*)\) (?:"[^"]*"|NIL) (?:"((?:[^"\\]|\\.)*)"|\x00(\d+)\x00|(\S+))', re.IGNORECASE)


class Lost(Exception):
    """The connection is no more, or the server has fallen silent. Connect again."""


class Refusal(Exception):
    """The server said NO or BAD; the words are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.code = (re.match(r"\[([A-Z-]+)", words) or ["", ""])[1]


class Line(Struct, frozen=True):
    """One whole answer. Literals are taken out and stand beside the text."""

    text: bytes
    literals: tuple[bytes, ...] = ()


class Mail(Struct, frozen=True):
    """What a FETCH told of one mail; what it did not tell is None."""

    uid: int
    size: int | None
    arrived: datetime | None
    body: bytes | None


async def read_line(reader: asyncio.StreamReader, seconds: float) -> Line:
    """The next answer. Each piece of it must come within `seconds`. Raises `Lost`."""
    text, literals = b"", []
    while True:
        piece = (await _within(seconds, reader.readuntil(b"\n"))).replace(b"\0", b"")
        found = _LITERAL.search(piece)
        if not found:
            return Line(text + piece.rstrip(b"\r\n"), tuple(literals))
        text += piece[: found.start()] + _MARK % len(literals)
        literals.append(await _literal(reader, int(found[1]), seconds))


async def _literal(reader: asyncio.StreamReader, size: int, seconds: float) -> bytes:
    pieces, left = [], size
    while left:
        piece = await _within(seconds, reader.read(min(left, _CHUNK)))
        if not piece:
            raise Lost("The mail server closed the connection.")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


async def _within(seconds: float, reading: Awaitable[bytes]) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except TimeoutError:
        raise Lost(f"The mail server has been silent for {seconds:.0f} seconds.") from None
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
        raise Lost(f"The connection to the mail server was lost ({type(error).__name__}).") from error


def mail_of(line: Line) -> Mail | None:
    """The mail in a FETCH answer; None for other answers, and for those that only tell flags."""
    if not _FETCH.match(line.text):
        return None
    uid, size = (_number(line.text, name) for name in (rb"UID", rb"RFC822\.SIZE"))
    if uid is None:
        return None
    body = _BODY.search(line.text)
    return Mail(uid, size, _arrived(line.text), None if body is None else _words(line, body[1], body[2]))


def exists(line: Line) -> int | None:
    found = _EXISTS.match(line.text)
    return int(found[1]) if found else None


def folder_of(line: Line) -> tuple[set[str], str] | None:
    """Attributes in lower case and the name as the server writes it."""
    found = _LIST.match(line.text)
    if not found:
        return None
    name = found[4] if found[4] else _words(line, found[3], found[2])
    return {word.lower() for word in found[1].decode("ascii", "replace").split()}, name.decode("utf-8", "replace")


def quoted(text: str) -> bytes:
    """A string as an argument. Raises `ValueError` for what could begin another command."""
    if re.search(r"[\r\n\x00]", text):
        raise ValueError("a line break cannot be part of an IMAP argument")
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


def _words(line: Line, literal: bytes | None, inline: bytes | None) -> bytes:
    if literal:
        return line.literals[int(literal)]
    return re.sub(rb"\\(.)", rb"\1", inline or b"")


def _number(text: bytes, name: bytes) -> int | None:
    found = _NUMBER[name].search(text)
    return int(found[1]) if found else None


def _arrived(text: bytes) -> datetime | None:
    found = _WHEN.search(text)
    if not found:
        return None
    try:
        return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None
