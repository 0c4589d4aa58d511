"""Takes a picture of every screen: light, dark and on a phone.  usage: python -m tests.screens.shoot FOLDER [name …]"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from tests.screens import gallery, people

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1440, "height": 860}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1440, "height": 860}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True},
}


async def shoot(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    runner = web.AppRunner(gallery.application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for look in LOOKS:
            await shoot_look(browser, look, base, names, folder)
        await browser.close()
    await runner.cleanup()


async def shoot_look(browser: Browser, look: str, base: str, names: list[str], folder: Path) -> None:
    context = await browser.new_context(**LOOKS[look], reduced_motion="reduce", timezone_id="UTC", locale="en-GB")
    page = await context.new_page()
    page.on(
        "console",
        lambda message: print(f"  {message.type}: {message.text}") if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: print(f"  page error: {error}"))
    await page.clock.set_fixed_time(people.NOW)
    for name in names:
        await one(page, f"{base}/screens/{name}", folder / f"{name}-{look}.png")
    await context.close()


async def one(page: Page, url: str, file: Path) -> None:
    print(file.name)
    await page.goto(url)
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=file)


if __name__ == "__main__":
    asyncio.run(shoot(Path(sys.argv[1]), sys.argv[2:] or list(gallery.SCREENS)))
