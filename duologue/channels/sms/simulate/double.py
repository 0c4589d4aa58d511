"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Callable, Mapping, Sequence

from duologue.channels.contract import Kind
from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import COMMON, Bubble, Caller
from duologue.channels.sms.settings import Settings
from duologue.channels.sms.simulate.carrier import Carrier
from duologue.channels.sms.simulate.hooks import Hooks
from duologue.channels.sms.simulate.samples import SAMPLES
from duologue.channels.sms.simulate.server import Server
from duologue.channels.sms.simulate.world import NUMBER, Bubbled, World
from duologue.kernel.clock import Clock, now

BATCH = 300  # one call holds one message
_NOT_HERE = {"close_windows", "they_read"}  # no windows, no receipts of reading
_OWN_COMMANDS = {
    "undelivered": "The next message does not reach its phone",
    "unknown_number": "The carrier does not know the next message's number",
    "filtered": "The carrier takes the next message for spam",
    "stopped_late": "The next message is dropped: its person has just answered STOP",
    "queue_full": "Too many messages wait, until all of this ends",
    "no_news": "It is not told what becomes of messages, until all of this ends",
    "advanced": "Keywords are told as Advanced Opt-Out does, until all of this ends",
    "trial": "The account is a trial, until all of this ends",
    "suspended": "The account is suspended, until all of this ends",
    "poor": "There is hardly any money left, until all of this ends",
}
COMMANDS = {name: words for name, words in COMMON.items() if name not in _NOT_HERE} | _OWN_COMMANDS
_TIMES = {"throttle": 5, "broken": 3, "lost_response": 1, "dropped": 1, "bad_signature": 1, "malformed": 1,
          "undelivered": 1, "unknown_number": 1, "filtered": 1, "stopped_late": 1}  # fmt: skip


class Double:
    """The platform on a port of this machine. `seed` makes ids and `chaos` (probabilities by fault) repeatable."""

    kind = "sms"

    def __init__(
        self, clock: Clock = now, *, seed: int | None = None, chaos: Mapping[str, float] | None = None
    ) -> None:
        self.world, self.faults = World(clock, seed), Faults(seed, chaos or {})
        self.hooks = Hooks(self.world, self.faults)
        self.carrier = Carrier(self.world, self.faults, self.hooks)
        self._watchers: list[Callable[[], None]] = []
        self.server = Server(self.world, self.faults, self.carrier, self._changed)
        self._port = Port(self.server.app)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._port.host, self._port.port = host, port
        await self._port.listen()
        self.carrier.base = self._port.base

    async def close(self) -> None:
        await self.hooks.close()
        await self._port.hang_up()

    def settings(self) -> Settings:
        return Settings(
            account_sid=self.world.account,
            auth_token=self.world.token,
            sender=NUMBER,
            price="0.0083",
            picture_price="0.022",
            a_second=100,  # a short code
            base_url=self._port.base,
            messaging_url=self._port.base,
        )

    def places(self) -> Sequence[str]:
        return [f"{self._port.host}:{self._port.port}"]

    async def point(self, webhook_url: str) -> None:
        await self.hooks.point(webhook_url)

    async def settled(self) -> None:
        """Returns when every call has been made."""
        await self.hooks.settled()

    def people(self) -> Sequence[Caller]:
        return [Caller(one.number, one.name) for one in self.world.people.values()]

    async def say(self, person: str, text: str) -> None:
        self.carrier.says(self.world.person(person), text)
        self._changed()

    def kinds(self) -> Sequence[Kind]:
        return tuple(SAMPLES)

    async def send(self, person: str, kind: Kind) -> str:
        sent = self.carrier.says(self.world.person(person), "", files=(SAMPLES[kind],))
        self._changed()
        return sent

    def screen(self, person: str) -> Sequence[Bubble]:
        return [
            Bubble(id=one.id, by=one.by, text=one.text, at=one.at, status="sent" if one.by == "person" else "")
            for one in self.world.person(person).messages
        ]

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        who = self.world.person(person)
        before = [Bubbled(id=one.id, by=one.by, text=one.text, at=one.at) for one in bubbles]
        who.messages = sorted([*before, *who.messages], key=lambda one: one.at)
        self._changed()

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    def commands(self) -> dict[str, str]:
        return dict(COMMANDS)

    async def command(self, name: str) -> str:
        words = COMMANDS[name]
        await self._do(name)
        self._changed()
        return f"{words}: done."

    async def _do(self, name: str) -> None:
        match name:
            case "deliver_twice":
                self.faults.switch("twice")
            case "reorder" | "early_echo" | "slow" | "queue_full" | "no_news" | "advanced":
                self.faults.switch(name)
            case "down":
                await self._port.hang_up()
            case "up":
                await self._port.listen()
            case "calm":
                self.faults.calm()
                self.world.revoked = self.world.trial = self.world.suspended = False
                self.world.balance = 42.5
                await self._port.listen()
            case _ if name in _TIMES:
                self.faults.next(name, _TIMES[name])
            case _:
                self._in_the_world(name)

    def _in_the_world(self, name: str) -> None:
        world = self.world
        match name:
            case "revoke_token" | "restore_token":
                world.revoked = name == "revoke_token"
            case "block" | "unblock":
                self.carrier.says(world.last, "STOP" if name == "block" else "START")
            case "huge_batch":
                people = list(world.people.values())
                for number in range(BATCH):
                    self.carrier.says(people[number % len(people)], f"Message {number + 1} of {BATCH}")
            case "expire_media":
                world.files.clear()
            case "trial":
                world.trial = True
            case "suspended":
                world.suspended = True
            case "poor":
                world.balance = 1.2

    def _changed(self) -> None:
        for watcher in self._watchers:
            watcher()
