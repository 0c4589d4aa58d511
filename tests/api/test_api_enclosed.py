"""A place or a contact card, said by a program."""

from typing import Any

import pytest

from duologue.channels.contract import Abilities, Card, Kind, Place
from duologue.conversations import show
from tests.api.programs import Program, deliver
from tests.parrot import Mailroom

PLACE = {"latitude": 52.5163, "longitude": 13.3777, "label": "The tea house"}
CARD = {"name": "Bo Lee", "phone": "+49 151 1234000", "email": "bo@example.test"}


def at(talk: dict[str, Any]) -> str:
    return f"/conversations/{talk['id']}/messages"


async def test_a_place_and_a_card_follow_the_words_as_messages_of_their_own(
    program: Program, talk: dict[str, Any], mailroom: Mailroom, parrot: Any
) -> None:
    answer = await program.post(at(talk), json={"text": "Come here", "place": PLACE, "card": CARD})
    assert answer.status_code == 201
    said = answer.json()
    more = [(await program.get(f"/messages/{id}")).json() for id in said["more"]]  # noqa: A001
    assert [(one["kind"], one["text"], one["place"]) for one in (said, *more)] == [
        ("text", "Come here", None),
        ("location", None, PLACE),
        ("card", "Bo Lee\n+49 151 1234000\nbo@example.test", None),
    ]
    for _ in range(3):  # one after the other, in order
        await deliver(mailroom)
    assert [(one.content.text is None, one.content.place, one.content.card) for one in parrot.SENT] == [
        (False, None, None),
        (True, Place(**PLACE), None),
        (False, None, Card(**CARD)),
    ]


async def test_a_place_alone_is_one_message_and_may_answer_another(program: Program, talk: dict[str, Any]) -> None:
    place = {"latitude": -54.8, "longitude": -68.3}
    asked = talk["last_message"]["id"]
    said = (await program.post(at(talk), json={"place": place, "reply_to": asked})).json()
    assert (said["kind"], said["place"], said["more"]) == ("location", place | {"label": None}, [])
    assert said["reply_to"] == asked


async def test_the_same_place_under_the_same_key_is_sent_once_and_another_one_is_refused(
    program: Program, talk: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "where"}
    first = await program.post(at(talk), json={"place": PLACE}, headers=key)
    again = await program.post(at(talk), json={"place": PLACE}, headers=key)
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (first.json()["id"], "true")
    other = await program.post(at(talk), json={"place": PLACE | {"latitude": 1}}, headers=key)
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"place": {"latitude": 91, "longitude": 0}}, "place.latitude"),
        ({"place": {"latitude": 0}}, "place.longitude"),
        ({"place": {"latitude": 0, "longitude": 0, "height": 3}}, "place.height"),
        ({"place": "here"}, "place"),
        ({"place": PLACE | {"label": "x" * 201}}, "place.label"),
        ({"card": {"name": "Bo"}}, "card.phone"),
        ({"card": {"name": "", "phone": "123"}}, "card.name"),
        ({"card": {"name": "Bo", "phone": "call me"}}, "card"),
        ({"card": CARD | {"email": "bo"}}, "card"),
        ({"place": PLACE, "choices": ["Yes"]}, "text"),
    ],
)
async def test_what_is_wrong_is_named(program: Program, talk: dict[str, Any], given: Any, named: str) -> None:
    answer = await program.post(at(talk), json=given)
    assert answer.status_code == 422
    told = answer.json()
    assert named in {told.get("field"), *(told.get("fields") or {})}
    assert len((await program.get(at(talk))).json()["items"]) == 1


async def test_a_platform_that_has_none_is_named_as_the_reason(
    program: Program, talk: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def texts_only(*_: Any) -> Abilities:
        return Abilities(sends=frozenset({Kind.TEXT}))

    monkeypatch.setattr(show, "abilities", texts_only)
    for given, words in (({"place": PLACE}, "takes no places"), ({"card": CARD}, "takes no contact cards")):
        answer = await program.post(at(talk), json={"text": "Here", **given})
        assert (answer.status_code, answer.json()["field"]) == (422, next(iter(given)))
        assert words in answer.json()["detail"]
