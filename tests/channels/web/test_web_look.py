"""What the chat looks like: to a checker of accessibility, on a phone, and with hostile words in it."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from web_window import (
    accepted,
    chat,
    frame,
    open_chat,
    shot,
    status_of_answers,
    until,
    until_still,
    visit,
    window,
    write,
)

pytestmark = pytest.mark.browser

HOSTILE = [
    "<img src=x onerror=window.top.pwned=1>", "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">', "<math><mtext><script>alert(1)</script>",
    "javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
    "<style>@import '//evil.example'; *{position:fixed}</style>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<meta http-equiv=refresh content='0;url=//evil.example'><base href=//evil.example>", "{{7*7}} ${7*7} [[config]]",
    "https://good.example/\u202egpj.exe", "https://bank.example@evil.example/", 'https://a.example/"onclick="alert(1)',
    "a" + "\u0301" * 3000, "\u200b" * 2000, "\u202e\u2066 turned around",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_checker_of_accessibility_finds_nothing(house, chromium, scheme):
    async with window(chromium, color_scheme=scheme) as page:
        account = house.account(title="Lume Support", greeting="Hi! Ask us anything.", accent="#f2c14e")
        await visit(page, house, account)
        inside = await open_chat(page)
        await write(inside, "Is the blue one still available? https://shop.example.com/blue")
        address = await accepted(house)
        house.lobby.answer(
            account, address, "Yes: https://shop.example.com/38", files=[("size.pdf", "application/pdf", b"%PDF")]
        )
        house.lobby.mark(account, address, "read")
        house.lobby.types(account, address)
        await expect(inside.get_by_text("size.pdf")).to_be_visible()
        await expect(inside.locator(".me.read")).to_have_count(1)
        await until(lambda: status_of_answers(house, account, address) == {"read"})
        await expect(inside.get_by_text("Ana is typing")).to_be_visible()
        found = await Axe().run(page, options={"iframes": True})
        within = await Axe().run(frame(page))
        problems = found.response["violations"] + within.response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in problems] == []
        await shot(page, f"yellow-{scheme}")


async def test_on_a_phone_it_fills_the_screen_in_the_dark_too(house, chromium):
    phone = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
    async with window(chromium, **phone) as page:
        account = house.account(title="Lume Support", greeting="Hi! Ask us anything about shoes.")
        await visit(page, house, account)
        await shot(page, "phone-closed")
        await page.get_by_role("button", name="Chat").tap()
        inside = chat(page)
        await until_still(page)
        box = await page.locator("#duologue-chat iframe").bounding_box()
        assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 780)
        await write(inside, "Is the blue one still available in 38?")
        address = await accepted(house)
        house.lobby.answer(account, address, "Yes, two pairs are left. Shall I keep one for you until the evening?")
        await expect(inside.get_by_text("Yes, two pairs")).to_be_visible()
        assert await frame(page).evaluate("document.documentElement.scrollWidth") == 390
        await shot(page, "phone")
        await inside.get_by_role("button", name="Close chat").tap()
        await expect(page.locator("#duologue-chat iframe")).to_be_hidden()


async def test_hostile_words_are_words(house, page, stage):
    account = house.account()
    await visit(page, house, account)
    inside = await open_chat(page)
    await write(inside, "hello")
    address = await accepted(house)
    for payload in HOSTILE:
        house.lobby.answer(
            account, address, payload, author=payload[:150], files=[(payload[:100] + ".png", "text/html", b"x")]
        )
    await expect(inside.locator(".m:not(.me)")).to_have_count(len(HOSTILE))
    shown = await inside.locator(".m:not(.me) .b").evaluate_all("(all) => all.map((one) => one.textContent)")
    assert shown == HOSTILE
    allowed = {"ARTICLE", "DIV", "SPAN", "A", "BUTTON", "B", "SMALL", "svg", "path"}
    assert set(await inside.locator("#log *").evaluate_all("(all) => all.map((one) => one.tagName)")) <= allowed
    links = await inside.locator("#log a").evaluate_all("(all) => all.map((one) => one.href)")
    assert sorted(links) == ["https://a.example/", "https://good.example/"]
    assert await page.evaluate("window.pwned") is None
    assert all(url.startswith((house.url, "blob:")) for url in page.requests)
    width = await frame(page).evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] == width[1]
    await shot(page, "hostile")
