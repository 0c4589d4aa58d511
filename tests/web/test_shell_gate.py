"""Who comes in where."""

import pytest
from litestar import Litestar, get

from duologue.kernel.acts import Act
from duologue.kernel.house import House
from duologue.team import keys
from duologue.web import shell
from duologue.web.gate import Policy
from tests.browser_of import Browser
from tests.cast import Colleague

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://duologue.test"},
    {"Sec-Fetch-Site": "", "Origin": "http://elsewhere.test"},
    {"Sec-Fetch-Site": "", "Origin": "null"},
    {"Sec-Fetch-Site": "", "Origin": "http://duologue.test.elsewhere.test"},
    {"Sec-Fetch-Site": "", "Origin": "duologue.test"},
    {"Sec-Fetch-Site": ""},
]


async def test_every_route_of_the_program_declares_who_may_use_it(app: Litestar) -> None:
    ways = {(way.method, way.path): way.policy for way in shell.inventory(app)}
    assert ways["GET", "/settings/team"] is Policy.ADMINISTRATOR
    assert ways["POST", "/settings/profile"] is Policy.SIGNED_IN
    assert ways["*", "/stream"] is Policy.SIGNED_IN
    public = sorted(path for (method, path), policy in ways.items() if policy is Policy.PUBLIC and method == "POST")
    assert public == ["/join/{token:str}", "/open", "/sign-in", "/sign-out", "/welcome/{token:str}"]


async def test_a_route_without_a_policy_stops_the_building(house: House) -> None:
    @get("/forgotten")
    async def forgotten() -> str:
        return ""

    with pytest.raises(LookupError, match="/forgotten"):
        shell.build(house, [forgotten])


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_change_from_a_foreign_page_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    assert (await browser.post("/open", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "http://duologue.test"},
        {"Sec-Fetch-Site": "", "Origin": "http://10.0.0.8:8000", "Host": "10.0.0.8:8000"},
    ],
)
async def test_a_change_from_our_own_page_passes(browser: Browser, headers: dict[str, str]) -> None:
    assert (await browser.post("/open", headers=headers)).status_code == 201


async def test_a_foreign_form_signs_nobody_in_and_nobody_out(browser: Browser, ana: Colleague) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    form = {"email": ana.email, "password": ana.password}
    assert (await browser.post("/sign-in", data=form, headers=foreign)).status_code == 403
    await browser.sign_in(ana)
    assert (await browser.post("/sign-out", headers=foreign)).status_code == 403
    assert (await browser.get("/mine")).status_code == 200


async def test_reading_from_a_foreign_page_is_what_a_link_does(browser: Browser) -> None:
    assert (await browser.get("/open", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_a_stranger_is_led_to_the_door_and_back(browser: Browser) -> None:
    answer = await browser.get("/mine?a=1&b=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fmine%3Fa%3D1%26b%3D2"


async def test_a_strangers_script_and_stream_get_a_401(browser: Browser) -> None:
    assert (await browser.get("/mine", headers={"HX-Request": "true"})).status_code == 401
    assert (await browser.get("/stream", headers={"Accept": "text/event-stream"})).status_code == 401


async def test_an_agent_is_no_administrator(browser: Browser, ben: Colleague) -> None:
    await browser.sign_in(ben)
    assert (await browser.get("/mine")).text == "Ben Okafor agent UTC"
    assert (await browser.get("/admin")).status_code == 403


async def test_a_session_is_no_key_and_a_key_is_no_session(house: House, browser: Browser, ana: Colleague) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        key = await keys.make(tx, Act(by=ana.id, now=house.now(), wake=house.wake), "reports")
    await browser.sign_in(ana)
    assert (await browser.get("/api/v1/me")).status_code == 401
    bearer = {"Authorization": f"Bearer {key}"}
    assert (await browser.get("/api/v1/me", headers=bearer)).text == "reports"
    browser.cookies.clear()
    assert (await browser.get("/mine", headers=bearer)).status_code == 303


async def test_a_program_needs_no_browser_headers(house: House, browser: Browser, ana: Colleague) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        key = await keys.make(tx, Act(by=ana.id, now=house.now(), wake=house.wake), "reports")
    headers = {"Authorization": f"Bearer {key}", "Sec-Fetch-Site": ""}
    assert (await browser.post("/api/v1/change", headers=headers)).status_code == 201


async def test_figures_are_for_this_machine_and_for_keys(app: Litestar, house: House, ana: Colleague) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        key = await keys.make(tx, Act(by=ana.id, now=house.now(), wake=house.wake), "prometheus")
    async with Browser(app, address="127.0.0.1") as here, Browser(app, address="203.0.113.5") as elsewhere:
        assert "duologue_http_requests_total" in (await here.get("/metrics")).text
        assert (await here.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"})).status_code == 401
        assert (await elsewhere.get("/metrics")).status_code == 401
        assert (await elsewhere.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})).status_code == 401
        assert (await elsewhere.get("/metrics", headers={"Authorization": f"Bearer {key}"})).status_code == 200


async def test_figures_name_routes_and_no_ids(app: Litestar) -> None:
    async with Browser(app, address="127.0.0.1") as here:
        await here.get("/welcome/somebodys-secret-token")
        figures = (await here.get("/metrics")).text
    assert 'route="/welcome/{token}"' in figures
    assert "somebodys-secret-token" not in figures


async def test_ready_means_reachable_and_migrated(browser: Browser, house: House) -> None:
    assert (await browser.get("/health/live")).text == "alive\n"
    assert (await browser.get("/health/ready")).text == "ready\n"


async def test_an_older_schema_is_not_ready(browser: Browser, house: House) -> None:
    connection = await house.db.alone()
    await connection.execute("DELETE FROM migration WHERE number = (SELECT max(number) FROM migration)")
    await connection.close()
    answer = await browser.get("/health/ready")
    assert answer.status_code == 503
    assert "this program needs" in answer.text
