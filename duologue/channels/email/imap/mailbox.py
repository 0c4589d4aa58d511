"""One IMAP session: sign in, open a folder for reading, ask what is new, fetch, wait."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from types import TracebackType
from typing import Self

from imap_tools.imap_utf7 import utf7_encode
from msgspec import Struct

from duologue.channels.email.access import proof
from duologue.channels.email.imap import wire
from duologue.channels.email.imap.connect import Streams, connect, encrypt, trust
from duologue.channels.email.imap.wire import Line, Lost, Mail, Refusal
from duologue.channels.email.settings import Settings
from duologue.kernel.egress import Egress

_SECONDS = 60  # of silence during a command
_MOST_UIDS = 500  # 8,000 octets of command are what a server must at least take (RFC 7162, 4)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class LoginRefused(Exception):
    """The server knows this user or password not, or accepts no passwords."""


class Folder(Struct, frozen=True):
    validity: int
    next_uid: int | None


class Mailbox:
    """Open with `async with Mailbox.open(…)`. Every method raises `Lost` and `Refusal`."""

    def __init__(self, streams: Streams) -> None:
        self._reader, self._writer = streams
        self._plain: Streams | None = (
            None  # kept after STARTTLS: asyncio aborts the line when its first reader is freed
        )
        self._count = 0
        self._abilities: frozenset[str] = frozenset()
        self.news = False  # the server has told of new mail since this was last put down

    @classmethod
    async def open(cls, egress: Egress, settings: Settings) -> Self:
        """Connected and signed in. Raises `Blocked`, `NoAnswer`, `Lost`, `ssl.SSLError`, `LoginRefused`."""
        context = None if settings.imap_security == "none" else trust(settings.authority)
        at_once = context if settings.imap_security == "tls" else None
        mailbox = cls(await connect(egress, settings.imap_host, settings.imap_port, at_once))
        try:
            await mailbox._greeted()
            if context and not at_once:
                await mailbox._command(b"STARTTLS")
                mailbox._plain = (mailbox._reader, mailbox._writer)
                mailbox._reader, mailbox._writer = await encrypt(mailbox._plain, settings.imap_host, context)
            await (mailbox._prove(settings) if settings.by_sign_in else mailbox._sign_in(settings))
        except BaseException:
            mailbox.drop()
            raise
        return mailbox

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()

    def drop(self) -> None:
        """Ends the connection at once; nothing is owed to a server that was only read from."""
        self._writer.transport.abort()

    @property
    def can_wait(self) -> bool:
        return "IDLE" in self._abilities

    async def sent_folder(self) -> str | None:
        """The folder that the server marks as the one of sent mail (RFC 6154)."""
        lines = await self._command(b'LIST "" "*"')
        for line in lines:
            found = wire.folder_of(line)
            if found and "\\sent" in found[0] and "\\noselect" not in found[0]:
                return found[1]
        return None

    async def examine(self, folder: str) -> Folder:
        """Opens the folder for reading only. `folder` as the server writes it, see `encoded`."""
        lines = await self._command(b"EXAMINE " + wire.quoted(folder))
        text = b"\n".join(line.text for line in lines)
        validity, following = re.search(rb"\[UIDVALIDITY (\d+)", text), re.search(rb"\[UIDNEXT (\d+)", text)
        self.news = True
        return Folder(int(validity[1]) if validity else 0, int(following[1]) if following else None)

    async def since(self, day: date) -> list[int]:
        """Uids of mail that arrived on this day or later; coarse, to be judged by the hour afterwards."""
        return await self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}".encode())

    async def with_header(self, name: str, value: str) -> list[int]:
        """Uids of mail with this text in this header."""
        return await self._search(b"HEADER " + wire.quoted(name) + b" " + wire.quoted(value))

    async def after(self, uid: int) -> list[Mail]:
        """Uid, size and arrival of what is newer, oldest first. `n:*` always names the last mail, however old."""
        lines = await self._command(b"UID FETCH %d:* (UID RFC822.SIZE INTERNALDATE)" % (uid + 1))
        return _sorted(one for one in _mails(lines) if one.uid > uid)

    async def about(self, uids: Sequence[int]) -> list[Mail]:
        """Uid, size and arrival of these, oldest first; asked in pieces, for servers bound the length of a command."""
        found: list[Mail] = []
        for start in range(0, len(uids), _MOST_UIDS):
            some = _set(uids[start : start + _MOST_UIDS])
            found += _mails(await self._command(b"UID FETCH %b (UID RFC822.SIZE INTERNALDATE)" % some))
        return _sorted(found)

    async def bodies(self, uids: Sequence[int], what: bytes = b"BODY.PEEK[]") -> dict[int, bytes]:
        """The mails by uid, without marking them as seen; those meanwhile deleted are missing."""
        lines = await self._command(b"UID FETCH %b (UID %b)" % (_set(uids), what))
        return {one.uid: one.body for one in _mails(lines) if one.body is not None}

    async def noop(self) -> None:
        await self._command(b"NOOP")

    async def wait(self, seconds: float) -> None:
        """IDLE until the server tells of new mail, at most so long; `news` says which (RFC 2177)."""
        if self.news:
            return
        tag = self._send(b"IDLE")
        try:
            async with asyncio.timeout(seconds):
                while not self.news:
                    line = await self._next(seconds + _SECONDS)
                    if line.text.startswith(tag + b" "):
                        self._judge(line, tag)
                        await asyncio.sleep(1)  # it ends the wait by itself; not at once again
                        return
        except TimeoutError:
            pass  # nothing new; the connection is proven alive by the end of the command
        self._writer.write(b"DONE\r\n")
        await self._finish(tag)

    async def _search(self, criteria: bytes) -> list[int]:
        lines = await self._command(b"UID SEARCH " + criteria)
        return [int(n) for line in lines if line.text.upper().startswith(b"* SEARCH") for n in line.text.split()[2:]]

    async def _greeted(self) -> None:
        greeting = await self._next(_SECONDS)
        if not greeting.text.upper().startswith((b"* OK", b"* PREAUTH")):
            raise Lost(f"The mail server does not greet: {_said(greeting.text)}")
        await self._ask_abilities()

    async def _ask_abilities(self) -> None:
        lines = await self._command(b"CAPABILITY")
        words = [line.text.upper().decode("ascii", "replace").split() for line in lines]
        self._abilities = frozenset(word for line in words if line[1:2] == ["CAPABILITY"] for word in line[2:])

    async def _sign_in(self, settings: Settings) -> None:
        user, password = settings.imap_user, settings.imap_password
        await self._ask_abilities()
        if "LOGINDISABLED" in self._abilities and "AUTH=PLAIN" not in self._abilities:
            raise LoginRefused("The mail server accepts no password on this connection.")
        if "AUTH=PLAIN" in self._abilities:
            secret = base64.b64encode(f"\0{user}\0{password}".encode())
            await self._enter(self._authenticate(b"PLAIN", secret))
        else:
            await self._enter(self._command(b"LOGIN " + wire.quoted(user) + b" " + wire.quoted(password)))

    async def _prove(self, settings: Settings) -> None:
        """With a key from the provider's own sign-in."""
        await self._ask_abilities()
        if "AUTH=XOAUTH2" not in self._abilities:
            raise LoginRefused("The mail server accepts no keys from a sign-in (XOAUTH2).")
        await self._enter(self._authenticate(b"XOAUTH2", proof(settings, settings.imap_user)))

    async def _enter(self, asking: Awaitable[object]) -> None:
        try:
            await asking
        except Refusal as refused:
            if refused.code in {"UNAVAILABLE", "INUSE", "LIMIT"}:
                raise Lost(str(refused)) from refused
            raise LoginRefused(str(refused)) from refused
        await self._ask_abilities()  # many servers offer IDLE only to those who have signed in
        if "ID" in self._abilities:
            with suppress(Refusal):  # servers of NetEase open no folder for a program without a name (2023)
                await self._command(b'ID ("name" "Duologue")')

    async def _authenticate(self, mechanism: bytes, secret: bytes) -> None:
        """A second challenge tells why a key is refused; only after an empty line does the server end the command."""
        tag, answers = self._send(b"AUTHENTICATE " + mechanism), [secret, b""]
        while not (line := await self._next(_SECONDS)).text.startswith(tag + b" "):
            if line.text.startswith(b"+") and answers:
                self._writer.write(answers.pop(0) + b"\r\n")
        self._judge(line, tag)

    async def _command(self, command: bytes) -> list[Line]:
        return await self._finish(self._send(command))

    def _send(self, command: bytes) -> bytes:
        self._count += 1
        tag = b"d%d" % self._count
        self._writer.write(tag + b" " + command + b"\r\n")
        return tag

    async def _finish(self, tag: bytes) -> list[Line]:
        """The untagged answers up to the end of the command."""
        lines = []
        while True:
            line = await self._next(_SECONDS)
            if line.text.startswith(tag + b" "):
                self._judge(line, tag)
                return lines
            lines.append(line)

    async def _next(self, seconds: float) -> Line:
        line = await wire.read_line(self._reader, seconds)
        if wire.exists(line):
            self.news = True
        if line.text[:5].upper() == b"* BYE":
            raise Lost(f"The mail server said good-bye: {_said(line.text)}")
        return line

    def _judge(self, line: Line, tag: bytes) -> None:
        verdict, _, words = line.text[len(tag) + 1 :].partition(b" ")
        if verdict.upper() != b"OK":
            raise Refusal(_said(words))


def encoded(folder: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3)."""
    return folder if folder.isascii() and "&" not in folder else utf7_encode(folder).decode("ascii")


def _mails(lines: Sequence[Line]) -> list[Mail]:
    return [found for found in map(wire.mail_of, lines) if found]


def _sorted(mails: Iterable[Mail]) -> list[Mail]:
    return sorted({one.uid: one for one in mails}.values(), key=lambda one: one.uid)


def _set(uids: Sequence[int]) -> bytes:
    """A sequence set, runs written as ranges."""
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in runs)


def _said(words: bytes) -> str:
    return words.decode("utf-8", "replace").strip()[:300]
