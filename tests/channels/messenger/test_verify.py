"""What the door lets in."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from duologue.channels.contract import Accepted, Reply, Request, Said
from duologue.channels.messenger import CHANNEL
from duologue.channels.messenger.read import read
from duologue.channels.messenger.settings import Settings, fresh, missing, own_address
from duologue.channels.messenger.verify import verify
from duologue.channels.meta.door import sign
from duologue.channels.meta.graph import proof

SECRET = "meta-app-secret-0001"
SETTINGS = Settings(page_id="1200300400", app_secret=SECRET, page_token="EAAB-test-token", verify_token="let-me-in")
BODY = (
    rb'{"object":"page","entry":[{"id":"1200300400","time":1767225600123,"messaging":[{"sender":{"id":"7700112233"},'
    rb'"recipient":{"id":"1200300400"},"timestamp":1767225600001,"message":{"mid":"m_test1",'
    rb'"text":"caf\u00e9 \ud83d\ude00"}}]}]}'
)
SIGNATURE = "sha256=c66b6fcf6add823e5280302a1f603031e5fe4c7dd245b74c2b5bff2e8b4660f0"


def post(body: bytes = BODY, signature: str | None = SIGNATURE, settings: Settings = SETTINGS) -> Accepted | Reply:
    headers = {} if signature is None else {"x-hub-signature-256": signature}
    return verify(settings, Request(method="POST", path="/in/x", query=b"", headers=headers, body=body))


def shake(settings: Settings = SETTINGS, **asked: str) -> Reply:
    query = urlencode({f"hub.{name}": value for name, value in asked.items()}).encode()
    found = verify(settings, Request(method="GET", path="/in/x", query=query, headers={}, body=b""))
    assert isinstance(found, Reply)
    return found


def entry(page: object, mid: str) -> dict:
    item = {
        "sender": {"id": "77"},
        "recipient": {"id": page},
        "timestamp": 1767225600001,
        "message": {"mid": mid, "text": "é"},
    }
    return {"id": page, "time": 1767225600123, "messaging": [item]}


def batch(*entries: object) -> bytes:
    return json.dumps({"object": "page", "entry": entries}).encode()


def test_the_published_vector_is_accepted_and_kept_byte_for_byte():
    assert len(BODY) == 231
    found = post()
    assert isinstance(found, Accepted)
    assert [raw.body for raw in found.raws] == [BODY]
    assert found.reply.status == 200
    (said,) = read(SETTINGS, found.raws[0])
    assert isinstance(said, Said)
    assert said.content.text == "café 😀"


def test_the_proof_of_the_app_secret_is_the_published_one():
    assert (
        proof(SETTINGS.app_secret, SETTINGS.page_token)
        == "5a1d262db7705bcd2e6173ad1c654c5cac1d7ada110ad1293a9b3aa01b9d1fae"
    )


@pytest.mark.parametrize(
    "signature, status",
    [
        (None, 401),
        ("", 401),
        (SIGNATURE[:-1], 403),
        (SIGNATURE + "0", 403),
        (SIGNATURE.upper(), 403),
        (SIGNATURE.removeprefix("sha256="), 403),
        (f"{SIGNATURE}, {SIGNATURE}", 403),
        ("sha256=" + "zz" * 32, 403),
        ("sha256=é", 403),
        ("sha256=\ud800", 403),
        ("sha1=037c95382c6bfe0587c92d5574ff42aae67c5f26", 403),
        (sign("another-app", BODY), 403),
        (sign("", BODY), 403),
    ],
)
def test_anything_but_the_right_signature_is_refused(signature: str | None, status: int):
    found = post(signature=signature)
    assert isinstance(found, Reply)
    assert found.status == status


def test_a_body_written_anew_no_longer_bears_its_signature():
    assert isinstance(post(json.dumps(json.loads(BODY)).encode()), Reply)
    assert isinstance(post(BODY[:-1]), Reply)


@pytest.mark.parametrize("secret", ["", " ", "\n", ",", "\n \n"])
def test_an_empty_secret_opens_nothing(secret: str):
    found = post(signature=sign("", BODY), settings=replace(SETTINGS, app_secret=secret))
    assert isinstance(found, Reply)
    assert found.status == 403
    assert "app_secret" in missing(replace(SETTINGS, app_secret=secret))


def test_while_a_secret_is_replaced_both_are_good():
    both = replace(SETTINGS, app_secret=f"the-new-one\n{SECRET}\n")
    assert isinstance(post(settings=both), Accepted)
    assert isinstance(post(signature=sign("the-new-one", BODY), settings=both), Accepted)
    assert isinstance(post(signature=sign("the-new-one", BODY)), Reply)


def test_entries_of_other_pages_are_kept_nowhere_and_ours_as_they_came():
    ours = rb'{"id":"1200300400",  "time":1767225600123,"messaging":[{"odd":"sp\u0061ce"}]}'
    mixed = b'{"object":"page","entry":[' + json.dumps(entry("999", "theirs")).encode() + b"," + ours + b"]}"
    found = post(mixed, sign(SECRET, mixed))
    assert isinstance(found, Accepted)
    assert [raw.body for raw in found.raws] == [b'{"object":"page","entry":[' + ours + b"]}"]


@pytest.mark.parametrize("odd", ["\\ud800", "\\u0000"])
def test_odd_characters_in_a_neighbour_do_not_cost_us_our_entry(odd: str):
    mixed = batch(entry("999", "theirs"), entry("1200300400", "ours")).replace(b"theirs", odd.encode())
    found = post(mixed, sign(SECRET, mixed))
    assert isinstance(found, Accepted)
    assert [event.id for raw in found.raws for event in read(SETTINGS, raw) if isinstance(event, Said)] == ["ours"]
    assert b"999" not in found.raws[0].body


def test_a_batch_of_another_page_only_is_answered_but_not_kept():
    body = batch(entry("999", "theirs"), entry(0, "dashboard"))
    assert post(body, sign(SECRET, body)) == Accepted(raws=())


def test_a_page_id_given_as_a_number_is_ours_too():
    body = batch(entry(1200300400, "ours"))
    found = post(body, sign(SECRET, body))
    assert isinstance(found, Accepted)
    assert len(found.raws) == 1


def test_events_of_another_kind_of_object_are_refused():
    body = BODY.replace(b'"page"', b'"instagram"')
    found = post(body, sign(SECRET, body))
    assert isinstance(found, Reply)
    assert found.status == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"object":"page"}', b"[" * 100_000, b'{"entry":7}', b"\xff"]
)
def test_what_is_signed_but_makes_no_sense_is_kept_for_a_person(body: bytes):
    found = post(body, sign(SECRET, body))
    assert isinstance(found, Accepted)
    assert [raw.body for raw in found.raws] == [body]


@given(st.binary(max_size=200))
def test_no_signed_bytes_raise(body: bytes):
    for signed in (body, BODY[:90] + body + BODY[90:]):
        assert isinstance(post(signed, sign(SECRET, signed)), Accepted | Reply)


def test_a_body_beyond_all_measure_is_refused_before_it_is_looked_at():
    body = b" " * (8 * 1024 * 1024 + 1)
    found = post(body, sign(SECRET, body))
    assert isinstance(found, Reply)
    assert found.status == 413


def test_the_handshake_gives_the_challenge_back_as_it_is():
    reply = shake(mode="subscribe", verify_token="let-me-in", challenge="1158201444 <b>")
    assert (reply.status, reply.body, reply.content_type) == (200, b"1158201444 <b>", "text/plain")


@pytest.mark.parametrize(
    "asked",
    [
        {"mode": "subscribe", "verify_token": "let-me-out", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "é\x00", "challenge": "1"},
        {"mode": "subscribe", "challenge": "1"},
        {"mode": "unsubscribe", "verify_token": "let-me-in", "challenge": "1"},
        {"mode": "subscribe", "verify_token": "let-me-in"},
        {},
    ],
)
def test_any_other_handshake_is_refused(asked: dict[str, str]):
    assert shake(**asked).status == 403


def test_without_a_verify_token_of_ours_nobody_shakes_hands():
    assert shake(replace(SETTINGS, verify_token=""), mode="subscribe", verify_token="", challenge="1").status == 403


def test_other_methods_are_not_for_this_door():
    found = verify(SETTINGS, Request(method="DELETE", path="/", query=b"", headers={}, body=b""))
    assert isinstance(found, Reply)
    assert found.status == 405


def test_a_new_account_has_its_own_verify_token_and_lacks_the_rest():
    made = fresh()
    assert made.verify_token != fresh().verify_token
    assert len(made.verify_token) >= 32
    assert missing(made) == ["page_id", "page_token", "app_secret"]
    assert CHANNEL.secret is fresh


def test_what_is_pasted_with_blanks_means_the_same():
    pasted = Settings(page_id=" 1200300400\n", page_token="EAAB\n-test-token ", app_secret=SECRET)
    assert (pasted.page_id, pasted.page_token) == ("1200300400", "EAAB-test-token")


def test_the_page_is_called_by_its_name_where_it_has_one():
    assert own_address(SETTINGS) == "Page 1200300400"
    assert own_address(replace(SETTINGS, page_name="Bakery Lark")) == "Bakery Lark"
