"""Programs that are ended with the test, databases of an operator's own, and a NATS server."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.own_postgres import cluster, databases
from tests.program import Program, free_port, until

__all__ = ["cluster", "databases"]


@pytest.fixture
def programs() -> Iterator[Callable[..., Program]]:
    """Makes programs that are ended with the test, whatever becomes of it."""
    made: list[Program] = []

    def make(*given: object, **named: object) -> Program:
        made.append(Program(*given, **named))  # pyrefly: ignore
        return made[-1]

    yield make
    for one in made:
        one.end()


class NatsServer:
    """A real NATS server on a port of this machine, stopped and started at will."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).parent / "nats-server"), "-a", "127.0.0.1", "-p", str(self.port)]
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
