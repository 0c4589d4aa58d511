# ruff: noqa: F811 (fixtures are asked for by name)
"""A PostgreSQL of the operator's own, with a user that is no superuser: as one program and as two."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.own_postgres import Databases, cluster, databases  # noqa: F401
from tests.program import Page, Program, messages, one_line, run, until

Programs = Callable[..., Program]


def test_it_runs_on_a_database_of_ones_own_and_starts_none(
    databases: Databases, programs: Programs, tmp_path: Path
) -> None:
    program = programs(tmp_path / "data", env=databases())
    program.start()
    assert program.call(program.begin())[0] == 200
    page = Page(program)
    assert page.say(1)
    until(lambda: messages(program) == {"m_1"}, 10, "the message")
    assert not (program.data / "pg").exists()
    assert program.query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
    assert program.stop() == 0
    program.start()
    assert messages(program) == {"m_1"}


def test_a_command_may_be_the_first_thing_that_happens(
    databases: Databases, programs: Programs, tmp_path: Path
) -> None:
    program = programs(tmp_path / "data", env=databases())
    assert program.command("key", "add", "scripts").startswith("dlg_")
    assert (program.data / "key").exists()


def test_what_one_process_takes_in_another_one_sorts(databases: Databases, programs: Programs, tmp_path: Path) -> None:
    env = databases()
    serve = programs(tmp_path / "data", env=env, verb="serve")
    work = programs(tmp_path / "data", env=env, verb="work")
    serve.start()
    page = Page(serve)
    assert all(page.say(number) for number in range(5))
    assert serve.query("SELECT count(*) FROM arrival WHERE state = 'pending'") == [(5,)], "nobody sorts yet"
    work.launch()
    until(lambda: messages(serve) == page.acknowledged, 20, "the sorting")
    assert page.say(6)
    until(lambda: messages(serve) == page.acknowledged, 5, "the sorting, told by a wake-up")
    assert work.stop() == 0
    assert serve.answers()
    assert serve.stop() == 0


def test_processes_that_begin_at_the_same_moment_make_one_installation_between_them(
    databases: Databases, programs: Programs, tmp_path: Path
) -> None:
    env = databases()
    serves = [programs(tmp_path / "data", env=env, verb="serve") for _ in range(2)]
    work = programs(tmp_path / "data", env=env, verb="work")
    for one in (work, *serves):
        one.launch()
    for one in serves:
        until(one.answers, 30, "both to answer")
    assert serves[0].query("SELECT count(*) FROM workspace") == [(1,)]
    assert serves[0].query("SELECT count(*) FROM installation") == [(1,)]
    page = Page(serves[0])
    page.program = serves[1]
    assert page.say(1)
    until(lambda: messages(serves[0]) == {"m_1"}, 15, "the sorting")


def test_a_backup_of_it_is_restored_into_another_empty_database(
    databases: Databases, programs: Programs, tmp_path: Path
) -> None:
    program = programs(tmp_path / "data", env=databases())
    program.start()
    page, key = Page(program), program.command("key", "add", "scripts").strip()
    assert all(page.say(number) for number in range(3))
    until(lambda: messages(program) == page.acknowledged, 10, "the messages")
    assert json.loads(program.command("doctor", "--count", "--json"))
    program.command("backup", str(tmp_path / "file"))

    copy = programs(tmp_path / "copy", env=databases())
    copy.command("restore", str(tmp_path / "file"))
    copy.start()
    assert messages(copy) == page.acknowledged
    status, body = copy.call("/api/v1/conversations", Authorization=f"Bearer {key}")
    assert status == 200
    assert len(json.loads(body)["items"]) == 3
    failing = [one["name"] for one in json.loads(copy.command("doctor", "--json", check=False)) if not one["ok"]]
    assert failing == ["sending"]


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    env = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    program = Program(tmp_path / "data", env=env)
    said = one_line(run("up", "--data", str(program.data), "--port", str(program.port), env=program.env))
    assert "The database cannot be reached" in said
