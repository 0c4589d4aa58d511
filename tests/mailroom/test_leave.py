# ruff: noqa: F811 (fixtures are asked for by name)
"""The way out of what is sent to many: one click, no account, and nobody is unsubscribed by a look."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from duologue.conversations import show
from duologue.conversations.model import Lane
from duologue.conversations.reply import Draft, Sender, reply
from duologue.errors import Conflict
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import leave
from duologue.mailroom import pages as mailroom_pages
from duologue.web import shell
from tests.browser_of import AT
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

ONE_CLICK = {"content": "List-Unsubscribe=One-Click",
             "headers": {"Content-Type": "application/x-www-form-urlencoded"}}  # fmt: skip


@pytest.fixture
async def provider(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A mail provider's program: no cookie, no page of ours before it."""
    app = shell.build(house, mailroom_pages.routes(house))
    transport = httpx.ASGITransport(app=app, client=("192.0.2.9", 40000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=AT) as client:
        yield client


async def _say(room: Mailroom, lane: Lane) -> UUID:
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        (row,), _ = await show.rows(open_work, "all", member=None)
        draft = Draft(key=ids.new(), text="News")
        (message,) = await reply(open_work, row.id, draft, Sender(lane=lane), connected.channel.abilities)
    return message


async def _way_out(room: Mailroom, parrot: Any) -> str:
    """The path that a message to many carried."""
    await room.arrive(squawk("in-1", who="mia", at=room.house.now()))
    await _say(room, Lane.BULK)
    await room.deliver()
    way = parrot.SENT[-1].leave
    assert way.startswith(AT + "/leave/")
    return urlsplit(way).path


async def _ledger(room: Mailroom) -> list[str]:
    async with room.house.db.workspace(room.workspace) as tx:
        return await tx.rows(str, "SELECT scope || ' ' || stopped || ' ' || via FROM consent ORDER BY at, id")


async def test_one_click_is_an_opt_out_at_once_and_twice_is_once(
    mailroom: Mailroom, parrot: Any, provider: httpx.AsyncClient
) -> None:
    path = await _way_out(mailroom, parrot)
    for _ in range(2):
        answer = await provider.post(path, **ONE_CLICK)
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert await _ledger(mailroom) == ["bulk true person"]
    with pytest.raises(Conflict, match="asked not to be written to"):
        await _say(mailroom, Lane.BULK)
    await _say(mailroom, Lane.REPLY)
    assert await mailroom.deliver() == 1


async def test_what_was_already_queued_for_many_does_not_leave_any_more(
    mailroom: Mailroom, parrot: Any, provider: httpx.AsyncClient
) -> None:
    path = await _way_out(mailroom, parrot)
    await _say(mailroom, Lane.BULK)
    await provider.post(path, **ONE_CLICK)
    await mailroom.deliver()
    assert len(parrot.SENT) == 1


async def test_looking_changes_nothing(mailroom: Mailroom, parrot: Any, provider: httpx.AsyncClient) -> None:
    path = await _way_out(mailroom, parrot)
    for _ in range(3):
        page = await provider.get(path)
        assert (page.status_code, "Unsubscribe?" in page.text, "Polly" in page.text) == (200, True, True)
    assert (await provider.head(path)).status_code in {200, 405}
    assert await _ledger(mailroom) == []


async def test_the_page_speaks_the_readers_language(
    mailroom: Mailroom, parrot: Any, provider: httpx.AsyncClient
) -> None:
    path = await _way_out(mailroom, parrot)
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    assert "Abmelden?" in (await provider.get(path, headers=german)).text
    assert "abgemeldet" in (await provider.post(path, headers=german)).text
    assert "Dieser Link" in (await provider.get(path[:-1] + ("0" if path[-1] != "0" else "1"), headers=german)).text


async def test_only_bulk_carries_a_way_out(mailroom: Mailroom, parrot: Any) -> None:
    await mailroom.arrive(squawk("in-1", who="mia", at=mailroom.house.now()))
    for lane in (Lane.REPLY, Lane.AUTOMATED):
        await _say(mailroom, lane)
        await mailroom.deliver()
        assert parrot.SENT[-1].leave is None


async def test_what_nobody_here_signed_opens_nothing(
    mailroom: Mailroom, parrot: Any, provider: httpx.AsyncClient, other_workspace: UUID
) -> None:
    path = await _way_out(mailroom, parrot)
    token = path.removeprefix("/leave/")
    theirs = other_workspace.hex + token[32:]
    somebody = token[:32] + ids.new().hex + token[64:]
    later = token[:64] + "ffff" + token[68:]
    wrong = [token[:-1] + ("0" if token[-1] != "0" else "1"), token[:-2], token + "00", token.upper(), "x", "%00",
             theirs, somebody, later, "é" * 132]  # fmt: skip
    for one in wrong:
        for answer in (await provider.get(f"/leave/{one}"), await provider.post(f"/leave/{one}", **ONE_CLICK)):
            assert (answer.status_code, "Nothing has changed" in answer.text) == (404, True), one
    assert await _ledger(mailroom) == []


async def test_it_lasts_for_a_year_and_not_for_ever(
    mailroom: Mailroom, parrot: Any, provider: httpx.AsyncClient, clock: Turned
) -> None:
    path = await _way_out(mailroom, parrot)
    clock.turn(days=365)
    assert (await provider.get(path)).status_code == 200
    clock.turn(days=(leave.LASTS - timedelta(days=363)).days)
    answer = await provider.post(path, **ONE_CLICK)
    assert (answer.status_code, "too old" in answer.text) == (404, True)
    assert await _ledger(mailroom) == []


async def test_whoever_was_forgotten_is_told_that_nothing_is_kept(
    mailroom: Mailroom, parrot: Any, provider: httpx.AsyncClient
) -> None:
    path = await _way_out(mailroom, parrot)
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        for table in ("message", "conversation", "address"):
            await tx.run(f"DELETE FROM {table}")
    answer = await provider.post(path, **ONE_CLICK)
    assert (answer.status_code, "Nothing is kept about you" in answer.text) == (404, True)
