"""Templates of the brand's own, on the screens of an administrator and through the API, against real doubles."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from msgspec import Struct

from duologue.accounts import connect, health
from duologue.accounts.connected import Accounts
from duologue.accounts.model import Wanted
from duologue.api.routes import routes as api_routes
from duologue.channels.contract import Sign
from duologue.channels.registry import channel
from duologue.channels.shared.double.samples import PIXEL
from duologue.channels.simulation import simulators
from duologue.conversations import proposal_pages
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.team import keys
from duologue.team import pages as team_pages
from duologue.web import forms, shell
from tests.api.programs import Program, key_for
from tests.browser_of import Browser
from tests.cast import Colleague

FORM = {
    "name": "table_ready",
    "language": "en",
    "category": "utility",
    "header": "text",
    "header_text": "Your table",
    "body": "Hello {{first_name}}, your table is ready from {{time}} on.",
    "button.0.kind": "link",
    "button.0.text": "See it",
    "button.0.target": "https://lume.example/t/{{1}}",
    "button.1.kind": "",
    "sample.body.first_name": "Ana",
    "sample.body.time": "18:00",
    "sample.button.0.url": "7",
}
PROPOSED: dict[str, Any] = {
    "name": "table_ready",
    "language": "en",
    "category": "utility",
    "body": "Hello {{1}}, your table is ready.",
    "buttons": [{"kind": "reply", "text": "Thanks"}],
    "samples": {"body.1": "Ana"},
}


class Desk(Struct):
    """An account at a platform's double, and where its templates are."""

    double: Any
    channel: UUID

    @property
    def place(self) -> str:
        return f"/settings/channels/{self.channel}/templates"


@pytest.fixture(params=["whatsapp", "messenger"])
async def desk(request: pytest.FixtureRequest, house: House, workspace: UUID, clock: Turned) -> AsyncIterator[Desk]:
    double: Any = simulators()[request.param](clock)
    await double.start()
    double.world.hesitates = True  # where the platform decides at once by itself
    settings = double.settings()
    given = {field.name: _text(getattr(settings, field.name)) for field in forms.fields(type(settings))}
    async with work(house, workspace) as open_work:
        wanted = Wanted(kind=request.param, given=given, allow=tuple(double.places()))
        row = await connect.make(open_work, wanted, by=None)
    yield Desk(double, row.id)
    await double.close()


def _text(value: object) -> str:
    return ("on" if value else "") if isinstance(value, bool) else str(value)


@pytest.fixture
async def accounts(house: House) -> AsyncIterator[Accounts]:
    made = Accounts(house)
    yield made
    await made.close()


@pytest.fixture
def app(house: House, accounts: Accounts) -> Litestar:
    ours = [*team_pages.routes(house), *proposal_pages.routes(house, accounts), *api_routes(house, accounts)]
    return shell.build(house, ours, key_of=keys.key_of)


@pytest.fixture
async def browser(app: Litestar, ana: Colleague) -> AsyncIterator[Browser]:
    async with Browser(app) as opened:
        await opened.sign_in(ana)
        yield opened


@pytest.fixture
async def program(app: Litestar, house: House, workspace: UUID) -> AsyncIterator[Program]:
    async with Program(app, await key_for(house, workspace)) as opened:
        yield opened


async def audit(house: House, workspace: UUID) -> list[str]:
    async with house.db.workspace(workspace) as tx:
        return await tx.rows(str, "SELECT action FROM audit WHERE action LIKE 'template.%%' ORDER BY id")


