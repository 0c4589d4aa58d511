"""The whole way in a real browser: strangers write, the inbox shows it; the team writes, the visitor sees it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Error, Page, expect

from duologue.accounts import settings as account_settings
from duologue.accounts.connected import Accounts
from duologue.channels.contract import Content, Edited, Kind, Media, Person, Place, Reacted, Said
from duologue.channels.registry import channel
from duologue.conversations.receive import Item, Source, receive
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom.fetch import Fetcher
from duologue.mailroom.sort import Sorter
from tests.attacks.hostile import FILES, PAYLOADS
from tests.attacks.sinks import squashed
from tests.attacks.test_browser_sinks import chromium
from tests.attacks.watching import watched
from tests.cast import Colleague
from tests.live.conftest import Desk, Served, served
from tests.parrot import Mailroom

__all__ = ["chromium", "served"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
TOGETHER = [" ".join(PAYLOADS[start : start + 10]).replace("\x00", "") for start in range(0, len(PAYLOADS), 10)]


def everything(house: House) -> Iterator[Any]:
    """One person says all of it, in every field that a platform can fill; then edits, and reacts."""
    at = house.now()
    for number, text in enumerate(TOGETHER):
        who = Person(name=text, email=text, phone=text, locale=text)
        content = Content(
            text=text, html=f"<p>mark-{number}.</p>{text}" if number % 4 == 3 else None, quoted=text, subject=text,
            link="https://third.example/" + text, payload=text, choices=(text,), raw_kind=text, facts={text: text},
            kind=[Kind.TEXT, Kind.LOCATION, Kind.UNKNOWN, Kind.TEXT, Kind.TAP, Kind.NOTICE][number % 6],
            place=Place(latitude=1.0, longitude=2.0, label=text),
        )  # fmt: skip
        yield Said(id=f"m{number}", address="somebody", at=at, content=content, person=who, warning=text,
                   reply_to=f"m{number - 1}" if number else None)  # fmt: skip
    for number, (name, data) in enumerate(FILES.items()):
        media = Media(kind=Kind.IMAGE, name=f"{name}\u202e<img src=x onerror=ran()>{name}", mime="image/png", data=data)
        yield Said(id=f"f{number}", address="somebody", at=at, content=Content(kind=Kind.IMAGE, media=(media,)))
    for number, text in enumerate(TOGETHER):
        if number % 4 == 3:
            continue  # an edit takes the place of the mark-up
        yield Edited(id=f"m{number}", address="somebody", at=at, text=f"edited {text}")
        yield Reacted(id=f"m{number}", address="somebody", at=at, emoji=text[:60])


async def taken_in(mailroom: Mailroom, events: list[Any]) -> UUID:
    """The conversation in which they stand."""
    async with work(mailroom.house, mailroom.workspace) as open_work:
        source = Source(mailroom.channel, channel("parrot").abilities)
        await receive(open_work, source, [Item(event, ids.new()) for event in events])
        (found,) = await open_work.tx.rows(UUID, "SELECT DISTINCT conversation_id FROM message")
    return found


async def test_what_strangers_send_is_shown_and_does_nothing(
    chromium: Browser, served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    events = list(everything(mailroom.house))
    conversation = await taken_in(mailroom, events[:40])
    desk = await served.sign_in(ana)
    async with watched(chromium, served.base, cookie=desk.headers["Cookie"]) as window:
        page = window.page
        async with page.expect_request("**/live?*"):
            await page.goto(f"{served.base}/c/{conversation}")
        await served.until_watched_by(1)
        await taken_in(mailroom, events[40:])
        await expect(page.locator(".bubbles .react").first).to_be_attached()
        newest = page.locator(".bubbles article .edits").last
        await expect(newest).to_be_attached()
        await page.goto(f"{served.base}/c/{conversation}")
        shown = await page.locator(".bubbles").text_content() or ""
        earlier = await page.locator("#earlier a").get_attribute("href")
        await page.goto(f"{served.base}{earlier}")
        frames = page.locator("iframe[data-fit]")
        await frames.first.scroll_into_view_if_needed()
        await expect(frames.first.content_frame.get_by_text("mark-")).to_be_attached()
        shown = squashed(shown + (await page.locator(".bubbles").text_content() or ""))
        heads = squashed(await page.locator(".talk h1").inner_text())
        assert await window.harmed() == []
    assert squashed("<script>ran()</script>") in heads
    assert [text for text in TOGETHER if squashed(text) not in shown] == []


async def test_files_are_never_more_than_files(
    chromium: Browser, served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    """Opened by their address, and called from a page of our own address that has no policy at all."""
    await taken_in(mailroom, [one for one in everything(mailroom.house) if isinstance(one, Said)])
    while await Fetcher(mailroom.house, mailroom.accounts).fetch():
        pass
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        files = await tx.rows(UUID, "SELECT id FROM attachment ORDER BY id")
    assert len(files) == len(FILES)
    desk = await served.sign_in(ana)
    async with watched(chromium, served.base, cookie=desk.headers["Cookie"]) as window:
        opened = [await _opened(window.page, f"{served.base}/files/{file}") for file in files]
        assert sorted(set(opened)) == ["download"]  # not even what is a picture and a script at once is drawn
        called = "".join(_callers(f"/files/{file}") for file in files)
        await window.page.route(
            "**/nowhere", lambda route: route.fulfill(body=f"<!doctype html>{called}", content_type="text/html")
        )
        await window.page.goto(f"{served.base}/nowhere")
        assert (window.ran, window.called) == ([], [])
    for file in files:
        answer = await desk._client.get(f"/files/{file}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "\u202e" not in answer.headers["content-disposition"]


async def _opened(page: Page, address: str) -> str:
    """The type as which the browser shows it, or "download"."""
    try:
        await page.goto(address)
    except Error as error:
        if "Download is starting" in str(error):
            return "download"
        raise
    return await page.evaluate("document.contentType")


def _callers(at: str) -> str:
    """Every way in which a page may take in something."""
    by_address = ["script", "script type=module", "img", "iframe", "embed"]
    return "".join(
        [
            f'<link rel=stylesheet href="{at}"><object data="{at}"></object>',
            f'<object type=image/svg+xml data="{at}"></object>',
        ]
        + [f'<{one} src="{at}"></{one.split()[0]}>' for one in by_address]
    )


QUERIES = [
    "__proto__[ran]=1", "constructor[prototype][ran]=1", "__proto__.ran=1",
    "after=%22%3E%3Cimg%20src=x%20onerror=ran()%3E", "next=javascript:ran()",
    "next=//third.example", "next=https://third.example", "next=/%5Cthird.example",
    "next=%0d%0aLocation:%20//third.example", "before=__proto__",
    "htmx-config=%7B%7D", "from=%3Cscript%3Eran()%3C/script%3E",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/inbox/open", "/sign-in", "/settings/quarantine", "/nothing/here"])
async def test_no_query_and_no_fragment_changes_a_page(
    chromium: Browser, served: Served, mailroom: Mailroom, ana: Colleague, path: str
) -> None:
    desk = await served.sign_in(ana)
    cookie = "" if path == "/sign-in" else desk.headers["Cookie"]
    async with watched(chromium, served.base, cookie=cookie) as window:
        for query in QUERIES:
            await window.page.goto(f"{served.base}{path}?{query}#<img src=x onerror=ran()>&{query}")
            assert await window.page.evaluate("({}).ran") is None
        assert await window.harmed() == []


async def test_whoever_signs_in_is_led_nowhere_else(served: Served, ana: Colleague) -> None:
    desk = Desk(served)
    for wanted in [
        one.replace("\x00", "") for one in PAYLOADS if one.startswith(("/", "\\", "http", "java", "data"))
    ] + ELSEWHERE:
        form = {"email": ana.email, "password": ana.password, "next": wanted}
        answer = await desk._client.post("/sign-in", data=form)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/", wanted


ELSEWHERE = [
    "//third.example",
    "/\\third.example",
    "///third.example",
    "/\t/third.example",
    "https:third.example",
    "\r\n//third.example",
]


async def test_what_the_team_says_is_words_in_the_visitors_chat(
    chromium: Browser, served: Served, mailroom: Mailroom, ana: Colleague
) -> None:
    house, workspace, chat, web = mailroom.house, mailroom.workspace, ids.new(), channel("web")
    assert web.secret
    settings = web.secret()
    safe = await house.safe(workspace)
    async with house.db.workspace(workspace) as tx:
        await tx.run(
            """
            INSERT INTO channel (workspace_id, id, kind, name, state, settings_sealed)
            VALUES (%(workspace)s, %(id)s, 'web', 'Shop', 'active', %(sealed)s)
            """,
            {"workspace": workspace, "id": chat, "sealed": account_settings.sealed(safe, chat, settings)},
        )
        await tx.run("UPDATE member SET name = %(name)s WHERE id = %(id)s", {"name": PAYLOADS[0], "id": ana.id})
    async with watched(chromium, served.base) as window:
        page = window.page
        await page.goto(f"{served.base}/web/{chat}/sample")
        await page.get_by_role("button", name="Chat").click()
        inside = page.frame_locator("#duologue-chat iframe")
        await inside.get_by_label("Message", exact=True).fill(TOGETHER[0])
        async with page.expect_response("**/messages"):
            await inside.get_by_label("Message", exact=True).press("Enter")
        while await Sorter(house, Accounts(house)).sort():
            pass
        async with work(house, workspace) as open_work:
            (conversation,) = await open_work.tx.rows(UUID, "SELECT id FROM conversation")
            for text in TOGETHER:
                await reply(
                    open_work, conversation, Draft(key=ids.new(), text=text), Sender(member=ana.id), web.abilities
                )
        await expect(inside.locator("#log .m")).to_have_count(len(TOGETHER) + 1)
        shown = await inside.locator("#log .m").all_text_contents()
        tags = await inside.locator("#log *").evaluate_all(
            "all => [...new Set(all.map((e) => e.tagName.toUpperCase()))]"
        )
        links = await inside.locator("#log a").evaluate_all("all => all.map((e) => e.protocol)")
        assert await window.harmed() == []
    assert set(tags) <= {"ARTICLE", "DIV", "SPAN", "A", "SVG", "PATH"}
    assert set(links) <= {"http:", "https:"}
    assert all(any(squashed(text) in squashed(one) for one in shown) for text in TOGETHER)
    assert any(squashed(PAYLOADS[0]) in squashed(one) for one in shown)
