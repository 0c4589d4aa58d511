"""Nobody gets in, stays in or is kept out by what somebody else does at the door."""

import ast
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from duologue import team
from duologue.errors import Invalid
from duologue.kernel.acts import Act
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.team import invite, keys, pages, passwords
from duologue.team.model import Role
from duologue.web import client, shell
from duologue.web.gate import Policy
from tests.browser_of import Browser
from tests.cast import Colleague

NEW = "nine loud kettles"
PROFILE = {"name": "Ana Ruiz", "language": "en", "theme": "dark", "undo_seconds": "5"}


@pytest.fixture
def app(house: House) -> Litestar:
    return shell.build(house, pages.routes(house), key_of=keys.key_of)


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Browser]:
    async with Browser(app) as opened:
        yield opened


async def test_a_stranger_who_fails_on_purpose_locks_out_only_themselves(app: Litestar, ana: Colleague) -> None:
    async with Browser(app, address="203.0.113.66") as stranger:
        tried = [(await stranger.sign_in(ana, password="wrong on purpose")).status_code for _ in range(12)]
        assert tried == [401] * 10 + [429] * 2
    async with Browser(app) as browser:
        assert (await browser.sign_in(ana)).status_code == 303


async def test_many_callers_together_are_slowed_down_too(
    app: Litestar, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_verify", lambda plain, stored: False)
    answers: list[int] = []
    for caller in range(31):
        async with Browser(app, address=f"203.0.113.{caller}") as stranger:
            answers += [(await stranger.sign_in(ana, password="guessed together")).status_code for _ in range(10)]
    assert answers[:300] == [401] * 300
    assert set(answers[300:]) == {429}


async def test_a_network_of_one_subscriber_is_one_caller(app: Litestar, ana: Colleague) -> None:
    answers = []
    for number in range(11):
        async with Browser(app, address=f"2001:db8:1:1::{number:x}") as stranger:
            answers.append((await stranger.sign_in(ana, password="another address each")).status_code)
    assert answers == [401] * 10 + [429]


async def test_one_colleague_who_forgot_a_password_slows_down_nobody_else(
    app: Litestar, ana: Colleague, ben: Colleague
) -> None:
    async with Browser(app) as one, Browser(app) as other:
        await one.sign_in(ana)
        await other.sign_in(ben)
        for _ in range(40):
            await one.post("/settings/profile", data={**PROFILE, "password": "forgotten", "new_password": NEW})
        form = {**PROFILE, "name": ben.name, "password": ben.password, "new_password": NEW}
        assert (await other.post("/settings/profile", data=form)).status_code == 303


@pytest.mark.parametrize(
    "password", ["ana.ruiz@lume.example", "ANA.RUIZ@LUME.EXAMPLE", "ana.ruiz@lume.example1!", "Ana Maria Ruiz 2026",
                 "ana.ruiz2026", "Ana Maria RuizAna Maria Ruiz"],
)  # fmt: skip
async def test_what_everybody_knows_of_somebody_is_no_password(password: str) -> None:
    with pytest.raises(Invalid, match="soon guessed"):
        await passwords.hashed(password, ("ana.ruiz@lume.example", "Ana Maria Ruiz"))


async def test_words_beside_what_is_known_are_a_password() -> None:
    assert await passwords.hashed("Ana Ruiz keeps lamps", ("ana@lume.example", "Ana Ruiz"))


async def test_neither_at_the_door_nor_in_the_profile_is_the_own_address_taken(
    house: House, app: Litestar, browser: Browser, ana: Colleague
) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        act = Act(by=ana.id, now=house.now(), wake=house.wake)
        token = await invite.make(tx, act, Role.AGENT, "casey.lee@lume.example")
    form = {"name": "Casey Lee", "password": "casey.lee@lume.example"}
    assert (await browser.post(f"/join/{token}", data=form)).status_code == 422
    assert (await browser.post(f"/join/{token}", data={**form, "password": NEW})).status_code == 303
    form = {**PROFILE, "name": "Casey", "password": NEW, "new_password": "Casey.Lee@lume.example"}
    assert (await browser.post("/settings/profile", data=form)).status_code == 422


async def test_every_place_that_stores_a_password_says_whose_it_is() -> None:
    """A new way to set a password that forgets to name its owner would take the owner's address as one."""
    bare = [
        f"{file}:{call.lineno}"
        for file in Path(team.__file__).parent.glob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("passwords.hashed") and len(call.args) < 2
    ]
    assert bare == []


async def _sessions(house: House, workspace: UUID) -> int:
    async with house.db.workspace(workspace) as tx:
        (found,) = await tx.rows(int, "SELECT count(*)::int FROM session")
    return found


WRONG: list[dict[str, Any]] = [
    {"password": "wrong password here"}, {"password": ""}, {"password": " "}, {"password": "\0"}, {"password": "null"},
    {"password": "[object Object]"}, {"password": "' OR ''='"}, {"password": "é" * 5000}, {"password": []},
    {"password[]": "seven quiet lamps", "password": ""}, {"password[$ne]": "x", "password": ""},
    {"email": "ana@lume.example' --"}, {"email": "%"}, {"email": "ana@lume.exampl_"}, {"email": "*"}, {"email": "\0"},
]  # fmt: skip


async def test_nothing_but_the_password_opens(house: House, app: Litestar, ana: Colleague) -> None:
    for number, wrong in enumerate(WRONG):
        async with Browser(app, address=f"192.0.2.{number}") as browser:
            answer = await browser.sign_in(ana, **wrong)
        assert answer.status_code in {401, 422}, wrong
        assert "set-cookie" not in answer.headers, wrong
    assert await _sessions(house, ana.workspace) == 0


BODIES = ['{"email":"%s","password":{"$ne":""}}', '{"email":"%s","password":true}', "[]", "null", ""]
TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]


