"""What the double knows: one account, its people and their phones, and the time as the platform sees it."""

from datetime import timedelta
from functools import partial

from duologue.channels.meta.double.messaging import world
from duologue.channels.meta.double.world import key
from duologue.kernel.clock import Clock

ACCOUNT, USERNAME = "17840001112223", "lume.shoes"
SCOPED = "9100200300"  # the account's number as the app knows it, beside the one that hooks name
PAGE, PAGE_NAME = "1200300400", "Lume"
OTHER_ACCOUNT = "17849999999999"  # of the same app, so its events may come in the same batch
APP, OTHER_APP, INBOX = 5566778899, 8877665544, 1217981644879628
POST = "17900001110001"
CAST = (
    ("5544001101", "lena.runs", "Lena Hoffmann"),
    ("5544001102", "matcha_kofi", "Kofi Mensah"),
    ("5544001103", "oolong.ana", "Ana Ribeiro"),
    ("5544001104", "hiro.walks", "Hiro Sato"),
)
KEY_LIFE = timedelta(days=60)
STORY_LIFE = timedelta(hours=24)
UPLOAD_LIFE = timedelta(days=90)


class Comment(world.Comment, kw_only=True):
    live: bool = False  # below a broadcast; answered in private only while it lasts


class Thread(world.Thread, kw_only=True):
    """One person's conversation with the account, as both sides have it."""

    username: str
    wrote: bool = False  # has ever written: only then may the profile be read
    owner: int = APP

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.username)


class World(world.World[Thread, Comment]):
    """All state: what is the account's own are its keys and secrets, and what its owner may switch off."""

    mid = ("aWdf", 44)

    def __init__(self, clock: Clock, seed: int | None) -> None:
        people = {number: Thread(id=number, username=handle, name=name) for number, handle, name in CAST}
        super().__init__(clock, seed, people, _key(seed, "app"))
        self.token, self.page_token = "IGAA" + _key(seed, "token"), "EAAB" + _key(seed, "page")
        self.token_made = clock() - timedelta(days=2)
        self.basic_secret, self.verify_token = _key(seed, "basic"), _key(seed, "verify")
        self.signs_basic = False  # with which of the two secrets hooks are signed
        self.messages_off = False  # the owner has switched access to messages off
        self.broadcasting = True

    def calm(self) -> None:
        super().calm()
        self.signs_basic = self.messages_off = False

    def renew(self) -> str:
        """A new key in place of the old one, which is accepted no more."""
        self.token = "IGAA" + self.number("key")
        self.token_made = self.now()
        return self.token


_key = partial(key, "instagram-double")
