"""The command line for scripts: exact output, the names that exist, the same beside the program and without it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import ROOT, Page, Program, messages, one_line, run, until

DATA = "--data"


@pytest.mark.parametrize("running", [False, True])
def test_a_key_is_printed_and_nothing_else(program: Program, running: bool) -> None:
    if running:
        program.start()
    done = run("key", "add", "scripts", DATA, str(program.data))
    assert done.returncode == 0
    assert re.fullmatch(r"dlg_[\w-]{20,}\n", done.stdout)
    assert done.stderr == ""
    if not running:
        program.start()
    assert program.call("/api/v1/conversations", Authorization=f"Bearer {done.stdout.strip()}")[0] == 200
    assert program.call("/api/v1/conversations", Authorization="Bearer dlg_somebody_elses")[0] == 401


def test_a_channel_is_connected_and_says_what_is_still_missing(program: Program) -> None:
    program.start()
    done = run("channel", "add", "messenger", "--json", "--set", "page_id=12", DATA, str(program.data))
    assert (done.returncode, done.stderr) == (0, "")
    draft = json.loads(done.stdout)
    assert draft["webhook_path"] == f"/in/{draft['id']}"
    assert draft["webhook_url"] == f"{program.url}/in/{draft['id']}", "as the program was last reached"
    assert {"page_token", "app_secret"} <= set(draft["missing"])
    assert "page_id" not in draft["missing"]
    assert draft["state"] == "draft"
    pairs = ["--set", "page_token=t", "--set", "app_secret=s"]
    ready = json.loads(run("channel", "set", draft["id"], *pairs, "--json", DATA, str(program.data)).stdout)
    assert (ready["id"], ready["missing"], ready["state"]) == (draft["id"], [], "active")
    assert [one["id"] for one in json.loads(program.command("channel", "list", "--json"))] == [draft["id"]]


def test_wrong_names_are_answered_with_the_right_ones(program: Program) -> None:
    data = [DATA, str(program.data)]
    said = one_line(run("channel", "add", "messenger", "--set", "pageid=12", *data))
    assert "pageid" in said
    assert "page_id" in said
    assert "app_secret" in said
    said = one_line(run("channel", "add", "pigeon", *data))
    assert "pigeon" in said
    assert "messenger" in said
    assert "name=value" in one_line(run("channel", "add", "messenger", "--set", "page_id", *data))
    assert "duologue channel list" in one_line(run("channel", "pause", "the-first-one", *data))
    assert json.loads(program.command("channel", "list", "--json")) == []


@pytest.mark.parametrize("words", [("channel", "add", "messenger"), ("channel", "list"), ("key", "add", "scripts")])
def test_a_mistyped_data_directory_is_told_and_nothing_is_made_there(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = one_line(run(*words, DATA, str(tmp_path / "dta")))
    assert f"Nothing is installed in {tmp_path / 'dta'}" in said
    assert "--data" in said
    assert list(tmp_path.iterdir()) == []


def test_a_paused_channel_goes_on_when_told(program: Program) -> None:
    program.start()
    page = Page(program)
    account = page.path.removeprefix("/in/")
    for verb, state in (("pause", "paused"), ("resume", "active")):
        program.command("channel", verb, account)
        assert json.loads(program.command("channel", "list", "--json"))[0]["state"] == state


def test_a_turned_key_opens_everything_and_the_former_one_nothing(program: Program) -> None:
    program.start()
    page, key = Page(program), program.command("key", "add", "scripts").strip()
    assert page.say(1)
    until(lambda: messages(program) == {"m_1"}, 10, "the message")
    assert "Stop the program first" in one_line(run("vault", "turn", DATA, str(program.data)))
    assert program.stop() == 0

    former = (program.data / "key").read_bytes()
    assert "1 workspace keys wrapped anew" in run("vault", "turn", DATA, str(program.data)).stderr
    assert (program.data / "key").read_bytes() != former
    assert (program.data / "key").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in program.data.glob("key*")) == ["key"]
    program.start()
    bearer = {"Authorization": f"Bearer {key}"}
    listed = json.loads(program.call("/api/v1/conversations", **bearer)[1])["items"]
    said = json.loads(program.call(f"/api/v1/conversations/{listed[0]['id']}/messages", **bearer)[1])["items"]
    assert [one["text"] for one in said] == ["message 1"]
    assert page.say(2), "the page's secret opens too"
    assert program.stop() == 0

    (program.data / "key").write_bytes(former)
    said = one_line(run("up", DATA, str(program.data), "--port", str(program.port)))
    assert "does not fit this database" in said


def test_without_its_master_key_it_does_not_start_and_with_it_it_does(program: Program) -> None:
    (program.data / "key").rename(program.data.parent / "key")
    said = one_line(run("up", DATA, str(program.data), "--port", str(program.port)))
    assert f"The master key in {program.data / 'key'} does not fit this database" in said
    (program.data.parent / "key").replace(program.data / "key")
    program.start()


def test_the_doctor_finds_nothing_wrong_with_a_new_installation(program: Program) -> None:
    for _ in range(2):
        findings = json.loads(program.command("doctor", "--count", "--json"))
        assert [one["name"] for one in findings if not one["ok"]] == []
        if not program.answers():
            program.start()


def test_the_doctor_says_when_nothing_is_installed(tmp_path: Path) -> None:
    done = run("doctor", DATA, str(tmp_path / "none"))
    assert "Nothing is installed here yet" in done.stdout
    assert not (tmp_path / "none").exists()


def test_serve_and_work_want_a_database_of_ones_own(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    for verb in ("serve", "work"):
        assert "DATABASE_URL" in one_line(run(verb, DATA, str(tmp_path / "none"), env=env))


def test_a_command_loads_nothing_that_only_the_running_program_needs() -> None:
    """It would be twice as slow."""
    look = "import sys, duologue.__main__; print(*({'duologue.app', 'duologue.demo', 'nats'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
