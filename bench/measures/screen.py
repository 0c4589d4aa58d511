"""In a real browser: the own bubble on screen after Enter, and the next conversation after a click."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from bench.result import Row, Scale, Series, percentile
from tests.browser.running import demo

# From the event that the person causes to the frame in which the change is painted.
_BUBBLE = """async () => {
  const field = document.querySelector(".compose textarea");
  field.value = "a quick answer";
  const before = document.querySelectorAll("article.msg").length;
  const begun = performance.now();
  field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
  while (document.querySelectorAll("article.msg").length === before) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""
_NEXT = """async (id) => {
  const begun = performance.now();
  document.getElementById(`row-${id}`).click();
  while (!document.getElementById(`talk-${id}`)) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""
_ROWS = "() => [...document.querySelectorAll('#rows a.row')].map((row) => row.id.slice(4))"


def measure(scale: Scale) -> list[Row]:
    bubbles, talks = asyncio.run(_watched(max(4, min(30, scale.pages // 10))))
    return [
        Row(path="own bubble on screen (browser)", unit="ms p95", ours=Series((percentile(bubbles, 0.95),)), must=16,
            aim=5, better="less", note=f"p50 {percentile(bubbles, 0.5):.1f}; to the next frame, at 60 frames a second"),
        Row(path="next conversation (browser)", unit="ms p95", ours=Series((percentile(talks, 0.95),)), must=50, aim=30,
            better="less", note=f"p50 {percentile(talks, 0.5):.1f}; from the click until it is there"),
    ]  # fmt: skip


async def _watched(times: int) -> tuple[list[float], list[float]]:
    folder = Path(tempfile.mkdtemp(prefix="duologue-bench-"))
    folder.chmod(0o755)
    try:
        async with demo(folder / "data") as running, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"))
            page = await browser.new_page()
            await page.goto(running.links["Ana"])
            await page.wait_for_selector("#rows a.row")
            talks = await _talks(page, times)
            bubbles = [await page.evaluate(_BUBBLE) for _ in range(times)]
            await browser.close()
            return bubbles, talks
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _talks(page: Page, times: int) -> list[float]:
    """One conversation after the other, around the list; ends in one that may be answered."""
    rows: list[Any] = await page.evaluate(_ROWS)
    took = [await page.evaluate(_NEXT, rows[number % len(rows)]) for number in range(times + 2)]
    for row in rows:
        await page.evaluate(_NEXT, row)
        if await page.locator(".compose textarea").count():
            break
    return took[2:]
