"""Templates are chosen from the composer, where a platform has approved some."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from duologue.channels.registry import channels
from tests.browser.running import Demo
from tests.browser.windows import Desk, Phone


@pytest.fixture
async def desk(program: Demo, chromium: Browser) -> AsyncIterator[Desk]:
    desk = Desk(program, chromium)
    yield desk
    await desk.close()


async def test_a_template_is_chosen_from_the_shelf_by_keyboard_and_is_on_the_phone(desk: Desk) -> None:
    inbox, playground = await desk.inbox("Ana"), await desk.playground("Ben")
    phone = Phone(playground, channels()["whatsapp"].title)
    await phone.write("Is there something written already?")
    await inbox.locator("#rows .row", has_text="Is there something written already?").click()
    await expect(inbox.locator(".bubbles .msg.in").last).to_contain_text("Is there something written already?")
    await inbox.locator(".shelf > summary").press("Enter")
    first = inbox.locator(".shelf .template", has=inbox.locator("form")).first
    await expect(first).to_be_visible()
    shelf, composer = (
        await inbox.locator(".shelf .sheet:visible").bounding_box(),
        await inbox.locator(".compose").bounding_box(),
    )
    assert shelf
    assert composer
    assert shelf["width"] > composer["width"] * 0.8, "it is as wide as the composer"
    await first.locator("summary").press("Enter")
    for field in await first.locator("input:not([type=hidden])").all():
        await field.fill("Lume")
    await first.get_by_role("button", name="Send this template").press("Enter")
    await expect(phone.heard("Lume").first).to_be_visible(timeout=60_000)