async def test_a_password_of_another_type_opens_nothing(house: House, app: Litestar, ana: Colleague) -> None:
    for body, kind in product(BODIES, TYPES):
        async with Browser(app) as browser:
            content = body.replace("%s", ana.email).encode()
            answer = await browser.post("/sign-in", content=content, headers={"Content-Type": kind} if kind else {})
        assert 400 <= answer.status_code < 500, (body, kind)
    assert await _sessions(house, ana.workspace) == 0


@pytest.mark.parametrize("email", ["ana@lume.example", "who@lume.example", "", "x" * 400, "a\0b"])
async def test_every_refusal_costs_one_password(
    browser: Browser, ana: Colleague, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    worked: list[str] = []
    monkeypatch.setattr(passwords, "_verify", lambda plain, stored: worked.append(stored) or False)
    assert (await browser.sign_in(ana, email=email)).status_code == 401
    assert len(worked) == 1


TOKENS = [
    "",
    "%20",
    "%00",
    "null",
    "undefined",
    "0",
    "[]",
    "%25",
    "..",
    "A" * 42,
    "A" * 43,
    "A" * 44,
    "é" * 43,
    "A" * 9000,
]


async def test_no_other_invitation_opens(house: House, app: Litestar, ana: Colleague) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        await invite.make(tx, Act(by=ana.id, now=house.now(), wake=house.wake), Role.ADMINISTRATOR)
    form = {"name": "Mallory", "email": "mallory@example.net", "password": NEW, "brand": "Mine"}
    async with Browser(app) as stranger:
        for path in [f"/{door}/{token}" for door in ("join", "welcome") for token in TOKENS]:
            assert (await stranger.get(path)).status_code in {400, 404, 405}, path
            assert (await stranger.post(path, data=form)).status_code in {400, 404, 405, 422}, path
    assert await _sessions(house, ana.workspace) == 0


async def test_a_link_that_leaked_after_it_was_used_or_ran_out_opens_nothing(
    house: House, app: Litestar, ana: Colleague, clock: Turned
) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        act = Act(by=ana.id, now=house.now(), wake=house.wake)
        used, old = await invite.make(tx, act, Role.AGENT), await invite.make(tx, act, Role.ADMINISTRATOR)
    form = {"name": "Casey", "email": "casey@lume.example", "password": NEW}
    async with Browser(app) as casey, Browser(app) as stranger:
        assert (await casey.post(f"/join/{used}", data=form)).status_code == 303
        clock.turn(days=8)
        for token in (used, old):
            assert (await stranger.get(f"/join/{token}")).status_code == 404
            answer = await stranger.post(f"/join/{token}", data={**form, "email": "mallory@example.net"})
            assert answer.status_code == 404
            assert "set-cookie" not in answer.headers


async def test_no_way_of_the_door_changes_anything_by_get(house: House, app: Litestar) -> None:
    """What changes something is reached by a method that asks whose page it came from."""
    changing = {way.path for way in shell.inventory(app) if way.method not in {"GET", "HEAD", "*"}}
    reading = {way.path for way in shell.inventory(app) if way.method == "GET"}
    for path in changing - reading:
        async with Browser(app) as browser:
            answer = await browser.get(path.replace("{id:uuid}", str(UUID(int=7))))
        assert answer.status_code in {303, 404, 405}, path


KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


async def test_no_change_is_made_from_a_foreign_page(
    house: House, app: Litestar, browser: Browser, ana: Colleague
) -> None:
    await browser.sign_in(ana)
    cookies = {Policy.PUBLIC, Policy.SIGNED_IN, Policy.ADMINISTRATOR}
    ways = [way for way in shell.inventory(app) if way.policy in cookies and way.method not in {"GET", "HEAD", "*"}]
    assert len(ways) >= 10
    for way, kind, site in product(ways, KINDS, ("cross-site", "same-site")):
        path = way.path.replace("{id:uuid}", str(ana.id)).replace("{token:str}", "A" * 43)
        headers = {"Sec-Fetch-Site": site, "Content-Type": kind}
        assert (await browser.request(way.method, path, content=b"name=x", headers=headers)).status_code == 403, way
    assert await _sessions(house, ana.workspace) == 1


HOSTS = [
    ("127.0.0.1:8000", True), ("localhost:8000", True), ("[::1]:8000", True), ("duologue.test", True),
    ("rebound.example:8000", False), ("127.0.0.1.rebound.example", False), ("localhost.rebound.example", False),
    ("duologue.test.rebound.example", False), ("10.0.0.1", False), ("", False), ("[", False), ("a@127.0.0.1", False),
]  # fmt: skip


async def test_a_page_whose_name_was_made_to_lead_here_reads_no_figures(app: Litestar) -> None:
    async with Browser(app, address="127.0.0.1") as browser:
        for host, ours in HOSTS:
            answer = await browser.get("/metrics", headers={"Host": host})
            assert answer.status_code == (200 if ours else 401), host
            assert ("duologue" in answer.text) is ours, host


SAYING_SO = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "X-Client-IP", "True-Client-IP"]


async def test_nobody_becomes_local_by_saying_so(house: House, app: Litestar) -> None:
    for name, value in product(SAYING_SO, ("127.0.0.1", "for=127.0.0.1", "::1", "127.0.0.1, 127.0.0.1")):
        async with Browser(app, address="203.0.113.9") as stranger:
            assert (await stranger.get("/metrics", headers={name: value})).status_code == 401
        scope = {"client": ("203.0.113.9", 1), "headers": [(name.lower().encode(), value.encode())]}
        assert client.client_address(scope, house.settings) == "203.0.113.9"


async def test_no_link_or_way_is_made_from_what_the_caller_calls_us(app: Litestar, ana: Colleague) -> None:
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Original-URL": "/x",
    }
    async with Browser(app) as browser:
        await browser.sign_in(ana)
        made = await browser.post("/settings/team", data={"role": "agent", "email": "new@lume.example"}, headers=forged)
        pages_seen = [await browser.get(path, headers=forged) for path in ("/settings/team", "/settings/profile")]
        led = await Browser(app).get("/settings/team", headers=forged)
    assert "http://duologue.test/join/" in made.text
    for answer in (made, *pages_seen, led):
        assert "evil.example" not in answer.text + str(answer.headers)
