"""Who may come in."""

import json

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Accepted, Reply, Request
from duologue.channels.instagram.settings import Settings, ends, fresh, host, missing, own_address
from duologue.channels.instagram.verify import verify
from duologue.channels.meta.door import sign

ACCOUNT = "17840001112223"
OLD, NEW = "meta-app-secret-0001", "instagram-app-secret-0002"
SETTINGS = Settings(account_id=ACCOUNT, token="t", app_secret=f"{NEW}\n{OLD}", verify_token="let-me-in")
VECTOR = (
    rb'{"object":"page","entry":[{"id":"1200300400","time":1767225600123,"messaging":[{"sender":{"id":"7700112233"},'
    rb'"recipient":{"id":"1200300400"},"timestamp":1767225600001,'
    rb'"message":{"mid":"m_test1","text":"caf\u00e9 \ud83d\ude00"}}]}]}'
)


def batch(*entries: object) -> bytes:
    return json.dumps({"object": "instagram", "entry": list(entries)}).encode()


BODY = batch({"id": ACCOUNT, "time": 1767225600123, "messaging": []})


def post(body: bytes, signature: str | None, settings: Settings = SETTINGS) -> Accepted | Reply:
    headers = {} if signature is None else {"x-hub-signature-256": signature}
    return verify(settings, Request(method="POST", path="/", query=b"", headers=headers, body=body))


def status(found: Accepted | Reply) -> int:
    return found.reply.status if isinstance(found, Accepted) else found.status


def test_the_signature_is_the_published_one():
    assert sign(OLD, VECTOR) == "sha256=c66b6fcf6add823e5280302a1f603031e5fe4c7dd245b74c2b5bff2e8b4660f0"


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_either_of_the_two_secrets_opens(secret: str):
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
    ],
)
def test_anything_else_does_not(signature: str | None, expected: int):
    assert status(post(BODY, signature)) == expected


@pytest.mark.parametrize("secret", ["", "\n", " , "])
def test_without_a_secret_nobody_comes_in(secret: str):
    bare = replace(SETTINGS, app_secret=secret)
    assert status(post(BODY, sign("", BODY), bare)) == 403


def test_entries_of_other_accounts_are_cut_out_and_the_dashboards_test_is_kept():
    body = batch({"id": "17849999999999", "messaging": [1]}, {"id": "0", "changes": [2]}, {"id": ACCOUNT})
    found = post(body, sign(OLD, body))
    assert isinstance(found, Accepted)
    assert [entry["id"] for entry in json.loads(found.raws[0].body)["entry"]] == ["0", ACCOUNT]
    foreign = batch({"id": "17849999999999", "messaging": [1]})
    found = post(foreign, sign(OLD, foreign))
    assert isinstance(found, Accepted)
    assert (found.raws, found.reply.status) == ((), 200)


def test_a_pages_events_are_not_for_this_door():
    assert status(post(VECTOR, sign(OLD, VECTOR))) == 400


@pytest.mark.parametrize("token, expected", [("let-me-in", 200), ("let-me-out", 403), ("", 403)])
def test_the_handshake(token: str, expected: int):
    query = f"hub.mode=subscribe&hub.challenge=77&hub.verify_token={token}".encode()
    found = verify(SETTINGS, Request(method="GET", path="/", query=query, headers={}, body=b""))
    assert isinstance(found, Reply)
    assert (found.status, found.body == b"77") == (expected, expected == 200)


def test_a_new_account_lacks_all_but_its_own_verify_token():
    assert missing(fresh()) == ["account_id", "token", "app_secret"]
    assert fresh().verify_token != fresh().verify_token


def test_a_page_means_the_other_login():
    assert host(SETTINGS) == "https://graph.instagram.com"
    assert host(replace(SETTINGS, page_id="12")) == "https://graph.facebook.com"
    assert host(replace(SETTINGS, base_url="http://127.0.0.1:9")) == "http://127.0.0.1:9"


def test_names_and_times_as_they_were_filled_in():
    assert own_address(Settings(username=" @lume.shoes")) == "@lume.shoes"
    assert own_address(Settings(account_id="5")) == "Account 5"
    assert [ends(Settings(token_ends=odd)) for odd in ("", "soon", "2026-01-01")] == [None] * 3
