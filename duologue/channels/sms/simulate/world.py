"""What the double knows: one account with a number, its messages and files, and people with phones."""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal

from msgspec import Struct, field

from duologue.channels.sms.settings import START, STOP
from duologue.kernel.clock import Clock

NUMBER, NAME = "+14155550199", "Lume"
CAST = {
    "+14155550100": "Maya Brooks",
    "+13055550122": "Diego Ramos",
    "+12125550143": "Priya Nair",
    "+16175550177": "Tom Becker",
}
VERSION = "2010-04-01"
LINK_LIFE = timedelta(hours=4)


class Bubbled(Struct, kw_only=True):
    """A message on somebody's phone."""

    id: str
    by: Literal["person", "brand"]
    text: str
    at: datetime


class Person(Struct, kw_only=True):
    number: str
    name: str
    messages: list[Bubbled] = field(default_factory=list)
    stopped: bool = False


class File(Struct, kw_only=True):
    id: str
    message: str
    mime: str
    data: bytes


class Row(Struct, kw_only=True):
    """A message as the API keeps it."""

    sid: str
    direction: Literal["inbound", "outbound-api", "outbound-reply"]
    sender: str
    to: str
    body: str
    created: datetime
    status: str
    segments: int = 1
    files: int = 0
    error: int | None = None
    callback: str = ""
    service: str | None = None


class World:
    """All state. The same `seed` gives the same keys; ids of messages differ from run to run unless it is given."""

    def __init__(self, clock: Clock, seed: int | None) -> None:
        self._clock, self._ahead, self._count = clock, timedelta(0), 0
        self._salt = f"{seed}" if seed is not None else os.urandom(6).hex()
        self.account, self.token = "AC" + _key(seed, "account"), _key(seed, "token")
        self.number_sid, self.service = "PN" + _key(seed, "number"), "MG" + _key(seed, "service")
        self.hook, self.service_hook = "", ""
        self.revoked, self.trial, self.suspended = False, False, False
        self.balance = 42.5
        self.rows: list[Row] = []
        self.files: dict[str, File] = {}
        self.links: dict[str, tuple[str, datetime]] = {}
        self.people = {number: Person(number=number, name=name) for number, name in CAST.items()}

    def now(self) -> datetime:
        return self._clock() + self._ahead

    def turn(self, **by: float) -> None:
        """Moves the platform's own clock on by `timedelta(**by)`."""
        self._ahead += timedelta(**by)

    def sid(self, prefix: str) -> str:
        """A fresh id, as Twilio makes them: two letters and 32 digits."""
        self._count += 1
        return prefix + hashlib.sha256(f"{self._salt}:{prefix}:{self._count}".encode()).hexdigest()[:32]

    def person(self, who: str) -> Person:
        """By number or by name. `KeyError` where there is nobody of that name."""
        if who in self.people:
            return self.people[who]
        for person in self.people.values():
            if person.name == who:
                return person
        raise KeyError(who)

    @property
    def last(self) -> Person:
        """The last of the people, who stops all messages where somebody is to."""
        return list(self.people.values())[-1]

    def row(self, sid: str) -> Row | None:
        return next((one for one in self.rows if one.sid == sid), None)

    def heard(self, person: Person, word: str) -> str | None:
        """The keyword in these words, and what it does to the register of those who want nothing more."""
        word = word.strip().upper()
        if word in STOP:
            person.stopped = True
            return "STOP"
        if word in [*START, "YES"]:
            person.stopped = False
            return "START"
        return "HELP" if word in {"HELP", "INFO"} else None

    def keep(self, message: str, data: bytes, mime: str) -> str:
        """A file of a message; its path at the API."""
        file = File(id=self.sid("ME"), message=message, mime=mime, data=data)
        self.files[file.id] = file
        return f"/{VERSION}/Accounts/{self.account}/Messages/{message}/Media/{file.id}"

    def link(self, file: str) -> str:
        """A path to the file that needs no key, for four hours."""
        word = self.sid("")
        self.links[word] = (file, self.now() + LINK_LIFE)
        return f"/signed/{word}"

    def told(self, row: Row) -> dict[str, Any]:
        """The message as the API tells it."""
        uri = f"/{VERSION}/Accounts/{self.account}/Messages/{row.sid}"
        date = format_datetime(row.created.astimezone(UTC))
        return {
            "account_sid": self.account, "api_version": VERSION, "body": row.body, "date_created": date,
            "date_sent": None if row.status in {"accepted", "queued"} else date, "date_updated": date,
            "direction": row.direction, "error_code": row.error, "error_message": None, "from": row.sender,
            "messaging_service_sid": row.service, "num_media": str(row.files), "num_segments": str(row.segments),
            "price": None, "price_unit": "USD", "sid": row.sid, "status": row.status,
            "subresource_uris": {"media": f"{uri}/Media.json"}, "to": row.to, "uri": f"{uri}.json",
        }  # fmt: skip


def _key(seed: int | None, what: str) -> str:
    """Keys of a double are no secrets; they stay the same, so that a connected account survives a restart."""
    return hashlib.sha256(f"double:{seed}:{what}".encode()).hexdigest()[:32]
