"""A new template, typed in a real browser: what follows from it is drawn as one types, and what is typed stays."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from litestar import Litestar
from playwright.async_api import Page, async_playwright, expect

from duologue.kernel.house import House
from tests.cast import Colleague
from tests.conversations.test_proposals import Desk, accounts, app, desk
from tests.screens.shoot import ARGS

__all__ = ["accounts", "app", "desk"]
pytestmark = pytest.mark.browser


@pytest.fixture
async def page(app: Litestar, ana: Colleague, house: House) -> AsyncIterator[Page]:
    """Ana, signed in."""
    config = uvicorn.Config(app, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))  # who calls before it is up waits in its queue
    task = asyncio.create_task(server.serve([listening]))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        opened = await browser.new_page(base_url=base)
        await opened.goto("/sign-in")
        await opened.fill("input[name=email]", ana.email)
        await opened.fill("input[name=password]", ana.password)
        await opened.keyboard.press("Enter")
        await opened.wait_for_url(lambda url: "sign-in" not in url)
        yield opened
        await browser.close()
    server.should_exit = True
    await task


@pytest.mark.parametrize("desk", ["whatsapp"], indirect=True)
async def test_examples_and_preview_follow_what_is_typed(page: Page, desk: Desk) -> None:
    await page.goto(f"{desk.place}/new")
    await page.fill("#p-name", "table_ready")
    await page.locator("#p-body").press_sequentially("Hello {{first_name}}, your table is ready.")
    await expect(page.locator("#x-body\\.first_name")).to_be_visible()
    await expect(page.locator("#reads")).to_contain_text("Hello …, your table is ready.")
    await page.locator("#x-body\\.first_name").press_sequentially("Ana Maria")
    await expect(page.locator("#reads")).to_contain_text("Hello Ana Maria, your table is ready.")
    await expect(page.locator("#x-body\\.first_name")).to_be_focused()
    await expect(page.locator("#x-body\\.first_name")).to_have_value("Ana Maria")
    await expect(page.locator("#reads")).to_contain_text("Nothing speaks against it")
    await page.get_by_role("button", name="Put it before the platform").click()
    await expect(page.locator("#templates")).to_contain_text("table_ready")
    await expect(page.locator("#templates")).to_contain_text("waits for the platform")
