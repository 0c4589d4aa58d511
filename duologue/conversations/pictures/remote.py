"""Pictures on other servers, as mails name them: fetched by this one, where somebody asks, once, and kept sealed.

Who sent the mail learns that it was looked at, and by nobody's browser: no cookie, no referrer, no address but this
server's. No inside place is ever asked, whatever the operator opened for accounts, nor by way of a redirect.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from urllib.parse import urljoin
from uuid import UUID, uuid5

from duologue.conversations import content, files, store_views
from duologue.conversations.pictures import clean
from duologue.errors import NotFound
from duologue.kernel.egress import MEGABYTE, Blocked, Egress, NoAnswer
from duologue.kernel.files import Files
from duologue.kernel.vault import Seal
from duologue.kernel.work import Work
from duologue.web import texts

MOST = 40
"""Pictures of one message; what is named beyond them stays where it is."""
EACH = 5 * MEGABYTE
_SECONDS = 8.0  # for one answer
_ALL_SECONDS = 20.0  # for all of a message; what has not come by then may be asked for again
_STEPS = 4  # redirects; each of them is judged like the first address
_TOGETHER = 6
_LED_ON = {301, 302, 303, 307, 308}
_ASKED = {"Accept": "image/webp,image/png,image/jpeg,image/gif"}
_SEALED_AS = "message|remote picture"


async def written(work: Work, message: UUID) -> tuple[str, Seal]:
    """The mark-up of a message, and the key of its person. Raises `NotFound`."""
    found = next(iter(await work.tx.ask(store_views.written(work.tx, [message]))), None)
    if found is None or found.content_sealed is None or found.key_sealed is None:
        raise NotFound("There is no such message.")
    seal = work.safe.contact(found.contact_id, found.key_sealed)
    return content.unseal(seal, found.id, found.content_sealed).html or "", seal


def named(html: str) -> list[str]:
    """The addresses of the pictures that the mark-up would load, each once, in order."""
    found: dict[str, None] = {}

    def keep(url: str) -> None:
        if len(found) < MOST:
            found[url] = None

    texts.sanitise(html, remote=keep)
    return list(found)


def name_of(url: str) -> str:
    """Under which name a picture is served: it tells nothing of where it lies."""
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]


def shown(store: Files, workspace: UUID, message: UUID, url: str) -> str | None:
    """Where a browser gets the picture, if it is here."""
    name = name_of(url)
    return f"/messages/{message}/pictures/{name}" if store.has(workspace, uuid5(message, name)) else None


async def load(store: Files, seal: Seal, workspace: UUID, message: UUID, name: str) -> tuple[bytes, str]:
    """A picture that is here, and its type. Raises `FileNotFoundError`."""
    file = uuid5(message, name)
    data = await asyncio.to_thread(seal.unseal, _SEALED_AS, file, await store.get(workspace, file))
    return data, files.judge(data, None)[0]


class Fetching:
    """Fetches the pictures of one message."""

    def __init__(self, egress: Egress, store: Files, seal: Seal, workspace: UUID, message: UUID) -> None:
        self._egress, self._store, self._seal = egress, store, seal
        self._workspace, self._message = workspace, message
        self._hands = asyncio.Semaphore(_TOGETHER)

    async def fetch(self, urls: Sequence[str]) -> int:
        """How many of them are here now that were not; what cannot be had stays away."""
        missing = [url for url in urls if shown(self._store, self._workspace, self._message, url) is None]
        tasks = [asyncio.create_task(self._one(url)) for url in missing]
        if not tasks:
            return 0
        done, late = await asyncio.wait(tasks, timeout=_ALL_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return sum(task.result() for task in done)

    async def _one(self, url: str) -> bool:
        async with self._hands:
            try:
                data = await self._got(url)
            except (Blocked, NoAnswer):
                return False
        mime, _ = files.judge(data or b"", None)
        picture = await clean.clean(data or b"", mime) if clean.is_picture(mime) else None
        if picture is None:
            return False
        file = uuid5(self._message, name_of(url))
        sealed = await asyncio.to_thread(self._seal.seal, _SEALED_AS, file, picture.data)
        await self._store.put(self._workspace, file, sealed)
        return True

    async def _got(self, url: str) -> bytes | None:
        for _ in range(_STEPS):
            answer = await self._egress.request("GET", url, headers=_ASKED, seconds=_SECONDS, limit=EACH)
            if answer.status not in _LED_ON or "location" not in answer.headers:
                return answer.body if answer.status == 200 else None
            try:
                url = urljoin(url, answer.headers["location"])
            except ValueError:
                return None
        return None
