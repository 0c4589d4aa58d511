"""What a program does to messages that were sent."""

from typing import Any

import pytest

from duologue.channels.contract import Refusal, Refused
from duologue.kernel.clock import Turned
from duologue.mailroom.alter import Alterer
from tests.api.programs import Program, deliver
from tests.cast import Colleague
from tests.parrot import Mailroom


async def _sent(program: Program, talk: dict[str, Any], mailroom: Mailroom) -> dict[str, Any]:
    said = await program.post(f"/conversations/{talk['id']}/messages", json={"text": "Until six"})
    await deliver(mailroom)
    return (await program.get(f"/messages/{said.json()['id']}")).json()


async def _theirs(program: Program, talk: dict[str, Any]) -> dict[str, Any]:
    return (await program.get(f"/conversations/{talk['id']}/messages")).json()["items"][-1]


async def test_words_are_changed_and_what_was_said_before_is_told(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, ben: Colleague
) -> None:
    sent = await _sent(program, talk, mailroom)
    assert (sent["can"], sent["changes"], sent["edited"]) == (["edit", "unsend"], [], [])
    asked = await program.post(f"/messages/{sent['id']}/edit", json={"text": "Until seven", "author": str(ben.id)})
    assert asked.status_code == 202
    assert [(one["kind"], one["status"], one["words"], one["by"]) for one in asked.json()["changes"]] == [
        ("edit", "queued", "Until seven", "Ben Okafor")
    ]
    await Alterer(mailroom.house, mailroom.accounts).alter()
    now = (await program.get(f"/messages/{sent['id']}")).json()
    assert (now["text"], now["edited"], now["changes"]) == ("Until seven", ["Until six"], [])


async def test_taken_back_nothing_of_it_is_told(program: Program, talk: dict[str, Any], mailroom: Mailroom) -> None:
    sent = await _sent(program, talk, mailroom)
    assert (await program.post(f"/messages/{sent['id']}/unsend", json={})).status_code == 202
    await Alterer(mailroom.house, mailroom.accounts).alter()
    now = (await program.get(f"/messages/{sent['id']}")).json()
    assert (now["text"], bool(now["unsent_at"]), now["can"]) == (None, True, [])


async def test_a_sign_is_one_of_those_that_the_message_tells(
    program: Program, talk: dict[str, Any], mailroom: Mailroom
) -> None:
    theirs = await _theirs(program, talk)
    assert (theirs["can"], theirs["signs"]) == (["react"], ["👍", "🦜"])
    at = f"/messages/{theirs['id']}/react"
    assert (await program.post(at, json={"emoji": "💥"})).status_code == 422
    assert (await program.post(at, json={"emoji": "🦜"})).status_code == 202
    await Alterer(mailroom.house, mailroom.accounts).alter()
    assert (await program.get(f"/messages/{theirs['id']}")).json()["reactions"] == [{"emoji": "🦜", "by": "brand"}]


@pytest.mark.parametrize(
    ("mine", "what", "body", "status"),
    [
        (False, "edit", {"text": "x"}, 409),
        (False, "unsend", {}, 409),
        (True, "react", {"emoji": "👍"}, 409),
        (True, "edit", {"text": " "}, 422),
        (True, "edit", {}, 422),
        (True, "edit", {"text": "x", "author": "0197a1b0-0000-7000-8000-000000000000"}, 422),
        (True, "unsend", {"sure": True}, 422),
    ],
)
async def test_what_cannot_be_done_is_refused_in_words(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, mine: bool, what: str, body: dict[str, Any], status: int
) -> None:
    ours, theirs = await _sent(program, talk, mailroom), await _theirs(program, talk)
    answer = await program.post(f"/messages/{(ours if mine else theirs)['id']}/{what}", json=body)
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
    assert await Alterer(mailroom.house, mailroom.accounts).alter() == 0


async def test_why_it_was_not_done_is_told_and_after_its_time_it_is_not_offered(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    sent = await _sent(program, talk, mailroom)
    parrot.ACT_ANSWERS.append(Refused(why=Refusal.CONTENT, reason="not these words"))
    await program.post(f"/messages/{sent['id']}/edit", json={"text": "Until seven"})
    await Alterer(mailroom.house, mailroom.accounts).alter()
    told = (await program.get(f"/messages/{sent['id']}")).json()
    assert (told["text"], [(one["status"], one["reason"]) for one in told["changes"]]) == (
        "Until six", [("failed", "not these words")],
    )  # fmt: skip
    clock.turn(hours=3)
    assert (await program.get(f"/messages/{sent['id']}")).json()["can"] == []
