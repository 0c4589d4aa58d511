"""Every screen, in a browser under the real policy: nothing is violated, nothing is in the way of anybody."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.screens import gallery, people
from tests.screens.shoot import LOOKS

pytestmark = pytest.mark.browser

WATCH = """document.addEventListener("securitypolicyviolation", (event) => {
  (window.violated ??= []).push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});"""


@pytest.mark.parametrize("look", list(LOOKS))
@pytest.mark.parametrize("name", list(gallery.SCREENS))
async def test_a_screen_hinders_nobody(browser: Browser, base: str, name: str, look: str) -> None:
    page = await opened(browser, f"{base}/screens/{name}", LOOKS[look])
    assert await hindrances(page) == []
    assert await page.evaluate("window.violated ?? []") == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    framed = await page.evaluate(
        "document.body.matches('.framed') && document.documentElement.scrollHeight > innerHeight"
    )
    assert not framed, "the frame itself scrolls"
    await page.context.close()


async def test_the_watch_notices_a_violation(browser: Browser, base: str) -> None:
    page = await opened(browser, f"{base}/screens/sign-in", LOOKS["light"])
    await page.evaluate("document.body.setAttribute('style', 'color: red')")
    await page.wait_for_function("window.violated?.some((one) => one.startsWith('style-src'))")
    with pytest.raises(Exception, match="TrustedHTML"):
        await page.evaluate("document.body.innerHTML = '<b>x</b>'")
    await page.context.close()


async def test_a_mail_stands_in_a_frame_of_its_own_height_where_nothing_runs(browser: Browser, base: str) -> None:
    page = await opened(browser, f"{base}/screens/talk-everything", LOOKS["light"])
    frame = page.locator("iframe.frame")
    await frame.scroll_into_view_if_needed()
    await expect(frame.content_frame.get_by_text("invoice 2041")).to_be_visible()
    inner = await frame.content_frame.locator("html").evaluate("(html) => html.offsetHeight")
    assert abs((await frame.bounding_box() or {"height": 0})["height"] - inner) <= 1
    assert await frame.content_frame.locator("script, [onerror], img:visible").count() == 0
    assert await frame.content_frame.locator("a[target=_blank][rel~=noopener]").count() == 1
    await page.context.close()


async def hindrances(page: Page) -> list[str]:
    """What axe finds."""
    found = await Axe().run(page, options={"resultTypes": ["violations"]})
    return [f"{one['id']}: {node['html']}" for one in found.response["violations"] for node in one["nodes"]]


async def opened(browser: Browser, url: str, look: dict[str, Any]) -> Page:
    context = await browser.new_context(**look, reduced_motion="reduce", timezone_id="UTC", locale="en-GB")
    page = await context.new_page()
    await page.add_init_script(WATCH)
    await page.clock.set_fixed_time(people.NOW)
    await page.goto(url)
    await page.evaluate("document.fonts.ready")
    return page
