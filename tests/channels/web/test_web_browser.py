"""The widget in a real browser: on the sample page, and on a strict page of another website."""

import asyncio
import json
import os
import re
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from duologue.channels.web.identity import Identity, sign
from duologue.kernel.clock import now

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SHOTS = os.environ.get("DUOLOGUE_SHOTS")
POLICY = (
    "default-src 'none'; script-src {at}/web/widget.js{more}; frame-src {at}; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
HOSTILE = [
    "<img src=x onerror=window.top.pwned=1>", "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">', "<math><mtext><script>alert(1)</script>",
    "javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
    "<style>@import '//evil.example'; *{position:fixed}</style>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<meta http-equiv=refresh content='0;url=//evil.example'><base href=//evil.example>", "{{7*7}} ${7*7} [[config]]",
    "https://good.example/\u202egpj.exe", "https://bank.example@evil.example/", 'https://a.example/"onclick="alert(1)',
    "a" + "\u0301" * 3000, "\u200b" * 2000, "\u202e\u2066 turned around",
]  # fmt: skip


@pytest.fixture(scope="session")
async def chromium():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def window(chromium, **options):
    """A window of its own that reports every request, and fails on any error the page logs."""
    context = await chromium.new_context(**{"viewport": {"width": 1100, "height": 800}, **options})
    page = await context.new_page()
    page.requests, page.errors = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and "ERR_" not in said.text and page.errors.append(said.text))
    try:
        yield page
        assert page.errors == []
    finally:
        await context.close()


@pytest.fixture
async def page(chromium):
    async with window(chromium) as page:
        yield page


def chat(page: Page):
    return page.frame_locator("#duologue-chat iframe")


def frame(page: Page):
    return next(one for one in page.frames if one.url.endswith("/frame"))


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(exist_ok=True)
        await page.screenshot(path=f"{SHOTS}/{name}.png", animations="disabled")


async def visit(page: Page, house, account) -> None:
    await page.goto(f"{house.url}/web/{account.id}/sample")
    await expect(page.get_by_role("button", name="Chat")).to_be_visible()


async def open_chat(page: Page):
    await page.get_by_role("button", name="Chat").click()
    inside = chat(page)
    await expect(inside.get_by_label("Message", exact=True)).to_be_focused()
    return inside


async def write(inside, text: str) -> None:
    await expect(inside.locator("#compose:not([inert])")).to_be_visible()
    await inside.get_by_label("Message", exact=True).fill(text)
    await inside.get_by_label("Message", exact=True).press("Enter")


async def accepted(house, count: int = 1):
    """The one visitor's address, as soon as so many messages have been taken."""
    await until(lambda: len(house.lobby.said) >= count)
    return house.lobby.said[-1].address


async def test_before_it_is_opened_nothing_is_stored_and_nobody_is_called(house, page):
    account = house.account()
    await visit(page, house, account)
    loaded = [url.removeprefix(house.url) for url in page.requests]
    assert len(loaded) == 3
    shapes = {re.sub(r"/[0-9a-f-]{16,}/", "/*/", url) for url in loaded}
    assert shapes == {"/web/*/sample", "/web/assets/*/sample.css", "/web/widget.js"}
    assert await page.context.cookies() == []
    assert await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert await page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    assert len(page.frames) == 1
    await shot(page, "closed")


async def test_a_message_is_shown_at_once_and_ticked_as_it_goes(house, page):
    account = house.account(title="Lume Support", greeting="Hi! Ask us anything about shoes.")
    await visit(page, house, account)
    inside = await open_chat(page)
    house.lobby.holding = True
    await write(inside, "Is the blue one still available in 38?")
    bubble = inside.locator(".m.me")
    await expect(bubble).to_contain_text("Is the blue one still available in 38?")
    await expect(bubble.locator(".st")).to_contain_text("Sent")
    house.lobby.sort()
    house.lobby.holding = False
    address = await accepted(house)
    await expect(inside.locator(".m")).to_have_count(1)
    house.lobby.mark(account, address, "delivered")
    await expect(bubble.locator(".st")).to_contain_text("Delivered")
    house.lobby.mark(account, address, "read")
    await expect(bubble.locator(".st")).to_contain_text("Read")
    assert await page.context.cookies() == []


