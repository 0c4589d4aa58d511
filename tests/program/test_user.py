"""As an ordinary user, without any right beside its own folder."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.program import ROOT, Page, Program, messages, one_line, run, servers_on, until

BECOME = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


@pytest.fixture
def home(root: None) -> Iterator[Path]:
    """A folder of that user's own, in a place that it can reach."""
    folder = Path(tempfile.mkdtemp(prefix="duologue-home-"))
    shutil.chown(folder, "nobody", "nogroup")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def python(home: Path) -> tuple[list[str], dict[str, str]]:
    """A Python that this user can run with our packages, and its environment."""
    env = {"HOME": str(home), "PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}", "PYTHONDONTWRITEBYTECODE": "1"}
    for one in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        words = [*BECOME, one]
        try:
            done = subprocess.run(
                [*words, "-c", "import duologue.__main__"],
                env={**os.environ, **env},
                cwd="/",
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return words, env
    pytest.skip("the user nobody can run no Python with these packages here")


def test_an_ordinary_user_starts_answers_and_stops_it(
    home: Path, python: tuple[list[str], dict[str, str]], programs: Callable[..., Program]
) -> None:
    words, env = python
    program = programs(home / ".local" / "share" / "duologue", env=env, by=words)
    program.said = home / "said.log"
    program.start()
    assert program.call(program.begin())[0] == 200
    page = Page(program)
    assert page.say(1)
    until(lambda: messages(program) == {"m_1"}, 15, "the message")
    nobody = pwd.getpwnam("nobody").pw_uid
    owners = {Path(f"/proc/{one}").stat().st_uid for one in [program.pid, *servers_on(program.data)]}
    assert owners == {nobody}
    assert program.stop() == 0
    assert servers_on(program.data) == []


def test_an_ordinary_user_is_told_of_a_folder_that_it_may_not_write(
    home: Path, python: tuple[list[str], dict[str, str]], tmp_path: Path
) -> None:
    words, env = python
    closed = home / "closed"
    closed.mkdir(mode=0o755)
    said = one_line(run("up", "--data", str(closed / "data"), env={**os.environ, **env}, by=words))
    assert f"{closed / 'data'} cannot be written" in said
    assert "--data" in said
    assert list(closed.iterdir()) == []
