"""Signing in, staying so, and being signed out."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.settings import Settings
from duologue.team import keys, pages, passwords
from duologue.team.sign_in import REFUSED
from duologue.web import shell
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.team.conftest import mine


async def test_where_nobody_has_joined_the_page_points_to_the_link_that_was_printed(
    house: House, browser: Browser
) -> None:
    assert "with the link that the program printed" in (await browser.get("/sign-in")).text


async def test_once_somebody_has_joined_it_does_not(browser: Browser, ana: Colleague) -> None:
    assert "with the link that the program printed" not in (await browser.get("/sign-in")).text


async def test_the_right_password_opens(browser: Browser, ana: Colleague) -> None:
    answer = await browser.sign_in(ana, next="/mine")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/mine"
    assert (await browser.get("/mine")).text == "Ana Ruiz administrator"


@pytest.mark.parametrize(
    "form",
    [
        {"password": "seven quiet lamp"},
        {"password": ""},
        {"password": "Seven quiet lamps"},
        {"password": "seven quiet lamps\0"},
        {"email": "nobody@lume.example"},
        {"email": ""},
        {"email": "ana@lume.example\0"},
        {"email": "%"},
        {"email": "a" * 5000},
        {"password": "x" * 100_000},
    ],
)
async def test_anything_else_does_not_and_says_nothing_more(
    browser: Browser, ana: Colleague, form: dict[str, str]
) -> None:
    answer = await browser.sign_in(ana, **form)
    assert answer.status_code == 401
    assert REFUSED in answer.text
    assert "set-cookie" not in answer.headers
    assert (await browser.get("/mine")).status_code == 303


async def test_an_unknown_address_is_answered_exactly_as_a_wrong_password(browser: Browser, ana: Colleague) -> None:
    wrong = await browser.sign_in(ana, password="something else entirely")
    unknown = await browser.sign_in(ana, email="who@lume.example", password="something else entirely")
    assert unknown.text.replace("who@lume.example", ana.email) == wrong.text


async def test_an_unknown_address_costs_the_same_work(
    browser: Browser, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []
    monkeypatch.setattr(passwords, "_verify", lambda plain, stored: worked.append(stored) or False)
    await browser.sign_in(ana)
    await browser.sign_in(ana, email="who@lume.example")
    assert len(worked) == 2
    parameters = [re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", stored) for stored in worked]
    assert all(parameters)


async def test_whoever_was_deactivated_is_answered_the_same(house: House, browser: Browser, ben: Colleague) -> None:
    async with house.db.workspace(ben.workspace) as tx:
        await tx.run("UPDATE member SET active = false")
    answer = await browser.sign_in(ben)
    assert answer.status_code == 401
    assert REFUSED in answer.text


async def test_guessing_is_slowed_down_for_one_address(browser: Browser, ana: Colleague, clock: Turned) -> None:
    for _ in range(10):
        assert (await browser.sign_in(ana, password="guess number one")).status_code == 401
    assert (await browser.sign_in(ana)).status_code == 429
    clock.turn(minutes=1)
    assert (await browser.sign_in(ana)).status_code == 303


async def test_guessing_is_slowed_down_for_one_caller(browser: Browser, ana: Colleague) -> None:
    for number in range(30):
        assert (await browser.sign_in(ana, email=f"guess{number}@lume.example")).status_code == 401
    assert (await browser.sign_in(ana)).status_code == 429


async def test_good_passwords_are_not_counted(browser: Browser, ana: Colleague) -> None:
    for _ in range(12):
        assert (await browser.sign_in(ana)).status_code == 303


@pytest.mark.parametrize("next_", ["https://elsewhere.test", "//elsewhere.test", "/\\elsewhere.test"])
async def test_signing_in_leads_to_no_foreign_place(browser: Browser, ana: Colleague, next_: str) -> None:
    assert (await browser.sign_in(ana, next=next_)).headers["location"] == "/"
    assert (await browser.get("/sign-in", params={"next": next_})).headers["location"] == "/"


async def test_fields_that_are_not_asked_for_are_refused(browser: Browser, ana: Colleague) -> None:
    assert (await browser.sign_in(ana, role="administrator")).status_code == 422


async def test_lists_where_a_word_is_wanted_are_refused(browser: Browser, ana: Colleague) -> None:
    answer = await browser.post("/sign-in", data={"email": ana.email, "password": [ana.password, ana.password]})
    assert answer.status_code == 422


async def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: Browser, ana: Colleague) -> None:
    cookie = (await browser.sign_in(ana)).headers["set-cookie"]
    assert re.fullmatch(r"duologue=[\w-]{43}; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax", cookie)


async def test_over_https_the_cookie_is_bound_to_the_host(
    house: House, house_settings: Settings, ana: Colleague, tmp_path: Path
) -> None:
    house.settings = replace(house_settings, public_url="https://duologue.test")
    async with Browser(shell.build(house, [mine, *pages.routes(house)], key_of=keys.key_of)) as browser:
        cookie = (await browser.sign_in(ana)).headers["set-cookie"]
    assert re.fullmatch(r"__Host-duologue=[\w-]{43}; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax; Secure", cookie)


async def test_only_a_hash_of_the_token_is_stored(house: House, browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    token = browser.cookies["duologue"]
    async with house.db.hall() as tx:
        stored = await tx.rows(str, "SELECT session::text FROM session")
    assert len(stored) == 1
    assert token not in stored[0]


async def test_every_sign_in_makes_a_new_token_and_ends_the_old_session(browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    old = browser.cookies["duologue"]
    await browser.sign_in(ana)
    assert browser.cookies["duologue"] != old
    answer = await browser.get("/mine", headers={"Cookie": f"duologue={old}"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "cookie", ["", "duologue=", "duologue=null", "duologue=[]", "duologue=%00", "duologue=" + "A" * 43, "duologue"]
)
async def test_no_other_token_matches(browser: Browser, house: House, ana: Colleague, cookie: str) -> None:
    await browser.sign_in(ana)
    browser.cookies.clear()
    assert (await browser.get("/mine", headers={"Cookie": cookie})).status_code == 303


async def test_signing_out_ends_the_session_itself(browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    token = browser.cookies["duologue"]
    answer = await browser.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["clear-site-data"] == '"storage"'
    assert "duologue" not in browser.cookies
    assert (await browser.get("/mine", headers={"Cookie": f"duologue={token}"})).status_code == 303


async def test_a_session_lasts_two_weeks_from_its_last_use(browser: Browser, ana: Colleague, clock: Turned) -> None:
    await browser.sign_in(ana)
    for _ in range(3):
        clock.turn(days=13)
        assert (await browser.get("/mine")).status_code == 200
    clock.turn(days=14, seconds=1)
    assert (await browser.get("/mine")).status_code == 303


async def test_no_session_lasts_longer_than_ninety_days(browser: Browser, ana: Colleague, clock: Turned) -> None:
    await browser.sign_in(ana)
    for _ in range(8):
        clock.turn(days=11)
        assert (await browser.get("/mine")).status_code == 200
    clock.turn(days=3)
    assert (await browser.get("/mine")).status_code == 303


async def test_the_zone_of_the_browser_is_remembered_where_it_is_one(browser: Browser, ana: Colleague) -> None:
    assert "duologue-zone" not in (await browser.sign_in(ana, zone="Mars/Phobos\r\nX: y")).headers["set-cookie"]
    await browser.sign_in(ana, zone="America/Lima")
    assert browser.cookies["duologue-zone"] == "America%2FLima"


async def test_signing_in_is_in_the_audit(house: House, browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    async with house.db.workspace(ana.workspace) as tx:
        assert await tx.rows(str, "SELECT action FROM audit WHERE actor_id = %(id)s", {"id": ana.id}) == [
            "member.signed_in"
        ]


async def test_a_password_changed_while_it_was_checked_opens_nothing(
    house: House, browser: Browser, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = passwords.matches

    async def slowly(password: str, stored: str | None) -> bool:
        async with house.db.workspace(ana.workspace) as tx:
            await tx.run("UPDATE member SET password_hash = 'another one, quite long enough'")
        return await checked(password, stored)

    monkeypatch.setattr(passwords, "matches", slowly)
    answer = await browser.sign_in(ana)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
