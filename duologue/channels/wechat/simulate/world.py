"""What exists on the double: people, their phones and windows, files, keys, templates."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from msgspec import Struct

from duologue.channels.shared.double.samples import SKETCH
from duologue.channels.simulation import Bubble, Caller
from duologue.kernel.clock import Clock

PEOPLE = (
    Caller("oLume-Mei-Zhang-0001", "Mei Zhang"),
    Caller("oLume-Bo-Chen-0002", "Bo Chen"),
    Caller("oLume-Lan-Wu-0003", "Lan Wu"),
)
WINDOW, MOST, KEY_LIFE = timedelta(hours=48), 5, timedelta(seconds=7200)
TAP_WINDOW, TAP_MOST = timedelta(minutes=1), 3
FILE_LIFE = timedelta(days=3)
TYPING = timedelta(seconds=15)
PICTURE = SKETCH
TEMPLATE_ID = "Tpl-order-on-its-way-0001"
TEMPLATES = [
    {
        "template_id": TEMPLATE_ID,
        "title": "订单发货提醒",
        "primary_industry": "消费品",
        "deputy_industry": "消费品",
        "content": "商品：{{thing1.DATA}}\n单号：{{character_string2.DATA}}",
        "example": "商品：Lume Runner\n单号：LM1001",
    }
]


class Grant(Struct):
    """So many messages may be sent until then."""

    until: datetime
    left: int


class Person(Struct):
    """Somebody, their phone, and what may still be sent to them: by their last message, and by their last tap."""

    caller: Caller
    shown: list[Bubble] = []
    follows: bool = True
    message: Grant | None = None
    tap: Grant | None = None
    offered: dict[str, str] = {}  # of the newest menu below a message: its choices, and the number of each
    typing: datetime | None = None

    def grants(self, now: datetime) -> list[Grant]:
        """Those whose time has not passed."""
        return [one for one in (self.message, self.tap) if one and one.until > now]


class World:
    """One account's world, by a clock that can be turned."""

    def __init__(self, clock: Clock, seed: int | None) -> None:
        self._clock, self._ahead = clock, timedelta()
        self.dice = random.Random(seed)  # noqa: S311 -- no secret
        self.numbers = count(24_681_012_141_618)
        self.people = {one.id: Person(one) for one in PEOPLE}
        self.files: dict[str, tuple[bytes, str, datetime]] = {}
        self.key, self.key_ends, self.revoked = "", clock(), False
        self.had: dict[str, int] = {}  # client_msg_id -> msgid
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._clock() + self._ahead

    def turn(self, **by: float) -> None:
        self._ahead += timedelta(**by)

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    def changed(self) -> None:
        for watcher in self._watchers:
            watcher()

    def spoke(self, person: Person, text: str, number: str) -> None:
        """A person's message opens the window again; what was left of the last one does not add up."""
        person.message = Grant(self.now() + WINDOW, MOST)
        self.wrote(person, text, number)

    def wrote(self, person: Person, text: str, number: str) -> None:
        person.shown.append(Bubble(id=number, by="person", text=text, at=self.now(), status="sent"))
        self.changed()

    def tapped(self, person: Person) -> None:
        """A menu, a code, a follow, a choice below a message: what a message has opened stays beside it."""
        person.tap = Grant(self.now() + TAP_WINDOW, TAP_MOST)

    def heard(self, person: Person, text: str) -> str:
        number = str(next(self.numbers))
        person.shown.append(Bubble(id=number, by="brand", text=text, at=self.now()))
        self.changed()
        return number

    def keep(self, data: bytes, mime: str) -> str:
        number = f"media-{next(self.numbers)}"
        self.files[number] = (data, mime, self.now() + FILE_LIFE)
        return number

    def give_key(self, *, force: bool) -> str:
        """The stable token: the same one until it ends, or until another is forced."""
        if force or not self.key or self.key_ends <= self.now():
            self.key = f"key-{self.dice.getrandbits(128):032x}-{next(self.numbers)}"
            self.key_ends = self.now() + KEY_LIFE
        return self.key
