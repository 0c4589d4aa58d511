"""Signing in at a platform from the connect page: bound to the session and the account, once, for ten minutes."""

from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import pytest

from duologue.accounts import connect, pages, settings, show
from duologue.accounts.model import AccountRow, State
from duologue.accounts.settings import opened
from duologue.channels.contract import Grant, Leaving, NotGranted, Returned, kept
from duologue.kernel.clock import Turned
from duologue.kernel.egress import NoAnswer
from duologue.kernel.house import House
from duologue.kernel.work import work
from tests.accounts.pretend import KIND, PRETEND, Settings
from tests.accounts.test_connect import made, row
from tests.browser_of import AT, Browser
from tests.cast import Colleague

BACK = "/settings/channels/signed-in"
CAME: list[Returned] = []


class Kept(Settings, frozen=True, kw_only=True):
    """As the made-up platform's, with a key that only a sign-in gives."""

    got: Annotated[str, kept()] = ""


def _begin(its: Kept, leaving: Leaving) -> str:
    return (
        f"https://platform.example/authorize?state={leaving.state}&challenge={leaving.challenge}&to={leaving.redirect}"
    )


async def _finish(account: Any, returned: Returned) -> Kept:
    CAME.append(returned)
    if returned.error:
        raise NotGranted("The request was declined there.")
    if returned.code == "down":
        raise NoAnswer("platform.example does not answer", sent=True)
    return msgspec.structs.replace(account.settings, got=f"key-for-{returned.code}")


SIGNING = msgspec.structs.replace(
    PRETEND,
    settings=Kept,
    secret=lambda: Kept(key="made" * 10),
    missing=lambda its: [] if its.got else ["token"],
    grant=Grant(
        wanted=lambda its: its.notes != "password",
        ready=lambda its: [] if its.page else ["page"],
        begin=_begin,
        finish=_finish,
        standing=lambda its: "Signed in." if its.got else "",
    ),
)


@pytest.fixture(autouse=True)
def _signing(monkeypatch: pytest.MonkeyPatch) -> None:
    CAME.clear()
    for module in (settings, show, pages):
        monkeypatch.setattr(module, "channels", lambda: {KIND: SIGNING})


async def _key(house: House, workspace: UUID, id: UUID) -> str:
    return opened(await house.safe(workspace), await row(house, workspace, id))[1].got


async def _begun(browser: Browser, account: AccountRow) -> str:
    """The state under which the browser was sent away."""
    page = await browser.post(f"/settings/channels/{account.id}/sign-in")
    assert page.status_code == 200
    to = page.text.partition('href="https://platform.example')[2].partition('"')[0].replace("&amp;", "&")
    asked = {name: its[0] for name, its in parse_qs(urlsplit(f"https://platform.example{to}").query).items()}
    assert asked["to"] == AT + BACK
    assert len(asked["challenge"]) == 43
    return asked["state"]


@pytest.fixture
async def account(house: House, browser: Browser, ana: Colleague) -> AccountRow:
    await browser.sign_in(ana)
    return await made(house, ana.workspace)


