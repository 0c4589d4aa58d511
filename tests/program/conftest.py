"""Real processes on real folders. One installation is made a run; each test works on a copy of it."""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from duologue.channels.messenger.simulate.double import Double
from tests.program import ROOT, Program, free_port

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("program")


@pytest.fixture
def programs() -> Iterator[Callable[..., Program]]:
    """Makes programs that are ended with the test, whatever becomes of it."""
    made: list[Program] = []

    def make(*given, **named) -> Program:
        made.append(Program(*given, **named))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a program that was started once and stopped."""
    program = Program(tmp_path_factory.mktemp("installed") / "data")
    try:
        program.start()
        assert program.stop() == 0
    finally:
        program.end()
    return program.data


@pytest.fixture
def program(programs: Callable[..., Program], installed: Path, tmp_path: Path) -> Program:
    """A program on a copy of that directory, not started yet."""
    subprocess.run(["cp", "-a", str(installed), str(tmp_path / "data")], check=True)
    return programs(tmp_path / "data")


@pytest.fixture
def root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can do what this test needs")


class Platform:
    """Messenger's double as a process of its own, with its phones."""

    SEED = 7

    def __init__(self) -> None:
        self.port, self._control = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def settings(self) -> dict[str, object]:
        known = msgspec.to_builtins(Double(seed=self.SEED).settings())
        return known | {"base_url": f"http://127.0.0.1:{self.port}"}

    def start(self, webhook: str) -> None:
        words = ["--port", self.port, "--control", self._control, "--seed", self.SEED, "--webhook", webhook]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "duologue.channels.messenger.simulate", *map(str, words)], cwd=ROOT,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout
        assert self._process.stdout.readline(), "the double did not start"

    def say(self, person: str, text: str) -> None:
        body = json.dumps({"person": person, "text": text}).encode()
        urllib.request.urlopen(urllib.request.Request(self._handle("say"), body), timeout=10).close()

    def screen(self, person: str) -> list[str]:
        """What stands on the person's phone."""
        with urllib.request.urlopen(self._handle("screen", person=person), timeout=10) as answer:
            return [bubble["text"] for bubble in json.load(answer)]

    def end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()

    def _handle(self, name: str, **query: str) -> str:
        return f"http://127.0.0.1:{self._control}/_ctl/{name}?{urllib.parse.urlencode(query)}"


@pytest.fixture
def platform() -> Iterator[Platform]:
    one = Platform()
    yield one
    one.end()
