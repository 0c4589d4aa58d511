"""A message of a million signs is kept whole and hinders nobody: its beginning is drawn, the rest where wanted."""

from time import monotonic
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from duologue.channels.contract import Content, Edited, Said
from duologue.conversations import show
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web import texts
from tests.attacks.hostile import FLOODS
from tests.attacks.test_browser_house import taken_in
from tests.attacks.test_browser_sinks import chromium
from tests.attacks.watching import watched
from tests.cast import Colleague
from tests.live.conftest import Desk, Served, served
from tests.parrot import Mailroom

__all__ = ["chromium", "served"]
pytestmark = pytest.mark.timeout(240)
LONG = "word " * 40_000 + "the end"
DRAWN = 300_000
"""Bytes of a page with the beginnings of all these messages, marks of two bytes each."""


def said(house: House, number: int, text: str, **more: str) -> Said:
    return Said(id=f"m{number}", address="mia", at=house.now(), content=Content(text=text, **more))


async def test_all_of_it_is_kept_and_its_beginning_is_drawn(served: Served, mailroom: Mailroom, ana: Colleague) -> None:
    house = mailroom.house
    conversation = await taken_in(mailroom, [said(house, n, text) for n, text in enumerate(FLOODS)])
    desk = await served.sign_in(ana)
    page = await desk._client.get(f"/c/{conversation}")
    assert page.text.count("data-whole") == len(FLOODS)
    assert len(page.content) < DRAWN
    async with work(house, mailroom.workspace) as open_work:
        shown, _ = await show.page(open_work, conversation, before=None)
    assert sorted(bubble.text or "" for bubble in shown) == sorted(FLOODS)
    for bubble in shown:
        assert await _whole(desk, bubble.id) == bubble.text


async def _whole(desk: Desk, message: UUID) -> str:
    """As somebody without scripts gets it."""
    answer = await desk._client.get(f"/messages/{message}/whole")
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


@pytest.mark.parametrize("field", ["quoted", "subject"])
async def test_other_words_of_a_message_are_cut_alike(
    served: Served, mailroom: Mailroom, ana: Colleague, field: str
) -> None:
    conversation = await taken_in(mailroom, [said(mailroom.house, 1, "short", **{field: LONG})])
    page = await (await served.sign_in(ana)).page(f"/c/{conversation}")
    assert "the end" not in page
    assert "data-whole" in page


async def test_what_is_as_long_as_letters_are_is_drawn_whole(
    served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    conversation = await taken_in(mailroom, [said(mailroom.house, 1, "x" * (texts.OPENING - 7) + "the end")])
    page = await (await served.sign_in(ana)).page(f"/c/{conversation}")
    assert "the end" in page
    assert "data-whole" not in page


@pytest.mark.browser
async def test_the_rest_is_read_by_keyboard_and_live_news_are_cut_too(
    chromium: Browser, served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    conversation = await taken_in(mailroom, [said(mailroom.house, 1, LONG)])
    desk = await served.sign_in(ana)
    async with watched(chromium, served.base, cookie=desk.headers["Cookie"]) as window:
        page = window.page
        async with page.expect_request("**/live?*"):
            await page.goto(f"{served.base}/c/{conversation}")
        await served.until_watched_by(1)
        await _read_to_the_end(page)
        await taken_in(mailroom, [said(mailroom.house, 2, LONG)])
        await expect(page.locator(".msg")).to_have_count(2)
        await expect(page.locator(".msg").last.locator(".say")).not_to_contain_text("the end")
        await _read_to_the_end(page)
        await taken_in(mailroom, [Edited(id="m2", address="mia", at=mailroom.house.now(), text=LONG + " after all")])
        await expect(page.locator(".msg .edits")).to_be_attached()
        await expect(page.locator("[data-whole]")).to_have_count(1)
        assert await window.harmed() == []


async def _read_to_the_end(page: Page) -> None:
    await page.get_by_role("link", name="Show all of this message").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".msg").last.locator(".say")).to_contain_text("the end")
    await expect(page.locator(".msg").last.locator(".say")).to_be_focused()


@pytest.mark.browser
async def test_floods_of_marks_and_of_what_cannot_be_seen_hold_up_no_browser(
    chromium: Browser, served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    conversation = await taken_in(mailroom, [said(mailroom.house, n, text) for n, text in enumerate(FLOODS)])
    desk = await served.sign_in(ana)
    async with watched(chromium, served.base, cookie=desk.headers["Cookie"]) as window:
        began = monotonic()
        await window.page.goto(f"{served.base}/c/{conversation}")
        await expect(window.page.locator("[data-whole]")).to_have_count(len(FLOODS))
        await window.page.locator("[data-say]").fill("Still quick")
        assert monotonic() - began < 15
        width = await window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0
        assert await window.harmed() == []
