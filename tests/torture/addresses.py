"""People with several addresses, numbers and mailboxes, strangers who copy threads and forge reply addresses; a model.

The model knows from which address each text was said, and which of them a platform has declared to be one.
"""

import random
import re
from collections import defaultdict
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.accounts import connect
from duologue.accounts.model import Wanted
from duologue.channels.contract import Outcome, Outgoing, Raw, TryLater, Unknown
from duologue.channels.email.double.smtp import SmtpServer
from duologue.conversations import reply, show
from duologue.conversations.model import Author
from duologue.errors import Conflict
from duologue.kernel import ids
from duologue.kernel.work import work
from duologue.mailroom.model import arrival
from duologue.mailroom.store import write_down
from tests.parrot import Mailroom, squawk

BIRDS, BOXES = ("Polly", "Kea"), ("care@lume.example", "press@lume.example")
OWN_ID = re.compile(rb"^Message-ID: <(dm\.[^>]+)>", re.MULTILINE)
REPLY_TO = re.compile(rb"^Reply-To: (\S+)", re.MULTILINE)
WORD = re.compile(r"\b(?:said|answer)-\d+\b")


class Place(Struct, frozen=True, order=True):
    """An address on one of the brand's accounts."""

    account: str
    address: str


class Shown(Struct, frozen=True):
    """Where an agent saw that an answer would go."""

    conversation: UUID
    place: Place


class Mail(Struct, frozen=True):
    """One that people have in hand: what a stranger can copy from."""

    id: str
    reply_to: str
    box: str


