"""What comes down the stream is seen, where it belongs, once."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from duologue.conversations.model import Row, State, Status
from duologue.web import render
from tests.screens import people as cast
from tests.screens.desk import Desk, open_desk
from tests.screens.test_screens import WATCH

pytestmark = pytest.mark.browser
NEW = cast.row(200, "Zoé Laurent", "Bonjour!", unread=1, last_at=cast.NOW + timedelta(seconds=5))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as desk:
        yield desk


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(reduced_motion="reduce", timezone_id="UTC", locale="en-GB")
    context.set_default_timeout(10_000)
    yield context
    await context.close()


async def opened(context: BrowserContext, desk: Desk, path: str = "/inbox/open") -> Page:
    page = await context.new_page()
    await page.add_init_script(WATCH)
    streams = len(desk.opened_from)
    await page.goto(desk.base + path)
    await desk.until_streams(streams + 1)
    await expect(page.locator("html[data-live]")).to_be_attached()
    return page


def row(of: Row) -> str:
    return render.fragment("conversations/row.html", row=of, now=cast.NOW)


def changed(of: Row, **fields: Any) -> Row:
    return msgspec.structs.replace(of, **fields)


async def test_a_new_conversation_stands_first(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk)
    desk.say("swap", row(NEW))
    await expect(page.locator("#rows .row").first).to_contain_text("Zoé Laurent")
    desk.say("swap", row(NEW))
    desk.say("swap", row(changed(NEW, last_text="Encore moi", last_at=NEW.last_at + timedelta(seconds=1))))
    await expect(page.locator("#rows .row").first).to_contain_text("Encore moi")
    assert await page.locator("#rows .row", has_text="Zoé").count() == 1


async def test_a_row_goes_where_its_news_puts_it(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk)
    older = changed(cast.rows()[0], last_at=cast.ago(minutes=40))
    desk.say("swap", row(older))
    await expect(page.locator("#rows .row").nth(2)).to_have_id(f"row-{older.id}")


async def test_a_list_keeps_only_what_belongs_to_it(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk)
    tom = next(one for one in cast.rows() if one.contact_name == "Tom Reed")
    desk.say("swap", row(changed(tom, state=State.CLOSED)))
    await expect(page.locator(f"#row-{tom.id}")).to_have_count(0)
    desk.say("swap", row(changed(NEW, state=State.CLOSED)) + row(changed(NEW, id=cast.uid(201))))
    await expect(page.locator(f"#row-{cast.uid(201)}")).to_have_count(1)
    await expect(page.locator(f"#row-{NEW.id}")).to_have_count(0)


async def test_mine_is_told_apart_in_the_browser(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk, "/inbox/mine")
    ben = {"assignee_id": cast.BEN.id, "assignee_name": cast.BEN.name}
    ana = {"assignee_id": cast.ANA.id, "assignee_name": cast.ANA.name}
    desk.say("swap", row(changed(NEW, **ben)) + row(changed(NEW, id=cast.uid(202), **ana)))
    await expect(page.locator(f"#row-{cast.uid(202)}[data-mine]")).to_have_count(1)
    await expect(page.locator(f"#row-{NEW.id}")).to_have_count(0)


async def test_a_message_is_seen_in_its_conversation_only(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk, f"/c/{cast.MIA}")
    desk.say("swap", bubble(cast.theirs(50, "And in red?", cast.NOW)))
    desk.say("swap", bubble(cast.theirs(51, "Wrong room", cast.NOW, conversation=cast.uid(104))))
    await expect(page.locator(".bubbles .msg").last).to_contain_text("And in red?")
    await desk.until_asked("POST", f"/c/{cast.MIA}/read")
    await expect(page.get_by_text("Wrong room")).to_have_count(0)


async def test_a_late_message_takes_its_place(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk, f"/c/{cast.MIA}")
    desk.say("swap", bubble(cast.theirs(9, "third", cast.NOW)))
    desk.say("swap", bubble(cast.theirs(8, "second", cast.NOW)))
    await expect(page.locator(".bubbles .msg .say:visible").last).to_have_text("third")
    assert (await page.locator(".bubbles .msg .say:visible").all_inner_texts())[-2:] == ["second", "third"]


async def test_a_page_that_is_to_look_again_is_as_a_fresh_one_and_keeps_what_is_being_typed(
    context: BrowserContext, desk: Desk
) -> None:
    page = await opened(context, desk, f"/c/{cast.MIA}")
    await page.locator("[data-say]").fill("half a thou")
    names = page.locator("#rows .who bdi, .talk header h1, .about h2")
    now = await names.all_inner_texts()
    await names.evaluate_all("(all) => all.forEach((one) => { one.textContent = 'Former name'; })")
    desk.say("again", str(cast.BEN.id))
    await expect(page.get_by_text("Former name")).to_have_count(0)
    assert await names.all_inner_texts() == now
    assert await page.locator("[data-say]").input_value() == "half a thou"


async def test_who_is_called_otherwise_sees_their_own_pages_anew(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk, f"/c/{cast.MIA}")
    await page.evaluate("window.before = true")
    async with page.expect_event("load"):
        desk.say("again", str(cast.ANA.id))
    assert await page.evaluate("window.before") is None


async def test_ticks_change_in_place_and_a_message_can_go(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk, f"/c/{cast.MIA}")
    sent = cast.ours(50, "On its way", cast.NOW, Status.SENT)
    for status in (Status.SENT, Status.DELIVERED, Status.READ):
        desk.say("swap", bubble(msgspec.structs.replace(sent, status=status)))
    await expect(page.locator(".bubbles .msg").last.locator(".st")).to_contain_text("Read")
    desk.say("gone", f"msg-{sent.id}")
    await expect(page.get_by_text("On its way")).to_have_count(0)


async def test_typing_is_shown_by_name(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk, f"/c/{cast.MIA}")
    desk.say("typing", json.dumps({"conversation": str(cast.MIA), "name": "Mia <b>"}), placed=False)
    await expect(page.locator(".typing")).to_have_text("Mia <b> is typing")
    desk.say("swap", bubble(cast.theirs(50, "There", cast.NOW)))
    await expect(page.locator(".typing")).to_be_hidden()


async def test_a_broken_stream_goes_on_from_where_it_was(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk)
    desk.say("swap", row(NEW))
    await expect(page.locator(f"#row-{NEW.id}")).to_have_count(1)
    desk.hang_up()
    await desk.until_streams(2)
    assert desk.opened_from == ["812-4711", "812-4712"]
    desk.say("gone", f"row-{NEW.id}")
    await expect(page.locator(f"#row-{NEW.id}")).to_have_count(0)


async def test_all_tabs_share_one_stream(context: BrowserContext, desk: Desk) -> None:
    first = await opened(context, desk)
    second = await context.new_page()
    await second.goto(desk.base + "/inbox/open")
    await expect(second.locator("html[data-live]")).to_be_attached()
    desk.say("swap", row(NEW))
    await expect(first.locator(f"#row-{NEW.id}")).to_have_count(1)
    await expect(second.locator(f"#row-{NEW.id}")).to_have_count(1)
    assert len(desk.streams) == 1
    await first.close()
    await desk.until_streams(2)
    assert desk.opened_from[-1] == "812-4712"
    desk.say("gone", f"row-{NEW.id}")
    await expect(second.locator(f"#row-{NEW.id}")).to_have_count(0)


async def test_a_tab_opened_late_hears_what_it_missed(context: BrowserContext, desk: Desk) -> None:
    first = await opened(context, desk)
    desk.say("swap", row(NEW))
    await expect(first.locator(f"#row-{NEW.id}")).to_have_count(1)
    second = await context.new_page()  # its page was drawn at 812-4711, before that
    await second.goto(desk.base + "/inbox/open")
    await expect(second.locator(f"#row-{NEW.id}")).to_have_count(1)


async def test_where_the_session_is_over_the_page_is_loaded_anew(context: BrowserContext, desk: Desk) -> None:
    page = await opened(context, desk)
    async with page.expect_navigation():
        desk.say("reload", "now")


def bubble(of: Any) -> str:
    return render.fragment("conversations/bubble.html", b=of, now=cast.NOW)


async def test_news_while_a_menu_is_open_leaves_the_focus_there(context: BrowserContext, desk: Desk) -> None:
    one = cast.rows()[0]
    page = await opened(context, desk, f"/c/{one.id}")
    await page.keyboard.press("s")
    later = page.get_by_role("button", name="Later today")
    await expect(later).to_be_focused()
    given = changed(one, assignee_name="Benedikta")
    desk.say("swap", render.fragment("conversations/head.html", row=given, address="x", team=(), now=cast.NOW))
    await expect(page.locator(f"#head-{one.id}")).to_contain_text("Benedikta")
    await expect(later).to_be_focused()
