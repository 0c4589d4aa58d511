"""What is done to a message after it was sent, by hand: the phone shows it at once. And pictures, looked at."""

import asyncio
import os
from pathlib import Path

from playwright.async_api import Locator, Page, Route, expect

from tests.browser.test_story import open_row
from tests.browser.windows import PHONE, Desk, Phone, answer, bubble, row
from tests.pictures import picture, telling

SHOTS = os.environ.get("DUOLOGUE_SHOTS")


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(exist_ok=True)
        await page.screenshot(path=f"{SHOTS}/{name}.png", animations="disabled")


async def opened(message: Locator) -> Locator:
    """The menu of a message, opened by keyboard."""
    await message.hover()
    await message.locator(".acts summary").focus()
    await message.page.keyboard.press("Enter")
    sheet = message.locator(".acts .sheet")
    await expect(sheet).to_be_visible()
    return sheet


async def test_other_words_a_sign_and_taking_back_are_on_the_phone(desk: Desk) -> None:
    ana, ben, page = await desk.inbox("Ana"), await desk.inbox("Ben", color_scheme="dark"), await desk.playground("Ben")
    phone = Phone(page, "Telegram")
    person = await phone.root.get_by_label("Who writes").locator("option").first.inner_text()
    await phone.write("Until when is it open, afterwards?")
    for inbox in (ana, ben):
        await open_row(inbox, person)
    await answer(ana, "Until five, afterwards")
    await expect(phone.heard("Until five, afterwards")).to_be_visible()
    await expect(bubble(ana, "Until five, afterwards").locator(".st")).to_contain_class("sent")

    theirs, ours = bubble(ana, "Until when is it open"), bubble(ana, "Until five, afterwards")
    sheet = await opened(theirs)
    await shot(ana, "signs")
    await sheet.get_by_role("button", name="🎉").click()
    await expect(phone.said("Until when is it open").locator(".sign")).to_have_text("🎉")
    for inbox in (ana, ben):
        await expect(bubble(inbox, "Until when is it open").locator(".react")).to_contain_text("🎉")

    sheet = await opened(ours)
    await sheet.get_by_label("Other words").fill("Until six, afterwards")
    await shot(ana, "menu")
    await sheet.get_by_role("button", name="Change the message").click()
    await expect(phone.heard("Until six, afterwards")).to_be_visible()
    await expect(bubble(ben, "Until six, afterwards")).to_contain_text("Edited")
    await expect(phone.heard("Until five")).to_have_count(0)
    await shot(ben, "changed-dark")

    ana.on("dialog", lambda dialog: dialog.accept())
    sheet = await opened(bubble(ana, "Until six, afterwards"))
    await sheet.get_by_role("button", name="Take it back").click()
    await expect(phone.heard("Until six, afterwards")).to_have_count(0)
    for inbox in (ana, ben):
        await expect(inbox.locator(".bubbles .msg.out").last).to_contain_text("This message was taken back")
        await expect(inbox.locator(".bubbles .msg.out").last.locator(".acts")).to_have_count(0)


async def test_on_a_phone_the_menu_is_there_without_hovering(desk: Desk) -> None:
    page = await desk.playground("Ben")
    phone = Phone(page, "Telegram")
    person = await phone.root.get_by_label("Who writes").locator("option").first.inner_text()
    await phone.write("By thumb?")
    small = await desk.inbox("Ana", **PHONE)
    await row(small, person).click()
    summary = bubble(small, "By thumb?").locator(".acts summary")
    await summary.tap()
    sheet = bubble(small, "By thumb?").locator(".acts .sheet")
    await expect(sheet).to_be_in_viewport()
    box = await sheet.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    await shot(small, "menu-phone")
    await sheet.get_by_role("button", name="👍").tap()
    await expect(phone.said("By thumb?").locator(".sign")).to_have_text("👍")


async def test_pictures_are_small_in_the_bubble_and_whole_in_the_viewer(desk: Desk) -> None:
    ana = await desk.inbox("Ana")
    await ana.locator("#rows .row", has=ana.locator(".who", has_text="Mia Santos")).first.click()
    await expect(ana.locator(".talk h1")).to_have_text("Mia Santos")
    for name, turned in (("wide.jpg", 1), ("high.jpg", 6)):
        data = picture("JPEG", (1600, 900), exif=telling(turned))
        await ana.locator("[data-pick]").set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": data})  # type: ignore[arg-type]
        await ana.locator("[data-send]").click()
        await expect(ana.locator(f'.bubbles a[data-view="{name}"] img')).to_be_visible()
    image = ana.locator('.bubbles a[data-view="high.jpg"] img')
    assert [await image.get_attribute(one) for one in ("width", "height")] == ["180", "320"]
    assert await image.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [
        270,
        480,
    ]

    await image.click()
    viewer = ana.locator("dialog[data-viewer]")
    whole = viewer.locator("img")
    await expect(whole).to_be_visible()
    assert await whole.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [
        900,
        1600,
    ]
    await shot(ana, "viewer")
    await ana.keyboard.press("ArrowLeft")
    await expect(viewer.locator("[data-name]")).to_have_text("wide.jpg")
    await ana.keyboard.press("ArrowRight")
    await expect(viewer.locator("[data-name]")).to_have_text("high.jpg")
    await ana.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(ana.locator(".talk h1")).to_have_text("Mia Santos")


async def test_an_answer_that_comes_after_the_stream_does_not_turn_the_bubble_back(desk: Desk) -> None:
    """What was drawn when the form was sent may arrive late; by then the stream has told what became of it."""
    page = await desk.playground("Ben")
    phone = Phone(page, "Telegram")
    person = await phone.root.get_by_label("Who writes").locator("option").first.inner_text()
    await phone.write("Which comes first?")
    ana = await desk.inbox("Ana")
    await open_row(ana, person)
    told, late = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        response = await route.fetch()
        await told.wait()
        await route.fulfill(response=response)
        late.set()

    await ana.route("**/c/*/messages", slowly)
    await answer(ana, "The stream, today")
    await expect(bubble(ana, "The stream, today").locator(".st")).to_contain_class("sent")
    told.set()
    await late.wait()
    await ana.locator("[data-say]").fill("The answer has been heard")
    await expect(bubble(ana, "The stream, today").locator(".st")).to_contain_class("sent")

    told.clear(), late.clear()
    await ana.route("**/messages/*/edit", slowly)
    sheet = await opened(bubble(ana, "The stream, today"))
    await sheet.get_by_label("Other words").fill("The stream, always")
    await sheet.get_by_role("button", name="Change the message").click()
    await expect(bubble(ana, "The stream, always")).to_contain_text("Edited")
    told.set()
    await late.wait()
    await expect(bubble(ana, "The stream, always")).to_be_visible()
    await expect(bubble(ana, "The stream, always")).not_to_contain_text("Being changed")
