"""A place and a contact card are sent from the composer, by keyboard, and only where the platform takes them."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from duologue.channels.contract import Kind
from duologue.channels.registry import channels
from tests.browser.running import Demo
from tests.browser.windows import PHONE, Desk, Phone

LINK = "https://maps.example/place/Tea+house/@52.5163,13.3777,17z"


@pytest.fixture
async def desk(program: Demo, chromium: Browser) -> AsyncIterator[Desk]:
    desk = Desk(program, chromium)
    yield desk
    await desk.close()


async def _open(inbox: Page, playground: Page, kind: str, words: str) -> Phone:
    """Somebody writes there, and their conversation is open."""
    phone = Phone(playground, channels()[kind].title)
    await phone.hold_as(await phone.root.get_by_label("Who writes").locator("option").last.inner_text())
    await phone.write(words)
    await inbox.locator("#rows .row", has_text=words).click()
    await expect(inbox.locator(".bubbles .msg.in", has_text=words)).to_be_visible()
    return phone


async def test_a_place_and_a_card_leave_from_the_menu_by_keyboard_on_a_narrow_screen(desk: Desk) -> None:
    inbox, playground = await desk.inbox("Ana", **PHONE), await desk.playground("Ben")
    both = next(kind for kind, one in channels().items() if {Kind.LOCATION, Kind.CARD} <= one.abilities.sends)
    phone = await _open(inbox, playground, both, "Where are you, please?")
    await inbox.locator("[data-say]").fill("Half written")
    await inbox.locator(".give summary").press("Enter")
    place = inbox.get_by_label("Label, latitude, longitude, or a link to a map")
    await expect(place).to_be_focused()

    await place.fill("nowhere at all")
    await place.press("Enter")
    await expect(inbox.locator("#toasts")).to_contain_text("Write a place as")
    await place.fill(LINK)
    await place.press("Enter")
    sent = inbox.locator(".bubbles .msg.out").last
    await expect(sent.get_by_role("link", name="Tea house")).to_have_attribute(
        "href", "geo:52.516300,13.377700?q=52.516300,13.377700"
    )
    await expect(phone.heard("Tea house")).to_be_visible()
    await expect(inbox.locator("[data-say]")).to_have_value("Half written")
    await expect(inbox.locator("[data-say]")).to_be_focused()

    await inbox.locator(".give summary").press("Enter")
    await inbox.get_by_label("Name on the card").fill("Bo Lee")
    await inbox.get_by_label("Phone number on the card").fill("+49 151 1234000")
    await inbox.get_by_label("Mail address on the card").fill("bo@example.test")
    await inbox.get_by_label("Mail address on the card").press("Enter")
    await expect(inbox.locator(".bubbles .msg.out").last).to_contain_text("bo@example.test")
    await expect(phone.heard("Bo Lee")).to_be_visible()
    assert [one for one in desk.complaints if "422" not in one] == []


async def test_the_menu_is_not_there_where_the_platform_takes_neither(desk: Desk) -> None:
    inbox, playground = await desk.inbox("Ana"), await desk.playground("Ben")
    shown = await playground.locator(".phone h2").all_inner_texts()
    neither = next(
        kind
        for kind, one in channels().items()
        if not {Kind.LOCATION, Kind.CARD} & one.abilities.sends and one.title in shown and not one.app
    )
    await _open(inbox, playground, neither, "Can you send a place here?")
    await expect(inbox.locator("[data-say]")).to_be_visible()
    await expect(inbox.locator(".give")).to_have_count(0)
