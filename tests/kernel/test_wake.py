"""Who waits for news is woken by it, in this process and in others; and looks by himself where a wake-up is lost."""

import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from duologue.kernel.carrier import Nats, Notify
from duologue.kernel.database import Database
from duologue.kernel.wake import ALERT, PATIENCE, Wake
from tests.program import free_port, until


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Wake]:
    """A Wake as another process has it, listening."""
    db = Database(url, most=2)
    await db.open()
    wake = Wake(Notify(db))
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
    wake = Wake(Notify(None))  # type: ignore[arg-type]  # nothing of the database is needed within one process
    with wake.bell("outbox") as bell:
        wake.tell("outbox")
        began = monotonic()
        await bell.wait(60)
    assert monotonic() - began < 30


async def test_news_between_two_waits_is_not_missed_and_rings_once() -> None:
    wake = Wake(Notify(None))  # type: ignore[arg-type]
    with wake.bell("outbox", "channels") as bell:
        wake.tell("outbox")
        wake.tell("channels")
        await bell.wait(60)
        began = monotonic()
        await bell.wait(0.05)
    assert monotonic() - began >= 0.045


async def test_news_of_another_topic_or_after_the_end_rings_nobody() -> None:
    wake = Wake(Notify(None))  # type: ignore[arg-type]
    with wake.bell("outbox") as bell:
        wake.tell("journal")
        assert not bell._event.is_set()
    wake.tell("outbox")
    assert not bell._event.is_set()


async def test_without_news_the_wait_ends_by_itself() -> None:
    wake = Wake(Notify(None))  # type: ignore[arg-type]
    with wake.bell("outbox") as bell:
        began = monotonic()
        await bell.wait(0.05)
    assert 0.045 <= monotonic() - began < 30


async def test_news_reaches_another_process(database_url: str) -> None:
    async with process(database_url) as here, process(database_url) as there:
        with there.bell("arrivals") as bell, there.bell("team") as other:
            here.tell("arrivals")
            began = monotonic()
            await bell.wait(60)
            assert monotonic() - began < 30
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
            await bell.wait(60)  # nobody told: it listens again, so it looks
            here.tell("files")
            began = monotonic()
            await bell.wait(60)
            assert monotonic() - began < 30


@pytest.mark.parametrize("payload", ["nonsense", "", "journal; DROP"])
async def test_strange_words_on_the_line_harm_nobody(database_url: str, payload: str) -> None:
    async with process(database_url) as there:
        with psycopg.connect(database_url, autocommit=True) as owner, there.bell("journal") as bell:
            owner.execute("SELECT pg_notify('duologue', %s)", [payload])
            owner.execute("SELECT pg_notify('duologue', 'journal')")
            began = monotonic()
            await bell.wait(60)
            assert monotonic() - began < 30


async def test_closing_ends_at_once(database_url: str) -> None:
    async with process(database_url) as wake:
        began = monotonic()
        await wake.close()
        assert monotonic() - began < 10
    assert _listeners(database_url) == 0


class NatsServer:
    """A real NATS server on a port of this machine, stopped and started at will."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"nats://lume:secret-word@127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = Path(sys.executable).parent / "nats-server"
        command = [str(program), "-a", "127.0.0.1", "-p", str(self.port), "--user", "lume", "--pass", "secret-word"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._listens, 10, "NATS to listen")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(10)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def nats() -> Iterator[NatsServer]:
    server = NatsServer()
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def on_nats(server: NatsServer) -> AsyncIterator[Wake]:
    wake = Wake(Nats(server.url))
    with wake.bell("journal") as ready:
        wake.open()
        await ready.wait(60)
    yield wake
    await wake.close()


@pytest.mark.program
async def test_nats_carries_news_and_calls_to_another_process(nats: NatsServer) -> None:
    async with on_nats(nats) as here, on_nats(nats) as there:
        called: list[tuple[str, str]] = []
        here.answer("typing", lambda word: called.append(("here", word)))
        there.answer("typing", lambda word: called.append(("there", word)))
        with there.bell("arrivals") as bell:
            here.call("typing", "Mia writes")
            here.tell("arrivals")
            began = monotonic()
            await bell.wait(60)
            assert monotonic() - began < 30
        assert sorted(called) == [("here", "Mia writes"), ("there", "Mia writes")], "each once"


@pytest.mark.program
async def test_nats_may_die_and_come_back_and_whoever_waited_looks(nats: NatsServer) -> None:
    async with on_nats(nats) as here, on_nats(nats) as there:
        with there.bell("outbox") as bell:
            nats.stop()
            here.tell("outbox")  # goes nowhere, and harms nobody
            nats.start()
            began = monotonic()
            await bell.wait(60)
            assert monotonic() - began < 30, "it rings once it listens again"
            with here.bell("files") as ready:
                await ready.wait(60)
            here.tell("outbox")
            await bell.wait(60)


@pytest.mark.program
async def test_while_nobody_can_be_heard_one_looks_more_often(nats: NatsServer) -> None:
    wake = Wake(Nats(nats.url))
    assert wake.patience == ALERT
    async with on_nats(nats) as here:
        assert here.patience == PATIENCE
        nats.stop()
        until_away = monotonic() + 10
        with here.bell("team") as bell:
            while here.patience == PATIENCE and monotonic() < until_away:
                await bell.wait(0.02)
        assert here.patience == ALERT


@pytest.mark.program
async def test_the_password_of_nats_stands_in_no_log(nats: NatsServer, capsys: pytest.CaptureFixture[str]) -> None:
    nats.stop()
    wake = Wake(Nats(nats.url))
    with wake.bell("journal") as bell:
        wake.open()
        nats.start()
        await bell.wait(60)
    await wake.close()
    said = capsys.readouterr()
    assert "secret-word" not in said.out + said.err


async def test_a_call_reaches_another_process_over_the_database(database_url: str) -> None:
    async with process(database_url) as here, process(database_url) as there:
        called: list[str] = []
        there.answer("typing", called.append)
        here.answer("typing", called.append)
        with there.bell("team") as bell:
            here.call("typing", "once each")
            here.tell("team")
            await bell.wait(60)
        assert called == ["once each", "once each"]


async def test_what_was_told_right_before_the_end_is_heard_by_others(database_url: str) -> None:
    async with process(database_url) as other:
        with other.bell("channels") as bell:
            async with process(database_url) as command:
                command.tell("channels")
            assert await bell.wait(60), "a command ends as soon as it is done; its news must not end with it"
