"""A chat on the brand's website whose visitors may leave, a mailbox that carries on, and the team, a step at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import msgspec

from duologue.accounts import connect
from duologue.accounts.connected import Accounts
from duologue.accounts.model import AccountRow, Wanted
from duologue.channels.contract import FileLine, Kind, Line, Raw
from duologue.channels.email import CHANNEL as EMAIL
from duologue.channels.email.double.people import CAST, Seen, Writer, seen
from duologue.channels.email.simulate import MailSimulator
from duologue.channels.web import CHANNEL
from duologue.channels.web.wire import MESSAGE, RECEIPT, Ticked
from duologue.channels.web.wire import Written as Said
from duologue.conversations import show
from duologue.conversations.fragments import Fragments
from duologue.conversations.model import Bubble, Row
from duologue.conversations.reply import Draft, Sender, reply
from duologue.demo.connect import _all_fields as given
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.live.hub import Hub
from duologue.mailroom.deliver import Deliverer
from duologue.mailroom.letters import store
from duologue.mailroom.letters.carry import Carrier
from duologue.mailroom.lobby import OpenLobby
from duologue.mailroom.model import arrival
from duologue.mailroom.receive import Door
from duologue.mailroom.sort import Sorter
from duologue.mailroom.store import write_down

ELENA = CAST[1]
PAGE = "https://shop.example.com/boots"


class Chat:
    """Everything by hand: who writes, who answers, what the clock says, when letters are looked for."""

    def __init__(self, house: House, workspace: UUID, clock: Turned, mail: MailSimulator) -> None:
        self.house, self.workspace, self.clock, self.mail = house, workspace, clock, mail
        self.accounts = Accounts(house)
        self.carrier = Carrier(house, self.accounts)
        self._sorter = Sorter(house, self.accounts)
        self._deliverer = Deliverer(house, self.accounts)
        self._lobby = OpenLobby(house, self.accounts, Door(house), Hub(house, Fragments(house)), "web")
        self.web: AccountRow
        self.email: AccountRow

    async def begin(self, **asked: str) -> None:
        async with work(self.house, self.workspace) as open_work:
            self.email = await connect.make(
                open_work,
                Wanted(kind="email", given=given(EMAIL, self.mail.settings()), allow=tuple(self.mail.places())),
                by=None,
            )
            own = {"origins": "https://shop.example.com", "onward_through": str(self.email.id), **asked}
            self.web = await connect.make(open_work, Wanted(kind="web", given=own), by=None)

    async def say(
        self,
        text: str = "Do you have boots in 38?",
        *,
        email: str | None = ELENA.address,
        who: str = "v:1",
        **more: object,
    ) -> None:
        """A visitor writes; the address is typed, unless `verified`."""
        typed = () if more.get("verified") or not email else ("email",)
        said = Said(
            id=ids.new(), address=who, at=self.clock(), text=text, email=email,
            **{"page": PAGE, "typed": typed, "locale": "en-GB", **more},
        )  # fmt: skip
        await self._arrive(self.web.id, Raw(kind=MESSAGE, body=msgspec.json.encode(said)))

    async def answer(self, text: str, member: UUID | None, *, to: UUID | None = None) -> UUID:
        conversation = to or (await self.rows())[0].id
        async with work(self.house, self.workspace) as open_work:
            (message,) = await reply(
                open_work, conversation, Draft(key=ids.new(), text=text), Sender(member=member), CHANNEL.abilities
            )
        await self._deliverer._start(await self._deliverer.claim())
        while self._deliverer._under_way:
            await asyncio.gather(*self._deliverer._under_way)
            await asyncio.sleep(0)
        return message

    async def read(self, *answers: UUID, who: str = "v:1") -> None:
        ticked = Ticked(address=who, at=self.clock(), status="read", ids=answers)
        await self._arrive(self.web.id, Raw(kind=RECEIPT, body=msgspec.json.encode(ticked)))

    async def looks(self, who: str = "v:1", minutes: float = 1.5) -> None:
        """The visitor has the chat open."""
        async with work(self.house, self.workspace) as open_work:
            index = open_work.safe.index(f"address|{self.web.id}", who)
            await store.look(open_work.tx, self.web.id, index, self.clock() + timedelta(minutes=minutes))

    async def sees(self, who: str = "v:1") -> list[Line]:
        """What stands in the visitor's chat window."""
        account = await self._lobby.account(self.web.id)
        assert account
        return await self._lobby.lines(account, who, after=0)

    async def opens(self, file: UUID, who: str = "v:1") -> tuple[FileLine, bytes] | None:
        account = await self._lobby.account(self.web.id)
        assert account
        return await self._lobby.file(account, who, file)

    async def later(self, minutes: float = 11) -> int:
        """So much later letters are looked for; how many attempts were made."""
        self.clock.turn(minutes=minutes)
        return await self.carrier.go()

    async def mails_back(self, raw: bytes, *, kind: str = "") -> None:
        """A mail lies in the brand's inbox, and is fetched and sorted."""
        headers = {"received": self.clock().isoformat()}
        await self._arrive(self.email.id, Raw(kind=kind, body=raw, headers=headers))

    async def _arrive(self, channel: UUID, raw: Raw) -> None:
        safe = await self.house.safe(self.workspace)
        async with self.house.db.door() as tx:
            await write_down(tx, [arrival(safe, channel, raw, self.house.now())])
        while await self._sorter.sort():
            pass

    async def rows(self) -> list[Row]:
        async with work(self.house, self.workspace) as open_work:
            return (await show.rows(open_work, "all", member=None))[0]

    async def told(self, conversation: UUID) -> list[Bubble]:
        async with work(self.house, self.workspace) as open_work:
            return (await show.page(open_work, conversation, before=None))[0]

    async def notices(self) -> list[str]:
        (row,) = await self.rows()
        return [one.text or "" for one in await self.told(row.id) if one.kind is Kind.NOTICE]

    async def states(self) -> list[str]:
        async with self.house.db.workspace(self.workspace) as tx:
            return await tx.rows(str, "SELECT state FROM letter ORDER BY id")

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        async with work(self.house, self.workspace) as open_work:
            yield open_work

    def letters(self, writer: Writer = ELENA) -> list[Seen]:
        """What lies in somebody's mailbox."""
        return [seen(mail.raw) for mail in self.mail.boxes[writer.address].inbox.mails]

    def raw(self, writer: Writer = ELENA) -> bytes:
        return self.mail.boxes[writer.address].inbox.mails[-1].raw
