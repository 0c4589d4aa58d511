"""Who may decide, and how fast a decision holds."""

import asyncio
import uuid

import pytest

from duologue.errors import Conflict
from duologue.kernel.house import House
from duologue.team import invite, keys, roles, store
from duologue.team.model import Role
from tests import cast
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.team.conftest import Acting

FOR_ADMINISTRATORS = [
    ("GET", "/settings/team"),
    ("POST", "/settings/team"),
    ("POST", "/settings/team/{id}/role"),
    ("POST", "/settings/team/{id}/deactivate"),
    ("POST", "/settings/team/{id}/activate"),
    ("POST", "/settings/team/invites/{id}/withdraw"),
    ("GET", "/settings/keys"),
    ("POST", "/settings/keys"),
    ("POST", "/settings/keys/{id}/revoke"),
]


async def everything(house: House, colleague: Colleague) -> list[str]:
    """All rows of the colleague's workspace that a team page can change."""
    tables = ("member", "invite", "api_key", "workspace", "audit")
    async with house.db.workspace(colleague.workspace) as tx:
        found: list[str] = []
        for table in tables:
            found += await tx.rows(str, f"SELECT {table}::text FROM {table} ORDER BY 1")  # type: ignore[arg-type]
        return found


@pytest.mark.parametrize(("method", "path"), FOR_ADMINISTRATORS)
async def test_an_agent_and_a_stranger_can_do_none_of_it(
    house: House, browser: Browser, second: Browser, ana: Colleague, ben: Colleague, method: str, path: str
) -> None:
    await browser.sign_in(ben)
    before = await everything(house, ana)
    form = {"email": "eve@elsewhere.example", "role": "administrator", "name": "x"}
    path = path.format(id=ben.id)
    assert (await browser.request(method, path, data=form)).status_code == 403
    assert (await second.request(method, path, data=form)).status_code == 303
    assert await everything(house, ana) == before


@pytest.mark.parametrize("what", ["role", "deactivate", "activate", "withdraw", "revoke"])
async def test_ids_of_another_workspace_are_not_found_and_untouched(
    house: House, browser: Browser, ana: Colleague, ben: Colleague, nora: Colleague, acting: Acting, what: str
) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        await invite.make(tx, acting(ana), Role.AGENT, "carol@lume.example")
        await keys.make(tx, acting(ana), "reports")
        (an_invite,) = await store.open_invites(tx, now=house.now())
        (a_key,) = await store.keys(tx)
    paths = {
        "role": f"/settings/team/{ben.id}/role",
        "deactivate": f"/settings/team/{ben.id}/deactivate",
        "activate": f"/settings/team/{ben.id}/activate",
        "withdraw": f"/settings/team/invites/{an_invite.id}/withdraw",
        "revoke": f"/settings/keys/{a_key.id}/revoke",
    }
    before = await everything(house, ana)
    await browser.sign_in(nora)
    form = {"role": "administrator"} if what == "role" else None
    assert (await browser.post(paths[what], data=form)).status_code == 404
    assert await everything(house, ana) == before
    await browser.sign_in(ana)
    assert (await browser.post(paths[what], data=form)).status_code == 303


async def test_the_walls_hold_where_the_where_is_forgotten(house: House, ana: Colleague, nora: Colleague) -> None:
    async with house.db.workspace(nora.workspace) as tx:
        assert await tx.run("UPDATE member SET name = 'Eve'") == 1
        assert await tx.run("DELETE FROM session") == 0
        assert await tx.rows(str, "SELECT name FROM member") == ["Eve"]
    async with house.db.workspace(ana.workspace) as tx:
        assert await tx.rows(str, "SELECT name FROM member") == ["Ana Ruiz"]


async def test_nothing_of_another_workspace_is_shown(
    browser: Browser, ana: Colleague, ben: Colleague, nora: Colleague
) -> None:
    await browser.sign_in(nora)
    page = (await browser.get("/settings/team")).text
    assert nora.email in page
    assert ana.email not in page
    assert ben.email not in page


@pytest.mark.parametrize("id", [str(uuid.UUID(int=0)), "1", "../members", "%00"])
async def test_ids_of_nobody_are_not_found(browser: Browser, ana: Colleague, id: str) -> None:
    await browser.sign_in(ana)
    assert (await browser.post(f"/settings/team/{id}/deactivate")).status_code == 404


