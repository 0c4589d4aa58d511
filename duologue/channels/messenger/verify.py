"""The door: the platform's handshake, and signed events on the bytes as they came."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs

import msgspec

from duologue.channels.contract import Accepted, Raw, Reply, Request
from duologue.channels.messenger.settings import Settings, app_secrets
from duologue.channels.messenger.strict import page_of, parse

LARGEST = 8 * 1024 * 1024  # a batch holds at most 1,000 items; the largest seen on this family of hooks was 3 MB


def verify(settings: Settings, request: Request) -> Accepted | Reply:
    """Accepts what an app secret of this account has signed; says 401 without a signature, 403 to a wrong one."""
    if request.method == "GET":
        return _shake_hands(settings, request.query)
    if request.method != "POST":
        return Reply(status=405, body=b"only GET and POST")
    if len(request.body) > LARGEST:
        return Reply(status=413, body=b"too large")
    signature = request.headers.get("x-hub-signature-256")
    if not signature:
        return Reply(status=401, body=b"not signed")
    if not _genuine(app_secrets(settings), request.body, signature):
        return Reply(status=403, body=b"signature does not match")
    return _keep(settings.page_id, request.body)


def sign(secret: str, body: bytes) -> str:
    """The signature header's value for these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _shake_hands(settings: Settings, query: bytes) -> Reply:
    asked = parse_qs(query.decode("utf-8", "replace"), keep_blank_values=True)
    mode, token, challenge = (asked.get(f"hub.{name}", []) for name in ("mode", "verify_token", "challenge"))
    if (
        mode == ["subscribe"]
        and len(token) == len(challenge) == 1
        and settings.verify_token
        and hmac.compare_digest(token[0].encode(), settings.verify_token.encode())
    ):
        return Reply(body=challenge[0].encode())
    return Reply(status=403, body=b"verify token does not match")


def _genuine(secrets: list[str], body: bytes, signature: str) -> bool:
    given = signature.encode("utf-8", "replace")
    return any(hmac.compare_digest(sign(secret, body).encode(), given) for secret in secrets)


def _keep(page: str, body: bytes) -> Accepted | Reply:
    """Keeps what is for this page. One app has one hook for all its pages, so a batch may hold others' entries:

    they are answered with 200 (a failing hook is switched off after an hour) and kept nowhere.
    """
    try:
        kind, entries = _entries(body)
    except (ValueError, RecursionError):
        return Accepted(raws=(Raw(body=body),))  # signed, so it came from our app: `read` sets it aside for a person
    if kind != "page":
        return Reply(status=400, body=b"only events of pages")
    own = [entry for its_page, entry in entries if its_page in {None, page}]
    if not own:
        return Accepted(raws=())
    if len(own) < len(entries):
        body = b'{"object":"page","entry":[' + b",".join(own) + b"]}"
    return Accepted(raws=(Raw(body=body),))


class _Envelope(msgspec.Struct):
    object: str
    entry: list[msgspec.Raw]


class _Entry(msgspec.Struct):
    id: str | int | None = None


def _entries(body: bytes) -> tuple[Any, list[tuple[str | None, bytes]]]:
    """The object's name, and for each entry its page (None where it cannot be told) and its bytes as they came."""
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        return envelope.object, [(_page(entry), bytes(entry)) for entry in envelope.entry]
    except (msgspec.DecodeError, UnicodeDecodeError):
        loose = parse(body)
    if not isinstance(loose, dict) or not isinstance(loose.get("entry"), list):
        raise ValueError("no batch")
    return loose.get("object"), [(page_of(entry), json.dumps(entry).encode()) for entry in loose["entry"]]


def _page(entry: msgspec.Raw) -> str | None:
    try:
        page = msgspec.json.decode(entry, type=_Entry).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None if page is None else str(page)
