"""Watches a mailbox: every mail is handed over once it is there, from where the last hand-over ended.

The cursor is (UIDVALIDITY, last UID) a folder. Flags are never asked: another program that reads, marks or sorts mail
changes nothing. A folder that is new to the cursor, or whose UIDVALIDITY changed, is read again from the day on which
the account was connected; doubles are recognised later by their ids.
"""

import asyncio
import random
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from duologue.channels.contract import Account, Deliver, Raw
from duologue.channels.email.access import SignInAgain
from duologue.channels.email.enter import open_mailbox
from duologue.channels.email.imap.mailbox import Folder, LoginRefused, Mailbox, encoded
from duologue.channels.email.imap.wire import Lost, Mail, Refusal
from duologue.channels.email.letter.parse import MOST_BYTES
from duologue.kernel import ids
from duologue.kernel.egress import Blocked, NoAnswer

_LONGEST_IDLE = 9 * 60  # seconds; routers forget a silent connection after ten minutes or more
_BATCH = 50
_BATCH_BYTES = 8 * 1024 * 1024
_GRACE = timedelta(minutes=2)  # clocks of mail servers
_WAITS = (0.1, 1, 2, 5, 10, 30, 60)  # seconds before the next attempt
_AFTER_REFUSAL = 300
_STEADY = 30  # seconds; a connection that lived so long was a good one
_TOLD_AFTER = 4  # failed attempts in a row


class Place(Struct, frozen=True):
    validity: int
    uid: int


class Cursor(Struct, frozen=True):
    """How far each folder has been read, by its name as the server writes it."""

    folders: dict[str, Place] = {}


async def listen(account: Account, cursor: bytes | None, deliver: Deliver) -> None:
    """Runs until cancelled; connects again as often as needed. Lasting trouble is delivered, once, as such."""
    watch = _Watch(account, deliver, _decoded(cursor))
    failures = 0
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await watch.session()
        except LoginRefused as refused:
            await watch.tell(f"The mail server refuses the login of {account.settings.whole.imap_user}: {refused}")
            await asyncio.sleep(_AFTER_REFUSAL)
            continue
        except SignInAgain as ended:
            await watch.tell(str(ended))
            await asyncio.sleep(_AFTER_REFUSAL)
            continue
        except Blocked as blocked:
            await watch.tell(str(blocked))
            await asyncio.sleep(_AFTER_REFUSAL)
            continue
        except (Lost, Refusal, NoAnswer, OSError, ssl.SSLError) as error:
            failures = 0 if asyncio.get_running_loop().time() - started > _STEADY else failures + 1
            if failures >= _TOLD_AFTER:
                await watch.tell(f"The mailbox cannot be read: {error}")
        wait = _WAITS[min(failures, len(_WAITS) - 1)]
        await asyncio.sleep(wait * random.uniform(0.7, 1.3))  # noqa: S311 - spreads reconnections, decides nothing


