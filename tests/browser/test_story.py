"""The whole story: a customer writes, the team sees it at once, the answer is with the customer."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.windows import Desk, Phone, answer, bubble, open_chat, row, write_in

DOUBLED = [("Messenger", "Amara Okafor", "amara"), ("Email", "Elena Petrova", "elena")]
"""Channel, who writes, and a word that makes what they write unmistakable."""


async def open_row(page: Page, name: str) -> None:
    await row(page, name).click()
    await expect(page.locator(".talk h1")).to_have_text(name)


@pytest.mark.parametrize(("channel", "person", "word"), DOUBLED)
async def test_a_customer_writes_and_the_answer_is_on_their_phone(
    desk: Desk, channel: str, person: str, word: str
) -> None:
    ana, ben, page = await desk.inbox("Ana"), await desk.inbox("Ben"), await desk.playground("Ben")
    phone = Phone(page, channel)
    await phone.hold_as(person)

    await phone.write(f"Is anybody there, {word}?")
    for inbox in (ana, ben):
        await expect(row(inbox, person)).to_contain_text(f"Is anybody there, {word}?")
        await expect(row(inbox, person)).to_contain_class("unread")

    await open_row(ana, person)
    await expect(bubble(ana, f"Is anybody there, {word}?")).to_be_visible()
    await expect(row(ana, person)).not_to_contain_class("unread")
    await open_row(ben, person)

    await answer(ana, f"We are, {word}. What can we do for you?")
    await expect(phone.heard(f"We are, {word}.")).to_be_visible()
    await expect(bubble(ben, f"We are, {word}.")).to_contain_text("Ana Sol")
    await expect(bubble(ana, f"We are, {word}.").locator(".st")).to_contain_class(
        "sent" if channel == "Email" else "delivered"
    )

    await phone.write(f"All is well, {word}!")
    await expect(bubble(ana, f"All is well, {word}!")).to_be_visible()
    await expect(bubble(ben, f"All is well, {word}!")).to_be_visible()
    await same_after_reload(ana)


async def test_a_visitor_of_the_website_writes_and_the_answer_is_in_their_chat(desk: Desk) -> None:
    ana, ben, visitor = await desk.inbox("Ana"), await desk.inbox("Ben"), await desk.window()
    page = await desk.playground("Ana")
    await visitor.goto(await page.locator("iframe.screen").evaluate("frame => frame.src"))
    chat = await open_chat(visitor, visitor)

    await write_in(chat, "Do you have laces in red?")
    fresh = ana.locator("#rows .row", has_text="Do you have laces in red?")
    await fresh.click()
    await expect(bubble(ana, "Do you have laces in red?")).to_be_visible()
    await ben.locator("#rows .row", has_text="Do you have laces in red?").click()

    await answer(ana, "In red, and in five more colours.")
    await expect(chat.locator("#log").get_by_text("In red, and in five more colours.")).to_be_visible()
    await expect(bubble(ana, "In red, and in five").locator(".st")).to_contain_class("read")
    await expect(bubble(ben, "In red, and in five")).to_contain_text("Ana Sol")
    await same_after_reload(ana)


async def test_who_is_deactivated_is_out_within_a_second(desk: Desk) -> None:
    ana, ben = await desk.inbox("Ana"), await desk.inbox("Ben")
    await ana.goto(f"{desk.program.url}/settings/team")
    line = ana.locator("tr, li", has_text="ben@lume.example").first
    ana.on("dialog", lambda dialog: dialog.accept())
    await line.get_by_role("button", name="Deactivate").click()
    try:
        await expect(ben).to_have_url(f"{desk.program.url}/sign-in", timeout=1500)
        refused = await ben.request.get(f"{desk.program.url}/inbox/open", max_redirects=0)
        assert refused.status in {303, 401}
    finally:
        await ana.locator("tr, li", has_text="ben@lume.example").first.get_by_role("button", name="Activate").click()
    await expect(ana.get_by_role("button", name="Deactivate")).to_be_visible()


async def same_after_reload(page: Page) -> None:
    """The live page and a fresh one say the same."""
    before = await page.locator(".bubbles .msg").all_inner_texts()
    await page.reload()
    await expect(page.locator(".bubbles .msg")).to_have_count(len(before))
    assert await page.locator(".bubbles .msg").all_inner_texts() == before