async def test_the_page_shows_where_to_come_back_to_and_as_whom_one_is(
    house: House, browser: Browser, ana: Colleague, account: AccountRow
) -> None:
    page = (await browser.get(f"/settings/channels/{account.id}")).text
    assert AT + BACK in page
    assert "Now sign in with the provider." in page
    assert 'name="got"' not in page
    state = await _begun(browser, account)
    answer = await browser.get(BACK, params={"state": state, "code": "c1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/settings/channels/{account.id}#checks")
    page = (await browser.get(f"/settings/channels/{account.id}")).text
    assert ("Signed in." in page, "Sign in again" in page, "key-for" in page) == (True, True, False)
    assert (await row(house, ana.workspace, account.id)).state is State.ACTIVE
    (came,) = CAME
    assert (came.code, came.redirect, len(came.verifier) >= 43) == ("c1", AT + BACK, True)


async def test_a_way_back_is_good_once(house: House, browser: Browser, ana: Colleague, account: AccountRow) -> None:
    state = await _begun(browser, account)
    await browser.get(BACK, params={"state": state, "code": "c1"})
    again = await browser.get(BACK, params={"state": state, "code": "c2"})
    assert (again.status_code, "Begin it again" in again.text) == (409, True)
    assert await _key(house, ana.workspace, account.id) == "key-for-c1"


async def test_a_way_back_ends_after_ten_minutes(
    house: House, browser: Browser, ana: Colleague, account: AccountRow, clock: Turned
) -> None:
    state = await _begun(browser, account)
    clock.turn(minutes=10, seconds=1)
    assert (await browser.get(BACK, params={"state": state, "code": "c1"})).status_code == 409
    assert (CAME, await _key(house, ana.workspace, account.id)) == ([], "")


async def test_only_the_newest_way_counts(browser: Browser, account: AccountRow) -> None:
    first = await _begun(browser, account)
    second = await _begun(browser, account)
    assert (await browser.get(BACK, params={"state": first, "code": "c1"})).status_code == 409
    assert (await browser.get(BACK, params={"state": second, "code": "c1"})).status_code == 303


@pytest.mark.parametrize("state", ["", "x", "a" * 43, "\x00", "é" * 9000])
async def test_a_made_up_state_changes_nothing(browser: Browser, account: AccountRow, state: str) -> None:
    await _begun(browser, account)
    assert (await browser.get(BACK, params={"state": state, "code": "c1"})).status_code == 409
    assert CAME == []


async def test_another_session_cannot_come_back_with_it(
    house: House, browser: Browser, ana: Colleague, nora: Colleague, account: AccountRow, app: Any
) -> None:
    """Neither the same administrator's other browser, nor another workspace's administrator, nor nobody."""
    state = await _begun(browser, account)
    for who in (ana, nora):
        async with Browser(app) as other:
            await other.sign_in(who)
            assert (await other.get(BACK, params={"state": state, "code": "c1"})).status_code == 409
    async with Browser(app) as nobody:
        assert (await nobody.get(BACK, params={"state": state, "code": "c1"})).status_code == 303  # to signing in
    assert CAME == []
    assert (await browser.get(BACK, params={"state": state, "code": "c1"})).status_code == 303
    assert await _key(house, ana.workspace, account.id) == "key-for-c1"


@pytest.mark.parametrize(
    ("came", "words"),
    [
        ({"error": "access_denied", "error_description": "no"}, "The request was declined there."),
        ({"code": "down"}, "could not be asked for the key"),
    ],
)
async def test_what_went_wrong_there_stands_on_the_page_and_nothing_changes(
    house: House, browser: Browser, ana: Colleague, account: AccountRow, came: dict[str, str], words: str
) -> None:
    state = await _begun(browser, account)
    answer = await browser.get(BACK, params={"state": state, **came})
    assert answer.status_code == 303
    assert words in (await browser.get(answer.headers["location"])).text
    assert await _key(house, ana.workspace, account.id) == ""


@pytest.mark.parametrize("changed", [{"server": "http://mine.example", "token": "again"}, {"page": "99"}])
async def test_a_code_goes_to_nobody_else_than_it_was_asked_of(
    house: House, browser: Browser, ana: Colleague, account: AccountRow, changed: dict[str, str]
) -> None:
    """Somebody changes the account while the browser is away: the code is of the provider that was set before."""
    state = await _begun(browser, account)
    async with work(house, ana.workspace) as open_work:
        await connect.change(open_work, account.id, "", changed, by=ana.id)
    answer = await browser.get(BACK, params={"state": state, "code": "c1"})
    assert (answer.status_code, CAME) == (409, [])
    state = await _begun(browser, account)
    assert (await browser.get(BACK, params={"state": state, "code": "c2"})).status_code == 303


async def test_only_administrators_sign_in(browser: Browser, house: House, ben: Colleague) -> None:
    account = await made(house, ben.workspace)
    await browser.sign_in(ben)
    assert (await browser.post(f"/settings/channels/{account.id}/sign-in")).status_code == 403
    assert (await browser.get(BACK, params={"state": "x", "code": "c"})).status_code == 403


async def test_an_account_that_is_not_ready_or_has_a_password_is_not_led_away(
    house: House, browser: Browser, ana: Colleague
) -> None:
    await browser.sign_in(ana)
    bare = await made(house, ana.workspace, {"token": "x"})
    other = await made(house, ana.workspace, {"page": "1", "notes": "password"})
    assert "Fill in what the sign-in needs" in (await browser.post(f"/settings/channels/{bare.id}/sign-in")).text
    assert "not connected by signing in" in (await browser.post(f"/settings/channels/{other.id}/sign-in")).text


@pytest.mark.parametrize("to", ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "/elsewhere", "file:///"])
async def test_nobody_is_led_to_what_is_no_web_address(
    browser: Browser, account: AccountRow, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    way = msgspec.structs.replace(SIGNING.grant, begin=lambda _its, _leaving: to)
    monkeypatch.setattr(settings, "channels", lambda: {KIND: msgspec.structs.replace(SIGNING, grant=way)})
    page = await browser.post(f"/settings/channels/{account.id}/sign-in")
    assert (page.status_code, to in page.text) == (409, False)


async def test_no_form_and_no_program_sets_what_a_sign_in_gave(
    house: House, browser: Browser, ana: Colleague, account: AccountRow
) -> None:
    state = await _begun(browser, account)
    await browser.get(BACK, params={"state": state, "code": "c1"})
    form = {"name": "Shop", "page": "13", "token": "", "key": "", "port": "1", "security": "tls", "notes": "",
            "server": "http://127.0.0.1:9"}  # fmt: skip
    assert (await browser.post(f"/settings/channels/{account.id}", data={**form, "got": "mine"})).status_code == 422
    assert (await browser.post(f"/settings/channels/{account.id}", data=form)).status_code == 303
    assert await _key(house, ana.workspace, account.id) == "key-for-c1"
