"""The same request under the same key is carried out once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from tests.api.programs import Program, key_for
from tests.cast import Colleague
from tests.parrot import Mailroom, squawk


def at(talk: dict[str, Any]) -> str:
    return f"/conversations/{talk['id']}/messages"


async def count(program: Program, talk: dict[str, Any]) -> int:
    return len([one for one in (await program.get(at(talk))).json()["items"] if one["direction"] == "out"])


async def test_twenty_at_once_are_one_message(program: Program, talk: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(program.post(at(talk), json={"text": "Yes"}, headers=key) for _ in range(20)),
    )
    assert [one.status_code for one in answers] == [201] * 20
    assert len({one.json()["id"] for one in answers}) == 1
    assert sorted(one.headers.get("idempotent-replayed", "") for one in answers) == [""] + ["true"] * 19
    assert await count(program, talk) == 1


async def test_twenty_keys_at_once_are_twenty_messages(program: Program, talk: dict[str, Any]) -> None:
    answers = await asyncio.gather(
        *(program.post(at(talk), json={"text": "Yes"}, headers={"Idempotency-Key": f"{n}"}) for n in range(20)),
    )
    assert sorted(one.json()["seq"] for one in answers) == list(range(2, 22))


async def test_two_requests_race_for_one_key_and_one_of_them_wins(program: Program, talk: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(program.post(at(talk), json={"text": f"{n % 2}"}, headers=key) for n in range(12)),
    )
    assert sorted(one.status_code for one in answers) == [201] * 6 + [422] * 6
    assert await count(program, talk) == 1


async def test_a_repeated_request_gives_the_message_as_it_stands_by_then(
    program: Program, talk: dict[str, Any], mailroom: Mailroom
) -> None:
    key = {"Idempotency-Key": "one"}
    first = await program.post(at(talk), json={"text": "Yes"}, headers=key)
    await mailroom.arrive(squawk("b", "mia-7", "And?", at=mailroom.house.now()))
    again = await program.post(at(talk), json={"text": "Yes"}, headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers


async def test_another_request_under_the_key_is_refused(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, ben: Colleague
) -> None:
    await mailroom.arrive(squawk("b", "jonas", "And here?", at=mailroom.house.now()))
    (jonas,) = [one for one in (await program.get("/conversations")).json()["items"] if one["id"] != talk["id"]]
    key = {"Idempotency-Key": "one"}
    assert (await program.post(at(talk), json={"text": "Yes"}, headers=key)).status_code == 201
    others: list[tuple[str, dict[str, Any]]] = [
        (at(talk), {"text": "No"}),
        (at(talk), {"text": "Yes", "author": str(ben.id)}),
        (at(talk), {"text": "Yes", "reply_to": talk["last_message"]["id"]}),
        (at(jonas), {"text": "Yes"}),
    ]
    for path, body in others:
        answer = await program.post(path, json=body, headers=key)
        assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
    file = [("files", ("a.txt", b"a", "text/plain"))]
    assert (await program.post(at(talk), data={"text": "Yes"}, files=file, headers=key)).status_code == 422
    assert (await count(program, talk), await count(program, jonas)) == (1, 0)


async def test_what_failed_may_be_tried_again_under_its_key(
    program: Program, talk: dict[str, Any], clock: Turned, mailroom: Mailroom
) -> None:
    clock.turn(hours=25)
    key = {"Idempotency-Key": "one"}
    assert (await program.post(at(talk), json={"text": "Yes"}, headers=key)).status_code == 409
    await mailroom.arrive(squawk("b", "mia-7", "And?", at=clock()))
    answer = await program.post(at(talk), json={"text": "Yes"}, headers=key)
    assert answer.status_code == 201
    assert "idempotent-replayed" not in answer.headers


async def test_a_repeated_request_is_answered_after_the_window_has_closed(
    program: Program, talk: dict[str, Any], clock: Turned, house: House, ben: Colleague
) -> None:
    body, key = {"text": "Yes", "author": str(ben.id)}, {"Idempotency-Key": "one"}
    first = await program.post(at(talk), json=body, headers=key)
    clock.turn(days=8)
    async with house.db.workspace(ben.workspace) as tx:
        await tx.run("UPDATE member SET active = false")
    assert (await program.post(at(talk), json=body, headers=key)).json() == first.json()


async def test_a_key_that_was_forgotten_makes_no_second_message_of_the_same_request(
    program: Program, talk: dict[str, Any], house: House, workspace: UUID
) -> None:
    key = {"Idempotency-Key": "one"}
    first = (await program.post(at(talk), json={"text": "Yes"}, headers=key)).json()
    async with house.db.workspace(workspace) as tx:
        await tx.run("DELETE FROM idempotency")
    assert (await program.post(at(talk), json={"text": "Yes"}, headers=key)).json()["id"] == first["id"]
    async with house.db.workspace(workspace) as tx:
        await tx.run("DELETE FROM idempotency")
    assert (await program.post(at(talk), json={"text": "No"}, headers=key)).json()["id"] != first["id"]


async def test_the_key_counts_for_the_workspace_whichever_api_key_it_comes_by(
    app: Any, program: Program, talk: dict[str, Any], house: House, workspace: UUID
) -> None:
    key = {"Idempotency-Key": "one"}
    first = await program.post(at(talk), json={"text": "Yes"}, headers=key)
    async with Program(app, await key_for(house, workspace, "another")) as another:
        assert (await another.post(at(talk), json={"text": "Yes"}, headers=key)).json() == first.json()


async def test_without_a_key_twice_is_twice(program: Program, talk: dict[str, Any]) -> None:
    for _ in range(2):
        assert (await program.post(at(talk), json={"text": "Yes"})).status_code == 201
    assert await count(program, talk) == 2


@pytest.mark.parametrize("length", [0, 256])
async def test_a_key_has_a_length(program: Program, talk: dict[str, Any], length: int) -> None:
    answer = await program.post(at(talk), json={"text": "Yes"}, headers={"Idempotency-Key": "k" * length})
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


async def test_the_longest_key_is_taken(program: Program, talk: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "k" * 255}
    first, again = [await program.post(at(talk), json={"text": "Yes"}, headers=key) for _ in range(2)]
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])


async def test_what_is_kept_of_a_request_holds_none_of_its_words(
    program: Program, talk: dict[str, Any], house: House, workspace: UUID
) -> None:
    said = await program.post(at(talk), json={"text": "Secret words"}, headers={"Idempotency-Key": "my own name"})
    async with house.db.workspace(workspace) as tx:
        (message,) = await tx.rows(UUID, "SELECT message_id FROM idempotency")
        (row,) = await tx.rows(bytes, "SELECT key_hash || request_hash FROM idempotency")
    assert str(message) == said.json()["id"]
    assert len(row) == 64
