"""Conversations and people as programs see them, and what programs do with them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from duologue.api import paging
from duologue.conversations import show
from duologue.conversations.model import Spot
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from tests.api.programs import Program
from tests.cast import Colleague
from tests.parrot import Mailroom, squawk


async def test_a_conversation_says_who_where_and_what(
    program: Program, talk: dict[str, Any], mailroom: Mailroom
) -> None:
    now = mailroom.house.now()
    assert talk["contact"]["name"] == "Mia Santos"
    assert talk["channel"] == {"id": str(mailroom.channel), "kind": "parrot", "name": "Polly"}
    assert (talk["address"], talk["state"], talk["assignee"], talk["unread"]) == ("mia-7", "open", None, 1)
    assert talk["window_closes_at"] == (now + timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    (last,) = (await program.get(f"/conversations/{talk['id']}/messages")).json()["items"]
    assert talk["last_message"] == last
    single = (await program.get(f"/conversations/{talk['id']}")).json()
    assert single.pop("verdict")["program"]["code"] == "open"
    assert single == talk


async def test_somebody_without_a_name_is_called_as_on_the_screens(program: Program, mailroom: Mailroom) -> None:
    visitor = "v-01992b7c3f7e8a11b2c4"
    await mailroom.arrive(squawk("p1", visitor, at=mailroom.house.now()))
    talk = (await program.get("/conversations")).json()["items"][0]
    assert (talk["address"], talk["contact"]["name"]) == (visitor, "Visitor b2c4")
    assert (await program.get(f"/contacts/{talk['contact']['id']}")).json()["name"] is None


async def test_the_last_message_may_be_ours(program: Program, talk: dict[str, Any]) -> None:
    said = (await program.post(f"/conversations/{talk['id']}/messages", json={"text": "Yes"})).json()
    now = (await program.get("/conversations")).json()["items"][0]
    assert (now["last_message"]["id"], now["unread"]) == (said["id"], 1)


async def test_conversations_come_page_by_page_the_last_spoken_in_first(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, clock: Turned
) -> None:
    for n in range(1, 7):
        await mailroom.arrive(squawk(f"b{n}", f"p{n}", f"{n}", at=clock.turn(seconds=1)))
    seen, cursor, turns = [], None, 0
    while turns == 0 or cursor:
        page = (
            await program.get("/conversations", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [one["last_message"]["text"] for one in page["items"]]
        cursor, turns = page["next"], turns + 1
        await mailroom.arrive(squawk(f"new{turns}", f"new{turns}", "new", at=clock.turn(seconds=1)))
    assert seen == ["6", "5", "4", "3", "2", "1", "Is it open?"]


async def test_filters(program: Program, talk: dict[str, Any], ben: Colleague, clock: Turned) -> None:
    async def found(**params: str) -> int:
        return len((await program.get("/conversations", params=params)).json()["items"])

    at = f"/conversations/{talk['id']}"
    assert (await found(filter="open"), await found(filter="unassigned"), await found(filter="closed")) == (1, 1, 0)
    given = (await program.post(f"{at}/assign", json={"assignee": str(ben.id)})).json()
    assert given["assignee"] == {"id": str(ben.id), "name": "Ben Okafor"}
    assert (await found(filter="unassigned"), await found(assignee=str(ben.id))) == (0, 1)
    assert (await program.post(f"{at}/assign", json={"assignee": None})).json()["assignee"] is None
    assert await found(assignee=str(ben.id), filter="open") == 0
    assert (await program.post(f"{at}/close")).json()["state"] == "closed"
    assert (await found(filter="closed"), await found(filter="open"), await found()) == (1, 0, 1)
    assert (await program.post(f"{at}/reopen")).json()["state"] == "open"
    until = (clock() + timedelta(hours=2)).isoformat()
    snoozed = (await program.post(f"{at}/snooze", json={"until": until})).json()
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", until.replace("+00:00", "Z"))
    assert await found(filter="snoozed") == 1


@pytest.mark.parametrize("before", ["0-0", "0-9999999999", "9999999999999999-0", "9999999999999999-9999999999"])
async def test_a_page_may_be_asked_for_before_any_place(mailroom: Mailroom, talk: dict[str, Any], before: str) -> None:
    async with work(mailroom.house, mailroom.workspace) as open_work:
        bubbles, _ = await show.page(open_work, UUID(talk["id"]), before=Spot.parse(before))
    assert len(bubbles) == (not before.startswith("0-"))


@pytest.mark.parametrize("none", ["", "1", "1-", "-1-1", "1--1", "x-1", "1-x", "²-1", "1" * 17 + "-1", "1-" + "1" * 11])
def test_what_is_no_place_is_none(none: str) -> None:
    with pytest.raises(ValueError, match="spot"):
        Spot.parse(none)


async def test_reading_makes_it_read(program: Program, talk: dict[str, Any]) -> None:
    assert talk["unread"] == 1
    assert (await program.post(f"/conversations/{talk['id']}/read")).json()["unread"] == 0


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("snooze", {"until": "2026-11-24T08:59:59Z"}),
        ("snooze", {"until": "2027-01-01T09:00:00"}),
        ("snooze", {"until": "tomorrow"}),
        ("snooze", {"until": "2040-01-01T00:00:00Z"}),
        ("snooze", {"until": "9999-12-31T23:59:59-23:59"}),
        ("snooze", {"until": 1830000000}),
        ("snooze", {"until": None}),
        ("snooze", {}),
        ("snooze", {"until": "2027-01-01T09:00:00Z", "for": "me"}),
        ("assign", {}),
        ("assign", {"assignee": "me"}),
        ("assign", {"assignee": ["a"]}),
        ("assign", {"assignee": "00000000-0000-7000-8000-000000000000"}),
        ("assign", []),
    ],
)
async def test_what_makes_no_sense_changes_nothing(
    program: Program, talk: dict[str, Any], verb: str, body: Any
) -> None:
    answer = await program.post(f"/conversations/{talk['id']}/{verb}", json=body)
    assert answer.status_code == 422
    assert (await program.get("/conversations")).json()["items"] == [talk]


async def test_people_come_page_by_page_the_newest_first(
    program: Program, talk: dict[str, Any], mailroom: Mailroom
) -> None:
    now = mailroom.house.now()
    for n in range(4):
        await mailroom.arrive(squawk(f"b{n}", f"p{n}", at=now, name=f"Person {n}"))
    first = (await program.get("/contacts", params={"limit": 3})).json()
    await mailroom.arrive(squawk("late", "late", at=now))
    second = (await program.get("/contacts", params={"limit": 3, "cursor": first["next"]})).json()
    names = [one["name"] for one in [*first["items"], *second["items"]]]
    assert names == ["Person 3", "Person 2", "Person 1", "Person 0", "Mia Santos"]
    assert second["next"] is None


async def test_a_person_has_addresses(program: Program, talk: dict[str, Any], mailroom: Mailroom) -> None:
    mia = (await program.get(f"/contacts/{talk['contact']['id']}")).json()
    (address,) = mia["addresses"]
    assert (mia["name"], address["external"], address["channel_name"]) == ("Mia Santos", "mia-7", "Polly")
    assert address["channel_id"] == str(mailroom.channel)


async def test_cursors_of_one_list_are_none_of_another(program: Program, talk: dict[str, Any]) -> None:
    for place in (f"contacts|{talk['id']}", "messages|1-1", "conversations|2026-01-01|x", "conversations|x"):
        kind, _, where = place.partition("|")
        cursor = paging.cursor(kind, where)
        paths = {
            "conversations": "/conversations",
            "contacts": "/contacts",
            "messages": f"/conversations/{talk['id']}/messages",
        }
        if kind != "conversations":
            assert (await program.get(paths.pop(kind), params={"cursor": cursor})).status_code == 200
        for path in paths.values():
            assert (await program.get(path, params={"cursor": cursor})).status_code == 422


@pytest.mark.parametrize("where", ["0-0", "-1", "0-2147483648", "99999999999999999999-1", "1.5-1", "٣-1", "x"])
async def test_a_forged_place_in_a_conversation_harms_nothing(
    program: Program, talk: dict[str, Any], where: str
) -> None:
    cursor = paging.cursor("messages", where)
    answer = await program.get(f"/conversations/{talk['id']}/messages", params={"cursor": cursor})
    assert answer.status_code == 422 or answer.json() == {"items": [], "next": None}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00"])
async def test_a_forged_moment_harms_nothing(program: Program, talk: dict[str, Any], moment: str) -> None:
    inner = paging.cursor(moment, talk["id"])
    answer = await program.get("/conversations", params={"cursor": paging.cursor("conversations", inner)})
    assert answer.status_code in {200, 422}
