"""Real processes on real folders. One installation is made a run; each test works on a copy of it."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.program import Program

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
