"""Keys of programs."""

import re

import pytest

from duologue.kernel.house import House
from duologue.team import keys
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.team.conftest import Acting


async def made(house: House, ana: Colleague, acting: Acting, name: str = "reports") -> str:
    async with house.db.workspace(ana.workspace) as tx:
        return await keys.make(tx, acting(ana), name)


async def test_a_key_opens_the_api_of_its_workspace(house: House, ana: Colleague, acting: Acting) -> None:
    key = await made(house, ana, acting)
    assert re.fullmatch(r"dlg_[\w-]{43}", key)
    holder = await keys.key_of(house, f"Bearer {key}")
    assert holder
    assert (holder.workspace_id, holder.name) == (ana.workspace, "reports")


async def test_a_key_is_shown_once_and_stored_as_a_hash(house: House, browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    page = (await browser.post("/settings/keys", data={"name": "reports"})).text
    shown = re.search(r"dlg_[\w-]{43}", page)
    assert shown
    later = (await browser.get("/settings/keys")).text
    assert shown[0] not in later
    assert shown[0][:10] in later
    async with house.db.workspace(ana.workspace) as tx:
        (row,) = await tx.rows(str, "SELECT api_key::text FROM api_key")
    assert shown[0][10:] not in row


async def test_a_revoked_key_opens_nothing_from_then_on(house: House, browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    key = re.search(r"dlg_[\w-]{43}", (await browser.post("/settings/keys", data={"name": "reports"})).text)
    assert key
    bearer = {"Authorization": f"Bearer {key[0]}"}
    assert (await browser.get("/api/v1/me", headers=bearer)).text == "reports"
    revoke = re.search(r"/settings/keys/[\w-]{36}/revoke", (await browser.get("/settings/keys")).text)
    assert revoke
    assert (await browser.post(revoke[0])).status_code == 303
    assert (await browser.get("/api/v1/me", headers=bearer)).status_code == 401
    assert (await browser.post(revoke[0])).status_code == 404


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer dlg_", "Bearer null", "Bearer []", "Bearer dlg_" + "A" * 43, "Basic {key}",
     "{key}", "Bearer {key}x", "Bearer {tail}", "Bearer {key}\0", "Bearer {key}, Bearer {key}", "Bearer DLG_{tail}"],
)  # fmt: skip
async def test_anything_else_is_no_key(house: House, ana: Colleague, acting: Acting, header: str | None) -> None:
    key = await made(house, ana, acting)
    sent = header.format(key=key, tail=key.removeprefix("dlg_")) if header else header
    assert await keys.key_of(house, sent) is None


async def test_a_key_remembers_its_last_use(house: House, browser: Browser, ana: Colleague, acting: Acting) -> None:
    key = await made(house, ana, acting)
    await browser.sign_in(ana)
    assert "never used" in (await browser.get("/settings/keys")).text
    await browser.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert "never used" not in (await browser.get("/settings/keys")).text


async def test_a_key_made_at_the_command_line_has_no_maker(
    house: House, browser: Browser, ana: Colleague, acting: Acting
) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        await keys.make(tx, acting(None), "script")
    await browser.sign_in(ana)
    assert "made by the command line" in (await browser.get("/settings/keys")).text


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\0b", "a\nb"])
async def test_a_key_needs_a_name(browser: Browser, ana: Colleague, name: str) -> None:
    await browser.sign_in(ana)
    answer = await browser.post("/settings/keys", data={"name": name})
    assert answer.status_code == 422
    assert "dlg_" not in answer.text
