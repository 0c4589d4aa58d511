"""Every answer carries the headers that tell a browser what our pages may do."""

from pathlib import Path

import pytest
from litestar import Litestar
from msgspec.structs import replace

from duologue.kernel.house import House
from duologue.settings import Settings
from duologue.web import assets, shell
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.web.conftest import HANDLERS

EVERYWHERE = (
    "/open", "/mine", "/admin", "/nothing/here", "/health/live", "/health/ready", "/metrics", "/robots.txt",
    "/fails/invalid", "/fails/conflict", "/fails/many", "/fails/away", "/fails/bug", "/api/v1/me", "/api/v1/nothing",
    "/api/v1/fails/bug", "/sign-in", "/assets/0000/x.css",
)  # fmt: skip


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_kind_of_answer_is_protected(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_wrong_method_is_answered_with_the_headers_too(browser: Browser) -> None:
    answer = await browser.delete("/open")
    assert answer.status_code == 405
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_stream_carries_them(browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    answer = await browser.get("/stream")
    assert answer.text == "data: x\n\n"
    assert answer.headers["cache-control"] == "no-store"


async def test_an_asset_is_kept_for_ever_and_comes_packed(browser: Browser) -> None:
    address = assets.asset("css/base.css")
    answer = await browser.get(address)
    assert answer.headers["cache-control"] == assets.CACHE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    plain = await browser.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text == assets.text("css/base.css")


@pytest.mark.parametrize("path", ["/assets/../settings.py", "/assets/..%2f..%2fsettings.py", "/assets//etc/passwd"])
async def test_an_asset_leads_to_no_other_file(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_what_stands_on_other_websites_may_be_framed_there(browser: Browser) -> None:
    answer = await browser.post("/in/x", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 201
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" not in answer.headers
    assert "cross-origin-resource-policy" not in answer.headers


async def test_https_is_remembered_only_where_there_is_https(
    browser: Browser, house: House, house_settings: Settings, tmp_path: Path
) -> None:
    assert "strict-transport-security" not in (await browser.get("/open")).headers
    house.settings = replace(house_settings, public_url="https://duologue.test")
    async with Browser(shell.build(house, HANDLERS)) as secure:
        assert (await secure.get("/open")).headers["strict-transport-security"] == "max-age=31536000"


async def test_html_is_never_the_answer_to_a_program(app: Litestar) -> None:
    async with Browser(app) as browser:
        for path in ("/api/v1/me", "/api/v1/nothing", "/api/v1/fails/invalid", "/api/v1/fails/bug"):
            assert (await browser.get(path)).headers["content-type"] == "application/problem+json"
