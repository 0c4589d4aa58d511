"""Once the program has said that it has a message, the message is kept: under kills, a dying database, a full disk."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

from duologue.kernel.embedded import Server
from duologue.mailroom.spool import Spool
from tests.program import Page, Program, until
from tests.torture import rig

MESSAGES, KILLS = rig.scale(600, 10_000), rig.scale(8, 200)
STOPS, FULL_DISKS = rig.scale(2, 40), rig.scale(1, 5)
LONGEST = 200 + MESSAGES / 10 + KILLS * 8 + STOPS * 8 + FULL_DISKS * 20  # seconds
pytestmark = [pytest.mark.program, pytest.mark.timeout(LONGEST + 60)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that can be filled; where only root could make one, the proof goes on without full disks."""
    place = tmp_path / "disk"
    place.mkdir(mode=0o755)
    made = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1500m,mode=755", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
    )
    yield place
    if made:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def program(disk: Path) -> Iterator[Program]:
    one = Program(disk / "data")
    yield one
    one.end()


def test_no_acknowledged_message_is_lost_or_doubled(program: Program, disk: Path) -> None:
    began, chance = monotonic(), rig.dice("p1")
    program.start()
    doubles = rig.Doubles(program)
    api, kinds = rig.Api(program), sorted(doubles.of)
    can_fill = os.path.ismount(disk)
    mischief = ["kill"] * KILLS + ["database"] * STOPS + ["disk"] * (FULL_DISKS if can_fill else 0)
    chance.shuffle(mischief)

    try:
        with _writing(doubles, kinds) as done:
            for part, what in enumerate(mischief, 1):
                share = MESSAGES * part // (len(mischief) + 1)
                until(lambda share=share: done() >= share, LONGEST, f"{share} messages")
                _befall(program, disk, what, chance.uniform(0, 0.3))
            until(lambda: done() == MESSAGES, LONGEST, "all messages")
        _everything_is_in(program, doubles, LONGEST)
        found = rig.texts(api.messages())
        sent = {text for said in doubles.said.values() for text in said}
        assert {text: found[text] for text in sent} == dict.fromkeys(sent, 1), f"seed {rig.SEED}"
        rig.equation_holds(program)
    finally:
        doubles.close()
    rig.result("p1", "P1", began, sent=len(sent), kinds=len(kinds), kills=KILLS, database_stops=STOPS,
               full_disks=mischief.count("disk"), lost=0, doubled=0)  # fmt: skip


@contextmanager
def _writing(doubles: rig.Doubles, kinds: list[str]) -> Iterator[object]:
    """People write on all platforms, a few at a time; gives how many messages were written."""
    written: list[int] = []
    stop = False

    def writes(number: int) -> None:
        if not stop:
            doubles.say(kinds[number % len(kinds)], number)
            written.append(number)
            sleep(0.004)

    with ThreadPoolExecutor(2) as people:
        jobs = [people.submit(writes, number) for number in range(MESSAGES)]
        try:
            yield lambda: len(written)
        finally:
            stop = True
    for job in jobs:
        job.result()


def _befall(program: Program, disk: Path, what: str, when: float) -> None:
    sleep(when)
    if what == "database":
        rig.kill_postgres(program)
    elif what == "disk":
        _fill(disk)
    else:
        program.kill()
    if what != "database":
        program.start(90)


def _fill(disk: Path) -> None:
    """No byte is left for a while."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as out:
        while True:
            out.write(b"\0" * 65536)
    sleep(2)
    ballast.unlink()


def _everything_is_in(program: Program, doubles: rig.Doubles, seconds: float) -> None:
    expected = sum(len(said) for said in doubles.said.values())
    until(
        lambda: (program.answers() or program.start(90) or True)
        and (rig._quietly(lambda: program.query("SELECT count(*) FROM message WHERE direction = 'in'")) or [(0,)])[0][0]
        >= expected,
        seconds, f"{expected} messages",
    )  # fmt: skip
    rig.sorted_out(program)


TIMES, WHILE_AWAY = rig.scale(2, 20), rig.scale(60, 400)


@pytest.mark.timeout(60 + TIMES * 40)
def test_while_the_database_is_away_arrivals_are_acknowledged_and_come_in_in_order(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir(mode=0o755)
    began, server = monotonic(), Server(tmp_path / "own" / "pg")
    server.start()
    program = Program(tmp_path / "data", env={"DATABASE_URL": server.url})
    try:
        program.start()
        page, spool = Page(program), Spool(program.data / "spool")
        assert program.stop() == 0
        program.start()  # nobody has written since: the account is known before its first message
        for time in range(TIMES):
            server.stop()
            for number in range(time * WHILE_AWAY, (time + 1) * WHILE_AWAY):
                assert page.say(number), f"message {number} was not taken while the database was away"
            assert spool.waiting() == WHILE_AWAY, "they are on disk"
            server.start()
            rig.sorted_out(program)
        assert _by_conversation(program) == [list(range(person, TIMES * WHILE_AWAY, 20)) for person in range(20)]
        rig.equation_holds(program)
    finally:
        program.end()
        server.stop()
    rig.result("p1", "P1, database away", began, absences=TIMES, acknowledged=TIMES * WHILE_AWAY, lost=0, unordered=0)


def _by_conversation(program: Program) -> list[list[int]]:
    """The numbers of the page's messages as each conversation has them."""
    said: dict[object, list[int]] = {}
    for talk, name in program.query("SELECT conversation_id, external_id FROM message ORDER BY conversation_id, seq"):
        said.setdefault(talk, []).append(int(str(name)[2:]))
    return sorted(said.values())
