"""A real browser window, and what a person does with the chat in it. Pictures go to $DUOLOGUE_SHOTS."""

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, expect

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOTS = os.environ.get("DUOLOGUE_SHOTS")


@asynccontextmanager
async def window(chromium, **options):
    """A window of its own that reports every request, and fails on any error the page logs."""
    context = await chromium.new_context(**{"viewport": {"width": 1100, "height": 800}, **options})
    page = await context.new_page()
    page.requests, page.errors = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and "ERR_" not in said.text and page.errors.append(said.text))
    try:
        yield page
        assert page.errors == []
    finally:
        await context.close()


def chat(page: Page):
    return page.frame_locator("#duologue-chat iframe")


def frame(page: Page):
    return next(one for one in page.frames if one.url.endswith("/frame"))


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(exist_ok=True)
        await page.screenshot(path=f"{SHOTS}/{name}.png", animations="disabled")


async def visit(page: Page, house, account) -> None:
    await page.goto(f"{house.url}/web/{account.id}/sample")
    await expect(page.get_by_role("button", name="Chat")).to_be_visible()


async def open_chat(page: Page):
    await page.get_by_role("button", name="Chat").click()
    inside = chat(page)
    await expect(inside.get_by_label("Message", exact=True)).to_be_focused()
    return inside


async def write(inside, text: str) -> None:
    await expect(inside.locator("#compose:not([inert])")).to_be_visible()
    await inside.get_by_label("Message", exact=True).fill(text)
    await inside.get_by_label("Message", exact=True).press("Enter")


async def accepted(house, count: int = 1):
    """The one visitor's address, as soon as so many messages have been taken."""
    await until(lambda: len(house.lobby.said) >= count)
    return house.lobby.said[-1].address


def status_of_answers(house, account, address):
    return {line.status for line in house.lobby._lines[account.id, address] if line.by == "brand"}


async def on_post(page, answer):
    """Puts `answer` in the place of the server for messages that are sent."""
    await page.route(
        "**/messages", lambda route: answer(route) if route.request.method == "POST" else route.continue_()
    )


async def until_still(page):
    """All that moves has come to rest."""
    host = "document.getElementById('duologue-chat').shadowRoot"
    await page.evaluate(f"Promise.all({host}.getAnimations().map((one) => one.finished))")


async def until(holds):
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 (what is awaited happens in the browser)
            await asyncio.sleep(0.01)
