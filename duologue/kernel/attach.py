"""How a command reaches the database: your own, the running program's, or one started for the time being."""

from collections.abc import Iterator
from contextlib import contextmanager

from duologue.errors import Stop
from duologue.kernel import embedded
from duologue.kernel.home import Home, told
from duologue.settings import Settings


@contextmanager
def running(settings: Settings) -> Iterator[tuple[str, embedded.Server | None]]:
    """The database of this installation for its one program: its address, and the server where it is ours to watch.

    Takes the data directory. Raises `Stop`.
    """
    home = Home(settings.data)
    home.take()
    try:
        if settings.database_url:
            yield settings.database_url, None
            return
        with _started(settings) as server:
            yield server.url, server
    finally:
        home.leave()


@contextmanager
def beside(settings: Settings) -> Iterator[str]:
    """The database's address for a command, whether the program runs or not. Raises `Stop`."""
    home = Home(settings.data)
    home.check()
    if settings.database_url:
        home.make()
        yield settings.database_url
    elif home.runs():
        yield embedded.url(settings.data / "pg")
    else:
        with running(settings) as (url, _):
            yield url


@contextmanager
def _started(settings: Settings) -> Iterator[embedded.Server]:
    try:
        server = embedded.Server(settings.data / "pg")
        server.start()
    except OSError as error:
        raise Stop(f"The database cannot be started in {settings.data}: {told(error)}") from error
    try:
        yield server
    finally:
        server.stop()
