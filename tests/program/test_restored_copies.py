"""A backup is the installation as it was at one moment; a copy made of it keeps silent until it is told to speak."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from tests.program import Page, Program, flood, messages, more_than, one_line, run, until

MIA = "Mia Santos"


def sending(program: Program) -> dict[str, object]:
    findings = json.loads(program.command("doctor", "--json", check=False))
    return next(one for one in findings if one["name"] == "sending")


def test_a_backup_made_while_messages_arrive_is_a_prefix_of_what_arrived(
    program: Program, programs: Callable[..., Program], tmp_path: Path
) -> None:
    program.start()
    page, file = Page(program), tmp_path / "backup.tar.gz"
    with flood(page, people=3):
        more_than(page, 30)
        before = set(page.acknowledged)
        program.command("backup", str(file))
        more_than(page, 30)
    assert file.stat().st_mode & 0o077 == 0, "it holds the master key"
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []

    copy = programs(tmp_path / "copy" / "data")
    copy.data.parent.mkdir()
    copy.command("restore", str(file))
    copy.start()
    until(lambda: copy.query("SELECT count(*) FROM arrival WHERE state = 'pending'") == [(0,)], 20, "the sorting")
    there = messages(copy)
    assert before <= there, "what was acknowledged before the backup began is in it"
    assert there < page.acknowledged, "what came after it is not"
    for person in range(3):
        numbers = sorted(int(one[2:]) for one in there if (int(one[2:]) - 1000) % 3 == person)
        assert numbers == list(range(1000 + person, 1000 + person + 3 * len(numbers), 3)), "a gap"
    counted = json.loads(copy.command("doctor", "--count", "--json", check=False))
    assert next(one for one in counted if one["name"] == "count")["ok"], counted


def test_a_copy_does_not_send_what_was_waiting_until_it_is_told_to(
    program: Program, programs: Callable[..., Program], platform, tmp_path: Path
) -> None:
    program.start()
    account = program.channel("messenger", **platform.settings())
    platform.start(f"{program.url}{account['webhook_path']}")
    key = program.command("key", "add", "scripts").strip()
    platform.say(MIA, "Is it still there?")
    conversation = until_found(program, key)
    program.command("channel", "pause", str(account["id"]))
    answer = json.dumps({"text": "It is."}).encode()
    path = f"/api/v1/conversations/{conversation}/messages"
    status, said = program.call(path, answer, Authorization=f"Bearer {key}", Content_Type="application/json")
    assert status == 201, said
    program.command("backup", str(tmp_path / "file"))
    assert program.stop() == 0

    copy = programs(tmp_path / "copy")
    copy.command("restore", str(tmp_path / "file"))
    copy.start()
    assert copy.call("/api/v1/conversations", Authorization=f"Bearer {key}")[0] == 200, "keys are in the copy"
    assert "off" in str(sending(copy)["words"])
    assert not sending(copy)["ok"]
    copy.command("channel", "resume", str(account["id"]))
    overdue = "SELECT due_at < now() - interval '1 s' FROM message WHERE direction = 'out'"
    until(lambda: copy.query(overdue) == [(True,)], 10, "the moment at which it would have left")
    assert copy.query("SELECT status FROM message WHERE direction = 'out'") == [("queued",)]
    assert not any("It is." in text for text in platform.screen(MIA))
    copy.command("sends", "on")
    until(lambda: any("It is." in text for text in platform.screen(MIA)), 15, "the answer on the phone")
    assert sending(copy)["ok"]


def until_found(program: Program, key: str) -> UUID:
    """The conversation, as soon as there is one."""
    found: list[dict[str, str]] = []

    def look() -> bool:
        status, body = program.call("/api/v1/conversations", Authorization=f"Bearer {key}")
        assert status == 200, body
        found[:] = json.loads(body)["items"]
        return bool(found)

    until(look, 15, "a conversation")
    return UUID(found[0]["id"])


def test_a_backup_can_be_made_and_restored_without_the_program_running(
    program: Program, programs: Callable[..., Program], tmp_path: Path
) -> None:
    key = program.command("key", "add", "before").strip()
    program.command("backup", str(tmp_path / "file"))
    copy = programs(tmp_path / "copy")
    copy.command("restore", str(tmp_path / "file"))
    assert (copy.data / "key").read_bytes() == (program.data / "key").read_bytes()
    copy.start()
    assert copy.call("/api/v1/conversations", Authorization=f"Bearer {key}")[0] == 200


def test_a_backup_is_written_over_another_only_when_told(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"the only copy of something")
    said = one_line(run("backup", str(file), "--data", str(program.data)))
    assert "--replace" in said
    assert file.read_bytes() == b"the only copy of something"
    program.command("backup", str(file), "--replace")
    assert file.read_bytes().startswith(b"\x1f\x8b")


def test_nothing_is_restored_over_an_installation(program: Program, tmp_path: Path) -> None:
    program.command("backup", str(tmp_path / "file"))
    before = (program.data / "key").read_bytes()
    said = one_line(run("restore", str(tmp_path / "file"), "--data", str(program.data)))
    assert "holds an installation already" in said
    assert (program.data / "key").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b\x08\x00 nor this"])
def test_a_file_that_is_no_backup_is_refused_and_nothing_is_made(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    said = one_line(run("restore", str(tmp_path / "file"), "--data", str(tmp_path / "data")))
    assert re.search(r"is no backup of Duologue, or is damaged", said)
    assert not (tmp_path / "data").exists()


def test_a_backup_cut_short_is_refused_and_nothing_is_made(program: Program, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    program.command("backup", str(whole))
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "damaged" in one_line(run("restore", str(cut), "--data", str(tmp_path / "new")))
    assert not (tmp_path / "new").exists()


def test_a_backup_that_cannot_be_written_is_one_line(program: Program, tmp_path: Path) -> None:
    said = one_line(run("backup", str(tmp_path / "no" / "such" / "folder" / "file"), "--data", str(program.data)))
    assert "cannot be written" in said
