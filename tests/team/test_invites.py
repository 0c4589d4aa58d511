"""How people come into a workspace."""

import asyncio
import re

import pytest

from duologue.errors import Conflict, NotFound
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.team import invite, roles
from duologue.team.found import found
from duologue.team.model import Newcomer, Role
from tests.browser_of import Browser
from tests.cast import PASSWORD, Colleague
from tests.team.conftest import Acting

CAROL = {"name": "Carol Åberg", "password": PASSWORD}


async def link(browser: Browser, **form: str) -> str:
    """The path of an invitation that the signed-in administrator makes."""
    answer = await browser.post("/settings/team", data={"email": "carol@lume.example", "role": "agent", **form})
    found = re.search(r"http://duologue\.test(/join/[\w-]{43})\"", answer.text)
    assert found, answer.text
    return found[1]


async def first(house: House, acting: Acting) -> str:
    async with house.db.hall() as tx:
        workspace = await found(tx, house, "New workspace")
        tx.enter(workspace)
        token = await invite.first_link(tx, acting(None))
    assert token
    return f"/welcome/{token}"


async def test_the_first_link_makes_an_administrator_and_names_the_brand(
    house: House, browser: Browser, acting: Acting
) -> None:
    path = await first(house, acting)
    assert (await browser.get(path)).status_code == 200
    answer = await browser.post(
        path, data={"brand": "Lume", "name": "Ana", "email": " Ana@Lume.example ", "password": PASSWORD}
    )
    assert answer.status_code == 303
    assert (await browser.get("/mine")).text == "Ana administrator"
    async with house.db.hall() as tx:
        assert await tx.rows(str, "SELECT name FROM workspace") == ["Lume"]
        assert await tx.rows(str, "SELECT email FROM member") == ["ana@lume.example"]


async def test_the_first_link_works_once(house: House, browser: Browser, second: Browser, acting: Acting) -> None:
    path = await first(house, acting)
    form = {"brand": "Lume", "name": "Ana", "email": "ana@lume.example", "password": PASSWORD}
    await browser.post(path, data=form)
    again = await second.post(path, data={**form, "email": "eve@elsewhere.example"})
    assert again.status_code == 404
    assert (await second.get(path)).status_code == 404
    async with house.db.hall() as tx:
        assert await tx.rows(str, "SELECT email FROM member") == ["ana@lume.example"]


async def test_a_newer_first_link_ends_the_older_one(
    house: House, workspace: object, acting: Acting, browser: Browser
) -> None:
    async with house.db.workspace(workspace) as tx:  # type: ignore[arg-type]
        older = await invite.first_link(tx, acting(None))
        newer = await invite.first_link(tx, acting(None))
    assert (await browser.get(f"/welcome/{older}")).status_code == 404
    assert (await browser.get(f"/welcome/{newer}")).status_code == 200


async def test_there_is_no_first_link_where_somebody_is(house: House, ana: Colleague, acting: Acting) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        assert await invite.first_link(tx, acting(None)) is None


async def test_a_weak_password_leaves_the_first_link_open(house: House, browser: Browser, acting: Acting) -> None:
    path = await first(house, acting)
    form = {"brand": "Lume", "name": "Ana", "email": "ana@lume.example"}
    answer = await browser.post(path, data={**form, "password": "short"})
    assert answer.status_code == 422
    assert "A password needs at least 12 characters." in answer.text
    assert 'value="ana@lume.example"' in answer.text
    assert (await browser.post(path, data={**form, "password": PASSWORD})).status_code == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "A\0"),
        ("name", "\u202eevil"),
        ("email", "no address"),
        ("email", "a@b\r\nBcc: c@d.example"),
        ("brand", "  "),
    ],
)
async def test_what_cannot_be_a_name_or_an_address_is_refused(
    house: House, browser: Browser, acting: Acting, field: str, value: str
) -> None:
    path = await first(house, acting)
    form = {"brand": "Lume", "name": "Ana", "email": "ana@lume.example", "password": PASSWORD, field: value}
    assert (await browser.post(path, data=form)).status_code == 422
    async with house.db.hall() as tx:
        assert await tx.rows(str, "SELECT email FROM member") == []


async def test_an_invited_colleague_joins_with_the_role_and_address_of_the_invitation(
    browser: Browser, second: Browser, ana: Colleague
) -> None:
    await browser.sign_in(ana)
    path = await link(browser)
    assert "carol@lume.example" in (await second.get(path)).text
    assert (await second.post(path, data={**CAROL, "username": "eve@elsewhere.example"})).status_code == 303
    assert (await second.get("/mine")).text == "Carol Åberg agent"
    team = (await browser.get("/settings/team")).text
    assert "carol@lume.example" in team
    assert "eve@elsewhere.example" not in team


