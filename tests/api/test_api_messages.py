"""What a program reads and says."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from duologue.channels.contract import Refusal, Refused
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from tests.api.programs import Program, deliver
from tests.cast import Colleague
from tests.parrot import Mailroom, squawk

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def at(talk: dict[str, Any]) -> str:
    return f"/conversations/{talk['id']}/messages"


async def test_what_came_in_is_read(program: Program, talk: dict[str, Any], house: House) -> None:
    (one,) = (await program.get(at(talk))).json()["items"]
    assert (one["text"], one["direction"], one["kind"], one["status"]) == ("Is it open?", "in", "text", "received")
    assert (one["external_id"], one["seq"], one["conversation_id"]) == ("a", 1, talk["id"])
    assert one["author"] == {"kind": "contact", "id": None, "name": None}
    assert one["provider_time"] == one["received_time"] == house.now().isoformat().replace("+00:00", "Z")
    assert (await program.get(f"/messages/{one['id']}")).json() == one


async def test_what_is_said_is_queued_then_sent(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, parrot: Any
) -> None:
    answer = await program.post(at(talk), json={"text": "Until six"})
    assert answer.status_code == 201
    said = answer.json()
    assert (said["status"], said["direction"], said["text"], said["more"]) == ("queued", "out", "Until six", [])
    assert answer.headers["location"] == f"/api/v1/messages/{said['id']}"
    await deliver(mailroom)
    (sent,) = parrot.SENT
    assert (sent.address, sent.content.text, sent.author, sent.automated) == ("mia-7", "Until six", None, True)
    now = (await program.get(f"/messages/{said['id']}")).json()
    assert (now["status"], now["external_id"]) == ("sent", f"parrot-{said['id']}")


async def test_a_member_speaks_through_a_program(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, parrot: Any, ben: Colleague
) -> None:
    said = (await program.post(at(talk), json={"text": "It is me", "author": str(ben.id)})).json()
    assert said["author"] == {"kind": "member", "id": str(ben.id), "name": "Ben Okafor"}
    await deliver(mailroom)
    (sent,) = parrot.SENT
    assert (sent.author, sent.automated) == ("Ben Okafor", False)


async def test_nobody_speaks_in_the_name_of_somebody_who_is_not_there(
    program: Program, talk: dict[str, Any], house: House, ben: Colleague, nora: Colleague
) -> None:
    async with house.db.workspace(ben.workspace) as tx:
        await tx.run("UPDATE member SET active = false WHERE id = %(id)s", {"id": ben.id})
    for author in (ben.id, nora.id, uuid4()):
        answer = await program.post(at(talk), json={"text": "It is me", "author": str(author)})
        assert answer.status_code == 422
        assert answer.json()["field"] == "author"


async def test_a_program_may_not_answer_as_long_as_a_person(
    program: Program, talk: dict[str, Any], clock: Turned, ben: Colleague
) -> None:
    clock.turn(hours=25)
    verdict = (await program.get(f"/conversations/{talk['id']}")).json()["verdict"]
    assert (verdict["member"]["may"], verdict["program"]["may"]) == ("yes", "no")
    refused = await program.post(at(talk), json={"text": "Hello?"})
    assert (refused.status_code, refused.json()["detail"]) == (409, verdict["program"]["words"])
    assert "may answer again as soon as the person writes" in refused.json()["detail"]
    by_ben = {"text": "Hello?", "author": str(ben.id)}
    assert (await program.post(at(talk), json=by_ben)).status_code == 201
    clock.turn(days=7)
    assert (await program.post(at(talk), json=by_ben)).status_code == 409
    assert len((await program.get(at(talk))).json()["items"]) == 2


async def test_an_answer_may_quote_a_message_of_its_conversation_only(
    program: Program, talk: dict[str, Any], mailroom: Mailroom
) -> None:
    asked = talk["last_message"]["id"]
    await mailroom.arrive(squawk("b", "jonas", "And here?", at=mailroom.house.now()))
    (jonas,) = [one for one in (await program.get("/conversations")).json()["items"] if one["id"] != talk["id"]]
    said = await program.post(at(talk), json={"text": "This", "reply_to": asked})
    assert said.json()["reply_to"] == asked
    for other in (jonas["last_message"]["id"], str(uuid4())):
        answer = await program.post(at(talk), json={"text": "This", "reply_to": other})
        assert (answer.status_code, answer.json()["field"]) == (422, "reply_to")


async def test_files_come_as_a_form_and_are_given_back(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, parrot: Any
) -> None:
    files = [("files", ("dot.gif", GIF, "image/gif")), ("files", ("../../note.txt", b"Hello", "text/plain"))]
    answer = await program.post(at(talk), data={"text": "Two"}, files=files, headers={"Idempotency-Key": "two"})
    assert answer.status_code == 201
    said = answer.json()
    assert len(said["more"]) == 1
    (picture,) = said["files"]
    assert (picture["name"], picture["mime"], picture["size"]) == ("dot.gif", "image/gif", len(GIF))
    got = await program.get(picture["url"].removeprefix("/api/v1"))
    assert (got.content, got.headers["content-type"]) == (GIF, "image/gif")
    (note,) = (await program.get(f"/messages/{said['more'][0]}")).json()["files"]
    assert note["name"] == "note.txt"
    got = await program.get(f"/files/{note['id']}")
    assert (got.content, got.headers["content-type"]) == (b"Hello", "application/octet-stream")
    assert "attachment" in got.headers["content-disposition"]
    again = await program.post(at(talk), data={"text": "Two"}, files=files, headers={"Idempotency-Key": "two"})
    assert (again.json()["id"], again.json()["more"]) == (said["id"], said["more"])
    await deliver(mailroom)
    await deliver(mailroom)
    assert [one.content.media[0].data for one in parrot.SENT] == [GIF, b"Hello"]


async def test_a_form_without_files_is_a_message_too(program: Program, talk: dict[str, Any]) -> None:
    form = {"text": (None, "null"), "author": (None, "")}
    answer = await program.post(at(talk), files=form)
    assert (answer.status_code, answer.json()["text"]) == (201, "null")


async def test_a_message_that_failed_is_sent_again(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, parrot: Any
) -> None:
    parrot.ANSWERS.append(Refused(why=Refusal.CONTENT, reason="rude (code 7)"))
    said = (await program.post(at(talk), json={"text": "Hm"})).json()
    assert (await program.post(f"/messages/{said['id']}/retry")).status_code == 409
    await deliver(mailroom)
    failed = (await program.get(f"/messages/{said['id']}")).json()
    assert failed["status"] == "failed"
    assert "rude (code 7)" in failed["reason"]
    again = await program.post(f"/messages/{said['id']}/retry")
    assert (again.status_code, again.json()["status"]) == (200, "queued")
    await deliver(mailroom)
    assert (await program.get(f"/messages/{said['id']}")).json()["status"] == "sent"
    assert (await program.post(f"/messages/{talk['last_message']['id']}/retry")).status_code == 409


async def test_pages_stay_whole_while_messages_come_in(
    program: Program, talk: dict[str, Any], mailroom: Mailroom
) -> None:
    now = mailroom.house.now()
    await mailroom.arrive(*(squawk(f"n{n}", "mia-7", f"{n}", at=now + timedelta(seconds=n)) for n in range(2, 24)))
    seen, cursor, turns = [], None, 0
    while turns == 0 or cursor:
        page = (await program.get(at(talk), params={"limit": 5} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [one["seq"] for one in page["items"]]
        cursor, turns = page["next"], turns + 1
        await mailroom.arrive(squawk(f"late{turns}", "mia-7", "late", at=now + timedelta(minutes=turns)))
    assert seen == list(range(23, 0, -1))
    assert turns == 5


async def test_a_last_page_that_is_full_has_no_next(program: Program, talk: dict[str, Any]) -> None:
    assert (await program.get(at(talk), params={"limit": 1})).json()["next"] is None


WRONG: list[tuple[Any, int, str]] = [
    ({}, 422, "text"),
    ({"text": ""}, 422, "text"),
    ({"text": " \n "}, 422, "text"),
    ({"text": 5}, 422, "text"),
    ({"text": None}, 422, "text"),
    ({"text": ["a"]}, 422, "text"),
    ({"text": {"a": 1}}, 422, "text"),
    ({"text": "a\x00b"}, 422, "text"),
    ({"text": "x" * 201}, 422, "text"),
    ({"text": "a", "author": "me"}, 422, "author"),
    ({"text": "a", "author": 7}, 422, "author"),
    ({"text": "a", "reply_to": True}, 422, "reply_to"),
    ({"text": "a", "lane": "reply"}, 422, "lane"),
    ({"text": "a", "files": []}, 422, "files"),
    ([], 422, ""),
    ("text", 422, ""),
]


@pytest.mark.parametrize(("body", "status", "field"), WRONG)
async def test_what_cannot_be_said_is_refused_with_its_field(
    program: Program, talk: dict[str, Any], body: Any, status: int, field: str
) -> None:
    answer = await program.post(at(talk), json=body)
    problem = answer.json()
    assert answer.status_code == status
    assert field in {problem.get("field"), *problem.get("fields", {})}
    assert len((await program.get(at(talk))).json()["items"]) == 1


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": f"multipart/form-data; boundary={'b' * 8}"}
PART = b'--bbbbbbbb\r\nContent-Disposition: form-data; name="text"'
HOSTILE: list[tuple[bytes, dict[str, Any], int]] = [
    (b"", JSON, 400),
    (b"null", JSON, 422),
    (b"{", JSON, 400),
    (b'{"text": "a"} x', JSON, 400),
    (b'{"text": "\xff"}', JSON, 400),
    (b'{"text": "\\ud800"}', JSON, 400),
    (b"[" * 200_000, JSON, 422),
    (b'{"text": ' + b"[" * 200_000, JSON, 422),
    (b'{"text": "a"}', {"Content-Type": "text/plain"}, 415),
    (b'{"text": "a"}', {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    (b'{"text": "a"}', {"Content-Type": b"\xff\xfe"}, 415),
    (b"", FORM, 422),
    (b"nonsense", FORM, 400),
    (PART, FORM, 400),
    (PART + b"\r\n\r\n\xff\r\n--bbbbbbbb--\r\n", FORM, 400),
    (PART + b"\r\nContent-Type: text/plain; charset=klingon\r\n\r\na\r\n--bbbbbbbb--\r\n", FORM, 400),
    (PART + b'; filename="a.txt"\r\n\r\na\r\n--bbbbbbbb--\r\n', FORM, 422),
    (PART + b"\r\n\r\na\r\n" + PART + b"\r\n\r\nb\r\n--bbbbbbbb--\r\n", FORM, 422),
    (PART.replace(b'"text"', b'"files"') + b"\r\n\r\na\r\n--bbbbbbbb--\r\n", FORM, 422),
    (PART.replace(b'"text"', b'"txet"') + b"\r\n\r\na\r\n--bbbbbbbb--\r\n", FORM, 422),
    (b"x", {"Content-Type": "multipart/form-data"}, 400),
]


@pytest.mark.parametrize(("body", "headers", "status"), HOSTILE)
async def test_what_cannot_be_read_is_refused(
    program: Program, talk: dict[str, Any], body: bytes, headers: dict[str, Any], status: int
) -> None:
    answer = await program.post(at(talk), content=body, headers=headers)
    assert answer.status_code == status
    assert len((await program.get(at(talk))).json()["items"]) == 1


@pytest.mark.parametrize("headers", [JSON, FORM])
async def test_a_huge_body_is_refused(program: Program, talk: dict[str, Any], headers: dict[str, str]) -> None:
    async def endless() -> Any:
        yield PART + b"\r\n\r\n"
        for _ in range(64):
            yield b"x" * 1024 * 1024

    whole = b'{"text": "' + b"x" * 31 * 1024 * 1024 + b'"}'
    assert (await program.post(at(talk), content=whole, headers=headers)).status_code == 413
    assert (await program.post(at(talk), content=endless(), headers=headers)).status_code == 413


async def test_a_json_body_needs_no_header(program: Program, talk: dict[str, Any]) -> None:
    assert (await program.post(at(talk), content=b'{"text": "a"}')).status_code == 201
