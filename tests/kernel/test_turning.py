"""A master key is turned whole or not at all, whatever comes in between."""

import os
from pathlib import Path
from uuid import UUID

import pytest

from duologue.kernel.house import House
from duologue.kernel.turning import NEXT_KEY, finish
from duologue.kernel.vault import KEY_BYTES, Vault, master_key, write_key


@pytest.fixture
async def wrapped_by_next(house: House, workspace: UUID, tmp_path: Path) -> bytes:
    """The program stopped after the database was changed and before the file was."""
    former, following = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
    write_key(tmp_path / "key", former)
    write_key(tmp_path / NEXT_KEY, following)
    async with house.db.hall() as tx:
        await tx.run(
            "UPDATE workspace SET key_sealed = %(key)s WHERE workspace_id = %(id)s",
            {"id": workspace, "key": Vault(following).new_workspace(workspace)},
        )
    return following


async def test_the_next_key_takes_its_place(wrapped_by_next: bytes, database_url: str, tmp_path: Path) -> None:
    finish(tmp_path / "key", database_url)
    assert master_key(tmp_path / "key", make="never") == wrapped_by_next
    assert not (tmp_path / NEXT_KEY).exists()


async def test_a_key_that_wraps_nothing_goes(workspace: UUID, database_url: str, tmp_path: Path) -> None:
    former = os.urandom(KEY_BYTES)
    write_key(tmp_path / "key", former)
    write_key(tmp_path / NEXT_KEY, os.urandom(KEY_BYTES))
    finish(tmp_path / "key", database_url)
    assert master_key(tmp_path / "key", make="never") == former
    assert not (tmp_path / NEXT_KEY).exists()


def test_without_a_next_key_nothing_is_asked(tmp_path: Path) -> None:
    finish(tmp_path / "key", "postgresql://nowhere.invalid/none")
