"""Starts the program and ends it well: `up` is everything in one process, `serve` and `work` are its two halves."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from duologue.errors import Stop
from duologue.install import first_link, only_workspace
from duologue.kernel.attach import running
from duologue.kernel.database import Database
from duologue.kernel.embedded import Server
from duologue.kernel.home import Home
from duologue.kernel.house import House
from duologue.kernel.migrate import migrate
from duologue.kernel.turning import finish
from duologue.kernel.vault import Vault, master_key
from duologue.mailroom import store_upkeep
from duologue.settings import URL_FILE, Settings

if TYPE_CHECKING:
    from duologue.app import Program

_ENDS = (signal.SIGTERM, signal.SIGINT)
GRACE = 2  # seconds that open requests have when the program is told to stop


def up(settings: Settings) -> None:
    """Web, workers and database as one program on one data directory, until told to stop. Raises `Stop`."""
    with bound(settings) as listener, running(settings) as (url, server):
        migrate(url)
        _loop(_up(settings, url, server, listener))


def serve(settings: Settings) -> None:
    """Only what people and platforms call; needs your own PostgreSQL. Raises `Stop`."""
    url = _own(settings)
    with bound(settings) as listener:
        Home(settings.data).make()
        migrate(url)
        _loop(_serve(settings, url, listener))


def work(settings: Settings) -> None:
    """Only what is done in the background; needs your own PostgreSQL. Raises `Stop`."""
    url = _own(settings)
    Home(settings.data).make()
    migrate(url)
    _loop(_work(settings, url))


async def _up(settings: Settings, url: str, server: Server | None, listener: socket.socket) -> None:
    await _founded(settings, url, alone=server is not None)
    async with AsyncExitStack() as stack:
        house = opened(settings, url)
        program = _program(house)
        await stack.enter_async_context(program.open(work=True))
        if server:
            watcher = asyncio.create_task(_watch(server))
            stack.callback(watcher.cancel)
        more: Sequence[Any] = ()
        if settings.demo:
            from duologue.demo import open_demo  # the doubles are not needed otherwise

            more = await stack.enter_async_context(open_demo(program))
        link = await first_link(house)
        await _until_told(program, listener, more, said=_greeting(settings, link))


async def _serve(settings: Settings, url: str, listener: socket.socket) -> None:
    await _founded(settings, url)
    house = opened(settings, url)
    program = _program(house)
    async with program.open(work=False):
        link = await first_link(house)
        await _until_told(program, listener, [], said=_greeting(settings, link))


async def _work(settings: Settings, url: str) -> None:
    await _founded(settings, url)
    program = _program(opened(settings, url))
    async with program.open(work=True):
        told = asyncio.Event()
        for one in _ENDS:
            asyncio.get_running_loop().add_signal_handler(one, told.set)
        await told.wait()


def _program(house: House) -> "Program":
    from duologue.app import Program  # all rooms: a command that starts nothing is done in half the time without them

    return Program(house)


async def _founded(settings: Settings, url: str, *, alone: bool = False) -> None:
    """Begins the installation where there is none, before anything works on it. Raises `Stop` for a key of another.

    `alone`: nobody else can be at work, so whatever a former process had in hand is free at once.
    """
    async with house_of(settings, url) as house:
        await only_workspace(house)
        if alone:
            async with house.db.hall() as tx:
                await store_upkeep.end_leases(tx)


class _Web(uvicorn.Server):
    """Ends the live streams as soon as it is told to stop: it would wait for them otherwise."""

    def __init__(self, config: uvicorn.Config, program: "Program", said: str) -> None:
        super().__init__(config)
        self._program = program
        self._said = said
        self._loop = asyncio.get_running_loop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        (self._program.house.settings.data / URL_FILE).write_text(self._program.house.settings.url)
        print(self._said, flush=True)  # noqa: T201

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ends in order: the usual way raises the signal again, which would end the process before the database."""
        for one in _ENDS:
            self._loop.add_signal_handler(one, self._told_to_stop, one)
        yield
        for one in _ENDS:
            self._loop.remove_signal_handler(one)

    def _told_to_stop(self, one: int) -> None:
        self.handle_exit(one, None)
        self._program.hub.end_streams()


async def _until_told(program: "Program", listener: socket.socket, more: Sequence[Any], *, said: str) -> None:
    config = uvicorn.Config(
        program.web(more=more), http="httptools", lifespan="off", access_log=False, log_config=None,
        server_header=False, date_header=False, proxy_headers=False, timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30, h11_max_incomplete_event_size=64 * 1024,
    )  # fmt: skip
    await _Web(config, program, said).serve(sockets=[listener])


async def _watch(server: Server) -> None:
    """The database comes back by itself if somebody ends it."""
    while True:
        await asyncio.sleep(0.3)
        if server.watch():
            structlog.get_logger().warning("database.restarted")


def opened(settings: Settings, url: str) -> House:
    """The house, not yet running. Raises `Stop` where the master key cannot be read."""
    finish(settings.data / "key", url)
    return House(settings, Database(url), Vault(master_key(settings.data / "key")))


@asynccontextmanager
async def house_of(settings: Settings, url: str) -> AsyncIterator[House]:
    """A house for one command."""
    house = opened(settings, url)
    await house.open()
    try:
        yield house
    finally:
        await house.close()


def bound(settings: Settings) -> socket.socket:
    """A listening socket. Raises `Stop` where the port is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise Stop(
            f"{settings.host}:{settings.port} cannot be used: {getattr(error, 'strerror', None) or error}. "
            "Choose another with --port or --host."
        ) from error
    listener.listen(2048)
    listener.set_inheritable(False)
    return listener


def _own(settings: Settings) -> str:
    if not settings.database_url:
        raise Stop("serve and work share a PostgreSQL of your own: set DATABASE_URL, or use `duologue up`.")
    return settings.database_url


def _greeting(settings: Settings, link: str | None) -> str:
    lines = [f"Duologue runs at {settings.url}", f"  Data   {settings.data}", "  Stop   Ctrl-C"]
    if link:
        lines.insert(1, f"  Begin  {link}\n         (makes the first administrator; works once)")
    return "\n".join(lines)


def _loop(main: Any) -> None:
    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    gc.freeze()  # what is there now stays to the end: looking through it again and again costs a tenth of all work
    gc.set_threshold(50_000, 20, 50)
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


def log_to_stderr() -> None:
    """What goes wrong, one line each; never what people wrote."""
    tty = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if tty else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(int(os.environ.get("DUOLOGUE_LOG_LEVEL", "20"))),
    )
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)


class _Libraries(logging.Handler):
    """What libraries have to say: what and where, in one line, without values, which may be what people wrote."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return  # a request that was still coming in when the program was told to stop
        words = str(record.msg).strip().partition("\n")[0]
        more = {"error": type(error).__name__, "where": _place(error)} if error else {}
        structlog.get_logger().log(record.levelno, "library", name=record.name, words=words, **more)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{'/'.join(Path(frames[-1].filename).parts[-2:])}:{frames[-1].lineno}" if frames else "?"
