# ruff: noqa: F811 (fixtures are asked for by name)
"""What an answer would come to is told while it is written: in the reader's language, and on their screen only."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from duologue.app import Program
from duologue.channels import registry
from duologue.channels.contract import Content
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401


@pytest.fixture
async def browser(
    mailroom: Mailroom, parrot: Any, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Browser]:
    def measure(settings: Any, content: Content) -> str | None:
        return f"{len(content.text or '')} segments" if content.text else None

    monkeypatch.setitem(registry.channels(), "parrot", replace(parrot.CHANNEL, measure=measure))
    async with Browser(Program(mailroom.house).web()) as opened:  # type: ignore[arg-type]
        await opened.sign_in(ana)
        yield opened
    registry.channels.cache_clear()


@pytest.fixture
async def path(mailroom: Mailroom) -> str:
    await mailroom.arrive(squawk("a", who="mia", name="Mia", at=mailroom.house.now()))
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        (one,) = await tx.rows(str, "SELECT id::text FROM conversation")
    return f"/c/{one}"


async def test_it_is_said_in_the_readers_language(mailroom: Mailroom, ana: Colleague, browser: Browser, path: str):
    told = await browser.post(f"{path}/measure", data={"text": "Hello", "files": "0"})
    assert (told.status_code, told.text, told.headers["content-type"][:10]) == (200, "5 segments", "text/plain")
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        await tx.run("UPDATE member SET locale = 'de' WHERE id = %(id)s", {"id": ana.id})
    told = await browser.post(f"{path}/measure", data={"text": "Hello"})
    assert told.text == "5 Segmente"


async def test_where_nothing_is_written_nothing_is_told(browser: Browser, path: str):
    told = await browser.post(f"{path}/measure", data={"text": ""})
    assert (told.status_code, told.text) == (200, "")


async def test_the_place_for_it_is_there_only_where_the_platform_counts(browser: Browser, path: str, parrot: Any):
    assert f'data-measure="{path}/measure"' in (await browser.get(path)).text
    registry.channels()["parrot"] = parrot.CHANNEL
    assert "data-measure" not in (await browser.get(path)).text
    assert (await browser.post(f"{path}/measure", data={"text": "Hello"})).text == ""


async def test_what_was_measured_is_not_kept_as_a_draft(browser: Browser, path: str):
    await browser.post(f"{path}/measure", data={"text": "A word of hers"})
    assert "A word of hers" not in (await browser.get(path)).text
