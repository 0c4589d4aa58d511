"""One program for all browser tests, one browser, and a window for each person who looks."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.running import Demo, demo
from tests.browser.windows import ARGS, Desk

expect.set_options(timeout=20_000)  # a busy machine is slow; what holds does not wait


@pytest.fixture(scope="session")
async def program() -> AsyncIterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="duologue-demo-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    async with demo(folder / "data") as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def desk(program: Demo, chromium: Browser) -> AsyncIterator[Desk]:
    """Opens windows. Fails where any page logged an error or was kept from something by its policy."""
    opened = Desk(program, chromium)
    yield opened
    await opened.close()
    assert opened.complaints == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker("browser")
            item.add_marker(pytest.mark.timeout(180))
