"""Writing an answer: it is on the screen at once, sent once, and never lost."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from playwright.async_api import BrowserContext, Page, expect

from duologue.web import render
from tests.screens import people as cast
from tests.screens.desk import Desk
from tests.screens.test_live import context, desk, opened
from tests.screens.test_screens import hindrances

__all__ = ["context", "desk"]
pytestmark = pytest.mark.browser


@pytest.fixture
async def page(context: BrowserContext, desk: Desk) -> Page:
    return await opened(context, desk, f"/c/{cast.MIA}")


async def test_the_bubble_is_there_before_the_server_has_answered(page: Page, desk: Desk) -> None:
    desk.answer.clear()
    await write(page, "Two pairs <b>are</b> left.")
    last = page.locator(".bubbles .msg").last
    await expect(last).to_contain_text("Two pairs <b>are</b> left.")
    await expect(last.locator(".st")).to_contain_text("Sending")
    await expect(page.locator("[data-say]")).to_have_value("")
    desk.answer.set()
    await expect(last.locator(".st")).to_contain_text("Sent")
    assert await page.locator(".msg", has_text="Two pairs").count() == 1


async def test_the_stream_may_be_faster_than_the_answer(page: Page, desk: Desk) -> None:
    desk.answer.clear()
    await write(page, "Hello Mia")
    fields = await desk.until_asked("POST", "/messages")
    sent = desk.bubble(fields["key"], "Hello Mia", str(cast.MIA))
    desk.say("swap", render.fragment("conversations/bubble.html", b=sent, now=cast.NOW))
    await expect(page.locator(".bubbles .msg").last.locator(".st")).to_contain_text("Sent")
    desk.answer.set()
    await expect(page.locator(".msg", has_text="Hello Mia")).to_have_count(1)


async def test_words_come_back_where_it_failed_and_go_out_under_the_same_key(page: Page, desk: Desk) -> None:
    desk.broken = True
    await write(page, "Not yet")
    await expect(page.locator("[data-say]")).to_have_value("Not yet")
    await expect(page.locator("[data-error]")).to_have_text("The channel is away.")
    desk.broken = False
    await page.locator("[data-say]").press("Enter")
    first = await desk.until_asked("POST", "/messages")
    again = await desk.until_asked("POST", "/messages", times=2)
    assert first["key"] == again["key"]
    await expect(page.locator(".msg", has_text="Not yet")).to_have_count(1)


async def test_an_answer_can_be_to_one_message(page: Page, desk: Desk) -> None:
    message = page.locator(".msg", has_text="Is the blue one still available")
    await message.hover()
    await message.get_by_role("button", name="Answer to this message").click()
    await expect(page.locator("[data-to]")).to_contain_text("Is the blue one still available")
    await expect(page.locator("[data-say]")).to_be_focused()
    await write(page, "It is")
    assert (await desk.until_asked("POST", "/messages"))["reply_to"] == str(cast.uid(5005))
    await expect(page.locator("[data-to]")).to_be_hidden()
    await write(page, "Anything else?")
    assert "reply_to" not in await desk.until_asked("POST", "/messages", times=2)


async def test_shift_enter_breaks_the_line(page: Page, desk: Desk) -> None:
    field = page.locator("[data-say]")
    await field.press_sequentially("one")
    await field.press("Shift+Enter")
    await field.press_sequentially("two")
    await expect(field).to_have_value("one\ntwo")
    assert not [path for _, path, _ in desk.asked if path.endswith("/messages")]


async def test_what_is_written_is_kept_as_a_draft(page: Page, desk: Desk) -> None:
    await page.locator("[data-say]").press_sequentially("Dear M")
    assert (await desk.until_asked("PUT", "/draft"))["text"] == "Dear M"
    await desk.until_asked("POST", "/typing")


async def test_the_limit_is_said_before_it_bites(page: Page, desk: Desk) -> None:
    field, count = page.locator("[data-say]"), page.locator("[data-count]")
    await field.fill("x" * 1700)
    await expect(count).to_be_hidden()
    await field.fill("x" * 1990)
    await expect(count).to_have_text("10 left")
    await field.fill("😀" * 2001)
    await expect(count).to_have_text("1 too long")
    await field.press("Enter")
    await expect(field).to_have_value("😀" * 2001)
    assert not [path for _, path, _ in desk.asked if path.endswith("/messages")]


async def test_what_it_comes_to_stands_beside_the_counter(context: BrowserContext, desk: Desk) -> None:
    desk.measured = "2 segments"
    page = await opened(context, desk, f"/c/{cast.MIA}")
    field, cost = page.locator("[data-say]"), page.locator("[data-measure]")
    await expect(cost).to_be_hidden()
    await field.press_sequentially("Two pairs")
    await expect(cost).to_have_text("2 segments for Two pairs, 0 files")
    asked = [fields["text"] for _, path, fields in desk.asked if path.endswith("/measure")]
    assert asked == ["Two pairs"]  # not at every key
    await page.locator("[data-pick]").set_input_files(
        [{"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG"}]
    )
    await expect(cost).to_have_text("2 segments for Two pairs, 1 files")
    await field.press("Enter")
    await expect(cost).to_be_hidden()
    await expect(field).to_have_value("")


async def test_a_channel_that_cannot_count_is_not_asked(page: Page, desk: Desk) -> None:
    await write(page, "Hello")
    await desk.until_asked("POST", "/messages")
    assert await page.locator("[data-measure]").count() == 0
    assert not [path for _, path, _ in desk.asked if path.endswith("/measure")]


async def test_files_are_shown_and_sent(page: Page, desk: Desk) -> None:
    await page.locator("[data-pick]").set_input_files(
        [{"name": "size chart.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}]
    )
    await expect(page.locator(".attached li")).to_contain_text("size chart.pdf")
    await page.locator("[data-send]").click()
    assert (await desk.until_asked("POST", "/messages"))["files"] == "size chart.pdf"
    await expect(page.locator(".attached li")).to_have_count(0)


async def test_a_message_can_be_taken_back_in_time(page: Page, desk: Desk) -> None:
    desk.undo = True
    await write(page, "Too soon")
    await page.get_by_role("button", name="Undo").click()
    await desk.until_asked("POST", "/undo")
    await expect(page.locator("[data-say]")).to_have_value("Too soon")
    await expect(page.locator(".msg", has_text="Too soon")).to_have_count(0)


async def test_each_thing_is_done_with_a_key(page: Page, desk: Desk) -> None:
    await page.locator("body").press("j")
    await page.locator("body").press("Enter")
    await expect(page.locator(".talk h1")).to_have_text("李静 Li Jing")
    await expect(page.locator("#rows .row[aria-current]")).to_contain_text("Li Jing")
    await page.locator("body").press("r")
    await expect(page.locator("[data-say]")).to_be_focused()
    await page.keyboard.press("Escape")
    for key, path in (("e", "/close"), ("a", "/assign")):
        await page.keyboard.press(key)
        await desk.until_asked("POST", path)
    await page.keyboard.press("s")
    await page.keyboard.press("Enter")
    assert (await desk.until_asked("POST", "/snooze"))["until"] == "later-today"
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).to_be_hidden()


async def test_going_back_shows_the_conversation_before(page: Page) -> None:
    await page.locator("#rows .row", has_text="Tom Reed").click()
    await expect(page.locator(".talk h1")).to_have_text("Tom Reed")
    await page.go_back()
    await expect(page.locator(".talk h1")).to_have_text("Mia Santos")


async def test_a_list_is_changed_without_leaving_the_conversation(page: Page) -> None:
    await page.get_by_role("link", name="Snoozed", exact=True).click()
    await expect(page.locator("#rows")).to_have_attribute("data-filter", "snoozed")
    await expect(page.locator(".talk h1")).to_have_text("Mia Santos")


async def test_words_for_another_conversation_are_kept_there(page: Page, desk: Desk) -> None:
    desk.answer.clear()
    await write(page, "For Mia")
    await desk.until_asked("POST", "/messages")
    await page.locator("#rows .row", has_text="Tom Reed").click()
    await expect(page.locator(".talk h1")).to_have_text("Tom Reed")
    desk.broken = True
    desk.answer.set()
    await expect(page.locator(".toast")).to_have_text("The channel is away.")
    assert (await desk.until_asked("PUT", f"/c/{cast.MIA}/draft"))["text"] == "For Mia"
    await expect(page.locator("[data-say]")).to_have_value("")


async def test_what_was_sent_is_no_draft_any_more(page: Page, desk: Desk) -> None:
    await page.locator("[data-say]").fill("Dear Mia")
    await desk.until_asked("PUT", "/draft")
    await page.locator("[data-say]").press("Enter")
    assert (await desk.until_asked("PUT", "/draft", times=2))["text"] == ""


async def test_nothing_is_sent_while_the_window_is_closed(page: Page, desk: Desk) -> None:
    told = {"verdict": cast.CLOSED, "conversation": cast.MIA}
    desk.say("swap", render.fragment("conversations/verdict.html", now=cast.NOW, **told))
    await expect(page.locator(".verdict")).to_contain_text("The time to answer is over")
    await write(page, "Too late")
    await desk.until_asked("PUT", "/draft")
    await expect(page.locator("[data-say]")).to_have_value("Too late")
    assert not [path for _, path, _ in desk.asked if path.endswith("/messages")]


async def test_when_the_time_that_was_told_is_over_it_is_asked_anew(page: Page, desk: Desk) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    told = {"verdict": replace(cast.TAPPED, until=soon), "conversation": cast.MIA}
    desk.say("swap", render.fragment("conversations/verdict.html", now=soon - timedelta(seconds=2), **told))
    await expect(page.locator(".verdict")).to_contain_text("you may answer for a moment")
    await expect(page.locator(".verdict")).to_contain_text("3 more messages")
    await desk.until_asked("GET", f"/c/{cast.MIA}/verdict")
    await expect(page.locator(".verdict")).to_contain_text("The time to answer is over")
    await write(page, "Too late")
    assert not [path for _, path, _ in desk.asked if path.endswith("/messages")]


async def test_earlier_messages_come_without_moving_what_is_read(context: BrowserContext, desk: Desk) -> None:
    desk.pages = 2
    page = await opened(context, desk, f"/c/{cast.MIA}")
    box = page.locator(".bubbles")
    first = page.get_by_text("Page 0, 0", exact=True)
    await first.scroll_into_view_if_needed()
    await page.get_by_text("Page 1, 29", exact=True).wait_for()
    await expect(first).to_be_in_viewport()
    await box.evaluate("(box) => { box.scrollTop = 0 }")
    await page.get_by_text("Page 2, 29", exact=True).wait_for()
    await expect(page.locator("#earlier")).to_have_count(0)
    orders = await box.locator("[data-order]").evaluate_all("(all) => all.map((one) => Number(one.dataset.order))")
    assert orders == sorted(orders)
    assert await page.locator(".day").count() == 3


async def test_the_page_is_named_after_the_conversation(page: Page) -> None:
    await page.locator("#rows .row", has_text="Tom Reed").click()
    await expect(page).to_have_title("Tom Reed · Inbox · Duologue")
    assert await page.locator("#work title").count() == 0
    assert await page.evaluate("window.violated ?? []") == []


async def test_open_menus_and_the_list_of_keys_hinder_nobody(page: Page) -> None:
    for selector in (".menu:not(.wide)", ".menu.wide"):
        await page.locator(f"{selector} > summary").click()
        assert await hindrances(page) == []
        await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    assert await hindrances(page) == []


async def write(page: Page, text: str) -> None:
    field = page.locator("[data-say]")
    await field.fill(text)
    await field.press("Enter")
