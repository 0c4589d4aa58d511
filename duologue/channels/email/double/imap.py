"""A small IMAP4rev1 server: what a reader of mail needs, answered as Dovecot answers it, and faults on command."""

import asyncio
import base64
import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from duologue.channels.email.double.mailbox import Box, Folder, Mail
from duologue.channels.email.double.smtp import xoauth2
from duologue.channels.email.imap.wire import quoted

_ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|(\S+)')


class Faults:
    """What is wrong with the server at the moment."""

    def __init__(self) -> None:
        self.down = False
        self.deaf = False  # IDLE is accepted and nothing is ever told
        self.idle_offered = True
        self.held_back: set[int] = set()  # uids that FETCH answers with NO
        self.commands: list[str] = []  # every command received, for those who want to see


class ImapServer:
    """Serves the boxes of `find(user, password)`, and of `admit(user, key)` for keys of a sign-in."""

    def __init__(
        self, find: Callable[[str, str], Box | None], admit: Callable[[str, str], Box | None] | None = None
    ) -> None:
        self._find, self._admit = find, admit or (lambda user, key: None)
        self.faults = Faults()
        self._server: asyncio.Server | None = None
        self._sessions: dict[_Session, asyncio.Task[None] | None] = {}

    async def start(self, host: str, port: int) -> int:
        self._server = await asyncio.start_server(self._serve, host, port, limit=64 * 1024)
        return self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server:
            self._server.close()
        self.cut()
        ending = [task for task in self._sessions.values() if task]
        if ending:
            await asyncio.wait(ending, timeout=2)
        if self._server:
            await self._server.wait_closed()

    def cut(self) -> None:
        """Every connection ends, without a word."""
        for session in list(self._sessions):
            session.writer.transport.abort()

    def say_bye(self) -> None:
        for session in list(self._sessions):
            session.tell(b"* BYE Server shutting down")
            session.writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.faults.down:
            writer.transport.abort()
            return
        session = _Session((self._find, self._admit), self.faults, reader, writer)
        self._sessions[session] = asyncio.current_task()
        try:
            await session.run()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has gone
        finally:
            session.leave()
            self._sessions.pop(session)
            writer.close()


