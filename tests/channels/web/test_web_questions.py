"""The questions before the first message: who is asked what, what counts as an answer, and where the answers go."""

import html
import json
import re
from uuid import uuid4

import pytest
from conftest import SHOP
from msgspec.structs import replace as change

from duologue.channels.web.identity import Identity, sign
from duologue.channels.web.questions import LONGEST_ANSWER, Unanswered, judged, questions
from duologue.channels.web.settings import fresh, onward

ALL = {"ask_name": "optional", "ask_email": "required", "ask_phone": "optional", "ask_question": "required"}
ASKING = ALL | {"question": "What is your order number?"}
GOOD = {"name": "Mia Sand", "email": "mia@example.com", "phone": "+49 30 1234567", "question": "4711"}


def signed(account, **who):
    given = Identity(external_id="77", exp=int(account.clock().timestamp()) + 600, hmac="", **who)
    return {"external_id": "77", "exp": given.exp, "hmac": sign(account.settings.identity_secret, given), **who}


async def answer(guest, **given):
    return await guest.call("POST", "answers", json=given)


async def answered(guest, **given):
    reply = await answer(guest, **given)
    assert reply.status_code == 200, reply.text
    guest.token, guest.refresh = reply.json()["token"], reply.json()["refresh"]
    return reply.json()


async def test_the_window_is_told_what_is_asked_and_a_visitor_what_is_open(house):
    account = house.account(**ASKING, privacy="Only to answer you.", privacy_link="https://shop.example.com/privacy")
    page = (await house.client.get(f"/web/{account.id}/frame")).text
    config = json.loads(html.unescape(re.search(r'data-config="([^"]*)"', page)[1]))
    assert config["questions"] == [
        {"name": "name", "own": "", "required": False},
        {"name": "email", "own": "", "required": True},
        {"name": "phone", "own": "", "required": False},
        {"name": "question", "own": "What is your order number?", "required": True},
    ]
    assert config["privacy"] == {"text": "Only to answer you.", "link": "https://shop.example.com/privacy"}
    assert (await (await house.guest(account)).open()).json()["asks"] == ["name", "email", "phone", "question"]


async def test_a_privacy_link_is_an_address_of_the_web_and_nothing_else(house):
    account = house.account(privacy_link="javascript:alert(1)")
    assert "javascript:" not in (await house.client.get(f"/web/{account.id}/frame")).text


async def test_answers_go_with_the_first_message_as_what_nobody_has_proven(house):
    guest = await house.guest(house.account(**ASKING))
    assert (await answered(guest, **GOOD))["asks"] == []
    reply = await guest.call("POST", "messages", json={"id": str(uuid4()), "text": "Hello", "answer": "4711"})
    assert reply.status_code == 202
    (said,) = house.lobby.said
    assert (said.person.name, said.person.email, said.person.phone) == ("Mia Sand", "mia@example.com", "+49 30 1234567")
    assert said.person.typed == ("email", "phone")
    assert not said.person.verified
    assert said.content.facts == {"What is your order number?": "4711"}


async def test_a_session_remembers_the_answers(house):
    account = house.account(**ASKING)
    guest = await house.guest(account)
    await answered(guest, **GOOD)
    assert (await guest.open(refresh=guest.refresh)).json()["asks"] == []
    await guest.open(refresh=guest.refresh, claims={"name": "As the page says"})
    await guest.say("Hello")
    assert (house.lobby.said[0].person.name, house.lobby.said[0].person.email) == (
        "As the page says",
        "mia@example.com",
    )


async def test_nobody_begins_without_what_must_be_answered_and_the_message_is_not_taken(house):
    account = house.account(**ASKING)
    guest = await house.guest(account)
    reply = await guest.say("Hello", headers={"accept-language": "de"})
    assert reply.status_code == 422
    assert reply.json()["fields"] == {
        "email": "Bitte ausfüllen, bevor Sie schreiben.",
        "question": "Bitte ausfüllen, bevor Sie schreiben.",
    }
    assert house.lobby.said == []


async def test_whoever_is_in_a_conversation_already_is_asked_nothing(house):
    account = house.account()
    guest = await house.guest(account)
    await guest.say("Hello")
    house.change(account, **ASKING)
    assert (await guest.say("And one more thing")).status_code == 202


async def test_what_the_website_told_is_not_asked_and_never_replaced(house):
    account = house.account(**ASKING)
    identity = signed(account, email="mia@shop.example", name="Mia")
    guest = await house.guest(account, identity=identity)
    assert (await guest.open(identity=identity)).json()["asks"] == ["phone", "question"]
    await answered(guest, phone="+49 30 1234567", question="4711", email="other@example.com", name="Somebody else")
    await guest.say("Hello")
    (said,) = house.lobby.said
    assert (said.person.name, said.person.email) == ("Mia", "mia@shop.example")
    assert said.person.verified
    assert said.person.typed == ("phone",)


