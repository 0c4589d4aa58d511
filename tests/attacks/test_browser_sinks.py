"""Several hundred hostile texts in every field of every screen, in a real browser: all are words, none does anything.

Where a screen is large, several texts stand in a field together; with `DUOLOGUE_FUZZ=full` each is alone everywhere.
"""

import html
import json
import os
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, async_playwright

from duologue.conversations.model import Bubble
from duologue.web import policy, texts
from tests.attacks import sinks
from tests.attacks.hostile import PAYLOADS
from tests.attacks.sinks import SINKS, squashed
from tests.attacks.watching import watched
from tests.screens import gallery
from tests.screens import people as cast
from tests.screens.desk import open_desk
from tests.screens.shoot import ARGS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PLAIN = "plain words"
FULL = os.environ.get("DUOLOGUE_FUZZ") == "full"
ALONE = {"row", "told", "bubble", "error"}
SCHEMES = {"http:", "https:", "mailto:", "geo:"}
_READ = """
(texts) => {
  const squashed = (text) => text.replace(/[\\s\\x00\\x1c-\\x1f\\x85\\ufeff\\ufffd]+/g, "");
  const look = (one) => {
    const all = [...one.querySelectorAll("*")].filter((e) => !e.closest(".face"));
    const values = all.flatMap((e) => [...e.attributes].map((a) => a.value));
    return {
      text: squashed([one.textContent, ...values, ...all.map((e) => e.content?.textContent ?? "")].join("\\n")),
      tags: all.filter((e) => e.tagName !== "A").map((e) => e.tagName).join(" "),
      names: new Set(all.flatMap((e) => e.getAttributeNames())),
    };
  };
  const cases = [...document.querySelectorAll("[data-case]")];
  const first = look(cases[0]);
  const usual = new Set([...first.names, "href", "target", "rel"]);
  return [cases.length, cases.flatMap((one, index) => {
    const found = look(one);
    return [
      ...(found.text.includes(squashed(texts[index])) ? [] : [["not shown", index]]),
      ...(found.tags === first.tags ? [] : [["elements", index]]),
      ...(found.names.isSubsetOf(usual) ? [] : [["attributes", index, [...found.names].join(" ")]]),
    ];
  })];
}
"""
_LINKS = """
() => {
  const found = document.querySelectorAll("[href], [action], [formaction], [src], [data], [ping]");
  const addresses = (e) => ["href", "action", "formAction", "src", "data", "ping"].map((name) => e[name]);
  return [...found].flatMap((e) => addresses(e).filter((one) => typeof one === "string" && one).map((one) => {
    const to = URL.canParse(one, document.baseURI) ? new URL(one, document.baseURI) : { protocol: "?", origin: one };
    return [e.tagName, to.protocol, to.origin];
  }));
}
"""
_TEXTS = (
    "(all) => Object.fromEntries([...document.querySelectorAll(all)].map((e) => [e.id, e.outerHTML && e.textContent]))"
)


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        await browser.close()


class Stage:
    """Serves pages under the program's own headers, beside its assets."""

    def __init__(self) -> None:
        self.base, self.pages = "", dict[str, tuple[str, dict[str, str]]]()

    async def page(self, request: web.Request) -> web.Response:
        text, headers = self.pages.get(request.match_info["name"], ("", {}))
        return web.Response(text=text, content_type="text/html", headers=headers)


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    stage, app = Stage(), gallery.application()
    app.router.add_get("/stage/{name}", stage.page)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stage.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield stage
    await runner.cleanup()


def cases(make: Any, given: list[str]) -> str:
    """In a closed drawer, so that nobody has to work out how it would look."""
    inner = "".join(f"<div data-case>{make(number, text)}</div>" for number, text in enumerate(given))
    return f"<details>{inner}</details>"


def within_the_frame(inner: str) -> str:
    """The inbox's page, with all its scripts, and this in it."""
    before, _, after = gallery.opened().rpartition("</main>")
    return f"{before}{inner}</main>{after}"


# --------------------------------------------------------------------------------------------------- every screen


@pytest.mark.parametrize("sink", SINKS)
async def test_strangers_texts_are_words_wherever_they_stand(chromium: Browser, stage: Stage, sink: str) -> None:
    given = [PLAIN, *(PAYLOADS if FULL or sink in ALONE else _together(8))]
    stage.pages["sink"] = within_the_frame(cases(SINKS[sink], given)), policy.page_headers()
    async with watched(chromium, stage.base) as window:
        await window.page.goto(f"{stage.base}/stage/sink")
        number, wrong = await window.page.evaluate(_READ, given)
        links = await window.page.evaluate(_LINKS)
        assert await window.harmed() == []
    assert number == len(given)
    assert [(what, given[index][:80], *more) for what, index, *more in wrong if not _named_anew(given[index])] == []
    assert {scheme for _, scheme, _ in links} <= SCHEMES
    assert {origin for tag, _, origin in links if tag != "A"} == {stage.base}


