"""What members decide for themselves."""

import pytest

from duologue.kernel.house import House
from duologue.team import profile
from duologue.web.sessions import viewer_of
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.team.conftest import Acting

FORM = {"name": "Ana R.", "language": "en", "theme": "dark", "undo_seconds": "5"}
NEW = "nine green umbrellas"


async def test_name_and_screen_are_saved_and_shown(browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    answer = await browser.post("/settings/profile", data=FORM)
    assert answer.headers["location"] == "/settings/profile?saved=true"
    page = (await browser.get("/settings/profile?saved=true")).text
    assert 'data-theme="dark"' in page
    assert "Ana R." in page
    assert "Saved." in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "A\0"},
        {"language": "tlh"},
        {"undo_seconds": "31"},
        {"undo_seconds": "-1"},
        {"undo_seconds": "soon"},
        {"theme": "pink"},
        {"role": "administrator"},
        {"email": "other@lume.example"},
        {"active": "false"},
        {"password_hash": "x" * 40},
        {"workspace_id": "00000000-0000-0000-0000-000000000000"},
    ],
)
async def test_nothing_else_is_taken(house: House, browser: Browser, ben: Colleague, wrong: dict[str, str]) -> None:
    await browser.sign_in(ben)
    row = "SELECT member::text FROM member"
    async with house.db.workspace(ben.workspace) as tx:
        before = await tx.rows(str, row)
    assert (await browser.post("/settings/profile", data={**FORM, **wrong})).status_code == 422
    async with house.db.workspace(ben.workspace) as tx:
        assert await tx.rows(str, row) == before


async def test_a_new_password_ends_every_other_session(browser: Browser, second: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    await second.sign_in(ana)
    answer = await browser.post("/settings/profile", data={**FORM, "password": ana.password, "new_password": NEW})
    assert answer.status_code == 303
    assert (await browser.get("/mine")).status_code == 200
    assert (await second.get("/mine")).status_code == 303
    assert (await second.sign_in(ana)).status_code == 401
    assert (await second.sign_in(ana, password=NEW)).status_code == 303


@pytest.mark.parametrize(
    ("password", "new", "words"),
    [
        ("wrong password here", NEW, "This is not your present password."),
        ("", NEW, "This is not your present password."),
        (None, "too short", "A password needs at least 12 characters."),
        (None, "password12345", "This password is soon guessed."),
    ],
)
async def test_a_password_is_changed_only_with_the_present_one_to_a_good_one(
    browser: Browser, second: Browser, ana: Colleague, password: str | None, new: str, words: str
) -> None:
    await browser.sign_in(ana)
    given = ana.password if password is None else password
    answer = await browser.post("/settings/profile", data={**FORM, "password": given, "new_password": new})
    assert answer.status_code == 422
    assert words in answer.text
    assert new not in answer.text
    assert (await second.sign_in(ana)).status_code == 303


async def test_the_present_password_cannot_be_guessed_here_either(browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    form = {**FORM, "password": "guess number one", "new_password": NEW}
    answers = [(await browser.post("/settings/profile", data=form)).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


async def test_a_member_sees_and_ends_their_own_sessions(
    house: House, browser: Browser, second: Browser, ana: Colleague, acting: Acting
) -> None:
    await browser.sign_in(ana)
    await second.post("/sign-in", data={"email": ana.email, "password": ana.password},
                      headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0"})  # fmt: skip
    cookie = f"duologue={browser.cookies['duologue']}".encode()
    viewer = await viewer_of(house, {"headers": [(b"cookie", cookie)]})
    assert viewer
    async with house.db.workspace(ana.workspace) as tx:
        sessions = await profile.own_sessions(tx, acting(ana), viewer)
    (other,) = [session for session in sessions if session.id != viewer.session_id]
    assert other.device == "Firefox on Linux"
    assert (await browser.post(f"/settings/sessions/{other.id}/end")).status_code == 303
    assert (await second.get("/mine")).status_code == 303
    assert (await browser.get("/mine")).status_code == 200


async def test_nobody_ends_the_session_of_somebody_else(
    house: House, browser: Browser, second: Browser, ana: Colleague, ben: Colleague
) -> None:
    await second.sign_in(ana)
    await browser.sign_in(ben)
    async with house.db.workspace(ana.workspace) as tx:
        (session,) = await tx.rows(str, "SELECT id::text FROM session WHERE member_id = %(ana)s", {"ana": ana.id})
    assert (await browser.post(f"/settings/sessions/{session}/end")).status_code == 404
    assert (await second.get("/mine")).status_code == 200
