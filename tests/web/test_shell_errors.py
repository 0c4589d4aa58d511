"""What goes wrong is told in words, and never more than the reader may know."""

import pytest
from structlog.testing import capture_logs

from tests.browser_of import Browser
from tests.web.conftest import SECRET_WORDS


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/fails/invalid", 422, "The colour is none."),
        ("/fails/conflict", 409, "Somebody was faster."),
        ("/fails/many", 429, "Slowly."),
        ("/fails/away", 503, "Nothing is lost."),
        ("/nothing/here", 404, "There is nothing at this address."),
    ],
)
async def test_a_person_reads_a_page(browser: Browser, path: str, status: int, words: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert words in answer.text


async def test_a_script_gets_one_line_to_show(browser: Browser) -> None:
    answer = await browser.get("/fails/conflict", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Somebody was faster." in answer.text
    assert "<html" not in answer.text


async def test_a_program_gets_problem_details_with_the_field(browser: Browser) -> None:
    answer = await browser.get("/api/v1/fails/invalid")
    assert answer.json() == {
        "title": "Something is not right", "status": 422, "detail": "The colour is none.", "field": "colour",
    }  # fmt: skip


async def test_how_long_to_wait_is_a_header(browser: Browser) -> None:
    assert (await browser.get("/fails/many")).headers["retry-after"] == "3"
    away = await browser.get("/fails/away")
    assert (away.headers["retry-after"], away.headers["refresh"]) == ("3", "3")


@pytest.mark.parametrize("path", ["/fails/bug", "/api/v1/fails/bug"])
async def test_a_mistake_of_ours_is_logged_without_what_anybody_wrote(browser: Browser, path: str) -> None:
    with capture_logs() as logs:
        answer = await browser.get(path)
    assert answer.status_code == 500
    (entry,) = logs
    assert entry["error"] == "RuntimeError"
    assert entry["route"] == path.replace("bug", "{how}")
    assert entry["reference"] in answer.text
    assert any("conftest.py" in place for place in entry["at"])
    assert SECRET_WORDS not in answer.text
    assert SECRET_WORDS not in str(logs)


async def test_an_address_with_markup_is_shown_as_text(browser: Browser) -> None:
    answer = await browser.get("/<script>alert(1)</script>")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


async def test_too_much_is_refused_before_it_is_read(browser: Browser) -> None:
    answer = await browser.post("/sign-in", content=b"x" * (31 * 1024 * 1024),
                                headers={"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert answer.status_code == 413
