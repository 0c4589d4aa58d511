"""What the double knows: one number of one account, its people and their phones, templates, and the platform's time."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct, field

from duologue.channels.meta.double import world
from duologue.channels.meta.double.world import key
from duologue.kernel.clock import Clock

PHONE_ID, OTHER_PHONE_ID = "900100200300", "900100200399"
WABA = "800100200300"
NUMBER, NUMBER_DIGITS, NAME = "+49 30 9018200", "49309018200", "Lume Tea"
APP = 5566778899
WINDOW = timedelta(hours=24)
UPLOAD_LIFE, INBOUND_LIFE, URL_LIFE = timedelta(days=30), timedelta(days=7), timedelta(minutes=5)
CAST = (
    ("4915112340001", "DE.20000000000000000001", "Greta Lindner", ""),
    ("551191234002", "BR.20000000000000000002", "Rafael Costa", "rafa.cha"),
    ("", "JP.20000000000000000003", "Yuki Tanaka", "yuki.oolong"),  # shares no number, only a user name
    ("2348031230004", "NG.20000000000000000004", "Chidi Okafor", ""),
)


class Message(world.Message, kw_only=True):
    type: str = "text"
    callback: str | None = None  # what was sent along for its statuses
    buttons: list[str] = field(default_factory=list)
    status: str = "accepted"


class Thread(world.Thread[Message], kw_only=True):
    """One person, and the conversation with the number."""

    phone: str  # empty where it is hidden
    user: str
    handle: str
    no_marketing: bool = False
    recent: list[datetime] = field(default_factory=list)  # when we sent lately, for the limit of the pair

    @property
    def id(self) -> str:
        return self.user

    @property
    def names(self) -> tuple[str, ...]:
        return (self.phone, self.name)


class File(Struct, kw_only=True):
    data: bytes
    mime: str
    name: str
    until: datetime
    url_until: datetime | None = None
    ticket: str = ""


class World(world.World[Thread]):
    """All state: what is the number's own are its keys, its standing, files and templates."""

    mid = ("wamid.HBg", 40)

    def __init__(self, clock: Clock, seed: int | None) -> None:
        people = {user: Thread(phone=phone, user=user, name=name, handle=at) for phone, user, name, at in CAST}
        super().__init__(clock, seed, people)
        self.token, self.app_secret, self.verify_token = (_key(seed, one) for one in ("token", "app", "verify"))
        self.late_errors = False  # whether refusals come as a status instead of as the answer
        self.subscribed = True
        self.quality, self.limit = "GREEN", "TIER_2K"
        self.files: dict[str, File] = {}
        self.templates: dict[str, dict[str, Any]] = {}
        self.handles: set[str] = set()  # files uploaded as examples
        self.judges = False  # whether templates are looked at as they come

    def calm(self) -> None:
        super().calm()
        self.late_errors = self.judges = False

    def keep(self, data: bytes, mime: str, name: str, life: timedelta) -> str:
        """Puts a file on the platform's servers and gives its number."""
        number = self.number("file")
        self.files[number] = File(data=data, mime=mime, name=name, until=self.now() + life)
        return number

    def expire_files(self) -> None:
        for file in self.files.values():
            file.url_until = None


_key = partial(key, "whatsapp-double")
