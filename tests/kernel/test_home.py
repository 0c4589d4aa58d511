"""The data directory is ours or nobody's, and one program has it at a time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from duologue.errors import Stop
from duologue.kernel.home import MARK, Home, told


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    one = Home(tmp_path / "a" / "data")
    yield one
    one.leave()


def test_taking_makes_the_folder_and_marks_it(home: Home) -> None:
    home.take()
    assert (home.folder / MARK).read_text().startswith("This folder belongs to Duologue")
    assert (home.folder / "lock").read_text() == str(os.getpid())


def test_a_folder_with_somebody_elses_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Stop, match="not Duologue's"):
        Home(tmp_path).take()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Stop, match="no folder"):
        Home(tmp_path / "file").take()
    with pytest.raises(Stop, match=r"cannot be written|no folder"):
        Home(tmp_path / "file" / "below").take()


def test_a_second_copy_is_told_who_has_it(home: Home) -> None:
    home.take()
    with pytest.raises(Stop, match=f"already runs on .*process {os.getpid()}"):
        Home(home.folder).take()
    assert (home.folder / "lock").read_text() == str(os.getpid())


def test_whether_it_runs_can_be_asked_without_taking_it(home: Home) -> None:
    other = Home(home.folder)
    assert not other.runs()
    home.take()
    assert other.runs()
    home.leave()
    assert not other.runs()
    home.take()


def test_the_lock_goes_with_the_process_however_that_ends(home: Home) -> None:
    code = (
        "import sys, time; from pathlib import Path; from duologue.kernel.home import Home; "
        "Home(Path(sys.argv[1])).take(); print('taken', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(home.folder)], stdout=subprocess.PIPE)
    try:
        assert process.stdout
        assert process.stdout.readline() == b"taken\n"
        with pytest.raises(Stop, match=f"process {process.pid}"):
            home.take()
    finally:
        process.kill()
        process.wait()
    home.take()


@pytest.mark.skipif(os.geteuid() != 0, reason="root can make a folder that it gives away")
def test_a_folder_that_may_not_be_written_is_told_to_whoever_is_not_root(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / MARK).write_text("x")
    (folder / "lock").touch(mode=0o600)
    for verb in ("take", "check", "runs"):
        code = (
            "import os, sys; from pathlib import Path; from duologue.kernel.home import Home; "
            "from duologue.errors import Stop\n"
            f"os.setgid(65534); os.setuid(65534)\ntry: Home(Path(sys.argv[1])).{verb}()\n"
            "except Stop as stop: print(stop)"
        )
        done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
        assert str(folder) in done.stdout


@pytest.mark.parametrize(
    ("number", "words"), [(28, "disk is full"), (122, "disk is full"), (13, "may not be written"), (5, "error")]
)
def test_what_the_system_says_comes_with_what_to_do(number: int, words: str) -> None:
    assert words in told(OSError(number, os.strerror(number)))
