"""The widget on the page of another website: strict policies, who is signed in, and who is heard."""

import json
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect
from web_window import accepted, chat, frame, open_chat, shot, until, visit, write

from duologue.channels.web.identity import Identity, sign
from duologue.kernel.clock import now

pytestmark = pytest.mark.browser

POLICY = (
    "default-src 'none'; script-src {at}/web/widget.js{more}; frame-src {at}; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)


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
