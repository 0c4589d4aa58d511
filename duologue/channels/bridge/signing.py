"""Standard Webhooks 1.0: "v1," and the base64 of HMAC-SHA256 over id.timestamp.body; one of several is enough."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

TOLERANCE = 300  # seconds between the two clocks, either way
LONGEST = 256  # characters of an id


def headers(key: bytes, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """What goes along with a body."""
    stamp = str(int(at.timestamp()))
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": "v1," + _signature(key, id, stamp, body)}


def genuine(keys: Sequence[bytes], given: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Whether one of the keys signed this body, within the last minutes."""
    id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")  # noqa: A001
    if ", " in given.get("webhook-signature", ""):  # the header came twice; several signatures stand in one, by blanks
        return False
    if not 0 < len(id) <= LONGEST or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 13):
        return False
    if abs(now.timestamp() - int(stamp)) > TOLERANCE:
        return False
    told = [one.partition(",")[2].encode() for one in given.get("webhook-signature", "").split() if one[:3] == "v1,"]
    made = [_signature(key, id, stamp, body).encode() for key in keys]
    return any(hmac.compare_digest(one, other) for one in told[:10] for other in made)


def _signature(key: bytes, id: str, stamp: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(key, f"{id}.{stamp}.".encode() + body, "sha256")).decode()