def _together(most: int) -> list[str]:
    return [" ".join(PAYLOADS[start : start + most]) for start in range(0, len(PAYLOADS), most)]


def _named_anew(text: str) -> bool:
    """Somebody whose name looks like a long number is called a visitor."""
    return texts.is_number(text)


async def test_the_title_of_the_window_is_words(chromium: Browser, stage: Stage) -> None:
    name = "".join(PAYLOADS)
    row = cast.row(100, name, name)
    page = gallery.opened(talk=sinks._talk(1, name), rows=[row], viewer=sinks._viewer(name))
    stage.pages["title"] = page, policy.page_headers()
    async with watched(chromium, stage.base) as window:
        await window.page.goto(f"{stage.base}/stage/title")
        assert squashed("<svg onload=ran()>") in squashed(await window.page.title())
        assert await window.harmed() == []


async def test_news_on_an_open_page_is_words_too(chromium: Browser) -> None:
    """By the stream: bubbles, rows, what is said in passing, and who is typing."""
    given = PAYLOADS if FULL else _together(3)
    async with open_desk() as desk, watched(chromium, desk.base) as window:
        page = window.page
        await page.goto(f"{desk.base}/c/{cast.MIA}")
        await desk.until_streams(1)
        for number, text in enumerate(given):
            bubble = sinks.drawn("conversations/bubble.html", b=_live(number, text))
            desk.say("swap", "\n".join(map(_flat, [bubble, SINKS["row"](number, text), SINKS["told"](0, text)])))
            desk.say("typing", json.dumps({"conversation": str(cast.MIA), "name": text}), placed=False)
            desk.say("gone", _flat(f"msg-{text}"))
        await page.locator(f"#msg-{_live(len(given) - 1, '').id}").wait_for(state="attached")
        shown = await page.evaluate(_TEXTS, ".bubbles > [data-id], #rows .row")
        typing = await page.locator(f"#typing-{cast.MIA}").text_content()
        assert await window.harmed() == []
    assert squashed(given[-1]) in squashed(typing or "")
    for number, text in enumerate(given):
        assert squashed(text) in squashed(shown[f"msg-{_live(number, text).id}"]), text
        assert squashed(text) in squashed(shown[f"row-{sinks._row(number, text).id}"]), text


def _live(number: int, text: str) -> Bubble:
    """Of the sorts of messages, in turn."""
    kinds = sinks.bubbles(number, text)
    return kinds[number % len(kinds)]


def _flat(drawing: str) -> str:
    """As one line of a stream; the program's own stream is proven with its own events."""
    return " ".join(drawing.splitlines())


# ------------------------------------------------------------------------------------------------- the test can fail


async def test_the_same_texts_do_harm_where_nobody_takes_care(chromium: Browser, stage: Stage) -> None:
    """Each in a frame of its own, as mark-up, without any policy: that shows what the others are kept from."""
    frames = "".join(f'<iframe srcdoc="{html.escape(text)}"></iframe>' for text in PAYLOADS)
    stage.pages["raw"] = f"<!doctype html>{frames}", {}
    async with watched(chromium, stage.base) as window:
        await window.page.goto(f"{stage.base}/stage/raw")
        await window.page.wait_for_load_state("load")
    assert len(window.ran) > 120
    assert len(set(window.called)) > 15


async def test_what_only_the_policy_stops_is_noticed(chromium: Browser, stage: Stage) -> None:
    stage.pages["stopped"] = (
        within_the_frame("<img src=/files/1 onerror=ran()><img src=//third.example/p>"),
        policy.page_headers(),
    )
    async with watched(chromium, stage.base) as window:
        await window.page.goto(f"{stage.base}/stage/stopped")
        harm = await window.harmed()
    assert not window.ran
    assert len(window.stopped) >= 2, harm


# ------------------------------------------------------------------------------------------------------- the inventory


def test_there_are_several_hundred_different_texts() -> None:
    assert len(PAYLOADS) >= 300
    assert len(set(PAYLOADS)) == len(PAYLOADS)


def test_every_field_that_a_screen_prints_is_proven_or_known_as_ours() -> None:
    """A new field in a template fails here until it is in a sink, or named as one that is never a stranger's."""
    for make in SINKS.values():
        make(1, "a stranger's text")
    printed = set(sinks.printed())
    unknown = {(template, name) for template, name in printed if name not in sinks.PLANTED | sinks.OURS}
    assert unknown == set()
    bearing = {template for template, name in printed if name in sinks.PLANTED - sinks.OURS}
    assert bearing - sinks.together(sinks.TEMPLATES) - set(sinks.NOT_STRANGERS) == set()
