"""Who may speak: sessions, tokens, proven identities, and walls between visitors and between channels."""

import base64
import json
import re
from uuid import uuid4

import pytest

from duologue.channels.web.identity import Identity, sign


def signed(account, now, *, external_id="7", email="mia@example.com", name="Mia", lasts=3600):
    identity = Identity(external_id=external_id, email=email, name=name, exp=int(now.timestamp()) + lasts, hmac="")
    whole = {"external_id": external_id, "email": email, "name": name, "exp": identity.exp}
    return {**whole, "hmac": sign(account.settings.identity_secret, identity)}


async def test_a_visitor_gets_an_id_that_nobody_can_guess(house):
    account = house.account()
    one, other = await house.guest(account), await house.guest(account)
    assert re.fullmatch(r"v:[0-9a-f]{32}", one.address)
    assert one.address != other.address


async def test_a_visitor_cannot_choose_the_id(house):
    account = house.account()
    reply = await house.client.post(f"/web/{account.id}/session", json={"address": "v:" + "0" * 32})
    assert reply.status_code == 422
    assert "error" in reply.json()


async def test_a_refresh_token_leads_back_to_the_same_conversation_with_new_tokens(still_house):
    account = still_house.account()
    guest = await still_house.guest(account)
    still_house.clock.turn(hours=13)
    assert (await guest.say("too late")).status_code == 401
    before = guest.address, guest.refresh
    assert (await guest.open(refresh=guest.refresh)).status_code == 200
    assert guest.address == before[0]
    assert guest.refresh != before[1]
    assert (await guest.say("here again")).status_code == 202


async def test_a_token_lives_less_than_a_day_and_a_refresh_token_sixty(still_house):
    account = still_house.account()
    guest = await still_house.guest(account)
    still_house.clock.turn(hours=24)
    assert (await guest.say("hello")).status_code == 401
    still_house.clock.turn(days=59, hours=1)
    assert (await guest.open(refresh=guest.refresh)).status_code == 401


async def test_an_access_token_refreshes_nothing_and_a_refresh_token_speaks_for_nobody(house):
    guest = await house.guest(house.account())
    assert (await guest.open(refresh=guest.token)).status_code == 401
    guest.token = guest.refresh
    assert (await guest.say("hello")).status_code == 401


def forgeries(token):
    body, mac = token.split(".")
    plain = json.loads(base64.urlsafe_b64decode(body + "=="))
    plain["visitor"]["address"] = "v:" + "0" * 32
    other = base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")
    yield from ("x", ".", "a.b", body, f"{body}.", f".{mac}", f"{other}.{mac}", token[:-1], token + "=", token * 9)
    yield from (f"{body}.{'A' * len(mac)}", "null", "[]", "e30." + mac, "\u00e9.\u00e9".encode().decode("latin-1"))


async def test_forged_and_damaged_tokens_speak_for_nobody(house):
    account = house.account()
    guest = await house.guest(account)
    true = guest.token
    for forged in forgeries(true):
        guest.token = forged
        for method, path in (("GET", "messages"), ("POST", "messages"), ("GET", "events"), ("POST", "typing")):
            headers = {"authorization": b"Bearer " + forged.encode("latin-1")}
            reply = await guest.call(method, path, headers=headers)
            assert reply.status_code == 401, forged
    assert house.lobby.accepted == []
    guest.token = true
    assert (await guest.say("hello")).status_code == 202


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abc", "Token x"])
async def test_without_a_token_nothing_is_answered(house, header):
    account = house.account()
    headers = {} if header is None else {"authorization": header}
    for method, path in (
        ("POST", "messages"), ("GET", "messages"), ("GET", "events"), ("POST", "typing"), ("POST", "receipts"),
        ("GET", f"files/{uuid4()}"),
    ):  # fmt: skip
        reply = await house.client.request(method, f"/web/{account.id}/{path}", headers=headers)
        assert reply.status_code == 401, path


async def test_a_token_of_one_channel_is_worth_nothing_on_another_even_with_the_same_key(house):
    one = house.account()
    other = house.account(session_key=one.settings.session_key)
    guest = await house.guest(one)
    guest.channel = other.id
    assert (await guest.say("hello")).status_code == 401
    assert (await guest.open(refresh=guest.refresh)).status_code == 401


async def test_one_visitor_sees_nothing_of_another(house):
    account = house.account()
    mia, tom = await house.guest(account), await house.guest(account)
    await mia.say("my address is 4 Elm Street")
    line = house.lobby.answer(account, mia.address, "Thank you", files=[("bill.pdf", "application/pdf", b"%PDF")])
    assert await tom.lines() == []
    assert (await tom.call("GET", f"files/{line.files[0].id}")).status_code == 404
    assert (await mia.call("GET", f"files/{line.files[0].id}")).content == b"%PDF"


async def test_one_visitor_cannot_tick_the_answers_of_another(house):
    account = house.account()
    mia, tom = await house.guest(account), await house.guest(account)
    line = house.lobby.answer(account, mia.address, "For Mia")
    before = len(house.lobby.accepted)
    assert (await tom.call("POST", "receipts", json={"read": [str(line.id)]})).status_code == 204
    assert len(house.lobby.accepted) == before
    assert (await mia.lines())[0]["status"] == "sent"


