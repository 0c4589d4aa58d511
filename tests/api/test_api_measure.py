"""What a message would come to is told before it is sent, in words, and nothing of it is kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from duologue.channels import registry
from duologue.channels.contract import Content
from duologue.kernel.house import House


@pytest.fixture
def counting(parrot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def measure(settings: Any, content: Content) -> str | None:
        return (
            f"{settings.word}: {len(content.text or '')} letters, {len(content.media)} files" if content.text else None
        )

    monkeypatch.setitem(registry.channels(), "parrot", replace(parrot.CHANNEL, measure=measure))
    yield
    registry.channels.cache_clear()


async def test_a_platform_that_counts_says_what_it_comes_to(program: Any, talk: dict[str, Any], counting: None) -> None:
    told = await program.post(f"/conversations/{talk['id']}/measure", json={"text": "Yes", "files": 2})
    assert (told.status_code, told.json()) == (200, {"words": "hello: 3 letters, 2 files"})
    nothing = await program.post(f"/conversations/{talk['id']}/measure", json={})
    assert nothing.json() == {"words": None}


async def test_nothing_is_written_down(program: Any, talk: dict[str, Any], counting: None, house: House) -> None:
    before = (await program.get(f"/conversations/{talk['id']}/messages")).json()
    async with house.db.hall() as tx:
        position = await tx.row(int, "SELECT coalesce(max(id), 0) FROM journal")
    await program.post(f"/conversations/{talk['id']}/measure", json={"text": "Yes"})
    assert (await program.get(f"/conversations/{talk['id']}/messages")).json() == before
    async with house.db.hall() as tx:
        assert await tx.row(int, "SELECT coalesce(max(id), 0) FROM journal") == position


async def test_a_platform_that_does_not_count_has_nothing_to_tell(program: Any, talk: dict[str, Any]) -> None:
    told = await program.post(f"/conversations/{talk['id']}/measure", json={"text": "Yes"})
    assert (told.status_code, told.json()) == (200, {"words": None})


@pytest.mark.parametrize("files", [-1, 101, "many"])
async def test_a_number_of_files_is_a_number_of_files(program: Any, talk: dict[str, Any], files: Any) -> None:
    told = await program.post(f"/conversations/{talk['id']}/measure", json={"text": "Yes", "files": files})
    assert told.status_code == 422


async def test_another_workspaces_conversation_is_not_there(
    stranger: Any, talk: dict[str, Any], counting: None
) -> None:
    told = await stranger.post(f"/conversations/{talk['id']}/measure", json={"text": "Yes"})
    assert told.status_code == 404
