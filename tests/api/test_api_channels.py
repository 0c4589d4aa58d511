"""Accounts and keys as programs manage them."""

from typing import Any
from uuid import UUID

import pytest

from duologue.accounts.connected import account
from duologue.kernel import ids
from duologue.kernel.house import House
from tests.api.programs import Program
from tests.parrot import Mailroom

CONNECT = {"kind": "parrot", "name": "Coco", "settings": {"word": "secret-word", "perch": "branch"}}


async def test_an_account_is_connected_and_shown_without_its_secrets(
    program: Program, parrot: Any, house: House, workspace: UUID
) -> None:
    answer = await program.post("/channels", json=CONNECT)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["kind"], made["title"], made["name"], made["address"]) == ("parrot", "Parrot", "Coco", "branch")
    assert (made["state"], made["missing"], made["trouble"]) == ("on", [], None)
    assert made["webhook_url"] == f"http://duologue.test/in/{made['id']}"
    assert "secret-word" not in answer.text
    assert (await program.get(f"/channels/{made['id']}")).json() == made
    assert (await program.get("/channels")).json() == {"items": [made], "next": None}
    connected = await account(house, workspace, UUID(made["id"]))
    assert connected
    assert (connected.account.settings.word, connected.account.settings.perch) == ("secret-word", "branch")


async def test_pause_resume_and_check(program: Program, mailroom: Mailroom) -> None:
    at = f"/channels/{mailroom.channel}"
    assert (await program.post(f"{at}/pause")).json()["state"] == "paused"
    assert (await program.post(f"{at}/resume")).json()["state"] == "on"
    checked = (await program.post(f"{at}/check")).json()
    assert checked["ok"] is True
    assert checked["checks"][0]["ok"] is True


async def test_how_an_account_is_can_be_asked(program: Program, mailroom: Mailroom) -> None:
    found = (await program.get(f"/channels/{mailroom.channel}/health")).json()
    assert (found["trouble"], found["waiting"], found["errors"], found["signs"]) == (None, 0, [], [])
    assert (await program.get(f"/channels/{ids.new()}/health")).status_code == 404


async def test_trouble_is_over_once_all_is_well(
    program: Program, mailroom: Mailroom, house: House, workspace: UUID
) -> None:
    async with house.db.workspace(workspace) as tx:
        await tx.run("UPDATE channel SET state = 'broken', trouble = 'The token was taken away.'")
    at = f"/channels/{mailroom.channel}"
    before = (await program.get(at)).json()
    assert (before["state"], before["trouble"]) == ("trouble", "The token was taken away.")
    await program.post(f"{at}/check")
    after = (await program.get(at)).json()
    assert (after["state"], after["trouble"]) == ("on", None)


async def test_what_is_done_is_written_down_under_the_key(
    program: Program, mailroom: Mailroom, house: House, workspace: UUID
) -> None:
    await program.post(f"/channels/{mailroom.channel}/pause")
    (key,) = (await program.get("/keys")).json()["items"]
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(UUID, "SELECT actor_id FROM audit WHERE action = 'channel.paused'") == [UUID(key["id"])]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "kind"),
        ({"kind": "owl"}, 422, "kind"),
        ({"kind": 7}, 422, "kind"),
        ({"kind": "parrot", "name": "x" * 101}, 422, "name"),
        ({"kind": "parrot", "name": "a\u202eb"}, 422, "name"),
        ({"kind": "parrot", "settings": []}, 422, "settings"),
        ({"kind": "parrot", "settings": {"word": {}}}, 422, "settings[...]"),
        ({"kind": "parrot", "settings": {"wrod": "hello"}}, 422, "settings.wrod"),
        ({"kind": "parrot", "settings": {"word": "a\r\nb"}}, 422, "settings.word"),
        ({"kind": "parrot", "allow": ["10.0.0.0/8"]}, 422, "allow"),
    ],
)
async def test_what_cannot_be_connected_is_told_by_field(
    program: Program, parrot: Any, body: Any, status: int, field: str | None
) -> None:
    answer = await program.post("/channels", json=body)
    assert answer.status_code == status
    assert field in {answer.json().get("field"), *answer.json().get("fields", {})}
    assert (await program.get("/channels")).json()["items"] == []


async def test_an_incomplete_account_says_what_is_missing_and_does_not_go_on(
    program: Program, mailroom: Mailroom, house: House, workspace: UUID
) -> None:
    sealed = (await house.safe(workspace)).own.seal("channel|settings", mailroom.channel, b'{"word": ""}')
    async with house.db.workspace(workspace) as tx:
        await tx.run("UPDATE channel SET state = 'draft', settings_sealed = %(sealed)s", {"sealed": sealed})
    at = f"/channels/{mailroom.channel}"
    shown = (await program.get(at)).json()
    assert (shown["state"], shown["missing"]) == ("incomplete", ["word"])
    for verb in ("pause", "resume"):
        assert (await program.post(f"{at}/{verb}")).status_code == 409
    checked = (await program.post(f"{at}/check")).json()
    assert (checked["ok"], checked["checks"][0]["name"]) == (False, "Settings")


async def test_an_account_whose_settings_cannot_be_read_is_in_trouble(
    program: Program, mailroom: Mailroom, house: House, workspace: UUID
) -> None:
    async with house.db.workspace(workspace) as tx:
        await tx.run("UPDATE channel SET settings_sealed = 'broken'")
    at = f"/channels/{mailroom.channel}"
    assert (await program.get(at)).json()["state"] == "trouble"
    for verb in ("check", "resume"):
        assert (await program.post(f"{at}/{verb}")).status_code == 409


@pytest.mark.parametrize(
    ("given", "kept"), [("branch", "branch"), (7, "7"), (2.5, "2.5"), (True, "on"), (False, ""), (["a"], "a")]
)
async def test_settings_may_be_numbers_switches_and_lists(program: Program, parrot: Any, given: Any, kept: str) -> None:
    made = await program.post("/channels", json={"kind": "parrot", "name": "Coco", "settings": {"perch": given}})
    assert (made.status_code, made.json()["address"]) == (201, kept)


async def test_a_key_is_made_used_and_revoked(app: Any, program: Program) -> None:
    answer = await program.post("/keys", json={"name": "nightly"})
    assert answer.status_code == 201
    made = answer.json()
    assert made["key"].startswith(made["prefix"])
    listed = (await program.get("/keys")).json()["items"]
    assert [one["name"] for one in listed] == ["nightly", "reports"]
    assert made["key"] not in (await program.get("/keys")).text
    async with Program(app, made["key"]) as nightly:
        assert (await nightly.get("/members")).status_code == 200
        assert (await nightly.delete(f"/keys/{made['id']}")).status_code == 204
        assert (await nightly.get("/members")).status_code == 401
    assert [one["name"] for one in (await program.get("/keys")).json()["items"]] == ["reports"]


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "a\nb"}, {"name": "x" * 101}, {"name": 1}, {"name": ["a"]}]
)
async def test_a_key_needs_a_name(program: Program, body: Any) -> None:
    assert (await program.post("/keys", json=body)).status_code == 422
    assert len((await program.get("/keys")).json()["items"]) == 1
