"""Starting: from nothing to an address and a way in; where it cannot, one line says why and nothing was harmed."""

import hashlib
import socket
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from duologue.kernel.embedded import url
from tests.program import Page, Program, free_port, messages, one_line, run, servers_on, until

FORM = b"brand=Lume&name=Ana+Ruiz&email=ana%40lume.example&password=correct+horse+battery&zone="


def kept(folder: Path) -> dict[str, str]:
    """Every file of a folder with a sum of what is in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_first_start_prints_the_address_and_a_link_that_works_once(
    programs: Callable[..., Program], tmp_path: Path
) -> None:
    program = programs(tmp_path / "new" / "data")
    program.data.parent.mkdir()
    program.start()
    assert f"Duologue runs at {program.url}\n" in program.log()
    link = program.begin()
    assert program.call(link)[0] == 200
    assert program.call(link, FORM, Sec_Fetch_Site="same-origin")[0] == 200, "led on to the inbox"
    assert program.query("SELECT email, role FROM member") == [("ana@lume.example", "administrator")]
    assert program.call(link)[0] == 404
    assert program.call(link, FORM.replace(b"ana", b"eve"), Sec_Fetch_Site="same-origin")[0] == 404
    assert program.query("SELECT count(*) FROM member") == [(1,)]
    assert program.stop() == 0
    assert (program.data / "key").stat().st_mode & 0o077 == 0, "nobody else reads the master key"
    said = len(program.log())
    program.start()
    assert "Begin" not in program.log()[said:], "there is an administrator already"


def test_the_second_start_is_quick(program: Program, record_property: Callable[[str, object], None]) -> None:
    began = monotonic()
    program.start()
    took = monotonic() - began
    record_property("seconds to the second start", round(took, 2))
    print(f"second start: {took:.2f} s")
    assert took < 10


def test_a_link_of_an_earlier_start_ends_with_the_next_one(program: Program) -> None:
    program.start()
    earlier = program.begin()
    assert program.stop() == 0
    program.start()
    assert program.begin() != earlier
    assert program.call(earlier)[0] == 404
    assert program.call(program.begin())[0] == 200


def test_a_taken_port_is_told_and_no_folder_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = one_line(run("up", "--data", str(tmp_path / "data"), "--port", str(port)))
    assert f"127.0.0.1:{port} cannot be used" in said
    assert "--port" in said
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    before = kept(tmp_path)
    for words in (["up", "--port", str(free_port())], ["key", "add", "x"], ["migrate"]):
        said = one_line(run(*words, "--data", str(tmp_path)))
        assert "not Duologue's" in said or (words[0] == "key" and "Nothing is installed in" in said)
    assert kept(tmp_path) == before


def test_a_database_of_a_newer_program_is_left_alone(program: Program) -> None:
    program.start()
    with psycopg.connect(url(program.data / "pg")) as connection:
        connection.execute("INSERT INTO migration (number, name, checksum) VALUES (9999, '9999_later.sql', 'x')")
    assert program.stop() == 0
    said = one_line(run("up", "--data", str(program.data), "--port", str(program.port)))
    assert "belongs to a newer Duologue (schema 9999" in said
    assert "Nothing was changed" in said
    assert servers_on(program.data) == []


def test_a_second_copy_on_the_same_directory_is_told_who_has_it(program: Program) -> None:
    program.start()
    said = one_line(run("up", "--data", str(program.data), "--port", str(free_port())))
    assert f"already runs on {program.data} (process {program.pid})" in said
    assert program.answers(), "the first one goes on"


@pytest.mark.parametrize(
    ("file", "words"),
    [("port = 'high'", "port"), ("prot = 8000", "'prot'"), ("port = ", "duologue.toml cannot be read")],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, file: str, words: str) -> None:
    (tmp_path / "duologue.toml").write_text(file)
    assert words in one_line(run("up", "--data", str(tmp_path)))


def test_a_path_too_long_for_the_database_is_told(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    assert "choose a shorter one with --data" in one_line(run("up", "--data", str(folder), "--port", str(free_port())))


@pytest.fixture
def small_disk(root: None, tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk of its own, of the size given."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size: str) -> Path:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
        return folder

    yield mount
    if folder.is_mount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"x" * 65536)
        except OSError:
            pass
    return filler


def test_a_disk_too_small_to_begin_on_is_told_and_nothing_half_made_stays(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("12m")
    said = one_line(run("up", "--data", str(disk / "data"), "--port", str(free_port())))
    assert "the disk is full. Make room, then start again." in said
    assert not (disk / "data" / "pg").exists()
    assert not (disk / "data" / "key").exists()


def test_a_full_disk_stops_the_start_with_one_line_and_harms_nothing(
    small_disk: Callable[[str], Path], installed: Path, programs: Callable[..., Program]
) -> None:
    disk = small_disk("120m")
    subprocess.run(["cp", "-a", str(installed), str(disk / "data")], check=True)
    program = programs(disk / "data")
    key = (program.data / "key").read_bytes()
    filler = fill(disk)
    said = one_line(run("up", "--data", str(program.data), "--port", str(program.port)))
    assert "the disk is full. Make room, then start again." in said
    assert servers_on(program.data) == []
    assert (program.data / "key").read_bytes() == key
    filler.unlink()
    program.start()
    assert program.stop() == 0


def test_a_disk_that_fills_up_under_the_running_program_loses_nothing_it_said_it_has(
    small_disk: Callable[[str], Path], installed: Path, programs: Callable[..., Program]
) -> None:
    disk = small_disk("120m")
    subprocess.run(["cp", "-a", str(installed), str(disk / "data")], check=True)
    program = programs(disk / "data")
    program.start()
    page = Page(program)
    assert page.say(0)
    filler = fill(disk)
    numbers = count(1)
    until(lambda: not page.say(next(numbers)), 60, "the first message that it cannot keep")
    filler.unlink()
    until(lambda: page.say(10_000), 60, "the program to take a message again")
    until(lambda: page.acknowledged <= messages(program), 30, "all that was acknowledged")
    assert messages(program) <= {f"m_{number}" for number in (*range(next(numbers)), 10_000)}
