"""The door of a bot: a secret that only the platform was told stands in a header of every call."""

import hmac

import msgspec

from duologue.channels.contract import Accepted, Raw, Reply, Request
from duologue.channels.telegram.settings import Settings, hook_secrets
from duologue.kernel.clock import Clock, now

LARGEST = 2 * 1024 * 1024  # one update a call; the largest seen are some 100 kB
HEADER = "x-telegram-bot-api-secret-token"


class _Query(msgspec.Struct):
    id: str


class _Update(msgspec.Struct):
    callback_query: _Query | None = None


def verify(settings: Settings, request: Request, clock: Clock = now) -> Accepted | Reply:
    """Accepts a call with one of this account's secrets: 401 without one, 403 with a wrong one.

    A tap is answered in the reply, as the platform offers: the button stops turning, and no call of ours is needed.
    """
    if request.method != "POST":
        return Reply(status=405, body=b"only POST")
    if len(request.body) > LARGEST:
        return Reply(status=413, body=b"too large")
    given = request.headers.get(HEADER)
    if not given:
        return Reply(status=401, body=b"no secret")
    if not _known(hook_secrets(settings), given):
        return Reply(status=403, body=b"the secret does not match")
    raw = Raw(body=request.body, kind="update", headers={"received": clock().isoformat()})
    return Accepted(raws=(raw,), reply=_reply(request.body))


def _known(secrets: list[str], given: str) -> bool:
    spoken = given.encode("utf-8", "replace")
    found = [hmac.compare_digest(secret.encode(), spoken) for secret in secrets]
    return any(found)


def _reply(body: bytes) -> Reply:
    try:
        query = msgspec.json.decode(body, type=_Update).callback_query
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Reply()
    if query is None or not query.id:
        return Reply()
    answered = msgspec.json.encode({"method": "answerCallbackQuery", "callback_query_id": query.id})
    return Reply(body=answered, content_type="application/json")
