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


RING = """() => {
  const button = document.getElementById("duologue-chat").shadowRoot.querySelector("button");
  const style = getComputedStyle(button), paint = document.createElement("canvas").getContext("2d");
  return [style.outlineColor, style.boxShadow.replace(/\\) .*/, ")")].map((colour) => {
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });
}"""


def contrast(one: list[int], other: list[int]) -> float:
    """By WCAG 2.2, of two colours of a screen."""

    def light(colour: list[int]) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((light(one), light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


async def test_where_the_keyboard_is_can_be_seen_on_a_page_of_any_colour(house, chromium):
    async with window(chromium) as page:
        await visit(page, house, house.account(accent="#1a2a6c"))
        await page.keyboard.press("Tab")
        button = page.get_by_role("button", name="Chat")
        while not await button.evaluate("(one) => one.matches(':focus-visible')"):
            await page.keyboard.press("Tab")
        await until_still(page)
        ring = await page.evaluate(RING)
        for ground in ([255, 255, 255], [11, 13, 16], [128, 128, 128]):
            assert max(contrast(colour, ground) for colour in ring) >= 3, (ring, ground)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
async def test_whoever_wants_no_motion_gets_none(house, chromium, motion):
    async with window(chromium, reduced_motion=motion) as page:
        account = house.account()
        await visit(page, house, account)
        inside = await open_chat(page)
        await write(inside, "Hello")
        house.lobby.types(account, await accepted(house))
        await expect(inside.get_by_text("Ana is typing")).to_be_visible()
        moving = await frame(page).evaluate("document.getAnimations().length")
        host = await page.evaluate(
            """() => {
              const root = document.getElementById("duologue-chat").shadowRoot;
              const still = (one) => /^(none|0s)$/.test(one);
              const [frame, button] = ["iframe", "button"].map((name) => getComputedStyle(root.querySelector(name)));
              return still(frame.animationName) && still(button.transitionDuration);
            }"""
        )
        assert (moving == 0, host) == ((True, True) if motion == "reduce" else (False, False))


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
