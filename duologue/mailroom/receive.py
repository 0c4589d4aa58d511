"""The door: what arrives is on disk before it is acknowledged. Nothing is parsed here, nobody is called.

Arrivals of the same moment share one commit: while one batch is being written, the next one gathers. While the database
is away they go to the spool, which is emptied first when it is back.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import psycopg
import structlog

from duologue.accounts.connected import Connected
from duologue.channels.contract import Raw
from duologue.kernel import crash
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.tasks import end
from duologue.mailroom import spool, store
from duologue.mailroom.model import Arrival, arrival

log = structlog.get_logger()
_MOST = 500  # arrivals in one statement
AGAIN = 0.3  # seconds after which a spool that could not be emptied is tried again
_Waiting = tuple[Sequence[Arrival], asyncio.Future[None]]


class Door:
    """Open it once a process. `keep` returns when what came is durable."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._spool = spool.Spool(house.settings.data / "spool")
        self._waiting: list[_Waiting] = []
        self._news = asyncio.Event()
        self._closing = False
        self._behind = asyncio.Event()  # something waits in the spool
        self._turn = asyncio.Lock()  # who writes down what comes next
        self._tasks: list[asyncio.Task[None]] = []
        if self._spool.files():
            self._behind.set()

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._catch_up())]

    async def close(self) -> None:
        """Writes what is still waiting, then ends."""
        self._closing = True
        self._news.set()
        writing, *others = self._tasks
        await writing
        await end(others)

    async def keep(self, connected: Connected, raws: Sequence[Raw]) -> None:
        """Durable when it returns. Raises `OSError` where neither database nor disk can take it."""
        safe = await self._house.safe(connected.workspace_id)
        now = self._house.now()
        kept = [arrival(safe, connected.account.id, raw, now) for raw in raws]
        if not kept:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((kept, done))
        self._news.set()
        await done

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await asyncio.sleep(0)  # whoever stands at the door by now comes in with this batch
                async with self._turn:
                    await self._commit(self._batch())

    def _batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and size < _MOST:
            batch.append(self._waiting.pop(0))
            size += len(batch[-1][0])
        return batch

    async def _commit(self, batch: list[_Waiting]) -> None:
        arrivals = [one for kept, _ in batch for one in kept]
        error: BaseException | None = None
        try:
            if self._behind.is_set():  # what came before is still waiting there, and goes first
                raise Away("the spool is not empty")
            crash.point("door.before_write")
            async with self._house.db.door() as tx:
                await store.write_down(tx, arrivals)
            crash.point("door.committed")
            self._house.wake.tell("arrivals")
        except Away:
            error = await self._to_spool(arrivals)
        except Exception as failed:  # told to everybody who waits; each answers that nothing was kept
            error = failed
        for _, done in batch:
            if not done.done():
                done.set_exception(error) if error else done.set_result(None)

    async def _to_spool(self, arrivals: list[Arrival]) -> OSError | None:
        try:
            await asyncio.to_thread(self._spool.put, arrivals)
            crash.point("spool.written")
        except OSError as error:
            log.error("spool.full", reason=error.strerror)
            return error
        self._behind.set()
        return None

    async def _catch_up(self) -> None:
        """Empties the spool as soon as the database is back, while others still come in."""
        while True:
            await self._behind.wait()
            if not await self._drain():
                await asyncio.sleep(AGAIN)

    async def _drain(self) -> bool:
        """Moves the spool into the database, oldest first. A file goes only after its arrivals are committed."""
        try:
            for _ in range(2):  # what has come in the meantime is little
                await self._empty_all()
            async with self._turn:  # and the last of it goes while nobody comes in
                await self._empty_all()
                if not self._spool.files():
                    self._behind.clear()
        except Exception as error:  # whatever it is, the door stays open: what waits is tried again
            log.info("spool.waits", error=type(error).__name__)
            return False
        return True

    async def _empty_all(self) -> None:
        for path in self._spool.files():
            await self._empty(path)

    async def _empty(self, path: Path) -> None:
        found = await asyncio.to_thread(spool.read, path)
        whole = found.whole
        try:
            for start in range(0, len(found.arrivals), _MOST):
                async with self._house.db.door() as tx:
                    await store.write_down(tx, found.arrivals[start : start + _MOST])
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:  # the others must not wait for it for ever
            log.error("spool.refused", file=path.name, error=type(error).__name__)
            whole = False
        crash.point("spool.drained")
        if whole:
            path.unlink()
        else:
            log.error("spool.damaged", file=path.name)
            self._spool.put_aside(path)
        self._house.wake.tell("arrivals")
