"""The pages on which channels are connected."""

import asyncio
import re
from uuid import UUID

import pytest

from duologue.accounts import connect, store
from duologue.accounts.check import check
from duologue.accounts.connected import account
from duologue.accounts.model import State
from duologue.kernel.house import House
from duologue.kernel.work import work
from tests.accounts.pretend import KIND, MADE_KEY
from tests.accounts.test_connect import made, row, settings_of
from tests.browser_of import Browser
from tests.cast import Colleague

FORM = {"name": "Shop", "page": "12", "token": "EAAB-secret", "key": "", "port": "993", "security": "tls", "sign": "on",
        "notes": "", "server": "http://127.0.0.1:9"}  # fmt: skip

ALL = [
    ("GET", "/settings/channels"),
    ("GET", "/settings/channels/new"),
    ("GET", f"/settings/channels/new/{KIND}"),
    ("POST", f"/settings/channels/new/{KIND}"),
    ("GET", "/settings/channels/{id}"),
    ("POST", "/settings/channels/{id}"),
    ("POST", "/settings/channels/{id}/check"),
    ("POST", "/settings/channels/{id}/pause"),
    ("POST", "/settings/channels/{id}/resume"),
    ("POST", "/settings/channels/{id}/remove"),
]


@pytest.mark.parametrize(("method", "path"), ALL)
async def test_channels_are_for_administrators(
    house: House, browser: Browser, ben: Colleague, method: str, path: str
) -> None:
    account = await made(house, ben.workspace)
    await browser.sign_in(ben)
    answer = await browser.request(method, path.format(id=account.id), data=FORM if method == "POST" else None)
    assert answer.status_code == 403
    async with house.db.workspace(ben.workspace) as tx:
        assert await store.all_of(tx) == [account]


@pytest.mark.parametrize(("method", "path"), [way for way in ALL if "{id}" in way[1]])
async def test_channels_of_another_workspace_are_not_found(
    house: House, browser: Browser, workspace: UUID, nora: Colleague, method: str, path: str
) -> None:
    account = await made(house, workspace)
    await browser.sign_in(nora)
    answer = await browser.request(method, path.format(id=account.id), data=FORM if method == "POST" else None)
    assert answer.status_code == 404
    assert await row(house, workspace, account.id) == account
    assert "Page 12" not in (await browser.get("/settings/channels")).text


