"""Every screen of the running program: nothing for axe to find, nothing wider than its window, in light and dark."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.browser.windows import LIGHT, PHONE, Desk

LOOKS: dict[str, dict[str, Any]] = {
    "light": {**LIGHT, "color_scheme": "light"},
    "dark": {**LIGHT, "color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "light"},
}
SETTINGS = ("profile", "team", "keys", "channels", "channels/new", "quarantine")


@pytest.mark.parametrize("look", LOOKS)
async def test_the_inbox_and_every_conversation(desk: Desk, look: str) -> None:
    ana = await desk.inbox("Ana", **LOOKS[look])
    await fine(ana)
    addresses = await ana.locator("#rows .row").evaluate_all("rows => rows.map(row => row.href)")
    assert len(addresses) > 8
    for address in addresses if look == "light" else addresses[:4]:
        await ana.goto(address)
        await fine(ana)


@pytest.mark.parametrize("look", LOOKS)
async def test_the_settings(desk: Desk, look: str) -> None:
    ana = await desk.inbox("Ana", **LOOKS[look])
    for name in SETTINGS:
        await ana.goto(f"{desk.program.url}/settings/{name}")
        await fine(ana)
    await ana.goto(f"{desk.program.url}/settings/channels")
    links = ana.locator("main a[href^='/settings/channels/']")
    for address in sorted(set(await links.evaluate_all("links => links.map(link => link.href)"))):
        await ana.goto(address)
        await fine(ana)


@pytest.mark.parametrize("look", LOOKS)
async def test_the_playground_and_the_front_door(desk: Desk, look: str) -> None:
    page = await desk.playground("Ana", **LOOKS[look])
    await fine(page)
    stranger = await desk.window(**LOOKS[look])
    await stranger.goto(f"{desk.program.url}/sign-in")
    await fine(stranger)


async def fine(page: Page) -> None:
    await page.evaluate("document.fonts.ready")
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is too wide"