async def test_what_somebody_signed_in_types_is_proven_by_nobody(house):
    account = house.account(ask_email="required")
    guest = await house.guest(account, identity=signed(account, name="Mia"))
    await answered(guest, email="somebody@example.com")
    await guest.say("Hello")
    assert house.lobby.said[0].person.typed == ("email",)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("email", "", "Please answer this."),
        ("email", "mia", "This is no email address"),
        ("email", "mia@example.com\r\nBcc: all@example.com", "This is no email address"),
        ("email", "<mia@example.com>", "This is no email address"),
        ("email", "mia@localhost", "This is no email address"),
        ("email", "a@example.com,b@example.com", "This is no email address"),
        ("email", "m" * 250 + "@example.com", "This is no email address"),
        ("phone", "call me", "This is no phone number"),
        ("phone", "12", "This is no phone number"),
        ("phone", "1" * 30, "This is no phone number"),
        ("name", "x" * 201, "This is too long."),
        ("question", " \u202e\u200b ", "Please answer this."),
        ("question", "x" * (LONGEST_ANSWER + 1), "At most 1000 characters"),
    ],
)
async def test_what_cannot_be_an_answer_is_said_beside_its_field_and_the_rest_stays(house, field, text, words):
    guest = await house.guest(house.account(**ASKING))
    reply = await answer(guest, **{**GOOD, field: text})
    assert reply.status_code == 422
    assert list(reply.json()["fields"]) == [field]
    assert reply.json()["fields"][field].startswith(words)
    assert (await guest.open(refresh=guest.refresh)).json()["asks"] == ["name", "email", "phone", "question"]


async def test_several_wrong_answers_are_all_told_at_once(house):
    guest = await house.guest(house.account(**ASKING))
    assert set((await answer(guest, email="mia", phone="x")).json()["fields"]) == {"email", "phone", "question"}


async def test_fields_nobody_asked_for_are_refused_or_passed_over(house):
    guest = await house.guest(house.account(ask_name="optional"))
    assert (await answer(guest, verified=True)).status_code == 422
    await answered(guest, name="Mia", email="mia@example.com", phone="+49 30 1234567")
    await guest.say("Hello")
    assert (house.lobby.said[0].person.email, house.lobby.said[0].person.phone) == (None, None)


async def test_an_answer_to_a_question_that_is_not_asked_is_no_fact(house):
    guest = await house.guest(house.account())
    await guest.call("POST", "messages", json={"id": str(uuid4()), "text": "Hello", "answer": "4711"})
    assert house.lobby.said[0].content.facts == {}


async def test_answers_are_taken_from_the_visitor_only_and_not_too_often(house):
    account = house.account(**ASKING)
    guest = await house.guest(account)
    assert (await house.client.post(f"/web/{account.id}/answers", json=GOOD)).status_code == 401
    foreign = await guest.call("POST", "answers", json=GOOD, headers={"origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    assert 429 in {(await answer(guest, email="mia")).status_code for _ in range(15)}


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        (f"{SHOP}/boots?size=38#now", f"{SHOP}/boots"),
        ("https://elsewhere.example/boots", None),
        ("https://shop.example.com.elsewhere.example/", None),
        ("https://shop.example.com@elsewhere.example/", None),
        ("javascript:alert(1)", None),
        ("//shop.example.com/boots", None),
        ("https://[::1/", None),
        (f"{SHOP}/\u202eboots", f"{SHOP}/"),
    ],
)
async def test_the_page_is_one_of_the_listed_websites_or_none(house, claimed, kept):
    guest = await house.guest(house.account())
    await guest.call("POST", "messages", json={"id": str(uuid4()), "text": "Hello", "page": claimed})
    assert house.lobby.said[0].content.facts.get("page") == kept


def test_a_question_without_words_is_none():
    settings = change(fresh(), ask_question="required", question="  \n ")
    assert questions(settings) == []


def test_answers_are_tidied():
    settings = change(fresh(), ask_name="required")
    assert judged(questions(settings), {"name": "  Mia \u202e\n Sand "}) == {"name": "Mia Sand"}
    with pytest.raises(Unanswered):
        judged(questions(settings), {"name": "\u200b"})


@pytest.mark.parametrize(("minutes", "seconds"), [(10, 600), (0, 60), (-5, 60), (10**9, 86_400)])
def test_how_long_it_waits_stays_within_reason(minutes, seconds):
    way = onward(change(fresh(), onward_through=str(uuid4()), onward_minutes=minutes))
    assert way.after.total_seconds() == seconds


def test_without_an_account_nothing_goes_on():
    assert onward(fresh()) is None
    assert onward(change(fresh(), onward_through="mail")) is None
