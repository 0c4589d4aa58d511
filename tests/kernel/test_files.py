"""A file is whole on disk or not there."""

from pathlib import Path

import pytest

from duologue.kernel import ids
from duologue.kernel.files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


async def test_what_was_put_is_there(files: Files) -> None:
    workspace, file = ids.new(), ids.new()
    await files.put(workspace, file, b"sealed")
    assert await files.get(workspace, file) == b"sealed"


async def test_another_workspace_does_not_find_it(files: Files) -> None:
    file = ids.new()
    await files.put(ids.new(), file, b"sealed")
    with pytest.raises(FileNotFoundError):
        await files.get(ids.new(), file)


async def test_putting_again_replaces(files: Files) -> None:
    workspace, file = ids.new(), ids.new()
    await files.put(workspace, file, b"longer than the next")
    await files.put(workspace, file, b"short")
    assert await files.get(workspace, file) == b"short"


async def test_gone_is_gone_and_twice_is_no_error(files: Files) -> None:
    workspace, file = ids.new(), ids.new()
    await files.put(workspace, file, b"x")
    files.unlink(workspace, file)
    files.unlink(workspace, file)
    with pytest.raises(FileNotFoundError):
        await files.get(workspace, file)


async def test_a_file_that_could_not_be_written_whole_is_not_there(
    files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    workspace, file = ids.new(), ids.new()
    monkeypatch.setattr("duologue.kernel.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await files.put(workspace, file, b"x")
    with pytest.raises(FileNotFoundError):
        await files.get(workspace, file)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_only_the_owner_may_look(files: Files, tmp_path: Path) -> None:
    await files.put(ids.new(), ids.new(), b"x")
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "files").iterdir())