class _Session:
    def __init__(
        self,
        doors: tuple[Callable[[str, str], Box | None], Callable[[str, str], Box | None]],
        faults: Faults,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        (self._find, self._admit), self._faults = doors, faults
        self._reader, self.writer = reader, writer
        self._box: Box | None = None
        self._folder: Folder | None = None
        self._told = 0
        self._news = asyncio.Event()
        self._unwatch: Callable[[], None] | None = None

    def tell(self, line: bytes) -> None:
        if not self.writer.transport.is_closing():
            self.writer.write(line + b"\r\n")

    def leave(self) -> None:
        if self._unwatch:
            self._unwatch()
            self._unwatch = None

    async def run(self) -> None:
        self.tell(b"* OK [CAPABILITY %b] Ready." % self._abilities())
        while line := await self._line():
            tag, _, rest = line.partition(b" ")
            words = rest.split(b" ", 2)
            name = words[0].upper() + (
                b" " + words[1].upper() if words[0].upper() == b"UID" and len(words) > 1 else b""
            )
            self._faults.commands.append(rest.decode("utf-8", "replace"))
            answer = await self._answer(name, rest[len(name) :].strip())
            self._tell_count()
            self.tell(tag + b" " + answer)
            await self.writer.drain()
            if name == b"LOGOUT":
                return

    async def _line(self) -> bytes:
        """A command with its literals put in as quoted strings."""
        line = (await self._reader.readline()).rstrip(b"\r\n")
        while found := re.search(rb"\{(\d+)(\+?)\}$", line):
            if not found[2]:
                self.tell(b"+ OK")
            literal = await self._reader.readexactly(int(found[1]))
            more = (await self._reader.readline()).rstrip(b"\r\n")
            line = line[: found.start()] + quoted(literal.decode("utf-8", "replace")) + more
        return line

    async def _answer(self, name: bytes, rest: bytes) -> bytes:
        if name == b"CAPABILITY":
            self.tell(b"* CAPABILITY " + self._abilities())
        elif name == b"LOGIN":
            user, password, *_ = [*_arguments(rest), b"", b""]
            return self._sign_in(user, password)
        elif name == b"AUTHENTICATE":
            return await self._authenticate(rest.upper())
        elif name == b"LOGOUT":
            self.tell(b"* BYE Logging out")
        elif name != b"NOOP":
            return await self._signed_in(name, rest)
        return b"OK done"

    async def _signed_in(self, name: bytes, rest: bytes) -> bytes:
        if self._box is None:
            return b"BAD Please log in first."
        if name == b"LIST":
            for folder in self._box.folders:
                self.tell(b'* LIST (\\HasNoChildren %b) "/" %b' % (folder.attributes.encode(), quoted(folder.name)))
            return b"OK List completed."
        if name in {b"SELECT", b"EXAMINE"}:
            return self._open(self._box, _arguments(rest)[0].decode(), read_only=name == b"EXAMINE")
        if self._folder is None:
            return b"BAD No mailbox selected."
        if name == b"IDLE":
            return await self._idle()
        if name == b"UID FETCH":
            return self._fetch(self._folder, rest)
        if name == b"UID SEARCH":
            found = [b" %d" % mail.uid for mail in self._folder.mails if _matches(mail, _arguments(rest))]
            self.tell(b"* SEARCH" + b"".join(found))
            return b"OK Search completed."
        return b"BAD Unknown command."

    def _abilities(self) -> bytes:
        idle = b" IDLE" if self._faults.idle_offered else b""
        return b"IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SPECIAL-USE LITERAL+" + idle

    async def _authenticate(self, mechanism: bytes) -> bytes:
        self.tell(b"+ ")
        if mechanism == b"XOAUTH2":
            return await self._authenticate_by_key()
        with contextlib.suppress(ValueError):
            pieces = base64.b64decode(await self._reader.readline(), validate=False).split(b"\0")
            if len(pieces) == 3:
                return self._sign_in(pieces[1], pieces[2])
        return b"BAD Invalid response."

    async def _authenticate_by_key(self) -> bytes:
        """A key that is refused is told why in a challenge, which the client answers with an empty line."""
        self._box = self._admit(*xoauth2((await self._reader.readline()).strip()))
        if self._box:
            return b"OK Logged in"
        self.tell(b"+ " + base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.simulated/"}'))
        if (await self._reader.readline()).strip():
            return b"BAD Invalid SASL argument."
        return b"NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"

    def _sign_in(self, user: bytes, password: bytes) -> bytes:
        self._box = self._find(user.decode("utf-8", "replace"), password.decode("utf-8", "replace"))
        return b"OK Logged in" if self._box else b"NO [AUTHENTICATIONFAILED] Authentication failed."

    def _open(self, box: Box, name: str, *, read_only: bool) -> bytes:
        folder = next((one for one in box.folders if one.name.upper() == name.upper()), None)
        if folder is None:
            return b"NO [NONEXISTENT] Mailbox doesn't exist."
        self.leave()
        self._folder, self._told = folder, -1
        self._unwatch = folder.watch(self._news.set)
        self.tell(b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
        self._tell_count()
        self.tell(b"* OK [UIDVALIDITY %d] UIDs valid" % folder.validity)
        self.tell(b"* OK [UIDNEXT %d] Predicted next UID" % folder.next_uid)
        return b"OK [READ-ONLY] Examine completed." if read_only else b"OK [READ-WRITE] Select completed."

    def _tell_count(self) -> None:
        if self._folder and len(self._folder.mails) != self._told:
            self._told = len(self._folder.mails)
            self.tell(b"* %d EXISTS" % self._told)

    async def _idle(self) -> bytes:
        self.tell(b"+ idling")
        await self.writer.drain()
        done = asyncio.ensure_future(self._reader.readline())
        try:
            while not done.done():
                self._news.clear()
                if not self._faults.deaf:
                    self._tell_count()
                news = asyncio.ensure_future(self._news.wait())
                await asyncio.wait({done, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
        finally:
            done.cancel()
        return b"OK Idle completed."

    def _fetch(self, folder: Folder, rest: bytes) -> bytes:
        wanted, _, items = rest.partition(b" ")
        chosen = set(_chosen(folder, wanted))
        for number, mail in enumerate(folder.mails, 1):
            if mail.uid not in chosen:
                continue
            if b"BODY" in items.upper() and mail.uid in self._faults.held_back:
                return b"NO [SERVERBUG] Internal error occurred."
            self.tell(b"* %d FETCH (%b)" % (number, b" ".join(_items(mail, items.upper()))))
        return b"OK Fetch completed."


def _items(mail: Mail, asked: bytes) -> Iterator[bytes]:
    yield b"UID %d" % mail.uid
    if b"FLAGS" in asked:
        yield b"FLAGS (%b)" % " ".join(sorted(mail.flags)).encode()
    if b"RFC822.SIZE" in asked:
        yield b"RFC822.SIZE %d" % len(mail.raw)
    if b"INTERNALDATE" in asked:
        yield b'INTERNALDATE "%b"' % mail.arrived.astimezone(UTC).strftime("%d-%b-%Y %H:%M:%S +0000").encode()
    if b"BODY" in asked and b"PEEK" not in asked:
        mail.flags.add("\\Seen")  # as the standard has it: who does not peek has read
    if b"[HEADER]" in asked:
        head = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        yield b"BODY[HEADER] {%d}\r\n%b" % (len(head), head)
    elif b"[]" in asked:
        yield b"BODY[] {%d}\r\n%b" % (len(mail.raw), mail.raw)


def _chosen(folder: Folder, wanted: bytes) -> Iterator[int]:
    """The uids of a sequence set. `*` is the last mail, and a range has no direction: the trap of RFC 3501, 6.4.8."""
    last = folder.mails[-1].uid if folder.mails else 0
    for piece in wanted.split(b","):
        ends = sorted(last if end == b"*" else int(end) for end in piece.split(b":"))
        yield from (mail.uid for mail in folder.mails if ends[0] <= mail.uid <= ends[-1])


def _matches(mail: Mail, criteria: list[bytes]) -> bool:
    """ALL, SINCE and HEADER."""
    if criteria[:1] == [b"SINCE"]:
        day = datetime.strptime(criteria[1].decode(), "%d-%b-%Y").replace(tzinfo=UTC).date()
        return mail.arrived.astimezone(UTC).date() >= day
    if criteria[:1] == [b"HEADER"]:
        head = mail.raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").lower()
        name, value = criteria[1].lower() + b":", criteria[2].lower()
        return any(line.startswith(name) and value in line for line in head.split(b"\r\n"))
    return True


def _arguments(rest: bytes) -> list[bytes]:
    return [
        re.sub(rb"\\(.)", rb"\1", match[1]) if match[1] is not None else match[2] or match[3]
        for match in _ARGUMENT.finditer(rest)
    ]
