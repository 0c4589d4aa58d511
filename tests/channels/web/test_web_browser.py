"""The widget in a real browser, on the sample page: a conversation and all that may come between."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import expect
from web_window import accepted, chat, on_post, open_chat, shot, status_of_answers, until, visit, write

from duologue.kernel.clock import now

pytestmark = pytest.mark.browser


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


async def test_what_is_changed_taken_back_or_signed_is_so_on_the_screen_at_once_and_later(house, page):
    account = house.account()
    await visit(page, house, account)
    inside = await open_chat(page)
    await write(inside, "Is it open?")
    address = await accepted(house)
    first, second = (house.lobby.answer(account, address, text) for text in ("At nine", "No, closed"))
    answers = inside.locator(".m:not(.me)")
    await expect(answers).to_have_count(2)
    house.lobby.alter(account, address, first, text="At ten", edited=True)
    house.lobby.alter(account, address, second, text=None, gone=True)
    house.lobby.alter(account, address, house.lobby._lines[account.id, address][0], sign="🎉")
    for _ in range(2):
        await expect(answers.nth(0).locator(".b")).to_have_text("At ten")
        await expect(answers.nth(1).locator(".b")).to_have_text("This message was taken back")
        await expect(inside.locator(".m.me .sign")).to_have_text("🎉")
        await expect(inside.get_by_text("No, closed")).to_have_count(0)
        await page.reload()
        await page.get_by_role("button", name="Chat").click()
    await shot(page, "altered")


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


async def test_who_has_gone_to_a_button_stays_there_when_the_conversation_has_come(house, page):
    """However late it comes, and whenever the connection is made anew."""
    account, come = house.account(), asyncio.Event()
    await visit(page, house, account)
    await write(await open_chat(page), "hello")
    await accepted(house)

    async def late(route):
        await come.wait()
        await route.continue_()

    await page.route("**/messages?*", late)
    await page.reload()
    inside = await open_chat(page)
    await page.keyboard.press("Tab")
    attach = inside.get_by_role("button", name="Attach files")
    await expect(attach).to_be_focused()
    come.set()
    await expect(inside.get_by_text("hello")).to_be_visible()
    await expect(attach).to_be_focused()


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
