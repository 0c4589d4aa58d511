"""The door: what the account's auth token has signed comes in."""

import hmac

from duologue.channels.contract import Accepted, Raw, Reply, Request
from duologue.channels.sms.settings import Settings, auth_tokens, shared_keys
from duologue.channels.sms.signature import HEADER, is_form, is_genuine, pairs_of
from duologue.kernel import clock

LARGEST = 8 * 1024 * 1024
FORM, JSON = "form", "json"  # kinds of raws
_NOTHING_TO_SAY = Reply(body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>', content_type="text/xml")


def verify(settings: Settings, request: Request) -> Accepted | Reply:
    """Messages and news of messages alike: 401 without a signature, 403 with a wrong one.

    Twilio tells no time, so the call's own is written down beside it, and the query, which bears our own id.
    """
    if request.method not in {"POST", "GET"}:
        return Reply(status=405, body=b"only POST and GET")
    if len(request.body) > LARGEST:
        return Reply(status=413, body=b"too large")
    if not request.headers.get(HEADER):
        return Reply(status=401, body=b"not signed")
    if not is_genuine(request, auth_tokens(settings), shared_keys(settings)):
        return Reply(status=403, body=b"signature does not match")
    return Accepted(raws=() if _is_foreign(settings, request) else (_raw(request),), reply=_NOTHING_TO_SAY)


def _raw(request: Request) -> Raw:
    """A call by GET has its form in the address."""
    at = (request.at or clock.now()).isoformat()
    kept = {"at": at, "query": request.query.decode("latin-1")}
    if request.method == "GET":
        return Raw(body=request.query, kind=FORM, headers=kept)
    return Raw(body=request.body, kind=FORM if is_form(request) else JSON, headers=kept)


def _is_foreign(settings: Settings, request: Request) -> bool:
    """A form of another account, that the same secret opens: an account and its subaccounts have secrets apart."""
    form = request.query if request.method == "GET" else request.body if is_form(request) else b""
    told = dict(pairs_of(form)).get("AccountSid", "")
    return bool(told) and not hmac.compare_digest(told.encode(), settings.account_sid.encode())
