"""Only WeChat gets in: signatures, envelopes, age, account. Vectors made with the reference and checked by hand."""

import json
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Accepted, Reply, Request
from duologue.channels.wechat.crypto import key_of, opened, sealed, signed
from duologue.channels.wechat.settings import Settings
from duologue.channels.wechat.simulate.double import SETTINGS, Double
from duologue.channels.wechat.verify import verify
from duologue.kernel import clock

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg"
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
    "<FromUserName><![CDATA[oUser-OpenId-0001]]></FromUserName><CreateTime>1767225600</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content><MsgId>24681012141618</MsgId></xml>"
)
SEALED = (
    "Q3stYC6hdFzMh9T8HCvyDF7PoTLD56hFkKL4jp+sZhAnTi07xyaphb4dhnIeYMf/n7//45cA4z1b/20/NLna1AOT7qFxplpAj3r9hgh5yQCRj3YU"
    "D/rL/v1VSKqtFrl1/RQW/56wTrzTomh7HnshLG246FB8dWtMxq5B8GimFOhJ3lXpzImLIApuU3kaUfSOwU6ZYovjYXjfJQDe7yK9/EH3IoWgocAL"
    "TZVKHRMSnu8riwM92vtfmRn+NcNTHgzlGWqpZt6/OV0ZbctCI38e24EkEbsIvrnuK8oNNhjnY5MAxEp39Ob3Yng62S7yNrAUH9rFDUf+aIDuAvLV"
    "T0VH1LkL3KW7hgdLHuVZwkehKO+qAMKTxPwKs4w7nLHjTvc6VJjOkjTy8eT0GTf6KfR0TgqpQT/gjfnMCB47h4tVUec="
)
PLAIN = replace(SETTINGS, aes_key="")


def call(mode: str, body: str = MESSAGE, settings: Settings = SETTINGS) -> Request:
    """One call as the double makes it."""
    double = Double(seed=1)
    double.hook.mode, double.hook._settings = mode, settings
    query, written = double.hook.call(body.encode())
    return Request(method="POST", path="/in/x", query=urlencode(query).encode(), headers={}, body=written)


def test_the_reference_vectors_agree() -> None:
    assert signed("wechat-token-0001", "1767225600", "748392011") == "a27d064364201e3037b6c56e1e54f32d733e85d2"
    assert signed("wechat-token-0001", "1767225600", "748392011", SEALED) == "8e9fefdf45cbe3e5d15c3cd446168a4139cf3ce7"
    assert key_of(KEY).hex() == "69b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3d0010831051"
    assert opened(key_of(KEY), SEALED, "wx0123456789abcdef").decode() == MESSAGE
    assert sealed(key_of(KEY), MESSAGE.encode(), "wx0123456789abcdef", salt=b"0123456789abcdef") == SEALED


@pytest.mark.parametrize("mode", ["safe", "compatible", "json"])
def test_encrypted_calls_are_opened(mode: str) -> None:
    found = verify(SETTINGS, call(mode))
    assert isinstance(found, Accepted)
    assert "你好" in found.raws[0].body.decode()
    assert found.reply.body == b"success"


def test_a_plain_call_is_taken_without_a_key_only() -> None:
    assert isinstance(verify(PLAIN, call("plain")), Accepted)
    assert status(SETTINGS, call("plain")) == 403


def test_the_former_key_and_the_former_token_are_taken_while_they_are_replaced() -> None:
    both = replace(SETTINGS, aes_key=f"{OTHER}\n{KEY}", token=f"newtoken\n{SETTINGS.token}")
    assert isinstance(verify(both, call("safe")), Accepted)
    assert status(replace(SETTINGS, aes_key=OTHER), call("safe")) == 403
    assert status(replace(SETTINGS, aes_key="pasted wrongly"), call("safe")) == 403


def test_another_appid_token_or_account_gets_nothing_in() -> None:
    assert status(SETTINGS, call("safe", settings=replace(SETTINGS, app_id="wxffffffffffffffff"))) == 403
    assert status(SETTINGS, call("safe", settings=replace(SETTINGS, token="forged"))) == 403
    assert status(replace(SETTINGS, token=" \n"), call("safe")) == 403
    foreign = verify(replace(SETTINGS, account_id="gh_other"), call("safe"))
    assert isinstance(foreign, Accepted)
    assert foreign.raws == ()


def test_a_changed_or_cut_envelope_is_refused() -> None:
    real = call("safe")
    for body in (real.body.replace(b"A", b"B", 1), real.body[:-30], b"", b"{}", b"<xml>"):
        assert status(SETTINGS, replace(real, body=body)) == 403
    assert status(SETTINGS, replace(real, query=b"")) == 401
    assert status(SETTINGS, replace(real, method="PUT")) == 405
    assert status(SETTINGS, replace(real, body=b"x" * 1024 * 1024 + b"x")) == 413


@pytest.mark.parametrize(("age", "taken"), [(0, True), (590, True), (620, False), (-620, False), (None, False)])
def test_a_call_is_taken_while_it_is_fresh(age: int | None, taken: bool) -> None:
    at = "soon" if age is None else str(int(clock.now().timestamp()) - age)
    query = {"timestamp": at, "nonce": "1", "signature": signed(SETTINGS.token, at, "1"), "echostr": "583<b>"}
    found = verify(SETTINGS, Request(method="GET", path="/", query=urlencode(query).encode(), headers={}, body=b""))
    assert isinstance(found, Reply)
    assert (found.status, found.body) == ((200, b"583<b>") if taken else (403, b"too old"))


def test_a_handshake_with_a_wrong_signature_learns_nothing() -> None:
    at = str(int(clock.now().timestamp()))
    query = urlencode({"timestamp": at, "nonce": "1", "signature": "0" * 40, "echostr": "583"})
    found = verify(SETTINGS, Request(method="GET", path="/", query=query.encode(), headers={}, body=b""))
    assert isinstance(found, Reply)
    assert (found.status, b"583" in found.body) == (403, False)


def test_json_without_an_envelope_is_no_way_around() -> None:
    real = call("safe")
    assert status(SETTINGS, replace(real, body=json.dumps({"ToUserName": "gh_0123456789ab"}).encode())) == 403


def status(settings: Settings, request: Request) -> int:
    found = verify(settings, request)
    assert isinstance(found, Reply), "it was let in"
    return found.status
