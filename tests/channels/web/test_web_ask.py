"""The questions in a real browser: beside their fields, remembered, by keyboard, on a phone, in the dark, in German."""

import pytest
from axe_playwright_python.async_playwright import Axe
from conftest import SHOP
from playwright.async_api import expect
from web_window import accepted, chat, frame, shot, visit, window, write

pytestmark = pytest.mark.browser

ASKING = {
    "ask_name": "optional",
    "ask_email": "required",
    "ask_phone": "optional",
    "ask_question": "required",
    "question": "What is your order number?",
    "privacy": "We use this only to answer you.",
    "privacy_link": f"{SHOP}/privacy",
}


async def opened(page):
    await page.get_by_role("button", name="Chat").click()
    inside = chat(page)
    await expect(inside.locator("#ask")).to_be_visible()
    return inside


async def test_the_questions_stand_before_the_first_message_and_go_with_it(house, page):
    account = house.account(**ASKING)
    await visit(page, house, account)
    inside = await opened(page)
    await expect(inside.locator("#compose")).to_be_hidden()
    await expect(inside.get_by_label("Your name (optional)")).to_be_focused()
    await page.keyboard.type("Mia Sand")
    await page.keyboard.press("Tab")
    await expect(inside.get_by_label("Your email address")).to_be_focused()
    await page.keyboard.type("mia@example")
    await page.keyboard.press("Enter")

    email = inside.get_by_label("Your email address")
    await expect(email).to_be_focused()
    await expect(email).to_have_attribute("aria-invalid", "true")
    await expect(email).to_have_accessible_description("This is no email address, like name@example.com.")
    await expect(inside.get_by_label("What is your order number?")).to_have_accessible_description(
        "Please answer this."
    )
    await expect(inside.get_by_label("Your name (optional)")).to_have_value("Mia Sand")
    await shot(page, "ask-wrong")
    assert [error for error in page.errors if "422" not in error] == []
    page.errors.clear()  # the browser itself tells of what was refused

    await email.fill("mia@example.com")
    await inside.get_by_label("What is your order number?").fill("4711")
    await page.keyboard.press("Enter")
    await expect(inside.get_by_label("Message", exact=True)).to_be_focused()
    await expect(inside.locator("#ask")).to_be_hidden()
    await write(inside, "Hello")
    await accepted(house)
    (said,) = house.lobby.said
    assert (said.person.name, said.person.email) == ("Mia Sand", "mia@example.com")
    assert said.content.facts["What is your order number?"] == "4711"
    await write(inside, "And another thing")
    await accepted(house, 2)
    assert "What is your order number?" not in house.lobby.said[1].content.facts


async def test_fields_say_to_the_browser_what_they_are_for(house, page):
    account = house.account(**ASKING)
    await visit(page, house, account)
    inside = await opened(page)
    fields = await inside.locator("#ask input").evaluate_all(
        "(all) => all.map((one) => [one.name, one.type, one.autocomplete, one.inputMode, one.required])"
    )
    assert fields == [
        ["name", "text", "name", "", False],
        ["email", "email", "email", "email", True],
        ["phone", "tel", "tel", "tel", False],
        ["question", "text", "off", "", True],
    ]
    link = inside.get_by_role("link", name="Privacy")
    await expect(link).to_have_attribute("href", f"{SHOP}/privacy")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_what_was_typed_outlives_a_reload_and_what_was_answered_is_not_asked_again(house, page):
    account = house.account(**ASKING)
    await visit(page, house, account)
    inside = await opened(page)
    await inside.get_by_label("Your email address").fill("mia@example.com")
    await page.reload()
    inside = await opened(page)
    await expect(inside.get_by_label("Your email address")).to_have_value("mia@example.com")
    await inside.get_by_label("What is your order number?").fill("4711")
    await inside.get_by_role("button", name="Start chat").click()
    await expect(inside.locator("#compose:not([inert])")).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name="Chat").click()
    await expect(chat(page).locator("#compose:not([inert])")).to_be_visible()
    await expect(chat(page).locator("#ask")).to_be_hidden()
    await write(chat(page), "Hello")
    await accepted(house)
    assert house.lobby.said[0].content.facts["What is your order number?"] == "4711"


async def test_a_server_that_does_not_answer_costs_nothing_that_was_typed(house, page):
    account = house.account(**ASKING)
    await visit(page, house, account)
    inside = await opened(page)
    await page.route("**/answers", lambda route: route.fulfill(status=503, body="down"))
    await inside.get_by_label("Your email address").fill("mia@example.com")
    await inside.get_by_label("What is your order number?").fill("4711")
    await inside.get_by_role("button", name="Start chat").click()
    await expect(inside.locator("#ask").get_by_role("alert")).not_to_be_empty()
    await expect(inside.get_by_label("Your email address")).to_have_value("mia@example.com")
    await page.unroute("**/answers")
    await inside.get_by_role("button", name="Start chat").click()
    await expect(inside.get_by_label("Message", exact=True)).to_be_visible()
    page.errors.clear()  # the browser itself tells of the 503


async def test_questions_that_came_while_somebody_wrote_are_asked_and_the_message_goes_then(house, page):
    account = house.account()
    await visit(page, house, account)
    await page.get_by_role("button", name="Chat").click()
    inside = chat(page)
    await expect(inside.locator("#compose:not([inert])")).to_be_visible()
    house.change(account, **ASKING)
    await page.reload()
    inside = await opened(page)
    await inside.get_by_label("Your email address").fill("mia@example.com")
    await inside.get_by_label("What is your order number?").fill("4711")
    await inside.get_by_role("button", name="Start chat").click()
    await write(inside, "Hello")
    await accepted(house)


async def test_on_a_phone_in_the_dark_in_german_everything_fits(house, chromium):
    account = house.account(**ASKING)
    options = {
        "viewport": {"width": 360, "height": 640}, "color_scheme": "dark", "locale": "de-DE",
        "extra_http_headers": {"accept-language": "de-DE"}, "has_touch": True,
    }  # fmt: skip
    async with window(chromium, **options) as page:
        await visit(page, house, account)
        inside = await opened(page)
        await expect(inside.get_by_label("Ihre E-Mail-Adresse")).to_be_visible()
        button = inside.get_by_role("button", name="Chat beginnen")
        await button.scroll_into_view_if_needed()
        assert (await button.bounding_box())["height"] >= 44
        wide = await inside.locator("#scroll").evaluate("(one) => [one.scrollWidth, one.clientWidth]")
        assert wide[0] <= wide[1]
        await shot(page, "ask-phone-dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_checker_of_accessibility_finds_nothing_about_the_questions(house, chromium, scheme):
    async with window(chromium, color_scheme=scheme) as page:
        account = house.account(**ASKING, accent="#f2c14e")
        await visit(page, house, account)
        inside = await opened(page)
        await inside.get_by_role("button", name="Start chat").click()
        await expect(inside.get_by_text("Please answer this.").first).to_be_visible()
        page.errors.clear()  # the browser itself tells of the answer that was refused
        found = await Axe().run(frame(page))
        problems = found.response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in problems] == []
        await shot(page, f"ask-{scheme}")