async def test_an_answer_is_there_live_with_the_name_and_is_reported_as_read(house, page):
    account = house.account(title="Lume Support", greeting="Hi! Ask us anything about shoes.")
    await visit(page, house, account)
    inside = await open_chat(page)
    await write(inside, "Is the blue one still available in 38?")
    await write(inside, "And could it arrive before Friday?")
    address = await accepted(house, 2)
    house.lobby.mark(account, address, "read")
    house.lobby.types(account, address)
    await expect(inside.get_by_text("Ana is typing")).to_be_visible()
    await shot(page, "typing")
    house.lobby.answer(account, address, "Yes! Two pairs of blue 38 are left: https://shop.example.com/runner?size=38.")
    await expect(inside.get_by_text("Ana is typing")).to_have_count(0)
    answer = inside.locator(".m:not(.me)")
    await expect(answer.locator(".by")).to_have_text("Ana")
    await expect(answer.get_by_role("link")).to_have_attribute("href", "https://shop.example.com/runner?size=38")
    await expect(answer.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
    await until(lambda: status_of_answers(house, account, address) == {"read"})
    await shot(page, "talk")


def status_of_answers(house, account, address):
    return {line.status for line in house.lobby._lines[account.id, address] if line.by == "brand"}


async def on_post(page, answer):
    """Puts `answer` in the place of the server for messages that are sent."""
    await page.route(
        "**/messages", lambda route: answer(route) if route.request.method == "POST" else route.continue_()
    )


async def until_still(page):
    """All that moves has come to rest."""
    host = "document.getElementById('duologue-chat').shadowRoot"
    await page.evaluate(f"Promise.all({host}.getAnimations().map((one) => one.finished))")


async def until(holds):
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 (what is awaited happens in the browser)
            await asyncio.sleep(0.01)


async def test_the_conversation_is_still_there_after_a_reload(house, page):
    account = house.account()
    await visit(page, house, account)
    inside = await open_chat(page)
    await write(inside, "Remember me")
    address = await accepted(house)
    house.lobby.answer(account, address, "Always")
    await expect(inside.get_by_text("Always")).to_be_visible()
    await page.reload()
    inside = await open_chat(page)
    await expect(inside.locator(".b")).to_have_text(["Remember me", "Always"])
    await write(inside, "Still me")
    assert await accepted(house, 2) == address


async def test_what_was_written_offline_goes_out_later_once_and_in_order_even_after_a_reload(house, page):
    account = house.account()
    await visit(page, house, account)
    inside = await open_chat(page)
    await write(inside, "one")
    await accepted(house)
    await page.context.set_offline(True)
    await write(inside, "two")
    await write(inside, "three")
    await expect(inside.locator(".m.pending")).to_have_count(2)
    await expect(inside.get_by_text("You are offline.")).to_be_visible()
    await shot(page, "offline")
    await page.context.set_offline(False)
    await expect(inside.locator(".m.pending")).to_have_count(0)
    await accepted(house, 3)
    assert [said.content.text for said in house.lobby.said] == ["one", "two", "three"]
    await expect(inside.get_by_text("You are offline.")).to_have_count(0)


async def test_an_acknowledgement_that_was_lost_makes_no_second_message(house, page):
    account = house.account()
    await visit(page, house, account)
    lost = []

    async def lose_first(route):
        reply = await route.fetch()
        if lost:
            return await route.fulfill(response=reply)
        lost.append(route.request.post_data_json["id"])
        return await route.abort()

    await on_post(page, lose_first)
    inside = await open_chat(page)
    await write(inside, "only once")
    await accepted(house)
    await until(lambda: len(house.lobby.accepted) >= 1)
    await expect(inside.locator(".m.pending")).to_have_count(0)
    await expect(inside.locator(".m")).to_have_count(1)
    assert [said.id.rpartition("/")[2] for said in house.lobby.said] == lost


async def test_queued_words_survive_a_reload(house, page):
    account = house.account()
    await visit(page, house, account)
    await on_post(page, lambda route: route.abort())
    inside = await open_chat(page)
    await write(inside, "not yet")
    await expect(inside.locator(".m.pending")).to_have_count(1)
    await page.unroute("**/messages")
    await page.reload()
    inside = await open_chat(page)
    await accepted(house)
    await expect(inside.locator(".m.me")).to_have_count(1)
    await expect(inside.locator(".m.pending")).to_have_count(0)
    assert [said.content.text for said in house.lobby.said] == ["not yet"]


async def test_what_the_server_will_never_take_is_said_and_can_be_discarded(house, page):
    account = house.account()
    await visit(page, house, account)
    refusal = {
        "status": 422,
        "content_type": "application/json",
        "body": json.dumps({"error": "This message is empty."}),
    }
    await on_post(page, lambda route: route.fulfill(**refusal))
    inside = await open_chat(page)
    await write(inside, "refused")
    await expect(inside.locator(".m.failed .st")).to_contain_text("Not sent. This message is empty.")
    await shot(page, "failed")
    await inside.get_by_role("button", name="Discard").click()
    await expect(inside.locator(".m")).to_have_count(0)
    page.errors.clear()  # the browser reports the 422 itself


async def test_files_are_picked_sent_shown_and_received(house, page, tmp_path):
    account = house.account(title="Lume Support")
    await visit(page, house, account)
    inside = await open_chat(page)
    picture = tmp_path / "blue runner.png"
    await page.screenshot(path=picture, clip={"x": 60, "y": 340, "width": 320, "height": 220})
    (tmp_path / "receipt 2041.pdf").write_bytes(b"%PDF-1.4 x" * 900)
    await inside.locator("#files").set_input_files([picture, tmp_path / "receipt 2041.pdf"])
    await expect(inside.get_by_text("receipt 2041.pdf")).to_be_visible()
    await inside.get_by_label("Message", exact=True).fill("This one, and the bill")
    await shot(page, "picked")
    await inside.get_by_role("button", name="Send").click()
    address = await accepted(house)
    assert [one.name for one in house.lobby.said[0].content.media] == ["blue runner.png", "receipt 2041.pdf"]
    assert house.lobby.said[0].content.media[0].data == picture.read_bytes()
    house.lobby.answer(account, address, "", files=[("leaflet.html", "text/html", b"<script>alert(1)</script>")])
    async with page.expect_download() as coming:
        await inside.get_by_role("button", name="Download leaflet.html").click()
    download = await coming.value
    assert download.suggested_filename == "leaflet.html"
    assert Path(await download.path()).read_bytes() == b"<script>alert(1)</script>"
    await expect(inside.locator(".pic img")).to_have_js_property("complete", True)
    assert await inside.locator(".pic img").evaluate("(image) => image.naturalWidth") == 320
    await expect(inside.locator("#picked li")).to_have_count(0)
    await shot(page, "files")


async def test_files_are_pasted_and_dragged_in(house, page):
    await visit(page, house, house.account())
    inside = await open_chat(page)
    give = """(target, kind) => {
        const carried = new DataTransfer();
        carried.items.add(new File(["abc"], `${kind}.txt`, { type: "text/plain" }));
        const how = { bubbles: true, cancelable: true };
        const event = kind === "paste"
            ? new ClipboardEvent(kind, { ...how, clipboardData: carried })
            : new DragEvent(kind, { ...how, dataTransfer: carried });
        target.dispatchEvent(event);
    }"""
    text = inside.get_by_label("Message", exact=True)
    await text.evaluate(give, "paste")
    await text.evaluate(give, "dragover")
    await expect(inside.get_by_text("Drop files to attach them")).to_be_visible()
    await text.evaluate(give, "drop")
    await expect(inside.locator("#picked li")).to_have_text(["paste.txt", "drop.txt"])
    await inside.get_by_role("button", name="Remove paste.txt").click()
    await text.press("Enter")
    await accepted(house)
    assert [one.name for one in house.lobby.said[0].content.media] == ["drop.txt"]


async def test_limits_are_shown_before_they_bite(house, page):
    await visit(page, house, house.account())
    inside = await open_chat(page)
    text = inside.get_by_label("Message", exact=True)
    await text.fill("a" * 9900)
    await expect(inside.locator("#hint")).to_have_text("100 characters left")
    await text.fill("😀" * 10_001)
    await expect(inside.locator("#hint")).to_have_text("1 characters too many")
    await text.press("Enter")
    await expect(inside.locator(".m")).to_have_count(0)


async def test_everything_goes_by_keyboard(house, page):
    account = house.account()
    await visit(page, house, account)
    await page.keyboard.press("Tab")
    for _ in range(5):
        if await page.evaluate("document.activeElement.id") == "duologue-chat":
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    inside = chat(page)
    text = inside.get_by_label("Message", exact=True)
    await expect(text).to_be_focused()
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Enter")
    await accepted(house)
    assert house.lobby.said[0].content.text == "one\ntwo"
    await page.keyboard.press("Tab")
    await expect(inside.get_by_role("button", name="Attach files")).to_be_focused()
    await shot(page, "focus")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Chat")).to_be_focused()
    await expect(page.locator("#duologue-chat iframe")).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(text).to_be_focused()


async def test_the_button_counts_what_came_while_it_was_closed(house, page):
    account = house.account()
    await visit(page, house, account)
    inside = await open_chat(page)
    await write(inside, "hello")
    address = await accepted(house)
    await page.get_by_role("button", name="Chat").click()
    house.lobby.answer(account, address, "One")
    house.lobby.answer(account, address, "Two")
    await expect(page.get_by_role("button", name="Chat (2)")).to_be_visible()
    assert status_of_answers(house, account, address) <= {"sent", "delivered"}
    await shot(page, "unread")
    await page.get_by_role("button", name="Chat (2)").click()
    await until(lambda: status_of_answers(house, account, address) == {"read"})
    await expect(page.get_by_role("button", name="Chat", exact=True)).to_be_visible()


async def test_it_comes_back_by_itself_after_the_server_was_away_and_misses_nothing(run_house, page):
    async with run_house(now, beat=0.05) as house:
        account = house.account()
        await visit(page, house, account)
        inside = await open_chat(page)
        await write(inside, "hello")
        address = await accepted(house)
        await expect(inside.locator(".m.me .st")).to_contain_text("Sent")
        del house.lobby.accounts[account.id]  # the stream ends, and every call is answered with 404
        await until(lambda: house.lobby.followers(account, address) == 0)
        await expect(inside.get_by_text("Connecting again…")).to_be_visible()
        house.lobby.answer(account, address, "While you were away")
        house.lobby.mark(account, address, "read")
        house.lobby.accounts[account.id] = account
        await expect(inside.get_by_text("While you were away")).to_be_visible()
        await expect(inside.locator(".m.me .st")).to_contain_text("Read")
        await expect(inside.get_by_text("Connecting again…")).to_have_count(0)
        page.errors.clear()  # the browser reports each 404 itself


async def test_the_sample_page_works_in_a_frame_of_ours(house, page, stage):
    account = house.account()
    phone = f"<iframe width=460 height=720 src='/web/{account.id}/sample'></iframe>"
    body = f"<!doctype html><title>Playground</title><link rel=icon href=data:,>{phone}"
    stage.pages["/playground"] = ({"content-type": "text/html"}, body)
    await page.goto(f"{house.url}/playground")
    phone = page.frame_locator("iframe")
    await phone.get_by_role("button", name="Chat").click()
    await write(phone.frame_locator("#duologue-chat iframe"), "from the playground")
    assert (await accepted(house)).startswith("v:")


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


# ------------------------------------------------------------------------------------------- another website's page


@asynccontextmanager
async def shop(stage, page, house, account, script="", attributes=""):
    """A page of http://localhost with the strictest policy that lets the widget live."""
    at, own = house.url, house.url.replace("127.0.0.1", "localhost")
    tag = f'<script src="{at}/web/widget.js" data-channel="{account.id}" {attributes} async></script>'
    policy = POLICY.format(at=at, more=" 'nonce-x'" if script else "")
    body = f"<!doctype html><title>Shop</title><h1>Shop</h1>{tag}" + (
        f"<script nonce=x>{script}</script>" if script else ""
    )
    headers = {"content-security-policy": policy, "content-type": "text/html"}
    stage.pages["/shop"] = (headers, body)
    await page.goto(f"{own}/shop")
    await expect(page.get_by_role("button")).to_be_visible()
    yield own


def origin_of(house):
    return house.url.replace("127.0.0.1", "localhost")


def identity(account, who, moment):
    plain = Identity(external_id=who, name=f"Person {who}", exp=int(moment.timestamp()) + 600, hmac="")
    return {
        "external_id": who,
        "name": plain.name,
        "exp": plain.exp,
        "hmac": sign(account.settings.identity_secret, plain),
    }


async def test_it_lives_under_the_strictest_policy_of_a_listed_website(house, page, stage):
    account = house.account(origins=origin_of(house))
    async with shop(
        stage,
        page,
        house,
        account,
        attributes='data-color="#7a3e9d" data-label="Help" data-position="left" data-theme="dark"',
    ):
        await page.get_by_role("button", name="Help").click()
        inside = chat(page)
        await write(inside, "from a shop")
        await accepted(house)
        assert house.lobby.said[0].content.facts == {"page": f"{origin_of(house)}/shop"}
        box = await page.get_by_role("button", name="Help").bounding_box()
        assert box["x"] == 20
        assert await page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
        await shot(page, "strict")


async def test_a_website_that_is_not_listed_shows_nothing(house, page, stage):
    account = house.account(origins="https://shop.example.com")
    async with shop(stage, page, house, account):
        await page.get_by_role("button", name="Chat").click()
        await expect(page.locator("#duologue-chat iframe")).to_be_visible()
        await until(lambda: any("frame-ancestors" in error for error in page.errors))
        assert not any("/session" in url for url in page.requests)
        page.errors.clear()


async def test_identity_can_be_given_before_the_script_is_there_and_is_proven(house, page, stage):
    account = house.account(origins=origin_of(house), identity_enforced=True)
    who = json.dumps(identity(account, "7", now()))
    async with shop(stage, page, house, account, script=f'window.Duologue = [["identify", {who}], ["open"]]'):
        await write(chat(page), "It is me")
        assert await accepted(house) == "u:7"
        assert house.lobby.said[0].person.verified


async def test_another_person_on_the_same_browser_sees_nothing_of_the_first(house, page, stage):
    account = house.account(origins=origin_of(house))
    mia, tom = identity(account, "mia", now()), identity(account, "tom", now())
    async with shop(stage, page, house, account):
        await page.evaluate("(who) => Duologue.identify(who)", mia)
        inside = await open_chat(page)
        await write(inside, "I am Mia and this is private")
        assert await accepted(house) == "u:mia"
        await inside.get_by_label("Message", exact=True).fill("half a thought of Mia")
        await page.evaluate("(who) => Duologue.identify(who)", tom)
        await expect(inside.locator(".m")).to_have_count(0)
        await expect(inside.get_by_label("Message", exact=True)).to_have_value("")
        await write(inside, "I am Tom")
        assert await accepted(house, 2) == "u:tom"
        house.lobby.answer(account, "u:mia", "For Mia")
        house.lobby.answer(account, "u:tom", "For Tom")
        await expect(inside.locator(".b")).to_have_text(["I am Tom", "For Tom"])
        await page.reload()  # nobody is signed in any more
        inside = await open_chat(page)
        await write(inside, "I am nobody")
        assert (await accepted(house, 3)).startswith("v:")
        await expect(inside.locator(".b")).to_have_text(["I am nobody"])


async def test_logging_out_forgets_the_conversation_on_this_device(house, page, stage):
    account = house.account(origins=origin_of(house))
    async with shop(stage, page, house, account):
        inside = await open_chat(page)
        await write(inside, "before")
        first = await accepted(house)
        await page.evaluate("Duologue.logout()")
        await expect(inside.locator(".m")).to_have_count(0)
        await write(inside, "after")
        assert await accepted(house, 2) != first


async def test_where_proof_is_needed_a_stranger_is_told_to_sign_in(house, page, stage):
    account = house.account(origins=origin_of(house), identity_enforced=True)
    async with shop(stage, page, house, account):
        await page.get_by_role("button", name="Chat").click()
        inside = chat(page)
        await expect(inside.get_by_text("Please sign in on this website")).to_be_visible()
        await shot(page, "enforced")
        await page.evaluate("(who) => Duologue.identify(who)", identity(account, "7", now()))
        await write(inside, "signed in now")
        assert await accepted(house) == "u:7"
        page.errors.clear()  # the browser reports the 401 itself


async def test_messages_from_anybody_but_the_parent_are_not_heard(house, page):
    account = house.account(origins=origin_of(house))
    await visit(page, house, account)
    inside = await open_chat(page)
    await write(inside, "mine")
    await accepted(house)
    await frame(page).evaluate("postMessage({ duologue: 1, kind: 'logout' }, '*')")
    stranger = """(address) => new Promise((done) => {
        const other = document.createElement("iframe");
        other.addEventListener("load", () => done());
        other.src = address;
        document.body.append(other);
    })"""
    await page.evaluate(stranger, f"{house.url}/web/{account.id}/sample")
    other = page.frames[-1]
    await other.evaluate("parent.frames[0].postMessage({ duologue: 1, kind: 'logout' }, '*')")
    await other.evaluate("parent.postMessage({ duologue: 1, kind: 'close' }, '*')")
    await write(inside, "still mine")
    await accepted(house, 2)
    await expect(inside.locator(".b")).to_have_text(["mine", "still mine"])
    assert len({said.address for said in house.lobby.said}) == 1
    await expect(page.locator("#duologue-chat iframe")).to_be_visible()


async def test_without_storage_the_chat_still_works_until_the_page_is_left(house, page):
    denied = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    await page.add_init_script(denied)
    await visit(page, house, house.account())
    inside = await open_chat(page)
    await write(inside, "hello")
    await accepted(house)
    await expect(inside.locator(".m.pending")).to_have_count(0)