async def test_a_deactivated_member_is_out_with_the_next_request(
    browser: Browser, second: Browser, ana: Colleague, ben: Colleague
) -> None:
    await second.sign_in(ben)
    await browser.sign_in(ana)
    assert (await second.get("/mine")).status_code == 200
    assert (await browser.post(f"/settings/team/{ben.id}/deactivate")).status_code == 303
    assert (await second.get("/mine")).status_code == 303
    assert (await second.sign_in(ben)).status_code == 401
    assert (await browser.post(f"/settings/team/{ben.id}/activate")).status_code == 303
    assert (await second.get("/mine")).status_code == 303
    assert (await second.sign_in(ben)).status_code == 303


async def test_another_role_holds_with_the_next_request(
    browser: Browser, second: Browser, ana: Colleague, ben: Colleague
) -> None:
    await second.sign_in(ben)
    await browser.sign_in(ana)
    assert (await browser.post(f"/settings/team/{ben.id}/role", data={"role": "administrator"})).status_code == 303
    assert (await second.get("/mine")).status_code == 303
    await second.sign_in(ben)
    assert (await second.get("/mine")).text == "Ben Okafor administrator"


@pytest.mark.parametrize("role", ["owner", "", "Administrator", "administrator\0"])
async def test_there_are_two_roles(browser: Browser, ana: Colleague, ben: Colleague, role: str) -> None:
    await browser.sign_in(ana)
    assert (await browser.post(f"/settings/team/{ben.id}/role", data={"role": role})).status_code == 422


async def test_the_last_administrator_stays(browser: Browser, ana: Colleague, ben: Colleague) -> None:
    await browser.sign_in(ana)
    demoted = await browser.post(f"/settings/team/{ana.id}/role", data={"role": "agent"})
    assert demoted.status_code == 409
    assert "This is the last administrator." in demoted.text
    assert (await browser.post(f"/settings/team/{ana.id}/deactivate")).status_code == 409
    assert (await browser.get("/mine")).text == "Ana Ruiz administrator"


async def test_two_administrators_cannot_end_each_other_at_once(house: House, ana: Colleague, acting: Acting) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        other = await cast.join(tx, "Dora", "dora@lume.example", "administrator")

    async def demote(one: Colleague) -> None:
        async with house.db.workspace(ana.workspace) as tx:
            await roles.change(tx, acting(None), one.id, Role.AGENT)

    ended = await asyncio.gather(demote(ana), demote(other), return_exceptions=True)
    assert sorted(type(one) for one in ended if one) == [Conflict]
    async with house.db.workspace(ana.workspace) as tx:
        assert len(await store.lock_administrators(tx)) == 1


async def test_what_was_done_is_in_the_audit_and_in_the_journal(
    house: House, browser: Browser, ana: Colleague, ben: Colleague
) -> None:
    await browser.sign_in(ana)
    await browser.post(f"/settings/team/{ben.id}/role", data={"role": "administrator"})
    await browser.post(f"/settings/team/{ben.id}/deactivate")
    about = {"ben": ben.id}
    async with house.db.workspace(ana.workspace) as tx:
        audit = await tx.rows(str, "SELECT action FROM audit WHERE subject_id = %(ben)s ORDER BY id", about)
        journal = await tx.rows(
            str, "SELECT kind || ' ' || state FROM journal WHERE subject_id = %(ben)s ORDER BY id", about
        )
    assert audit == ["member.role_changed", "member.deactivated"]
    assert journal == ["member.changed role_changed", "member.changed deactivated"]


async def test_whoever_waits_for_news_of_the_team_is_woken(
    house: House, ana: Colleague, ben: Colleague, acting: Acting
) -> None:
    with house.wake.bell("team") as bell:
        await bell.wait(0.5)  # the listener rings once when it begins to listen
        async with house.db.workspace(ana.workspace) as tx:
            await roles.deactivate(tx, acting(ana), ben.id)
        await asyncio.wait_for(bell.wait(60), 1)


async def test_nobody_rewrites_the_audit(house: House, ana: Colleague, acting: Acting) -> None:
    async with house.db.workspace(ana.workspace) as tx:
        await keys.make(tx, acting(ana), "reports")
    for query in ("UPDATE audit SET actor_id = NULL", "DELETE FROM audit"):
        with pytest.raises(Exception, match="permission denied"):
            async with house.db.workspace(ana.workspace) as tx:
                await tx.run(query)  # type: ignore[arg-type]


async def test_a_session_of_an_inactive_member_counts_for_nothing(
    house: House, browser: Browser, ben: Colleague
) -> None:
    await browser.sign_in(ben)
    async with house.db.workspace(ben.workspace) as tx:
        await tx.run("UPDATE member SET active = false")
        assert await tx.row(int, "SELECT count(*)::int FROM session") == 1
    assert (await browser.get("/mine")).status_code == 303
