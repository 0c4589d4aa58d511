"""A backup made under load is the installation at one moment; its copy keeps silent until it is told to speak."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from tests.program import Page, Program, messages, more_than, one_line, run, until
from tests.torture import rig

BACKUPS, BETWEEN = rig.scale(2, 10), rig.scale(60, 400)
PEOPLE = 5
REPLIES = rig.scale(4, 40)
LONGEST = 60 + BACKUPS * 90
pytestmark = [pytest.mark.program, pytest.mark.timeout(LONGEST + 120)]


def test_each_backup_made_under_load_is_a_prefix_of_what_was_said(
    programs: Callable[..., Program], tmp_path: Path
) -> None:
    began, chance, program = monotonic(), rig.dice("backup"), programs(tmp_path / "data")
    program.start()
    page = Page(program)
    made: list[tuple[Path, set[str], set[str]]] = []
    with _each_in_order(page):
        for number in range(BACKUPS):
            more_than(page, BETWEEN, 120)
            file, before = tmp_path / f"backup-{number}", set(page.acknowledged)
            program.command("backup", str(file))
            made.append((file, before, set(page.acknowledged)))
            if chance.random() < 0.5:
                program.kill()
                program.start()
        more_than(page, 30)
    program.end()

    for number, (file, before, after) in enumerate(made):
        copy = programs(tmp_path / f"copy-{number}")
        copy.command("restore", str(file))
        copy.start()
        rig.sorted_out(copy)
        there = messages(copy)
        assert before <= there, f"what was acknowledged before the backup is in it; seed {rig.SEED}"
        assert len(there - after) <= PEOPLE, "what was said after it is not, but for what was on its way"
        assert there < page.acknowledged
        _no_holes(there)
        assert _in_order(copy), "the order within a conversation"
        rig.equation_holds(copy)
        assert copy.stop() == 0
    rig.result("backup", "backup", began, backups=BACKUPS, said=len(page.acknowledged),
               smallest=len(made[0][1]), holes=0)  # fmt: skip


@contextmanager
def _each_in_order(page: Page) -> Iterator[None]:
    """People write, each the next message only when the last one was taken; until left."""
    ended = Event()

    def writes(person: int) -> None:
        number = 1000 + person
        while not ended.is_set():
            if page.say(number):
                number += 20  # the page numbers its people so

    with ThreadPoolExecutor(PEOPLE) as people:
        done = [people.submit(writes, person) for person in range(PEOPLE)]
        try:
            yield
        finally:
            ended.set()
    for one in done:
        one.result()


def _no_holes(there: set[str]) -> None:
    for person in range(PEOPLE):
        numbers = sorted(int(one[2:]) for one in there if (int(one[2:]) - 1000) % 20 == person)
        first = 1000 + person
        assert numbers == list(range(first, first + 20 * len(numbers), 20)), f"a hole; seed {rig.SEED}"


def _in_order(program: Program) -> bool:
    said: dict[object, list[int]] = {}
    for talk, name in program.query("SELECT conversation_id, external_id FROM message ORDER BY conversation_id, seq"):
        said.setdefault(talk, []).append(int(str(name)[2:]))
    return len(said) == PEOPLE and all(numbers == sorted(numbers) for numbers in said.values())


def test_a_copy_sends_nothing_until_told_and_then_each_answer_once(
    programs: Callable[..., Program], tmp_path: Path
) -> None:
    began, program = monotonic(), programs(tmp_path / "data")
    program.start()
    doubles = rig.Doubles(program)
    try:
        for kind in doubles.of:
            doubles.say(kind, 1)
        api = rig.Api(program)
        until(lambda: len(list(api.all("/conversations?filter=all"))) == len(doubles.of), 30, "the conversations")
        for channel in doubles.channels.values():
            assert api.post(f"/channels/{channel}/pause", {})[0] == 200
        answers = []
        for talk in api.all("/conversations?filter=all"):
            for number in range(rig.allowed(talk["channel"]["kind"], REPLIES)):
                text = f"answer {number} to {talk['id']}"
                assert api.post(f"/conversations/{talk['id']}/messages", {"text": text})[0] == 201
                answers.append(text)
        program.command("backup", str(tmp_path / "backup"))
        program.end()

        copy = programs(tmp_path / "copy")
        copy.command("restore", str(tmp_path / "backup"))
        copy.start()
        told = rig.Api(copy)
        for channel in doubles.channels.values():
            assert told.post(f"/channels/{channel}/resume", {})[0] == 200
        overdue = "SELECT count(*) FROM message WHERE status = 'queued' AND due_at < clock_timestamp() - interval '3 s'"
        until(lambda: copy.query(overdue) == [(len(answers),)], 30, "the moment at which all would have left")
        assert _shown(doubles, answers) == [], "a copy has spoken"
        copy.command("sends", "on")
        until(lambda: len(_shown(doubles, answers)) >= len(answers), 120, "the answers on the phones")
        until(lambda: copy.query(
            "SELECT count(*) FROM message WHERE direction = 'out' AND status IN ('queued', 'sending')"
        ) == [(0,)], 60, "the outbox to be empty")  # fmt: skip
        assert sorted(_shown(doubles, answers)) == sorted(answers)
    finally:
        doubles.close()
    rig.result("backup", "silent copy", began, waiting=len(answers), sent_before_told=0, doubled=0)


def _shown(doubles: rig.Doubles, answers: Sequence[str]) -> list[str]:
    """Which of the answers stand on people's phones, as often as they do."""
    screens = [double.screen(person.id) for double in doubles.of.values() for person in double.people()]
    shown = [bubble.text for screen in screens for bubble in screen if bubble.by == "brand"]
    return [answer for text in shown for answer in answers if text.split("\n")[0].strip() == answer]


def test_a_second_program_on_the_same_installation_refuses_and_the_first_goes_on(
    programs: Callable[..., Program], tmp_path: Path
) -> None:
    program = programs(tmp_path / "data")
    program.start()
    page, second = Page(program), programs(tmp_path / "data")
    with _each_in_order(page):
        more_than(page, 20)
        said = one_line(run("up", "--data", str(program.data), "--port", str(second.port)))
        more_than(page, 20)
    assert f"already runs on {program.data} (process {program.pid})" in said
    rig.sorted_out(program)
    assert messages(program) == page.acknowledged
    rig.equation_holds(program)
