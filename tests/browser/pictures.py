"""Takes pictures of a fresh demo.  usage: python -m tests.browser.pictures FOLDER"""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright, expect

from tests.browser.running import Demo, demo
from tests.browser.windows import ARGS, LIGHT, PHONE, row

LOOKS: dict[str, dict[str, Any]] = {
    "light": {**LIGHT, "color_scheme": "light"},
    "dark": {**LIGHT, "color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "light"},
}


async def take(folder: Path) -> None:
    data = Path(tempfile.mkdtemp(prefix="duologue-pictures-"))
    data.chmod(0o755)  # PostgreSQL runs as a user of its own
    try:
        async with demo(data / "data") as program, async_playwright() as playwright:
            path = os.environ.get("CHROMIUM") or shutil.which("chromium")
            browser = await playwright.chromium.launch(executable_path=path, args=ARGS)
            for look in LOOKS:
                await picture(browser, program, look, folder / f"inbox-{look}.png")
            await browser.close()
    finally:
        shutil.rmtree(data, ignore_errors=True)


async def picture(browser: Browser, program: Demo, look: str, file: Path) -> None:
    """The inbox; with a conversation open where there is room for one."""
    context = await browser.new_context(
        **LOOKS[look], locale="en-GB", timezone_id="UTC", reduced_motion="reduce", device_scale_factor=1.5
    )
    page = await context.new_page()
    await page.goto(program.links["Ana"])
    if look != "phone":
        await row(page, "Mia Santos").click()
        await expect(row(page, "Mia Santos")).not_to_contain_class("unread")
        await page.locator(".bubbles img").last.evaluate("image => image.decode()")
        await page.locator(".bubbles").evaluate("box => { box.scrollTop = box.scrollHeight }")
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=file, animations="disabled")
    print(f"{file}  {file.stat().st_size // 1024} KB")
    await context.close()


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