class _Watch:
    def __init__(self, account: Account, deliver: Deliver, cursor: Cursor) -> None:
        self._account, self._settings = account, account.settings.whole
        self._deliver = deliver
        self._cursor = cursor
        self._told = False

    async def session(self) -> None:
        """One connection, from login to loss."""
        async with await open_mailbox(self._account) as mailbox:
            inbox = encoded(self._settings.imap_folder)
            sent = await _sent_folder(mailbox)
            patience = max(1, min(self._settings.poll_seconds, _LONGEST_IDLE))
            while True:
                if sent and sent != inbox:
                    await self._read(mailbox, sent, "sent")
                await self._read(mailbox, inbox, "")
                self._told = False
                await self._attend(mailbox, inbox, patience)

    async def tell(self, words: str) -> None:
        """Reports trouble with the account, once an outage."""
        if not self._told:
            await self._deliver([Raw(body=words.encode(), kind="trouble")], self._encoded())
            self._told = True

    async def _attend(self, mailbox: Mailbox, inbox: str, patience: float) -> None:
        """Reads what comes into the inbox, until it is time to look at everything again."""
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while (left := until - loop.time()) > 0:
            if mailbox.can_wait:
                await mailbox.wait(left)
            else:
                await asyncio.sleep(left)
                await mailbox.noop()
            if mailbox.news:
                mailbox.news = False
                await self._newer(mailbox, inbox, "")

    async def _read(self, mailbox: Mailbox, folder: str, kind: str) -> None:
        opened = await mailbox.examine(folder)
        place = self._cursor.folders.get(folder)
        mailbox.news = False
        if place is None or place.validity != opened.validity:
            await self._from_the_beginning(mailbox, folder, kind, opened)
        await self._newer(mailbox, folder, kind)

    async def _from_the_beginning(self, mailbox: Mailbox, folder: str, kind: str, opened: Folder) -> None:
        """What was there when the folder was opened, if it came since the account was connected.

        The uids of before mean nothing now. What comes from now on is new whatever the server's clock says.
        """
        since = self._beginning()
        following = opened.next_uid or max((one.uid + 1 for one in await mailbox.after(0)), default=1)
        recent = await mailbox.since((since - timedelta(days=1)).date())
        found = await mailbox.about([uid for uid in recent if uid < following])
        self._cursor = _with(self._cursor, folder, Place(opened.validity, 0))
        await self._hand_over(mailbox, folder, kind, [one for one in found if _is_new(one, since)])
        await self._advance([], folder, following - 1)

    async def _newer(self, mailbox: Mailbox, folder: str, kind: str) -> None:
        await self._hand_over(mailbox, folder, kind, await mailbox.after(self._cursor.folders[folder].uid))

    async def _hand_over(self, mailbox: Mailbox, folder: str, kind: str, mails: Sequence[Mail]) -> None:
        for batch in _batches(mails):
            raws = await self._fetched(mailbox, kind, batch)
            await self._advance(raws, folder, batch[-1].uid)

    async def _advance(self, raws: Sequence[Raw], folder: str, uid: int) -> None:
        """The cursor is believed only after the hand-over; if it fails, the same mail is handed over again."""
        ahead = _with(self._cursor, folder, Place(self._cursor.folders[folder].validity, uid))
        await self._deliver(raws, msgspec.json.encode(ahead))
        self._cursor = ahead

    async def _fetched(self, mailbox: Mailbox, kind: str, mails: Sequence[Mail]) -> list[Raw]:
        bodies = await _bodies(mailbox, [one.uid for one in mails if not _too_large(one)])
        raws = []
        for one in mails:
            noted = {"received": (one.arrived or self._account.clock()).isoformat()}
            if _too_large(one):
                head = await mailbox.bodies([one.uid], b"BODY.PEEK[HEADER]")
                raws.append(Raw(body=head.get(one.uid, b""), kind="oversize", headers={**noted, "size": str(one.size)}))
            elif one.uid in bodies:
                body = bodies[one.uid]
                held_back = Raw(
                    body=b"%s, uid %d" % (kind.encode() or b"inbox", one.uid), kind="unfetched", headers=noted
                )
                raws.append(held_back if body is None else Raw(body=body, kind=kind, headers=noted))
        return raws

    def _beginning(self) -> datetime:
        """The moment the account was made, which its id tells; only what came since then is ours to read."""
        made = ids.made_at(self._account.id) if self._account.id.version == 7 else self._account.clock()
        return min(made, self._account.clock()) - _GRACE - timedelta(days=self._settings.history_days)

    def _encoded(self) -> bytes:
        return msgspec.json.encode(self._cursor)


async def _bodies(mailbox: Mailbox, uids: Sequence[int]) -> dict[int, bytes | None]:
    """By uid: None for a mail that the server holds back, nothing for one that was deleted meanwhile."""
    found: dict[int, bytes | None] = {}
    try:
        found |= await mailbox.bodies(uids) if uids else {}
    except Refusal:
        found.clear()  # one mail spoils the batch: ask for each alone
    for uid in uids:
        if uid not in found:
            found |= await _body_alone(mailbox, uid)
    return found


async def _body_alone(mailbox: Mailbox, uid: int) -> dict[int, bytes | None]:
    try:
        found: dict[int, bytes | None] = {**await mailbox.bodies([uid])}
    except Refusal:
        found = {}
    return found if found or not await mailbox.about([uid]) else {uid: None}


async def _sent_folder(mailbox: Mailbox) -> str | None:
    try:
        return await mailbox.sent_folder()
    except Refusal:
        return None  # a server that will not list its folders can still be read


def _batches(mails: Sequence[Mail]) -> list[list[Mail]]:
    batches: list[list[Mail]] = []
    size = 0
    for one in mails:
        size += one.size or 0
        if not batches or len(batches[-1]) >= _BATCH or size > _BATCH_BYTES:
            batches.append([])
            size = one.size or 0
        batches[-1].append(one)
    return batches


def _too_large(mail: Mail) -> bool:
    return (mail.size or 0) > MOST_BYTES


def _is_new(mail: Mail, since: datetime) -> bool:
    return mail.arrived is None or mail.arrived.astimezone(UTC) >= since


def _with(cursor: Cursor, folder: str, place: Place) -> Cursor:
    return Cursor({**cursor.folders, folder: place})


def _decoded(cursor: bytes | None) -> Cursor:
    return msgspec.json.decode(cursor, type=Cursor) if cursor else Cursor()
