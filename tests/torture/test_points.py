"""The program dies at each of the places it names, one after the other, and loses nothing and doubles nothing."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired
from time import monotonic

import pytest

from duologue.kernel.crash import POINTS
from tests.mailroom.test_letters_killed import PLACES as LETTERS
from tests.program import Program, until
from tests.torture import rig

# The mailbox first: whoever listens to it holds it for 30 seconds, dead or alive. A second place there is worth
# its wait in the full profile only.
MAILBOX = ("listen.before_commit", *rig.scale((), ("listen.committed",)))
PLACES = (*MAILBOX, *(one for one in POINTS if one.split(".")[0] not in {"letters", "listen", "migrate"}))
ROUNDS = rig.scale(1, 5)  # the n-th round dies the n-th time it comes to a place
LONGEST = 240 * ROUNDS
pytestmark = [pytest.mark.program, pytest.mark.timeout(LONGEST)]


def test_dying_at_each_place_loses_nothing_and_doubles_nothing(
    programs: Callable[..., Program], tmp_path: Path
) -> None:
    began, program = monotonic(), programs(tmp_path / "data")
    _dies_while_it_migrates(program)
    program.start()
    doubles = rig.Doubles(program)
    try:
        talk = _Talk(program, doubles, tmp_path)
        assert program.stop() == 0  # in order, so that nobody holds the mailbox
        for time in range(1, ROUNDS + 1):
            for place in PLACES:
                _dies_at(program, place, time, talk.provoke(place))
        program.start()
        talk.everything_is_there_once()
    finally:
        doubles.close()
    deaths = len(PLACES) * ROUNDS + 1
    rig.result("points", "P1, named places", began, places=len(PLACES) + 1, deaths=deaths, lost=0, doubled=0)


def test_every_place_is_visited_in_the_full_profile() -> None:
    assert {"migrate.step", "listen.committed", *PLACES, *LETTERS} == set(POINTS)


def _dies_while_it_migrates(program: Program) -> None:
    """An installation is not harmed by a death in its first minute."""
    program.env["DUOLOGUE_CRASH"] = "migrate.step:2"
    program.launch()
    assert program.wait(60) == -9, program.log()
    del program.env["DUOLOGUE_CRASH"]


def _dies_at(program: Program, place: str, time: int, provoke: Callable[[], None]) -> None:
    program.end()
    program.env["DUOLOGUE_CRASH"] = f"{place}:{time}"
    program.launch()
    try:
        until(lambda: program.answers() or _ended(program, 0), 60, "the program to answer or to die")
        for _ in range(20 * time):
            if _ended(program, 0):
                return
            provoke()
            if _ended(program, 3):
                return
        raise AssertionError(f"the program never came to {place}; seed {rig.SEED}")
    finally:
        del program.env["DUOLOGUE_CRASH"]


def _ended(program: Program, seconds: float) -> bool:
    """Whether it has died within so long, as a power cut ends it."""
    try:
        status = program.wait(seconds)
    except TimeoutExpired:
        return False
    assert status == -9, program.log()
    return True


class _Talk:
    """What is said on all platforms, and how to bring the program to each place."""

    def __init__(self, program: Program, doubles: rig.Doubles, folder: Path) -> None:
        self._program, self._doubles, self._folder = program, doubles, folder
        self._api = rig.Api(program)
        self._numbers: Iterator[int] = iter(range(1_000_000))
        self._files = 0
        self._replies: set[str] = set()  # the program has said that it has them
        self._signs: dict[str, str] = {}  # by message, what we were to put on it; the program has said that it will
        self._asked = 0
        for _ in range(3):
            self._say()
        until(lambda: len(self._conversations()) >= 3, 30, "conversations to answer in")

    def provoke(self, place: str) -> Callable[[], None]:
        room = place.split(".", maxsplit=1)[0]
        known = {"spool": self._say_without_database, "outbox": self._reply, "file": self._send_a_file,
                 "backup": self._back_up, "acts": self._sign}  # fmt: skip
        return known.get(room, self._say)

    def everything_is_there_once(self) -> None:
        said = {text for texts in self._doubles.said.values() for text in texts}

        def missing() -> bool:
            return len(rig.texts(self._api.messages()).keys() & said) < len(said)

        until(lambda: not missing(), 90, "everything that was said")
        rig.sorted_out(self._program)
        found = rig.texts(self._api.messages())
        assert {text: found[text] for text in said} == dict.fromkeys(said, 1), f"seed {rig.SEED}"
        stored = "SELECT count(*) FROM attachment WHERE state = 'stored'"
        until(lambda: self._program.query(stored) == [(self._files,)], 60, f"{self._files} files")
        until(lambda: self._signed() == self._signs, 90, "every sign on its message")
        kept = rig.texts(self._api.messages(), "out")
        assert self._replies <= kept.keys(), "a reply that was taken is gone"
        assert max(kept.values(), default=0) <= 1
        shown = Counter(bubble.text for double in self._doubles.of.values() for person in double.people()
                        for bubble in double.screen(person.id) if bubble.by == "brand")  # fmt: skip
        assert all(shown[text] <= 1 for text in self._replies), f"an answer came twice: {shown}"
        rig.equation_holds(self._program)

    def _say(self) -> None:
        number = next(self._numbers)
        for kind in self._doubles.of:
            self._doubles.say(kind, number)

    def _say_without_database(self) -> None:
        """It is ended as often as it comes back, for longer than the door waits for it."""
        end = monotonic() + 4
        while monotonic() < end and not _ended(self._program, 0.1):
            rig.kill_postgres(self._program)
            self._say()

    def _send_a_file(self) -> None:
        for double in self._doubles.of.values():
            can_send = getattr(double, "kinds", tuple)()  # a phone that sends words only has none
            if kinds := [kind for kind in can_send if kind in {"image", "file"}]:
                self._doubles.run(double.send(double.people()[0].id, kinds[0]))
                self._files += 1

    def _reply(self) -> None:
        """To somebody else each time: where a reply is in a dead process's hands, the next ones wait behind it."""
        with suppress(OSError):
            talks = self._conversations()
            talk = talks[self._asked % len(talks)]
            self._asked += 1
            text = f"answer {next(self._numbers)}"
            status, _ = self._api.post(f"/conversations/{talk}/messages", {"text": text})
            if status == 201:
                self._replies.add(text)

    def _sign(self) -> None:
        """On the last thing that somebody said where signs can be put, another one each time."""
        with suppress(OSError):
            for talk in self._conversations():
                heard = self._api.get(f"/conversations/{talk}/messages?limit=10")["items"]
                if one := next((one for one in heard if "react" in one["can"]), None):
                    sign = one["signs"][next(self._numbers) % len(one["signs"])]
                    if self._api.post(f"/messages/{one['id']}/react", {"emoji": sign})[0] == 202:
                        self._signs[one["id"]] = sign
                    return

    def _signed(self) -> dict[str, str]:
        """What stands on the messages here, where nothing is under way any more and the phone shows the same."""
        found: dict[str, str] = {}
        for message in self._signs:
            one = self._api.get(f"/messages/{message}")
            ours = [each["emoji"] for each in one["reactions"] if each["by"] == "brand"]
            shown = [bubble.sign for double in self._doubles.of.values() for person in double.people()
                     for bubble in double.screen(person.id) if bubble.id == one["external_id"]]  # fmt: skip
            if not one["changes"] and ours == shown:
                found[message] = ours[0]
        return found

    def _conversations(self) -> list[str]:
        return [one["id"] for one in self._api.get("/conversations?filter=all")["items"]]

    def _back_up(self) -> None:
        """The command itself dies there; what it was to write is not there, and the program goes on."""
        file = self._folder / "backup"
        self._program.command("backup", str(file), check=False)
        assert not file.exists(), "a backup that was not finished bears its name"
        self._program.kill()
