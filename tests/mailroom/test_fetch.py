"""Files that came as an address: what is wrong with one of them holds up no other."""

from typing import Any

import msgspec
import pytest

from duologue.channels.contract import Content, Event, Kind, Media, Raw, Said
from duologue.channels.registry import channels
from duologue.kernel.work import work
from duologue.mailroom import fetch
from duologue.mailroom.fetch import Fetcher
from tests.parrot import Mailroom

URLS = ("https://good.example/a", f"https://{'a' * 70}.example/b", "https://odd.example/c", "https://good.example/d")


@pytest.fixture
def shows_pictures(mailroom: Mailroom, parrot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parrot shows a picture for every line, and one of its pictures is more than it can find."""

    def read(settings: Any, raw: Raw) -> list[Event]:
        pictures = tuple(Media(kind=Kind.IMAGE, url=url) for url in URLS)
        content = Content(kind=Kind.IMAGE, media=pictures)
        return [Said(id="a", address="mia", at=mailroom.house.now(), content=content)]

    async def found(account: Any, media: Media) -> Media | None:
        if media.url == URLS[2]:
            raise KeyError("no such perch")
        if media.url == URLS[1]:
            await account.egress.request("GET", media.url)
        return msgspec.structs.replace(media, data=b"\x89PNG\r\n\x1a\n")

    monkeypatch.setattr(parrot, "CHANNEL", msgspec.structs.replace(parrot.CHANNEL, read=read, fetch=found))
    channels.cache_clear()
    mailroom.accounts.forget()


async def _states(mailroom: Mailroom) -> list[str]:
    async with work(mailroom.house, mailroom.workspace) as open_work:
        return await open_work.tx.rows(str, "SELECT state FROM attachment ORDER BY position")


async def _again(mailroom: Mailroom) -> None:
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await open_work.tx.run("UPDATE attachment SET tried_at = NULL")


@pytest.mark.usefixtures("shows_pictures")
async def test_a_file_that_cannot_be_fetched_holds_up_no_other(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mailroom.keep(b"pictures")
    await mailroom.sort()
    fetcher = Fetcher(mailroom.house, mailroom.accounts)
    await fetcher.fetch()
    assert await _states(mailroom) == ["stored", "failed", "pending", "stored"]
    monkeypatch.setattr(fetch, "TRIES_FOR", -fetch.TRIES_FOR * 24 * 365)
    await _again(mailroom)
    await fetcher.fetch()
    assert await _states(mailroom) == ["stored", "failed", "failed", "stored"]
