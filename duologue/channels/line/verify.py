"""The door: base64 of HMAC-SHA256 over the bytes as they came."""

import base64
import hmac
from collections.abc import Iterable

import msgspec

from duologue.channels.contract import Accepted, Raw, Reply, Request
from duologue.channels.line.settings import Settings, channel_secrets

LARGEST = 8 * 1024 * 1024
HEADER = "x-line-signature"


class _Call(msgspec.Struct):
    destination: str | None = None
    events: list[msgspec.Raw] | None = None


def verify(settings: Settings, request: Request) -> Accepted | Reply:
    """Accepts what a channel secret has signed: 401 without a signature, 403 with a wrong one.

    The console's “Verify” sends no events: it is answered with 200, and nothing is kept.
    """
    if request.method != "POST":
        return Reply(status=405, body=b"only POST")
    if len(request.body) > LARGEST:
        return Reply(status=413, body=b"too large")
    given = request.headers.get(HEADER)
    if not given:
        return Reply(status=401, body=b"not signed")
    if not _genuine(channel_secrets(settings), request.body, given):
        return Reply(status=403, body=b"signature does not match")
    return Accepted(raws=(Raw(body=request.body),) if _to_be_kept(settings, request.body) else ())


def sign(secret: str, body: bytes) -> str:
    """The signature header's value for these bytes."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def _genuine(secrets: Iterable[str], body: bytes, given: str) -> bool:
    found = given.strip().encode("utf-8", "replace")
    return any(hmac.compare_digest(sign(secret, body).encode(), found) for secret in secrets)


def _to_be_kept(settings: Settings, body: bytes) -> bool:
    """Signed but not understood is kept too: `read` sets it aside for a person."""
    try:
        call = msgspec.json.decode(body, type=_Call)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True
    if settings.bot_id and call.destination and call.destination != settings.bot_id:
        return False
    return call.events != []