async def test_one_is_put_in_waits_is_approved_and_taken_away(
    browser: Browser, desk: Desk, house: House, workspace: UUID
):
    sent = await browser.post(desk.place, files={"header_file": ("", b"")}, data=FORM)
    assert (sent.status_code, sent.headers["location"]) == (303, desk.place)
    page = (await browser.get(desk.place)).text
    assert "table_ready" in page
    assert "waits for the platform" in page
    assert 'hx-trigger="every 5s"' in page
    assert "Hello Ana, your table is ready from 18:00 on." in page
    await desk.double.command("approve_templates")
    unchanged = (await browser.get(f"{desk.place}/states")).text
    assert "waits for the platform" in unchanged  # nobody has told us yet
    async with house.db.workspace(workspace) as tx:
        told = Sign(name="Template table_ready (en)", words="It is approved and may be sent.", about="template")
        await health.told(tx, house.wake, desk.channel, [told], now=house.now())
    moved = (await browser.get(f"{desk.place}/states")).text
    assert "waits for the platform" not in moved
    assert "every 5s" not in moved
    assert "It is approved and may be sent." in moved
    (number,) = [row["id"] for row in desk.double.world.templates.values() if row["name"] == "table_ready"]
    gone = await browser.post(f"{desk.place}/away", data={"id": number, "language": "en"})
    assert gone.status_code == 303
    assert "table_ready" not in (await browser.get(desk.place)).text
    assert await audit(house, workspace) == ["template.proposed", "template.withdrawn"]


async def test_one_that_is_rejected_shows_its_reason(browser: Browser, desk: Desk):
    await browser.post(desk.place, files={"header_file": ("", b"")}, data=FORM)
    await desk.double.command("reject_templates")
    page = (await browser.get(desk.place)).text
    assert re.search(r"rejected</span>.*table_ready|table_ready.*rejected", page, re.S)
    assert "MARKETING" in page or "INCORRECT_CATEGORY" in page


async def test_what_follows_from_what_is_typed_is_drawn(browser: Browser, desk: Desk):
    typed = FORM | {"sample.body.time": "", "body": "Hello {{first_name}}, come at {{time}}"}
    drawn = (await browser.post(f"{desk.place}/look", data=typed)).text
    assert 'name="sample.body.first_name" value="Ana"' in drawn
    assert 'name="sample.body.time" value=""' in drawn
    assert 'name="sample.button.0.url"' in drawn
    assert "Hello Ana, come at …" in drawn
    assert "The text must not begin or end with a blank." in drawn
    assert "The platform wants an example of what will stand here." in drawn
    assert desk.double.requests == []


async def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(browser: Browser, desk: Desk):
    bad = FORM | {"name": "Table Ready", "sample.body.first_name": ""}
    page = await browser.post(desk.place, files={"header_file": ("", b"")}, data=bad)
    assert page.status_code == 422
    assert 'id="p-name-more">The name has small letters' in page.text
    assert 'value="Table Ready"' in page.text
    assert "Hello {{first_name}}, your table is ready" in page.text
    assert 'value="https://lume.example/t/{{1}}"' in page.text
    assert not [row for row in desk.double.world.templates.values() if row["name"].lower().startswith("table")]


async def test_a_picture_is_judged_by_its_content_and_sent_along(browser: Browser, desk: Desk):
    with_file = FORM | {"header": "image"}
    lie = await browser.post(desk.place, files={"header_file": ("a.png", b"no picture", "image/png")}, data=with_file)
    assert lie.status_code == 422
    assert "The file above must be one of" in lie.text
    sent = await browser.post(desk.place, files={"header_file": ("a.png", PIXEL, "text/plain")}, data=with_file)
    assert sent.status_code == 303
    assert len(desk.double.world.handles) == 1


async def test_what_the_platform_says_against_it_is_shown(browser: Browser, desk: Desk):
    await browser.post(desk.place, files={"header_file": ("", b"")}, data=FORM)
    again = await browser.post(desk.place, files={"header_file": ("", b"")}, data=FORM)
    assert again.status_code == 422
    assert "already content in this language" in again.text
    await desk.double.command("down")
    away = await browser.post(desk.place, files={"header_file": ("", b"")}, data=FORM)
    assert "The platform gave no answer" in away.text
    page = await browser.get(desk.place)
    assert page.status_code == 200
    assert "The templates cannot be had now" in page.text