class World:
    """One step at a time, each a verb of its own."""

    def __init__(self, room: Mailroom, parrot: Any, chance: random.Random) -> None:
        self.room, self.parrot, self.chance = room, parrot, chance
        self.accounts: dict[str, UUID] = {}
        self.servers: list[SmtpServer] = []
        self.said: dict[str, set[Place]] = defaultdict(set)  # text -> from where; one mail may reach both boxes
        self.one: dict[Place, Place] = {}  # a further id -> whose it is, as the platform has declared
        self.shown: dict[str, Shown] = {}
        self.refused: set[str] = set()
        self.delivered: dict[str, list[Place]] = defaultdict(list)
        self.mails: list[Mail] = []
        self.sent: list[tuple[str, bytes]] = []  # box and bytes of our own mails
        self.known: dict[str, list[str]] = {name: [] for name in (*BIRDS, *BOXES)}
        self._birds = 0
        self._number = 0
        self._last: tuple[str, Raw] | None = None

    async def open(self) -> None:
        self.accounts[BIRDS[0]] = self.room.channel
        await self._connect(BIRDS[1], "parrot", {"word": "hello"}, ())
        for box in BOXES:
            server = SmtpServer(lambda user, word: True, lambda _, to, raw, box=box: self._posted(box, to, raw))
            port = await server.start("127.0.0.1", 0)
            self.servers.append(server)
            given = {
                "address": box, "imap_host": "127.0.0.1", "imap_user": box, "imap_password": "x",
                "smtp_host": "127.0.0.1", "smtp_security": "none", "smtp_user": box, "smtp_password": "x",
                "smtp_port": str(port),
            }  # fmt: skip
            await self._connect(box, "email", given, (f"127.0.0.1:{port}",))

    async def close(self) -> None:
        for one in self.servers:
            await one.close()

    async def _connect(self, name: str, kind: str, given: dict[str, str], allow: tuple[str, ...]) -> None:
        async with work(self.room.house, self.room.workspace) as open_work:
            row = await connect.make(open_work, Wanted(kind=kind, name=name, given=given, allow=allow), by=None)
        self.accounts[name] = row.id

    # What platforms tell ----------------------------------------------------------------------------------------------

    async def writes(self) -> None:
        """Somebody new, somebody known, or somebody who is known on the other account by the same name."""
        bird = self.chance.choice(BIRDS)
        others = [one for name in BIRDS for one in self.known[name]]
        who = self.chance.choice(others) if others and self.chance.random() < 0.8 else f"u{len(others)}"
        await self._squawk(bird, who)

    async def is_called_otherwise(self) -> None:
        """The platform begins to speak of somebody by a further id; sometimes of somebody else by the same number."""
        bird = self.chance.choice(BIRDS)
        if self.known[bird]:
            old = self.chance.choice([one for one in self.known[bird] if not one.startswith("US")] or self.known[bird])
            new = f"US.{len(self.one)}.{self._next()}"
            if Place(bird, old) not in {*self.one, *self.one.values()}:  # else it is somebody else's, who had it before
                self.one[Place(bird, new)] = Place(bird, old)
            await self._squawk(bird, new, also=[old])

    async def moves(self) -> None:
        """To an address of their own, or to what is somebody else's already."""
        bird = self.chance.choice(BIRDS)
        if self.known[bird]:
            old = self.chance.choice(self.known[bird])
            to = self.chance.choice([*self.known[bird], f"n{self._next()}"])
            await self._arrives(bird, squawk(f"move{self._next()}", who=old, to=to, at=self._now()))
            if self.chance.random() < 0.5:
                await self._squawk(bird, to)

    async def stops_or_goes_on(self) -> None:
        bird = self.chance.choice(BIRDS)
        if self.known[bird]:
            who, again = self.chance.choice(self.known[bird]), self.chance.random() < 0.8
            await self._arrives(bird, squawk(f"s{self._next()}", who=who, stop="all", again=again, at=self._now()))

    async def brand_speaks_elsewhere(self) -> None:
        """In the platform's own app; or an echo of what we said, with our mark or without."""
        bird = self.chance.choice(BIRDS)
        if self.known[bird]:
            await self._squawk(bird, self.chance.choice(self.known[bird]), ours=True)

    async def echoes(self) -> None:
        """What we have sent is reported back, some of it to a wrong address."""
        if self.parrot.SENT:
            number = self.chance.randrange(len(self.parrot.SENT))
            mine, account = self.parrot.SENT[number], self.parrot.BY[number]
            bird = next(name for name in BIRDS if self.accounts[name] == account)
            wrong = self.chance.random() < 0.2
            who = self.chance.choice(self.known[bird]) if wrong and self.known[bird] else mine.address
            await self._arrives(
                bird,
                squawk(
                    f"parrot-{mine.id}", who=who, text=mine.content.text, ours=True, correlation=mine.id, at=self._now()
                ),
            )

    async def mails_us(self) -> None:
        """A new thread, or an answer in one of their own; to one box, or one mail to both."""
        sender = self._sender()
        mine = [one for one in self.mails if one.id.endswith(f".{sender}")]
        answered = self.chance.choice(mine) if mine and self.chance.random() < 0.6 else None
        boxes = BOXES if self.chance.random() < 0.1 else [answered.box if answered else self.chance.choice(BOXES)]
        text, id_ = self._text(), f"{self._next()}.{sender}"
        for box in boxes:
            await self._mail(box, sender, text, id_, references=answered.id if answered else "")

    async def answers_us(self) -> None:
        """Somebody answers a mail of ours, as their program does; a stranger, to whom it was passed on, does too."""
        if self.sent:
            box, raw = self.chance.choice(self.sent)
            own, to = _first(OWN_ID, raw), _first(REPLY_TO, raw) or box
            theirs = next(place for place in self.delivered[_word(raw)])
            sender = theirs.address if self.chance.random() < 0.6 else self._sender()
            await self._mail(box, sender, self._text(), f"{self._next()}.{sender}", references=own, to=to)

    async def copies(self) -> None:
        """A stranger copies the references of a thread that is not theirs; or forges a reply address."""
        if self.mails or self.sent:
            sender, box = self._sender(), self.chance.choice(BOXES)
            stolen = [one.id for one in self.mails[-50:]] + [_first(OWN_ID, raw) for _, raw in self.sent[-50:]]
            to = [_first(REPLY_TO, raw) for _, raw in self.sent[-50:]]
            forged = [self._spoilt(one) for one in to if one]
            await self._mail(
                box, sender, self._text(), f"{self._next()}.{sender}", references=self.chance.choice(stolen),
                to=self.chance.choice([*to, *forged, box]), reply_to=self.chance.choice(["", self._sender()]),
            )  # fmt: skip

    async def lies_about_the_sender(self) -> None:
        """Several senders, a name that is an address, our own address, or a copy of our own Message-ID."""
        victim, liar, box = self._sender(), self._sender(), self.chance.choice(BOXES)
        named = self.chance.choice([f'"{victim}" <{liar}>', f"{liar}, {victim}", f"<{liar}>", f"<{box}>"])
        sender = box if named == f"<{box}>" else liar
        stolen = _first(OWN_ID, self.chance.choice(self.sent)[1]) if self.sent else ""
        id_ = self.chance.choice([f"{self._next()}.{liar}", stolen or f"{self._next()}.{liar}"])
        await self._mail(box, sender, self._text(), id_, named=named, lost=id_ == stolen)

    async def brand_mails_by_hand(self) -> None:
        """From a mail program: a copy lies in the folder of sent mail. Or a copy of what we sent ourselves."""
        box, to, text = self.chance.choice(BOXES), self._sender(), self._text()
        if self.sent and self.chance.random() < 0.5:
            box, raw = self.chance.choice(self.sent)
            await self._arrives_raw(box, Raw(body=raw, kind="sent", headers={"received": self._now().isoformat()}))
            return
        self.said[text].add(Place(box, to))
        raw = _letter(f"<{box}>", to, f"{self._next()}.{box}", text, self._now())
        await self._arrives_raw(box, Raw(body=raw, kind="sent", headers={"received": self._now().isoformat()}))

    async def comes_again(self) -> None:
        if self._last:
            await self._arrives_raw(*self._last)

    # What agents do -------------------------------------------------------------------------------------------------

    async def agent_answers(self) -> None:
        """Whatever conversation is open, to the address that stands there."""
        text = f"answer-{self._next()}"
        async with work(self.room.house, self.room.workspace) as open_work:
            there = await open_work.tx.rows(UUID, "SELECT id FROM conversation ORDER BY id")
            if not there:
                return
            talk = await show.talk(open_work, self.chance.choice(there), member=None, position="")
        row = talk.row
        self.shown[text] = Shown(row.id, Place(row.channel_name, talk.address))
        quoted = self.chance.choice([None, *(one.id for one in talk.bubbles)])
        draft = reply.Draft(key=ids.new(), text=text, reply_to=quoted)
        try:
            async with work(self.room.house, self.room.workspace) as open_work:
                await reply.reply(open_work, row.id, draft, reply.Sender(), talk.abilities)
        except Conflict:
            assert talk.verdict.may == "no"
            self.refused.add(text)

    async def leaves(self) -> None:
        """What may leave now does; a platform sometimes wants it later, or nobody knows."""
        later: list[Outcome | Any] = [TryLater(after=1, reason="busy"), Unknown(reason="the line went dead")]
        if self.chance.random() < 0.2:
            self.parrot.ANSWERS.append(self.chance.choice(later))
        async with self.room.house.db.hall() as tx:
            await tx.run("UPDATE pace SET refilled_at = clock_timestamp() - interval '1 hour'")
        await self.room.deliver()
        self.parrot.ANSWERS.clear()
        self._note_birds()

    async def somebody_decides(self) -> None:
        """About what nobody knows the fate of."""
        async with work(self.room.house, self.room.workspace) as open_work:
            found = await open_work.tx.rows(UUID, "SELECT id FROM message WHERE status = 'unknown' ORDER BY id LIMIT 1")
            for one in found:
                await reply.resolve(open_work, one, sent=self.chance.random() < 0.5)

    # What came of it ------------------------------------------------------------------------------------------------

    def misdirected(self) -> list[str]:
        """Answers that arrived anywhere but where the agent saw that they would."""
        return [
            f"{text}: shown {self.shown[text].place}, went to {place}"
            for text, places in self.delivered.items()
            for place in places
            if place != self.shown[text].place
        ]

    async def misplaced(self) -> list[str]:
        """Conversations that hold something said from another address than the one that gets their answers."""
        wrong: list[str] = []
        async with work(self.room.house, self.room.workspace) as open_work:
            for conversation in await open_work.tx.rows(UUID, "SELECT id FROM conversation ORDER BY id"):
                talk = await show.talk(open_work, conversation, member=None, position="")
                bubbles, _ = await show.page(open_work, conversation, before=None, most=10_000)
                own, here = Place(talk.row.channel_name, talk.address), {one.id for one in bubbles}
                for one in bubbles:
                    word = WORD.search(one.text or "")
                    if word and one.author in {Author.CONTACT, Author.PLATFORM}:
                        told = self.said.get(word[0]) or {self.shown[word[0]].place}
                        if self._whose(own) not in map(self._whose, told):
                            wrong.append(f"{word[0]} of {told} is in the conversation of {own}")
                    if one.reply_to and one.reply_to.id not in here:
                        wrong.append(f"{word and word[0]} of {own} quotes what was said in another conversation")
        return wrong

    def _whose(self, place: Place) -> Place:
        return self.one.get(place, place)

    # Helpers ----------------------------------------------------------------------------------------------------------

    def _now(self) -> Any:
        return self.room.house.now.turn(seconds=1)  # type: ignore[attr-defined]

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _text(self) -> str:
        return f"said-{self._next()}"

    def _sender(self) -> str:
        return f"p{self.chance.randrange(40)}@people.example"

    def _spoilt(self, address: str) -> str:
        at = self.chance.randrange(address.index("+c") + 2, address.index("@"))
        return address[:at] + self.chance.choice("abcdefgh234567") + address[at + 1 :]

    async def _squawk(self, bird: str, who: str, **more: object) -> None:
        text = self._text()
        self.said[text].add(Place(bird, who))
        if who not in self.known[bird]:
            self.known[bird].append(who)
        await self._arrives(bird, squawk(f"q{self._next()}", who=who, text=text, at=self._now(), **more))

    async def _mail(
        self, box: str, sender: str, text: str, id_: str, *, references: str = "", to: str = "", named: str = "",
        reply_to: str = "", lost: bool = False,
    ) -> None:  # fmt: skip
        if not lost:
            self.mails.append(Mail(id_, "", box))
        self.said[text].add(Place(box, sender))
        raw = _letter(named or f"<{sender}>", to or box, id_, text, self._now(), references, reply_to)
        await self._arrives_raw(box, Raw(body=raw, headers={"received": self._now().isoformat()}))

    async def _arrives(self, account: str, line: dict[str, object]) -> None:
        await self._arrives_raw(account, Raw(body=msgspec.json.encode(line)))

    async def _arrives_raw(self, account: str, raw: Raw) -> None:
        self._last = account, raw
        safe = await self.room.house.safe(self.room.workspace)
        async with self.room.house.db.door() as tx:
            await write_down(tx, [arrival(safe, self.accounts[account], raw, self.room.house.now())])
        if self.chance.random() < 0.7:
            await self.room.sort()

    def _posted(self, box: str, recipients: list[str], raw: bytes) -> None:
        self.sent.append((box, raw))
        self.delivered[_word(raw)] += [Place(box, one) for one in recipients]

    def _note_birds(self) -> None:
        names = {account: name for name, account in self.accounts.items()}
        for number in range(self._birds, len(self.parrot.SENT)):
            outgoing: Outgoing = self.parrot.SENT[number]
            place = Place(names[self.parrot.BY[number]], outgoing.address)
            self.delivered[str(outgoing.content.text)].append(place)
        self._birds = len(self.parrot.SENT)


def _letter(sender: str, to: str, id_: str, text: str, at: Any, references: str = "", reply_to: str = "") -> bytes:
    lines = [f"From: {sender}", f"To: {to}", f"Message-ID: <{id_}>", f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}"]
    lines += ["Subject: A question"]
    lines += [f"In-Reply-To: <{references}>", f"References: <{references}>"] if references else []
    lines += [f"Reply-To: {reply_to}"] if reply_to else []
    return ("\r\n".join(lines) + f"\r\n\r\n{text}\r\n").encode()


def _first(pattern: re.Pattern[bytes], raw: bytes) -> str:
    found = pattern.search(raw)
    return found[1].decode().strip() if found else ""


def _word(raw: bytes) -> str:
    found = WORD.search(raw.partition(b"\r\n\r\n")[2].decode(errors="replace"))
    assert found
    return found[0]
