"""A stranger's mark-up, cleaned and framed: it does nothing with policy and sandbox, and nothing without them."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from duologue.web import policy, render, texts
from tests.attacks.hostile import PAYLOADS
from tests.attacks.test_browser_sinks import Stage, chromium, stage
from tests.attacks.watching import watched
from tests.screens import people as cast

__all__ = ["AsyncIterator", "chromium", "stage"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
_ALLOWED = """
() => [...new Set([...document.querySelectorAll("main *")].flatMap((e) => e.getAttributeNames()))]
"""
_LINKS = "[...document.querySelectorAll('main [href]')].map((e) => [e.protocol, e.target, e.rel])"
HARMLESS = {"href", "rel", "target", "title", "dir", "lang", "alt", "width", "height", "colspan", "rowspan", "align",
            "valign", "scope", "start", "type", "src"}  # fmt: skip


def letter() -> str:
    """Every text as the body of a mail, each cleaned alone, behind a mark that must still be read."""
    bodies = [texts.sanitise(f"<p>seen-{number}.</p>{text}") for number, text in enumerate(PAYLOADS)]
    return render.page(
        "web/mail.html", viewer=cast.ANA, now=cast.NOW,
        body=texts.Markup("\n").join(one.html for one in bodies), held_back=sum(one.held_back for one in bodies),
    )  # fmt: skip


@pytest.mark.parametrize("guards", ["policy", "none"])
async def test_a_letter_does_nothing(chromium: Browser, stage: Stage, guards: str) -> None:
    stage.pages["letter"] = letter(), policy.frame_headers() if guards == "policy" else {}
    async with watched(chromium, stage.base) as window:
        await window.page.goto(f"{stage.base}/stage/letter")
        shown = await window.page.evaluate("document.querySelector('main').textContent")
        attributes = await window.page.evaluate(_ALLOWED)
        links = await window.page.evaluate(_LINKS)
        loaded = await window.page.evaluate("[...document.querySelectorAll('main [src], main img')].map((e) => e.src)")
        assert await window.harmed() == []
    assert [number for number in range(len(PAYLOADS)) if f"seen-{number}." not in shown] == []
    assert set(attributes) <= HARMLESS
    assert {protocol for protocol, _, _ in links} <= {"http:", "https:", "mailto:", "tel:"}
    assert all(target == "_blank" and "noopener" in rel for _, target, rel in links)
    assert set(loaded) <= {""}


async def test_a_letter_in_its_frame_beside_the_inbox_reaches_nothing_around_it(
    chromium: Browser, stage: Stage
) -> None:
    """Uncleaned: what the sandbox and the policy hold by themselves. Nothing runs; what is asked for is refused."""
    stage.pages["raw"] = "<!doctype html><main>" + "</main><main>".join(PAYLOADS), policy.frame_headers()
    frame = f'<iframe id="f" sandbox="{_sandbox()}" src="/stage/raw"></iframe>'
    stage.pages["around"] = f"<!doctype html><title>around</title>{frame}", {}
    async with watched(chromium, stage.base) as window:
        await window.page.goto(f"{stage.base}/stage/around")
        assert await window.page.evaluate(
            "document.getElementById('f').contentDocument.querySelectorAll('main').length"
        )
        assert window.ran == []
        assert window.called == []
        assert await window.page.title() == "around"


def _sandbox() -> str:
    """As the bubble has it."""
    drawn = render.fragment("conversations/bubble.html", b=cast.theirs(1, None, cast.NOW, has_html=True), now=cast.NOW)
    return drawn.partition('sandbox="')[2].partition('"')[0]


def test_remote_pictures_are_counted_and_left_out() -> None:
    clean = texts.sanitise(
        '<img src="https://third.example/p.gif" width=1 height=1><img src=//third.example/q><img src="cid:a">'
    )
    assert "third.example" not in clean.html
    assert clean.held_back == 2