async def test_an_account_is_connected_in_one_form(house: House, browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    assert f"/settings/channels/new/{KIND}" in (await browser.get("/settings/channels/new")).text
    page = (await browser.get(f"/settings/channels/new/{KIND}")).text
    assert 'name="token"' in page
    assert MADE_KEY not in page
    answer = await browser.post(f"/settings/channels/new/{KIND}", data=FORM)
    assert answer.status_code == 303
    page = (await browser.get(answer.headers["location"])).text
    made_id = answer.headers["location"].rpartition("/")[2]
    assert f"http://duologue.test/in/{made_id}" in page
    assert "Shop" in (await browser.get("/settings/channels")).text
    kept = await row(house, ana.workspace, UUID(made_id))
    assert kept.state is State.ACTIVE
    async with house.db.workspace(ana.workspace) as tx:
        actors = await tx.rows(UUID, "SELECT actor_id FROM audit WHERE action = 'channel.connected'")
    assert actors == [ana.id]


async def test_no_stored_secret_is_ever_in_a_page(house: House, browser: Browser, ana: Colleague) -> None:
    account = await made(house, ana.workspace)
    await browser.sign_in(ana)
    for path in ("/settings/channels", f"/settings/channels/{account.id}"):
        page = (await browser.get(path)).text
        assert "EAAB-secret" not in page
        assert MADE_KEY not in page
    wrong = await browser.post(f"/settings/channels/{account.id}", data={**FORM, "token": "typed-anew", "port": "x"})
    assert wrong.status_code == 422
    assert "typed-anew" not in wrong.text
    assert "This must be a number." in wrong.text


async def test_an_inside_address_is_not_connected_to_and_the_page_says_why(
    house: House, browser: Browser, ana: Colleague
) -> None:
    reached: list[object] = []
    inside = await asyncio.start_server(lambda reader, writer: reached.append(writer.close()), "127.0.0.1", 0)
    port = inside.sockets[0].getsockname()[1]
    await browser.sign_in(ana)
    answer = await browser.post(f"/settings/channels/new/{KIND}", data={**FORM, "server": f"http://127.0.0.1:{port}"})
    page = (await browser.get(answer.headers["location"])).text
    assert "is an inside address" in page
    assert "The operator of this installation has to allow it by name" in page
    inside.close()
    await inside.wait_closed()
    assert reached == []


async def test_places_cannot_be_opened_from_the_form(house: House, browser: Browser, ana: Colleague) -> None:
    await browser.sign_in(ana)
    answer = await browser.post(f"/settings/channels/new/{KIND}", data={**FORM, "allow": "127.0.0.1"})
    assert answer.status_code == 422
    async with house.db.workspace(ana.workspace) as tx:
        assert await store.all_of(tx) == []


@pytest.mark.parametrize(
    "column", ["state", "id", "workspace_id", "kind", "settings_sealed", "trouble", "cursor", "tokens"]
)
async def test_columns_are_no_settings(house: House, browser: Browser, ana: Colleague, column: str) -> None:
    account = await made(house, ana.workspace)
    await browser.sign_in(ana)
    assert (await browser.post(f"/settings/channels/{account.id}", data={**FORM, column: "x"})).status_code == 422
    assert await row(house, ana.workspace, account.id) == account


async def test_a_form_changes_what_it_holds_and_a_switch_that_is_off(
    house: House, browser: Browser, ana: Colleague
) -> None:
    account = await made(house, ana.workspace)
    await browser.sign_in(ana)
    form = {name: text for name, text in FORM.items() if name != "sign"} | {"token": "", "page": "77"}
    assert (await browser.post(f"/settings/channels/{account.id}", data=form)).status_code == 303
    kept = await settings_of(house, await row(house, ana.workspace, account.id))
    assert (kept.page, kept.token, kept.sign) == ("77", "EAAB-secret", False)


async def test_pausing_and_resuming_from_the_page(house: House, browser: Browser, ana: Colleague) -> None:
    account = await made(house, ana.workspace)
    await browser.sign_in(ana)
    assert "Paused" not in (await browser.get(f"/settings/channels/{account.id}")).text
    assert (await browser.post(f"/settings/channels/{account.id}/pause")).status_code == 303
    assert "Paused" in (await browser.get(f"/settings/channels/{account.id}")).text
    assert (await browser.post(f"/settings/channels/{account.id}/resume")).status_code == 303
    assert (await row(house, ana.workspace, account.id)).state is State.ACTIVE
    assert (await browser.post(f"/settings/channels/{account.id}/remove")).status_code == 303
    assert (await row(house, ana.workspace, account.id)).state is State.DRAFT


async def test_a_test_that_passes_ends_the_trouble(house: House, browser: Browser, ana: Colleague) -> None:
    async def platform(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(platform, "127.0.0.1", 0)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    account = await made(house, ana.workspace, {"page": "1", "token": "t", "server": f"http://{place}"}, allow=(place,))
    async with house.db.workspace(ana.workspace) as tx:
        await tx.run("UPDATE channel SET state = 'broken', trouble = 'The token was revoked.'")
    await browser.sign_in(ana)
    answer = await browser.post(f"/settings/channels/{account.id}/check")
    assert answer.headers["location"] == f"/settings/channels/{account.id}"
    page = (await browser.get(answer.headers["location"])).text
    assert "The platform answered 200." in page
    assert "The token was revoked." not in page
    mended = await row(house, ana.workspace, account.id)
    assert (mended.state, mended.trouble) == (State.ACTIVE, None)
    server.close()
    await server.wait_closed()


async def test_after_a_test_that_failed_the_account_is_not_called_connected(
    house: House, browser: Browser, ana: Colleague
) -> None:
    account = await made(house, ana.workspace, {"page": "1", "token": "t", "server": "http://127.0.0.1:9"})
    await browser.sign_in(ana)
    assert "Connected" in (await browser.get("/settings/channels")).text
    await browser.post(f"/settings/channels/{account.id}/check")
    assert (await row(house, ana.workspace, account.id)).state is State.ACTIVE, "it goes on trying"
    for path in ("/settings/channels", f"/settings/channels/{account.id}"):
        page = (await browser.get(path)).text
        assert "Not finished" in page, "nothing ever came in or left"
        assert "Connected" not in page
        assert "is an inside address" in page


async def test_nothing_is_tried_before_it_is_filled_in(house: House, workspace: UUID) -> None:
    draft = await made(house, workspace, {"page": "12"})
    connected = await account(house, workspace, draft.id)
    assert connected
    (only,) = await check(connected)
    assert (only.ok, only.words) == (False, "Still to be filled in: Token.")


async def test_a_platform_that_does_not_answer_is_told_as_such(house: House, workspace: UUID) -> None:
    unused = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    place = f"127.0.0.1:{unused.sockets[0].getsockname()[1]}"
    unused.close()
    await unused.wait_closed()
    silent = await made(house, workspace, {"page": "1", "token": "t", "server": f"http://{place}"}, allow=(place,))
    connected = await account(house, workspace, silent.id)
    assert connected
    (only,) = await check(connected)
    assert not only.ok
    assert re.search("cannot be reached", only.words)


async def test_operators_open_places_at_the_command_line(house: House, workspace: UUID) -> None:
    row_ = await made(house, workspace)
    async with work(house, workspace) as open_work:
        await connect.allow(open_work, row_.id, ["mail.lan:993"])
    assert (await row(house, workspace, row_.id)).allow == ["mail.lan:993"]
