"""Who waits for news is woken by it, in this process and in others; and looks by himself where a wake-up is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import psycopg
import pytest

from duologue.kernel.database import Database
from duologue.kernel.wake import Wake


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Wake]:
    """A Wake as another process has it, listening."""
    db = Database(url, most=2)
    await db.open()
    wake = Wake(db)
    with wake.bell("journal") as ready:  # it rings once it listens
        wake.open()
        await ready.wait(5)
        assert _listeners(url) >= 1
    yield wake
    await wake.close()
    await db.close()


def _listeners(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN duologue' AND datname = current_database()"
        ).fetchone()
    assert found
    return int(found[0])


async def test_news_of_this_process_rings_at_once() -> None:
    wake = Wake(None)  # type: ignore[arg-type]  # nothing of the database is needed within one process
    with wake.bell("outbox") as bell:
        wake.tell("outbox")
        began = monotonic()
        await bell.wait(5)
    assert monotonic() - began < 1


async def test_news_between_two_waits_is_not_missed_and_rings_once() -> None:
    wake = Wake(None)  # type: ignore[arg-type]
    with wake.bell("outbox", "channels") as bell:
        wake.tell("outbox")
        wake.tell("channels")
        await bell.wait(5)
        began = monotonic()
        await bell.wait(0.05)
    assert monotonic() - began >= 0.045


async def test_news_of_another_topic_or_after_the_end_rings_nobody() -> None:
    wake = Wake(None)  # type: ignore[arg-type]
    with wake.bell("outbox") as bell:
        wake.tell("journal")
        assert not bell._event.is_set()
    wake.tell("outbox")
    assert not bell._event.is_set()


async def test_without_news_the_wait_ends_by_itself() -> None:
    wake = Wake(None)  # type: ignore[arg-type]
    with wake.bell("outbox") as bell:
        began = monotonic()
        await bell.wait(0.05)
    assert 0.045 <= monotonic() - began < 1


async def test_news_reaches_another_process(database_url: str) -> None:
    async with process(database_url) as here, process(database_url) as there:
        with there.bell("arrivals") as bell, there.bell("team") as other:
            here.tell("arrivals")
            began = monotonic()
            await bell.wait(5)
            assert monotonic() - began < 2
            assert not other._event.is_set()


async def test_many_commits_are_one_telling(database_url: str) -> None:
    heard = []
    listening = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    async with process(database_url) as here, listening:
        await listening.execute("LISTEN duologue")
        for _ in range(200):
            here.tell("journal", "outbox")
        async for notice in listening.notifies(timeout=1, stop_after=2):
            heard.append(notice.payload)
        async for notice in listening.notifies(timeout=0.1):
            heard.append(notice.payload)
    assert sorted(heard) == ["journal", "outbox"]


async def test_a_listener_whose_connection_died_listens_again_and_rings_for_what_it_may_have_missed(
    database_url: str,
) -> None:
    async with process(database_url) as here, process(database_url) as there:
        with there.bell("files") as bell:
            with psycopg.connect(database_url, autocommit=True) as owner:
                owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN duologue'")
            await bell.wait(5)  # nobody told: it listens again, so it looks
            here.tell("files")
            began = monotonic()
            await bell.wait(5)
            assert monotonic() - began < 3


@pytest.mark.parametrize("payload", ["nonsense", "", "journal; DROP"])
async def test_strange_words_on_the_line_harm_nobody(database_url: str, payload: str) -> None:
    async with process(database_url) as there:
        with psycopg.connect(database_url, autocommit=True) as owner, there.bell("journal") as bell:
            owner.execute("SELECT pg_notify('duologue', %s)", [payload])
            owner.execute("SELECT pg_notify('duologue', 'journal')")
            began = monotonic()
            await bell.wait(5)
            assert monotonic() - began < 2


async def test_closing_ends_at_once(database_url: str) -> None:
    async with process(database_url) as wake:
        began = monotonic()
        await wake.close()
        assert monotonic() - began < 1
    assert _listeners(database_url) == 0
