"""Who may come in, and what is kept of it."""

import json

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Accepted, Reply, Request
from duologue.channels.meta.door import sign
from duologue.channels.whatsapp.settings import Settings, fresh, missing, own_address
from duologue.channels.whatsapp.verify import verify

OLD, NEW = "meta-app-secret-0001", "meta-app-secret-0002"
SETTINGS = Settings(phone_id="9001", account_id="8001", token="t", app_secret=f"{NEW}\n{OLD}", verify_token="let-me-in")
VECTOR = (
    rb'{"object":"page","entry":[{"id":"1200300400","time":1767225600123,"messaging":[{"sender":{"id":"7700112233"},'
    rb'"recipient":{"id":"1200300400"},"timestamp":1767225600001,'
    rb'"message":{"mid":"m_test1","text":"caf\u00e9 \ud83d\ude00"}}]}]}'
)


def change(phone: object = "9001", **value: object) -> dict:
    metadata = {} if phone is None else {"metadata": {"display_phone_number": "1", "phone_number_id": phone}}
    return {"field": "messages", "value": {**metadata, **value}}


def batch(*changes: object, entry: object = "8001") -> bytes:
    whole = {"object": "whatsapp_business_account", "entry": [{"id": entry, "changes": list(changes)}]}
    return json.dumps(whole).encode()


BODY = batch(change(messages=[]))


def post(body: bytes, signature: str | None, settings: Settings = SETTINGS) -> Accepted | Reply:
    headers = {} if signature is None else {"x-hub-signature-256": signature}
    return verify(settings, Request(method="POST", path="/", query=b"", headers=headers, body=body))


def status(found: Accepted | Reply) -> int:
    return found.reply.status if isinstance(found, Accepted) else found.status


def kept(body: bytes) -> list[dict]:
    found = post(body, sign(NEW, body))
    assert isinstance(found, Accepted)
    assert found.reply.status == 200
    return [one for raw in found.raws for entry in json.loads(raw.body)["entry"] for one in entry["changes"]]


def test_the_signature_is_the_published_one():
    assert sign(OLD, VECTOR) == "sha256=c66b6fcf6add823e5280302a1f603031e5fe4c7dd245b74c2b5bff2e8b4660f0"
    assert status(post(VECTOR, sign(OLD, VECTOR))) == 400


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_while_the_secret_is_changed_either_opens(secret: str):
    found = post(BODY, sign(secret, BODY))
    assert isinstance(found, Accepted)
    assert [raw.body for raw in found.raws] == [BODY]


@pytest.mark.parametrize(
    "signature, expected",
    [
        (None, 401),
        ("", 401),
        ("sha256=", 403),
        (sign(OLD, BODY)[:-1], 403),
        (sign("another", BODY), 403),
        (sign(OLD, BODY + b" "), 403),
        (sign(OLD, BODY).upper(), 403),
        ("sha1=037c95382c6bfe0587c92d5574ff42aae67c5f26", 403),
        ("sha256=é", 403),
    ],
)
def test_anything_else_does_not(signature: str | None, expected: int):
    assert status(post(BODY, signature)) == expected


@pytest.mark.parametrize("secret", ["", "\n", " , "])
def test_without_a_secret_nobody_comes_in(secret: str):
    assert status(post(BODY, sign("", BODY), replace(SETTINGS, app_secret=secret))) == 403


def test_what_is_for_another_number_is_kept_nowhere():
    ours, theirs = change(messages=[1]), change("9002", messages=[2])
    assert kept(batch(theirs)) == []
    assert kept(batch(theirs, ours)) == [ours]


def test_a_number_is_known_by_its_own_id_whatever_the_entry_is_called():
    ours = change(messages=[1])
    assert kept(batch(ours, entry="777")) == [ours]
    assert kept(batch(change(9001, messages=[1]), entry="777")) == [change(9001, messages=[1])]


def test_what_names_no_number_is_for_its_business_account():
    about = {"field": "account_update", "value": {"event": "X"}}
    assert kept(batch(about)) == [about]
    assert kept(batch(about, entry="777")) == []


def test_the_dashboards_test_is_kept():
    assert len(kept(batch(change("123456123", messages=[1]), entry="0"))) == 1


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"object":"whatsapp_business_account"}', b"\xff\x00"])
def test_what_is_signed_and_cannot_be_understood_is_kept_for_a_person(body: bytes):
    found = post(body, sign(NEW, body))
    assert isinstance(found, Accepted)
    assert [raw.body for raw in found.raws] == [body]


@pytest.mark.parametrize("token, expected", [("let-me-in", 200), ("let-me-out", 403), ("", 403)])
def test_the_handshake(token: str, expected: int):
    query = f"hub.mode=subscribe&hub.challenge=77&hub.verify_token={token}".encode()
    found = verify(SETTINGS, Request(method="GET", path="/", query=query, headers={}, body=b""))
    assert isinstance(found, Reply)
    assert (found.status, found.body == b"77") == (expected, expected == 200)


def test_a_new_account_lacks_all_but_its_own_verify_token():
    assert missing(fresh()) == ["phone_id", "account_id", "token", "app_secret"]
    assert fresh().verify_token != fresh().verify_token


def test_a_number_is_called_as_people_see_it():
    assert own_address(Settings(number=" +49 30 1 ")) == "+49 30 1"
    assert own_address(Settings(phone_id=" 9 0 ")) == "Number 90"