async def test_two_visitors_with_the_same_message_id_do_not_collide(house):
    account = house.account()
    mia, tom = await house.guest(account), await house.guest(account)
    same = str(uuid4())
    await mia.say("from Mia", same)
    await tom.say("from Tom", same)
    assert [line["text"] for line in await mia.lines()] == ["from Mia"]
    assert [line["text"] for line in await tom.lines()] == ["from Tom"]
    assert (await tom.lines())[0]["mine"] == same


async def test_a_proven_identity_keeps_its_conversation_on_every_device(house):
    account = house.account()
    identity = signed(account, house.clock())
    phone = await house.guest(account, identity=identity)
    await phone.say("from the phone")
    laptop = await house.guest(account, identity=identity)
    assert phone.address == laptop.address == "u:7"
    assert [line["text"] for line in await laptop.lines()] == ["from the phone"]
    person = house.lobby.said[0].person
    assert (person.name, person.email, person.verified) == ("Mia", "mia@example.com", True)


async def test_claims_without_proof_are_told_as_claims(house):
    account = house.account()
    guest = await house.guest(account, claims={"name": "Mia", "email": "mia@example.com"})
    await guest.say("hello")
    said = house.lobby.said[0]
    assert said.address.startswith("v:")
    assert (said.person.name, said.person.email, said.person.verified) == ("Mia", "mia@example.com", False)


@pytest.mark.parametrize(
    "changed",
    [
        {"hmac": ""},
        {"hmac": "0" * 64},
        {"external_id": "8"},
        {"email": "boss@example.com"},
        {"name": "Tom"},
        {"exp": 9999999999},
    ],
)
async def test_an_identity_that_was_changed_is_refused_even_where_none_is_needed(house, changed):
    account = house.account()
    guest_identity = {**signed(account, house.clock()), **changed}
    reply = await house.client.post(f"/web/{account.id}/session", json={"identity": guest_identity})
    assert reply.status_code == 403
    assert "token" not in reply.json()


@pytest.mark.parametrize(
    "changed",
    [
        {"hmac": None},
        {"hmac": ["a"]},
        {"external_id": 7},
        {"external_id": {"$ne": 1}},
        {"external_id": ""},
        {"name": "Mia\n8"},
        {"exp": "later"},
        {"admin": True},
    ],
)
async def test_an_identity_of_another_shape_is_refused(house, changed):
    account = house.account()
    identity = {**signed(account, house.clock()), **changed}
    assert (await house.client.post(f"/web/{account.id}/session", json={"identity": identity})).status_code == 422


async def test_an_identity_signed_with_the_secret_of_another_channel_is_refused(house):
    account, other = house.account(), house.account()
    identity = signed(other, house.clock())
    assert (await house.client.post(f"/web/{account.id}/session", json={"identity": identity})).status_code == 403


async def test_an_identity_ends_when_the_site_said_and_cannot_be_stretched_by_refreshing(still_house):
    account = still_house.account()
    identity = signed(account, still_house.clock(), lasts=600)
    guest = await still_house.guest(account, identity=identity)
    still_house.clock.turn(minutes=9)
    assert (await guest.open(refresh=guest.refresh)).status_code == 200
    still_house.clock.turn(minutes=1)
    assert (await guest.say("hello")).status_code == 401
    assert (await guest.open(refresh=guest.refresh)).status_code == 401
    assert (await guest.open(identity=identity)).status_code == 403


async def test_enforced_means_that_nobody_gets_in_without_proof(house):
    account = house.account(identity_enforced=True)
    for opening in ({}, {"claims": {"name": "Mia"}}, {"identity": None}):
        reply = await house.client.post(f"/web/{account.id}/session", json=opening)
        assert reply.status_code == 401, opening
    guest = await house.guest(account, identity=signed(account, house.clock()))
    assert (await guest.say("hello")).status_code == 202


async def test_enforcing_ends_the_sessions_that_were_open_before(house):
    account = house.account()
    guest = await house.guest(account)
    house.change(account, identity_enforced=True)
    assert (await guest.say("hello")).status_code == 401
    assert (await guest.call("GET", "messages")).status_code == 401
    assert (await guest.open(refresh=guest.refresh)).status_code == 401


@pytest.mark.parametrize("key", ["session_key", "identity_secret"])
@pytest.mark.parametrize("value", ["", " ", "short"])
async def test_a_chat_without_proper_keys_is_not_there(house, key, value):
    account = house.account(**{key: value})
    assert (await house.client.post(f"/web/{account.id}/session", json={})).status_code == 404
    assert (await house.client.get(f"/web/{account.id}/frame")).status_code == 404


async def test_a_chat_that_is_switched_off_is_not_there(house):
    account = house.account()
    guest = await house.guest(account)
    del house.lobby.accounts[account.id]
    assert (await guest.say("hello")).status_code == 404


async def test_a_new_session_key_ends_every_session(house):
    account = house.account()
    guest = await house.guest(account)
    house.change(account, session_key="k" * 43)
    assert (await guest.say("hello")).status_code == 401


async def test_the_signature_is_the_documented_one(house):
    import hashlib
    import hmac

    account = house.account()
    exp = int(house.clock().timestamp()) + 60
    text = f"7\n\nMia\n{exp}"
    digest = hmac.new(account.settings.identity_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    identity = {"external_id": "7", "name": "Mia", "exp": exp, "hmac": digest}
    assert (await house.guest(account, identity=identity)).address == "u:7"
