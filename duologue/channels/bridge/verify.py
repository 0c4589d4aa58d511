"""Only the bridge speaks for the bridge: every call is signed, and a copy of an old one is refused."""

from typing import Any

from duologue.channels.bridge.settings import keys
from duologue.channels.bridge.signing import genuine
from duologue.channels.contract import Accepted, Raw, Reply, Request
from duologue.kernel import clock

_REFUSED = Reply(status=401, body=b"the signature is missing, wrong, or too old")


def verify(settings: Any, request: Request) -> Accepted | Reply:
    """A POST with events. A GET says only that somebody is here."""
    if request.method != "POST":
        return Reply(status=405, body=b"send events with POST")
    accepted = keys(settings)
    if not accepted or not genuine(accepted, request.headers, request.body, now=clock.now()):
        return _REFUSED
    return Accepted(raws=(Raw(body=request.body),), reply=Reply(body=b"{}", content_type="application/json"))
