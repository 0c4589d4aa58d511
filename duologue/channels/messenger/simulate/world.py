"""What the double knows: one page, its people and their phones, files, and the time as the platform sees it."""

from datetime import timedelta
from functools import partial
from typing import Any

from duologue.channels.meta.double.messaging import world
from duologue.channels.meta.double.messaging.world import Comment, Message
from duologue.channels.meta.double.world import key
from duologue.kernel.clock import Clock

PAGE, PAGE_NAME = "1200300400", "Bakery Lark"
OTHER_PAGE = "9900300400"  # of the same app, so its events may come in the same batch
APP, OTHER_APP, PAGE_INBOX = 5566778899, 8877665544, 263902037430900
CAST = (
    ("7700112201", "Mia Santos"),
    ("7700112202", "Tom Reed"),
    ("7700112203", "Amara Okafor"),
    ("7700112204", "Jonas Weber"),
    ("7700112205", "Yuki Tanaka"),
)
UPLOAD_LIFE = timedelta(days=90)


class Thread(world.Thread, kw_only=True):
    """One person's conversation with the page, as both sides have it."""

    owner: int = APP


class World(world.World[Thread, Comment]):
    """All state: what is the page's own are its keys and its templates."""

    mid = ("m_", 40)

    def __init__(self, clock: Clock, seed: int | None) -> None:
        super().__init__(clock, seed, {psid: Thread(id=psid, name=name) for psid, name in CAST}, _key(seed, "app"))
        self.token, self.verify_token = "EAAB" + _key(seed, "token"), _key(seed, "verify")
        self.templates: dict[str, dict[str, Any]] = {}
        self.handles: set[str] = set()  # files uploaded as examples of templates
        self.permits_utility = True  # whether the app has the permission that templates need
        self.hesitates = False  # whether templates wait to be looked at, instead of being decided at once

    def calm(self) -> None:
        super().calm()
        self.hesitates = False

    def message(self, mid: str) -> Message | None:
        found = (one for thread in self.threads.values() for one in thread.messages if one.id == mid)
        return next(found, None)


_key = partial(key, "double")
