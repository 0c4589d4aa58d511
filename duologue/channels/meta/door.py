"""The door: the handshake, and signed events on the bytes as they came."""

import hmac
import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import msgspec

from duologue.channels.contract import Accepted, Raw, Reply, Request
from duologue.channels.meta.parties import page_of
from duologue.channels.shared.strict import parse

LARGEST = 8 * 1024 * 1024  # a batch holds at most 1,000 items; the largest seen on this family of hooks was 3 MB


def admit(
    request: Request, *, secrets: Iterable[str], verify_token: str, keep: Callable[[bytes], Accepted | Reply]
) -> Accepted | Reply:
    """Hands `keep` the body that one of the secrets has signed; says 401 without a signature, 403 to a wrong one.

    No secret, no entry. A GET is the handshake of whoever sets up the hook.
    """
    if request.method == "GET":
        return _shake_hands(verify_token, request.query)
    if request.method != "POST":
        return Reply(status=405, body=b"only GET and POST")
    if len(request.body) > LARGEST:
        return Reply(status=413, body=b"too large")
    signature = request.headers.get("x-hub-signature-256")
    if not signature:
        return Reply(status=401, body=b"not signed")
    if not _genuine(secrets, request.body, signature):
        return Reply(status=403, body=b"signature does not match")
    return keep(request.body)


def sign(secret: str, body: bytes) -> str:
    """The signature header's value for these bytes."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def keep_own(body: bytes, *, object: str, own: frozenset[str]) -> Accepted | Reply:
    """Keeps what is for the accounts in `own`. One app has one hook for all its accounts, so a batch may hold others'

    entries: they are answered with 200 (a failing hook is switched off after an hour) and kept nowhere.
    """
    try:
        kind, entries = _entries(body)
    except (ValueError, RecursionError):
        return Accepted(raws=(Raw(body=body),))  # signed, so it came from our app: `read` sets it aside for a person
    if kind != object:
        return Reply(status=400, body=f"only events of the kind {object}".encode())
    ours = [entry for whose, entry in entries if whose is None or whose in own]
    if not ours:
        return Accepted(raws=())
    if len(ours) < len(entries):
        body = b'{"object":' + msgspec.json.encode(object) + b',"entry":[' + b",".join(ours) + b"]}"
    return Accepted(raws=(Raw(body=body),))


def lines(secrets: str) -> list[str]:
    """Every secret of a setting that takes several, the newest first; an empty line is none."""
    return secrets.replace(",", " ").split()


def _shake_hands(verify_token: str, query: bytes) -> Reply:
    asked = parse_qs(query.decode("utf-8", "replace"), keep_blank_values=True)
    mode, token, challenge = (asked.get(f"hub.{name}", []) for name in ("mode", "verify_token", "challenge"))
    if (
        mode == ["subscribe"]
        and len(token) == len(challenge) == 1
        and verify_token
        and hmac.compare_digest(token[0].encode(), verify_token.encode())
    ):
        return Reply(body=challenge[0].encode())
    return Reply(status=403, body=b"verify token does not match")


def _genuine(secrets: Iterable[str], body: bytes, signature: str) -> bool:
    given = signature.encode("utf-8", "replace")
    return any(hmac.compare_digest(sign(secret, body).encode(), given) for secret in secrets if secret)


class _Envelope(msgspec.Struct):
    object: str
    entry: list[msgspec.Raw]


class _Entry(msgspec.Struct):
    id: str | int | None = None


def _entries(body: bytes) -> tuple[Any, list[tuple[str | None, bytes]]]:
    """The object's name, and for each entry its account (None where it cannot be told) and its bytes as they came."""
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        return envelope.object, [(_whose(entry), bytes(entry)) for entry in envelope.entry]
    except (msgspec.DecodeError, UnicodeDecodeError):
        loose = parse(body)
    if not isinstance(loose, dict) or not isinstance(loose.get("entry"), list):
        raise ValueError("no batch")
    return loose.get("object"), [(page_of(entry), json.dumps(entry).encode()) for entry in loose["entry"]]


def _whose(entry: msgspec.Raw) -> str | None:
    try:
        account = msgspec.json.decode(entry, type=_Entry).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None if account is None else str(account)
