"""Who may knock."""

import msgspec
import pytest
from msgspec.structs import replace

from duologue.channels.contract import Accepted, Reply, Request
from duologue.channels.telegram.settings import Settings, fresh
from duologue.channels.telegram.verify import HEADER, LARGEST, verify
from duologue.kernel.clock import Turned

SETTINGS = Settings(token="1:x", secret_token="new-secret\nold-secret")
BODY = b'{"update_id":1,"message":{}}'


NEW = "new-secret"


def call(secret: str | None = NEW, body: bytes = BODY, method: str = "POST") -> Request:
    headers = {} if secret is None else {HEADER: secret}
    return Request(method=method, path="/in/1", query=b"", headers=headers, body=body)


@pytest.mark.parametrize("secret", ["new-secret", "old-secret"])
def test_either_secret_opens_while_one_replaces_the_other(secret: str):
    found = verify(SETTINGS, call(secret), Turned())
    assert isinstance(found, Accepted)
    (raw,) = found.raws
    assert (raw.body, raw.headers) == (BODY, {"received": "2026-11-24T09:00:00+00:00"})
    assert found.reply == Reply()


@pytest.mark.parametrize(
    ("secret", "status"),
    [
        (None, 401),
        ("", 401),
        ("new-secre", 403),
        ("new-secret ", 403),
        ("NEW-SECRET", 403),
        ("new-secret\nold-secret", 403),
        ("new-secret, new-secret", 403),
        ("nëw-secret", 403),
        ("\udcff", 403),
    ],
)
def test_no_other_secret_opens(secret: str | None, status: int):
    found = verify(SETTINGS, call(secret))
    assert isinstance(found, Reply)
    assert found.status == status


@pytest.mark.parametrize("kept", ["", " ", "\n", ",", " , \n"])
def test_without_a_secret_nothing_opens(kept: str):
    for given in ("", " ", kept, ","):
        assert isinstance(verify(Settings(secret_token=kept), call(given)), Reply)


def test_another_account_s_secret_does_not_open():
    other = fresh().secret_token
    assert isinstance(verify(replace(SETTINGS, secret_token=fresh().secret_token), call(other)), Reply)


def test_only_posts_of_a_reasonable_size_are_taken():
    for method in ("GET", "PUT", "HEAD"):
        assert verify(SETTINGS, call(method=method)) == Reply(status=405, body=b"only POST")
    too_large = verify(SETTINGS, call(body=b"x" * (LARGEST + 1)))
    assert isinstance(too_large, Reply)
    assert too_large.status == 413


def test_a_tap_is_answered_in_the_reply():
    found = verify(SETTINGS, call(body=b'{"update_id":1,"callback_query":{"id":"44","from":{"id":5}}}'))
    assert isinstance(found, Accepted)
    assert found.reply.content_type == "application/json"
    assert msgspec.json.decode(found.reply.body) == {"method": "answerCallbackQuery", "callback_query_id": "44"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'{"callback_query":{"id":7}}', b'{"callback_query":null}']
)
def test_what_bears_the_secret_is_kept_however_odd_it_is(body: bytes):
    found = verify(SETTINGS, call(body=body))
    assert isinstance(found, Accepted)
    assert found.raws[0].body == body
    assert found.reply == Reply()
