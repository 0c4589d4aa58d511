"""The door: who may come in."""

import hashlib
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Accepted, Reply, Request
from duologue.channels.sms.read import read
from duologue.channels.sms.settings import Settings
from duologue.channels.sms.signature import sign
from duologue.channels.sms.verify import verify

TOKEN = "twilio-auth-token-0001"
SID = "AC0123456789abcdef0123456789abcdef"
HOST = "https://dm.example.test"
URL = f"{HOST}/hooks/sms/7?tenant=acme"
FORM = [
    ("MessageSid", "SM0123456789abcdef0123456789abcdef"), ("AccountSid", SID), ("From", "+14155550100"),
    ("To", "+14155550199"), ("Body", "Hi & bye"), ("NumMedia", "0"),
]  # fmt: skip
SIGNATURE = "iZ+dU7jH1N/Cn4Rb0JvlInSn3hw="
JSON = b'{"a":1}'
JSON_URL = f"{HOST}/hooks/sms/7?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
JSON_SIGNATURE = "DR1B8O4Io4aOfKhGNexzWvGZhkE="
OURS = Settings(account_sid=SID, auth_token=TOKEN, sender="+14155550199")
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def call(
    url: str = URL,
    signature: str | None = SIGNATURE,
    *,
    form: list[tuple[str, str]] | None = None,
    body: bytes | None = None,
    kind: str = "application/x-www-form-urlencoded",
    method: str = "POST",
    known: bool = True,
    **headers: str,
) -> Request:
    _, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    host, _, path = place.partition("/")
    given = {"content-type": kind, "host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    if signature is not None:
        given["x-twilio-signature"] = signature
    sent = body if body is not None else urlencode(FORM if form is None else form).encode()
    outside = url if known else ""
    return Request(
        method=method, path=f"/{path}", query=query.encode(), headers=given, body=sent, url=outside, at=AT
    )  # fmt: skip


def status(found: Accepted | Reply) -> int:
    return found.status if isinstance(found, Reply) else found.reply.status


def test_signatures_known_from_elsewhere_are_ours():
    assert sign(TOKEN, URL, FORM) == SIGNATURE
    assert sign(TOKEN, JSON_URL) == JSON_SIGNATURE


def test_what_is_signed_is_kept_as_it_came_with_its_time_and_query():
    found = verify(OURS, call())
    assert isinstance(found, Accepted)
    (raw,) = found.raws
    assert (raw.body, raw.kind) == (urlencode(FORM).encode(), "form")
    assert raw.headers == {"at": AT.isoformat(), "query": "tenant=acme"}


def test_the_answer_makes_twilio_send_nothing():
    found = verify(OURS, call())
    assert isinstance(found, Accepted)
    assert (found.reply.content_type, b"<Message" in found.reply.body) == ("text/xml", False)


def test_a_body_that_is_no_form_is_covered_by_its_hash():
    found = verify(OURS, call(JSON_URL, JSON_SIGNATURE, body=JSON, kind="application/json"))
    assert isinstance(found, Accepted)
    assert [(raw.body, raw.kind) for raw in found.raws] == [(JSON, "json")]


@pytest.mark.parametrize(
    "asked",
    [
        call(signature=SIGNATURE.lower()),
        call(signature=JSON_SIGNATURE),
        call(signature="ü" * 28),
        call(signature=sign("another", URL, FORM)),
        call(form=FORM[:-1]),
        call(form=[*FORM, ("Extra", "1")]),
        call(form=[(name, value + "!") for name, value in FORM]),
        call(URL + "&more=1"),
        call(URL.replace("/7", "/8")),
        call(JSON_URL, JSON_SIGNATURE, body=b'{"a":2}', kind="application/json"),
        call(JSON_URL, JSON_SIGNATURE, body=JSON[:-1], kind="application/json"),
        call(URL, sign(TOKEN, URL), body=JSON, kind="application/json"),  # a body that nothing covers
        call(URL, sign(TOKEN, URL), body=JSON, kind="text/plain"),
        call(body=b"a=1&" * 2000),
        call(x_twilio_webhooks_signature_settings="key=k,algorithm=MD5"),
    ],
    ids=range(15),
)
def test_forged_truncated_and_foreign_calls_are_turned_away(asked: Request):
    assert status(verify(OURS, asked)) == 403


@pytest.mark.parametrize("signature", [None, ""])
def test_without_a_signature_nobody_comes_in(signature: str | None):
    assert status(verify(OURS, call(signature=signature))) == 401


@pytest.mark.parametrize("token", ["", "  \n", ","])
def test_without_a_secret_nobody_comes_in(token: str):
    assert status(verify(replace(OURS, auth_token=token), call(signature=sign("", URL, FORM)))) == 403


def test_while_one_token_replaces_another_both_open():
    both = replace(OURS, auth_token=f"new-one\n{TOKEN}")
    assert isinstance(verify(both, call()), Accepted)
    assert isinstance(verify(both, call(signature=sign("new-one", URL, FORM))), Accepted)


@pytest.mark.parametrize("signed", [URL.replace(".test/", ".test:443/"), URL])
def test_a_port_that_goes_without_saying_may_be_signed_or_not(signed: str):
    assert isinstance(verify(OURS, call(signature=sign(TOKEN, signed, FORM))), Accepted)


def test_a_port_of_its_own_may_be_left_out_of_what_is_signed():
    url = URL.replace(".test/", ".test:8443/")
    assert isinstance(verify(OURS, call(url, sign(TOKEN, URL, FORM))), Accepted)
    assert isinstance(verify(OURS, call(url, sign(TOKEN, url, FORM))), Accepted)


def test_behind_a_proxy_the_address_from_outside_counts_not_the_one_that_was_called():
    inside = replace(call(), headers={**call().headers, "host": "10.0.0.7:8000"})
    assert isinstance(verify(OURS, inside), Accepted)


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_second_name_of_this_place_is_tried_too(scheme: str):
    tunnel = f"{scheme}://tunnel.example/hooks/sms/7"
    assert isinstance(verify(OURS, call(tunnel, sign(TOKEN, tunnel, FORM), known=False)), Accepted)


def test_shared_keys_sign_with_the_algorithm_that_they_name():
    keyed = replace(OURS, shared_keys="shared-1")
    told = {"x_twilio_webhooks_signature_settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    signature = sign("shared-1", URL, FORM, "HMAC_SHA256")
    assert isinstance(verify(keyed, call(signature=signature, **told)), Accepted)
    assert status(verify(OURS, call(signature=signature, **told))) == 403
    assert status(verify(keyed, call(signature=sign("shared-1", URL, FORM)))) == 403  # only where the call says so


def test_a_call_by_get_is_signed_by_its_address_alone():
    url = f"{HOST}/in/1?{urlencode(FORM)}"
    found = verify(OURS, call(url, sign(TOKEN, url), body=b"", method="GET"))
    assert isinstance(found, Accepted)
    (said,) = read(OURS, found.raws[0])
    assert said.content.text == "Hi & bye"  # type: ignore[union-attr]


def test_what_is_for_another_account_is_answered_and_not_kept():
    found = verify(replace(OURS, account_sid="AC" + "9" * 32), call())
    assert isinstance(found, Accepted)
    assert (found.raws, found.reply.status) == ((), 200)


def test_values_of_one_name_are_signed_sorted_and_once():
    double = [*FORM, ("Tag", "b"), ("Tag", "a"), ("Tag", "b")]
    text = URL + "".join(f"{name}{value}" for name, value in sorted({*double}))
    assert sign(TOKEN, URL, double) == sign(TOKEN, text)


def test_only_calls_of_a_usual_size_and_method_are_looked_at():
    assert status(verify(OURS, call(method="PUT"))) == 405
    assert status(verify(OURS, call(body=b"a" * (8 * 1024 * 1024 + 1)))) == 413


def test_the_hash_in_the_vector_is_that_of_its_body():
    assert hashlib.sha256(JSON).hexdigest() in JSON_URL