async def test_the_newcomer_cannot_choose_the_role(browser: Browser, second: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    path = await link(browser)
    assert (await second.post(path, data={**CAROL, "role": "administrator"})).status_code == 422


async def test_an_invitation_works_once(browser: Browser, second: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    path = await link(browser)
    assert (await second.post(path, data=CAROL)).status_code == 303
    assert (await second.post(path, data=CAROL)).status_code == 404
    assert (await second.get(path)).status_code == 404


async def test_an_invitation_used_by_two_at_once_lets_one_in(house: House, ana: Colleague, acting: Acting) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        token = await invite.make(tx, acting(ana), Role.AGENT)

    async def accept(number: int) -> object:
        new = Newcomer(name="X", email=f"x{number}@lume.example", password_hash="x" * 40)
        async with house.db.hall() as tx:
            return await invite.accept(tx, acting(None), await invite.behind(tx, token, acting(None)), new)

    ended = await asyncio.gather(*(accept(number) for number in range(4)), return_exceptions=True)
    assert sum(isinstance(one, NotFound) for one in ended) == 3
    async with house.db.workspace(ana.workspace) as tx:
        assert await tx.row(int, "SELECT count(*)::int FROM member") == 2


async def test_an_invitation_runs_out_after_a_week(
    browser: Browser, second: Browser, ana: Colleague, clock: Turned
) -> None:
    await browser.sign_in(ana)
    path = await link(browser)
    clock.turn(days=7)
    assert (await second.get(path)).status_code == 404
    assert (await second.post(path, data=CAROL)).status_code == 404


async def test_a_withdrawn_invitation_opens_nothing(browser: Browser, second: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    path = await link(browser)
    found = re.search(r"/settings/team/invites/[\w-]{36}/withdraw", (await browser.get("/settings/team")).text)
    assert found
    assert (await browser.post(found[0])).status_code == 303
    assert (await second.get(path)).status_code == 404


@pytest.mark.parametrize("token", ["x", "%00", "null", "[]", "%20", "A" * 43, "A" * 4000])
async def test_no_other_token_is_an_invitation(browser: Browser, second: Browser, ana: Colleague, token: str) -> None:
    await browser.sign_in(ana)
    await link(browser)
    for path in (f"/join/{token}", f"/welcome/{token}"):
        assert (await second.get(path)).status_code == 404
        assert (await second.post(path, data=CAROL)).status_code == 404


async def test_an_invitation_is_no_link_for_the_first_administrator(
    browser: Browser, second: Browser, ana: Colleague
) -> None:
    await browser.sign_in(ana)
    path = (await link(browser, role="administrator")).replace("/join/", "/welcome/")
    form = {"brand": "Eve Inc.", "name": "Eve", "email": "eve@elsewhere.example", "password": PASSWORD}
    assert (await second.post(path, data=form)).status_code == 404


async def test_a_forgotten_password_is_replaced_by_a_new_invitation(
    browser: Browser, second: Browser, ana: Colleague, ben: Colleague
) -> None:
    await second.sign_in(ben)
    old = second.cookies["duologue"]
    await browser.sign_in(ana)
    path = await link(browser, email=ben.email)
    form = {"name": "Ben Okafor", "password": "eleven loud lanterns"}
    assert (await second.post(path, data=form)).status_code == 303
    assert (await second.get("/mine")).text == "Ben Okafor agent"
    assert (await second.get("/mine", headers={"Cookie": f"duologue={old}"})).status_code == 303
    assert (await second.sign_in(ben)).status_code == 401


async def test_an_open_invitation_for_a_taken_address_changes_nobody(
    house: House, ana: Colleague, ben: Colleague, acting: Acting
) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        token = await invite.make(tx, acting(None), Role.AGENT)
    new = Newcomer(name="Eve", email=ben.email, password_hash="x" * 40)
    with pytest.raises(Conflict):
        async with house.db.hall() as tx:
            await invite.accept(tx, acting(None), await invite.behind(tx, token, acting(None)), new)
    async with house.db.workspace(ana.workspace) as tx:
        assert "Eve" not in await tx.rows(str, "SELECT name FROM member")


async def test_the_last_administrator_does_not_come_back_as_an_agent(
    house: House, browser: Browser, second: Browser, ana: Colleague
) -> None:
    await browser.sign_in(ana)
    path = await link(browser, email=ana.email, role="agent")
    assert (await second.post(path, data={"name": "Ana", "password": PASSWORD})).status_code == 409
    assert (await browser.get("/mine")).text == "Ana Ruiz administrator"


async def test_a_deactivated_colleague_has_no_invitation_left(
    house: House, ana: Colleague, ben: Colleague, acting: Acting, browser: Browser
) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        by_ben = await invite.make(tx, acting(ben), Role.AGENT, "carol@lume.example")
        for_ben = await invite.make(tx, acting(ana), Role.AGENT, ben.email)
        await roles.deactivate(tx, acting(ana), ben.id)
    assert (await browser.get(f"/join/{by_ben}")).status_code == 404
    assert (await browser.get(f"/join/{for_ben}")).status_code == 404


async def test_links_are_built_from_the_configured_address_only(browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    answer = await browser.post("/settings/team", data={"email": "carol@lume.example"},
                                headers={"Host": "elsewhere.test", "X-Forwarded-Host": "elsewhere.test"})  # fmt: skip
    assert "http://duologue.test/join/" in answer.text
    assert "elsewhere.test" not in answer.text


async def test_a_workspace_begins_with_a_key_that_opens(house: House) -> None:
    async with house.db.hall() as tx:
        one = await found(tx, house, "One")
        two = await found(tx, house, "Two")
    first_safe, second_safe = await house.safe(one), await house.safe(two)
    sealed = first_safe.own.seal("channel|settings", one, b"x")
    assert first_safe.own.unseal("channel|settings", one, sealed) == b"x"
    assert first_safe.index("email", "x") != second_safe.index("email", "x")
