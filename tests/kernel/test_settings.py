"""Command line before environment before file; a wrong name is told, not ignored."""

import os
from pathlib import Path

import pytest

from duologue.errors import Stop
from duologue.settings import Settings, read


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DUOLOGUE_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)


def test_a_data_directory_is_enough(tmp_path: Path) -> None:
    found = read(data=tmp_path)
    assert (found.data, found.host, found.port, found.database_url, found.allow) == (
        tmp_path,
        "127.0.0.1",
        8000,
        "",
        [],
    )
    assert found.url == "http://127.0.0.1:8000"


def test_the_order_is_command_line_environment_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "duologue.toml").write_text('host = "0.0.0.1"\nport = 1\npublic_url = "https://file.example/"\n')
    monkeypatch.setenv("DUOLOGUE_PORT", "2")
    monkeypatch.setenv("DUOLOGUE_HOST", "0.0.0.2")
    found = read(data=tmp_path, port=3, host=None)
    assert (found.port, found.host, found.url, found.secure) == (3, "0.0.0.2", "https://file.example", True)


def test_lists_and_the_database_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOLOGUE_ALLOW", "10.0.0.5:993, mail.lan")
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/duologue")
    found = read(data=tmp_path)
    assert found.allow == ["10.0.0.5:993", "mail.lan"]
    assert found.database_url == "postgresql://db.example/duologue"


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOLOGUE_PORT", "")
    assert read(data=tmp_path).port == 8000


def test_the_data_directory_itself_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUOLOGUE_DATA", str(tmp_path / "there"))
    assert read().data == tmp_path / "there"
    assert read(data=tmp_path / "here").data == tmp_path / "here"


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "duologue.toml").write_text("prot = 1\n")
    with pytest.raises(Stop, match=r"no setting named 'prot'.*port"):
        read(data=tmp_path)


@pytest.mark.parametrize("words", ["port = ", "\0", 'port = "http"', "port = 1.5", "allow = 3", "port = 1\nport = 2"])
def test_a_file_that_makes_no_sense_is_told(tmp_path: Path, words: str) -> None:
    (tmp_path / "duologue.toml").write_text(words)
    with pytest.raises(Stop, match=r"duologue\.toml|setting"):
        read(data=tmp_path)


@pytest.mark.parametrize("value", ["x", "1.5", "-1", "65536", "99999999999999999999"])
def test_a_port_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DUOLOGUE_PORT", value)
    with pytest.raises(Stop):
        read(data=tmp_path)


def test_a_relative_directory_is_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(data=Path("x")).data == tmp_path / "x"


def test_plain_http_is_not_called_secure() -> None:
    assert not Settings(data=Path("/x"), public_url="http://https.example").secure


def test_an_address_of_the_newer_kind_is_written_so_that_a_browser_reads_it() -> None:
    assert Settings(data=Path("/x"), host="::1", port=80).url == "http://[::1]:80"


def test_a_demo_keeps_out_of_the_place_of_what_is_real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert read().data == tmp_path / "duologue"
    assert read(demo=None).data == tmp_path / "duologue"
    assert read(demo=True).data == tmp_path / "duologue-demo"
    assert read(demo=True, data=tmp_path / "mine").data == tmp_path / "mine"