async def test_only_an_administrator_of_this_workspace_sees_them(
    app: Litestar, desk: Desk, ben: Colleague, nora: Colleague
):
    for who, status in ((ben, 403), (nora, 404)):
        async with Browser(app) as opened:
            await opened.sign_in(who)
            assert (await opened.get(desk.place)).status_code == status
            sent = await opened.post(desk.place, files={"header_file": ("", b"")}, data=FORM)
            assert sent.status_code == status
            assert (await opened.post(f"{desk.place}/away", data={"id": "1", "language": "en"})).status_code == status
    assert desk.double.requests == []


async def test_a_program_proposes_looks_and_withdraws(program: Program, desk: Desk):
    place = f"/channels/{desk.channel}/templates"
    made = await program.post(place, json=PROPOSED)
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["usable"]) == ("pending", False)
    await desk.double.command("approve_templates")
    (one,) = [one for one in (await program.get(place)).json()["items"] if one["name"] == "table_ready"]
    assert (one["state"], one["usable"], one["buttons"]) == ("approved", True, ["Thanks"])
    gone = await program.post(f"{place}/withdraw", json={"id": one["id"], "language": "en"})
    assert gone.json() == {"id": one["id"], "language": "en"}
    assert "table_ready" not in [one["name"] for one in (await program.get(place)).json()["items"]]


async def test_a_program_is_told_everything_that_is_wrong_by_field(program: Program, desk: Desk):
    place = f"/channels/{desk.channel}/templates"
    bad = PROPOSED | {"name": "No", "samples": {}, "buttons": [{"kind": "link", "text": "", "target": "x"}]}
    told = await program.post(place, json=bad)
    assert told.status_code == 422
    assert set(told.json()["fields"]) == {"name", "body.1", "button.0"}
    file = {"name": "a.png", "data": "!!"}
    assert (await program.post(place, json=PROPOSED | {"header": "image", "header_file": file})).status_code == 422
    file = {"name": "a.png", "data": b64encode(PIXEL).decode()}
    assert (await program.post(place, json=PROPOSED | {"header": "image", "header_file": file})).status_code == 201


CODE_FORM = {"name": "sign_in", "language": "de", "category": "authentication", "body": "left over", "code_warns": "on"}


@pytest.mark.parametrize("desk", ["whatsapp"], indirect=True)
async def test_a_one_time_code_is_made_on_screen_and_by_a_program(browser: Browser, program: Program, desk: Desk):
    page = (await browser.get(f"{desk.place}/new")).text
    assert 'data-only-values="authentication"' in page
    drawn = (await browser.post(f"{desk.place}/look", data=CODE_FORM | {"code_minutes": "10"})).text
    assert "123456 is your verification code. For your security" in drawn
    assert "This code expires in 10 minutes." in drawn
    assert "Nothing speaks against it" in drawn
    bad = await browser.post(
        desk.place, files={"header_file": ("", b"")}, data=CODE_FORM | {"code_minutes": "ten", "code_button": "x" * 30}
    )
    assert bad.status_code == 422
    assert 'id="p-code_minutes-more">A code holds for 1 to 90 minutes.' in bad.text
    assert 'id="p-code_button-more"' in bad.text
    sent = await browser.post(desk.place, files={"header_file": ("", b"")}, data=CODE_FORM | {"code_minutes": "10"})
    assert sent.status_code == 303
    kept = {row["name"]: row for row in desk.double.world.templates.values()}
    assert kept["sign_in"]["category"] == "AUTHENTICATION"
    proposed = {"name": "by_program", "language": "de", "category": "authentication", "code": {"button": "Kopieren"}}
    made = await program.post(f"/channels/{desk.channel}/templates", json=proposed)
    assert made.status_code == 201
    assert [blank["name"] for blank in made.json()["blanks"]] == ["code"]


async def test_a_channel_without_templates_has_no_such_page(
    browser: Browser, program: Program, house: House, workspace: UUID
):
    assert channel("web").proposals is None
    async with work(house, workspace) as open_work:
        row = await connect.make(open_work, Wanted(kind="web", given={}), by=None)
    assert (await browser.get(f"/settings/channels/{row.id}/templates")).status_code == 404
    assert (await program.get(f"/channels/{row.id}/templates")).status_code == 409
    assert (await program.post(f"/channels/{row.id}/templates", json=PROPOSED)).status_code == 409
