"""What strangers write is shown and does nothing."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import Desk, Phone, bubble, open_chat, row, write_in

PAYLOADS = [
    "<img src=x onerror=\"document.title='hacked'\">",
    "<script>document.title='hacked'</script>",
    "\"><svg/onload=document.title='hacked'>",
    "javascript:document.title='hacked' {{7*7}} ${7*7}",
    "‮gnp.exe</textarea><iframe src=javascript:alert(1)>",
    "data: reload\n\nevent: reload\ndata: x",
]


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_mark_up_in_a_message_is_only_words(desk: Desk, payload: str) -> None:
    ana, page = await desk.inbox("Ana"), await desk.playground("Ben")
    phone = Phone(page, "Messenger")
    await phone.hold_as("Tom Reed")
    first = payload.split("\n")[0]
    await row(ana, "Tom Reed").click()
    await phone.write(f"{first} end")
    await expect(bubble(ana, f"{first} end").first).to_be_visible()
    await expect(row(ana, "Tom Reed")).to_contain_text(first)
    for window in (ana, page):
        assert await window.title() != "hacked"
        assert await window.locator("img[src=x], .msg script, .msg svg[onload], .pb iframe").count() == 0


async def test_a_visitor_with_a_hostile_message_harms_neither_side(desk: Desk) -> None:
    ana, visitor = await desk.inbox("Ana"), await desk.window()
    page = await desk.playground("Ana")
    await visitor.goto(await page.locator("iframe.screen").evaluate("frame => frame.src"))
    chat = await open_chat(visitor, visitor)
    await write_in(chat, PAYLOADS[0])
    await expect(ana.locator("#rows .row", has_text=PAYLOADS[0])).to_be_visible()
    assert await ana.title() != "hacked"
    assert await chat.locator("img[src=x]").count() == 0
