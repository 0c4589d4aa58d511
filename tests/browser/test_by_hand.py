"""Working in the inbox: by keyboard alone, with drafts that stay, with answers that can be taken back, on a phone."""

import re

from playwright.async_api import Page, expect

from tests.browser.windows import PHONE, Desk, Phone, answer, bubble, row


async def test_the_inbox_is_worked_through_by_keyboard_alone(desk: Desk) -> None:
    ana = await desk.inbox("Ana")
    second = ana.locator("#rows .row").nth(1)
    name = await second.locator("bdi").first.inner_text()
    await ana.keyboard.press("j")
    await ana.keyboard.press("j")
    await ana.keyboard.press("j")
    await ana.keyboard.press("k")
    await expect(second).to_be_focused()
    await ana.keyboard.press("Enter")
    await expect(ana.locator(".talk h1")).to_have_text(name)

    await ana.keyboard.press("a")
    await expect(ana.locator(".talk header details").first).to_contain_text("Ana Sol")
    await answer(ana, "Answered without a mouse.")
    await expect(bubble(ana, "Answered without a mouse.").locator(".st")).to_contain_class("sent")
    await ana.keyboard.press("Escape")

    await ana.keyboard.press("e")
    await expect(ana.locator(".talk > header")).to_have_attribute("data-state", "closed")
    await expect(row(ana, name)).to_have_count(0)
    await ana.keyboard.press("u")
    await expect(ana.locator(".talk > header")).to_have_attribute("data-state", "open")
    await expect(row(ana, name)).to_be_visible()

    await ana.keyboard.press("s")
    await expect(ana.get_by_role("button", name="Later today")).to_be_focused()
    await ana.keyboard.press("Enter")
    await expect(ana.locator(".talk > header")).to_have_attribute("data-state", "snoozed")
    await ana.keyboard.press("u")
    await expect(row(ana, name)).to_be_visible()


async def test_the_keys_are_listed_on_demand(desk: Desk) -> None:
    ana = await desk.inbox("Ana")
    await ana.keyboard.press("?")
    await expect(ana.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await ana.keyboard.press("Escape")
    await expect(ana.get_by_role("dialog")).to_have_count(0)


async def test_each_conversation_keeps_its_own_draft_and_nobody_else_sees_it(desk: Desk) -> None:
    ana, ben = await desk.inbox("Ana"), await desk.inbox("Ben")
    await open_row(ana, "Lena Brandt")
    async with ana.expect_response("**/draft"):
        await ana.locator("[data-say]").fill("Half an answer to Lena")
    await open_row(ana, "Sam Whitlock")
    await expect(ana.locator("[data-say]")).to_have_value("")
    async with ana.expect_response("**/draft"):
        await ana.locator("[data-say]").fill("Half an answer to Sam")
    await open_row(ana, "Lena Brandt")
    await expect(ana.locator("[data-say]")).to_have_value("Half an answer to Lena")
    await ana.reload()
    await expect(ana.locator("[data-say]")).to_have_value("Half an answer to Lena")
    await open_row(ben, "Lena Brandt")
    await expect(ben.locator("[data-say]")).to_have_value("")


async def test_an_answer_can_be_taken_back_and_its_words_are_in_the_field_again(desk: Desk) -> None:
    ana, ben = await desk.inbox("Ana"), await desk.inbox("Ben")
    await set_undo(ana, desk.program.url, "5")
    await ana.goto(desk.program.url)
    await open_row(ana, "Omar", "عمر الفارسي")
    await open_row(ben, "Omar", "عمر الفارسي")
    await answer(ana, "This goes to the wrong person.")
    await expect(bubble(ana, "This goes to the wrong person.")).to_contain_text("Leaves in")
    await bubble(ana, "This goes to the wrong person.").get_by_role("button", name="Undo").click()
    await expect(ana.locator("[data-say]")).to_have_value("This goes to the wrong person.")
    for page in (ana, ben):
        await expect(bubble(page, "This goes to the wrong person.")).to_have_count(0)
    await set_undo(ana, desk.program.url, "0")


async def test_on_a_phone_the_list_leads_to_the_conversation_and_back(desk: Desk) -> None:
    ana = await desk.inbox("Ana", **PHONE)
    await expect(ana.locator(".compose")).to_have_count(0)
    await open_row(ana, "Tom Reed")
    await expect(ana.locator("#rows")).not_to_be_in_viewport()
    assert await ana.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await ana.locator("[data-say]").fill("From the train.")
    await ana.get_by_role("button", name=re.compile("Send")).click()
    await expect(bubble(ana, "From the train.").locator(".st")).to_contain_class("delivered")
    await ana.get_by_role("link", name="Back to the list").click()
    await expect(row(ana, "Tom Reed")).to_be_in_viewport()


async def test_a_lost_answer_is_shown_as_what_it_is_until_the_platform_reports_it(desk: Desk) -> None:
    ana, page = await desk.inbox("Ana"), await desk.playground("Ben")
    phone = Phone(page, "Messenger")
    await phone.hold_as("Yuki Tanaka")
    await phone.write("まだありますか？")
    await phone.misbehave("The next message is taken, the answer lost")
    await open_row(ana, "Yuki Tanaka")
    await answer(ana, "Yes, in your size.")
    await expect(phone.heard("Yes, in your size.")).to_have_count(1)
    await expect(bubble(ana, "Yes, in your size.").locator(".st")).to_contain_class("delivered")
    await expect(phone.heard("Yes, in your size.")).to_have_count(1)


async def open_row(page: Page, name: str, shown: str = "") -> None:
    await row(page, shown or name).click()
    await expect(page.locator(".talk h1")).to_have_text(shown or name)


async def set_undo(page: Page, url: str, seconds: str) -> None:
    await page.goto(f"{url}/settings/profile")
    choice = page.locator(f"[name=undo_seconds][value='{seconds}']")
    await choice.check()
    await page.get_by_role("button", name="Save").first.click()
    await page.wait_for_load_state()
    await expect(choice).to_be_checked()
