"""The door: who may come in."""

from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Accepted, Reply, Request
from duologue.channels.line.settings import Settings
from duologue.channels.line.verify import sign, verify

SECRET = "line-channel-secret-0001"
BOT = "U0123456789abcdef0123456789abcdef"
EMPTY = b'{"destination":"U0123456789abcdef0123456789abcdef","events":[]}'
HELLO = (
    '{"destination":"U0123456789abcdef0123456789abcdef","events":[{"type":"message","message":'
    '{"type":"text","id":"1","text":"こんにちは"}}]}'
).encode()
OURS = Settings(channel_secret=SECRET, access_token="t")


@dataclass
class Vector:
    body: bytes
    signature: str


VECTORS = [
    Vector(EMPTY, "42xFnj0hZ91EBUqF+BFS155ionH1khCRcgxbSsWu33o="),
    Vector(HELLO, "eLL2QThABr70BXHJ+wl53+iyLHQobhXiT/Yu3dS2IA8="),
]


def call(body: bytes, signature: str | None, method: str = "POST") -> Request:
    headers = {"x-line-signature": signature} if signature is not None else {}
    return Request(method=method, path="/in/1", query=b"", headers=headers, body=body)


@pytest.mark.parametrize("vector", VECTORS)
def test_signatures_known_from_elsewhere_are_ours(vector: Vector):
    assert sign(SECRET, vector.body) == vector.signature


def test_what_is_signed_is_kept_as_it_came():
    found = verify(OURS, call(HELLO, VECTORS[1].signature))
    assert isinstance(found, Accepted)
    assert [raw.body for raw in found.raws] == [HELLO]


def test_the_consoles_verify_is_answered_and_nothing_is_kept():
    found = verify(OURS, call(EMPTY, VECTORS[0].signature))
    assert isinstance(found, Accepted)
    assert (found.raws, found.reply.status) == ((), 200)


@pytest.mark.parametrize(
    ("body", "signature", "status"),
    [
        (HELLO, None, 401),
        (HELLO, "", 401),
        (HELLO, VECTORS[0].signature, 403),
        (HELLO[:-1], VECTORS[1].signature, 403),
        (HELLO + b" ", VECTORS[1].signature, 403),
        (HELLO, VECTORS[1].signature.lower(), 403),
        (HELLO, "ü" * 44, 403),
        (HELLO, sign("another", HELLO), 403),
    ],
)
def test_forged_truncated_and_foreign_calls_are_turned_away(body: bytes, signature: str | None, status: int):
    found = verify(OURS, call(body, signature))
    assert isinstance(found, Reply)
    assert found.status == status


@pytest.mark.parametrize("secret", ["", "  \n", ","])
def test_without_a_secret_nobody_comes_in(secret: str):
    found = verify(replace(OURS, channel_secret=secret), call(HELLO, sign("", HELLO)))
    assert isinstance(found, Reply)
    assert found.status == 403


def test_while_one_secret_replaces_another_both_open():
    both = replace(OURS, channel_secret=f"new-one\n{SECRET}")
    assert isinstance(verify(both, call(HELLO, sign("new-one", HELLO))), Accepted)
    assert isinstance(verify(both, call(HELLO, sign(SECRET, HELLO))), Accepted)


def test_what_is_for_another_account_is_answered_and_not_kept():
    other = verify(replace(OURS, bot_id="U" + "9" * 32), call(HELLO, VECTORS[1].signature))
    own = verify(replace(OURS, bot_id=BOT), call(HELLO, VECTORS[1].signature))
    assert isinstance(other, Accepted)
    assert isinstance(own, Accepted)
    assert (len(other.raws), len(own.raws)) == (0, 1)


def test_what_is_signed_but_not_understood_is_kept_for_a_person():
    found = verify(OURS, call(b"\xff{", sign(SECRET, b"\xff{")))
    assert isinstance(found, Accepted)
    assert len(found.raws) == 1


def test_only_calls_of_a_usual_size_and_method_are_looked_at():
    assert verify(OURS, call(b"", None, "GET")) == Reply(status=405, body=b"only POST")
    huge = b" " * (8 * 1024 * 1024 + 1)
    found = verify(OURS, call(huge, sign(SECRET, huge)))
    assert isinstance(found, Reply)
    assert found.status == 413
