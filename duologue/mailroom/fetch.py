"""Files that came as an address are fetched at once, as platforms keep them for minutes; pictures are made ready to be
shown, also those that came with their bytes. And names, where told."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Media, Person
from duologue.contacts import recognise
from duologue.contacts import store as contacts_store
from duologue.conversations import files
from duologue.kernel.database import Away
from duologue.kernel.egress import Blocked, NoAnswer, TooLarge
from duologue.kernel.house import House
from duologue.kernel.journal import Entry
from duologue.kernel.vault import Seal
from duologue.kernel.work import Work, work
from duologue.mailroom import store_files
from duologue.mailroom.store_files import Waiting

log = structlog.get_logger()
TRIES_FOR = timedelta(hours=1)
PAUSE = timedelta(minutes=1)  # until a platform that gave no answer is asked for names again
NOT_HAD = "The file could not be fetched from the platform."
GONE = "The platform no longer has this file, or does not give it any more."
TOO_LARGE = "The file is too large to be fetched: ask the person for a link to it."
_PASSING = {408, 425, 429}  # asking later helps


class Fetcher:
    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts
        self._no_names_until: dict[UUID, datetime] = {}  # by channel

    async def run(self) -> None:
        """Fetches whatever waits, for ever."""
        with self._house.wake.bell("files") as bell:
            while True:
                try:
                    busy = await self.fetch() + await self.name()
                except Away:
                    busy = 0
                if not busy:
                    await bell.wait(2)

    async def fetch(self) -> int:
        """One round; how many files that were."""
        async with self._house.db.hall() as tx:
            workspaces = await store_files.workspaces_waiting(tx)
        done = 0
        for workspace in workspaces:
            async with work(self._house, workspace) as open_work:
                waiting = await store_files.waiting(open_work.tx, 8)
            done += sum(await asyncio.gather(*(self._alone(workspace, one) for one in waiting)))
        return done

    async def _alone(self, workspace: UUID, one: Waiting) -> bool:
        """A file that cannot be dealt with holds up no other; it is given up like one that nobody answers for."""
        try:
            return await self._one(workspace, one)
        except Away:
            raise
        except Exception as error:
            log.error("fetch.broken", file=str(one.id), error=type(error).__name__)
            if self._house.now() - one.created_at >= TRIES_FOR:
                await self._fail(workspace, one, NOT_HAD)
            return False

    async def _one(self, workspace: UUID, one: Waiting) -> bool:
        """Fetches a file, or says why not; False where it is to be tried again."""
        seal = (await self._house.safe(workspace)).contact(one.contact_id, one.key_sealed)
        facts = msgspec.json.decode(seal.unseal("attachment|facts", one.id, one.facts_sealed), type=files.FileFacts)
        media = await self._here(workspace, one, facts, seal)
        if media is None:
            connected = await self._accounts.get(one.channel_id)
            try:
                media = await _get(connected, facts, one)
            except (NoAnswer, Blocked) as error:
                lasting = isinstance(error, Blocked | TooLarge)
                if not lasting and self._house.now() - one.created_at < TRIES_FOR:
                    return False
                await self._fail(workspace, one, TOO_LARGE if isinstance(error, TooLarge) else NOT_HAD)
                return True
        if media is None or media.data is None:
            await self._fail(workspace, one, GONE)
            return True
        await self._keep(workspace, one, seal, await files.ready(_of(media, one, facts)))
        return True

    async def _here(self, workspace: UUID, one: Waiting, facts: files.FileFacts, seal: Seal) -> Media | None:
        """What came with its bytes, or was kept before its like was made ready; None where it is to be fetched."""
        try:
            data = await files.load(self._house.files, seal, workspace, one.id)
        except FileNotFoundError:
            return None
        return Media(kind=one.kind, name=facts.name, mime=facts.claimed, data=data)

    async def _keep(self, workspace: UUID, one: Waiting, seal: Seal, ready: files.Ready) -> None:
        await files.store_ready(self._house.files, seal, workspace, one.id, ready)
        kept = store_files.Kept(one.id, ready.kind, ready.shown, len(ready.data or b""), ready.width, ready.height)
        async with work(self._house, workspace) as open_work:
            if await store_files.stored(open_work.tx, kept):
                await _tell(open_work, one)
            else:
                open_work.drop_file_after(one.id, files.small_of(one.id))

    async def _fail(self, workspace: UUID, one: Waiting, reason: str) -> None:
        async with work(self._house, workspace) as open_work:
            await store_files.failed(open_work.tx, one.id, reason)
            await _tell(open_work, one)

    async def name(self) -> int:
        """Asks platforms who somebody is, once, where the message did not tell; how many were asked about."""
        done = 0
        for connected in await self._accounts.all():
            channel, now = connected.account.id, self._house.now()
            if connected.channel.profile and now >= self._no_names_until.get(channel, now):
                try:
                    done += await self._names(connected)
                except Away:
                    raise
                except Exception as error:  # one odd account holds up nobody else's names
                    log.error("fetch.names", channel=connected.kind, error=type(error).__name__)
        return done

    async def _names(self, connected: Connected) -> int:
        async with work(self._house, connected.workspace_id) as open_work:
            rows = await contacts_store.unprofiled(open_work.tx, connected.account.id, 10)
            known = await open_work.tx.ask(contacts_store.contacts(open_work.tx, [row.contact_id for row in rows]))
        safe = await self._house.safe(connected.workspace_id)
        seals = {one.id: safe.contact(one.id, one.key_sealed) for one in known if one.key_sealed}
        asked = [row for row in rows if row.contact_id in seals]  # else forgotten a moment ago
        addresses = [
            seals[row.contact_id].unseal_text("address|external", row.id, row.external_sealed) for row in asked
        ]
        found = await asyncio.gather(*(_asked(connected, address) for address in addresses))
        answered = {row: person for row, person in zip(asked, found, strict=True) if person is not _LATER}
        if len(answered) < len(asked):
            self._no_names_until[connected.account.id] = self._house.now() + PAUSE
        if answered:
            async with work(self._house, connected.workspace_id) as open_work:
                await contacts_store.profiled(open_work.tx, [row.id for row in answered], open_work.now)
                for row, person in answered.items():
                    if isinstance(person, Person) and person.name:
                        await recognise.describe(open_work, row.contact_id, seals[row.contact_id], person)
        return len(answered)


_LATER = object()


async def _asked(connected: Connected, address: str) -> Person | object | None:
    """Who that is; None where the platform does not say, `_LATER` where it could not be asked."""
    assert connected.channel.profile
    try:
        return await connected.channel.profile(connected.account, address)
    except NoAnswer as error:
        return None if isinstance(error, TooLarge) else _LATER
    except Exception as error:  # a platform's odd answer: nobody is asked about twice
        log.info("fetch.profile", channel=connected.kind, error=type(error).__name__)
        return None


async def _get(connected: Connected | None, facts: files.FileFacts, one: Waiting) -> Media | None:
    """The file, or None where the platform has none. Raises `NoAnswer`, `Blocked`."""
    if connected is None or facts.url is None:
        return None
    media = Media(kind=one.kind, name=facts.name, mime=facts.claimed, url=facts.url)
    if connected.channel.fetch:
        return await connected.channel.fetch(connected.account, media)
    limit = connected.channel.abilities.file_limit
    answer = await connected.account.egress.request("GET", facts.url, seconds=60, limit=limit)
    if answer.status in _PASSING or answer.status >= 500:
        raise NoAnswer(f"the file cannot be had now: {answer.status}", sent=True)
    if answer.status != 200:
        return None
    return msgspec.structs.replace(media, data=answer.body, mime=answer.headers.get("content-type", facts.claimed))


def _of(media: Media, one: Waiting, facts: files.FileFacts) -> Media:
    """As what it was told of, with the type that whoever had it gives it."""
    return msgspec.structs.replace(media, kind=one.kind, mime=media.mime or facts.claimed)


async def _tell(open_work: Work, one: Waiting) -> None:
    await open_work.tell(Entry(kind="message.file", conversation_id=one.conversation_id, message_id=one.message_id))
