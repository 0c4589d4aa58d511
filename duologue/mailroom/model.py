"""An arrival: what a platform sent, kept as it came until it has been sorted."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.channels.contract import Raw
from duologue.kernel import ids
from duologue.kernel.vault import Safe


class Arrival(Struct, frozen=True, kw_only=True):
    """As it is written down: sealed, with an id that sorts by the time it came."""

    workspace_id: UUID
    id: UUID
    channel_id: UUID
    kind: str
    body_sealed: bytes
    received_at: datetime


def arrival(safe: Safe, channel: UUID, raw: Raw, now: datetime) -> Arrival:
    one = ids.new()
    return Arrival(
        workspace_id=safe.workspace,
        id=one,
        channel_id=channel,
        kind=raw.kind,
        body_sealed=safe.own.seal("arrival|body", one, msgspec.msgpack.encode(raw)),
        received_at=now,
    )


def opened(safe: Safe, id: UUID, body_sealed: bytes) -> Raw:
    """What came; raises `Broken`."""
    return msgspec.msgpack.decode(safe.own.unseal("arrival|body", id, body_sealed), type=Raw)
