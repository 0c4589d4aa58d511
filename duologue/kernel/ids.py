"""Identifiers: UUID version 7 (RFC 9562), so that they sort by the time they were made."""

import os
import time
from datetime import UTC, datetime
from threading import Lock
from uuid import UUID

_lock = Lock()
_last = 0


def new() -> UUID:
    """A fresh id, greater than every id this process made before, even within a millisecond."""
    global _last
    with _lock:
        tick = max((time.time_ns() // 1_000_000) << 12, _last + 1)
        _last = tick
    milliseconds, sequence = tick >> 12, tick & 0xFFF
    tail = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=milliseconds << 80 | 0x7 << 76 | sequence << 64 | 0b10 << 62 | tail)


def made_at(id: UUID) -> datetime:
    """When the id was made, to the millisecond, in UTC."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def earliest(at: datetime) -> UUID:
    """Smaller than every id made at that moment or later, and greater than those made before."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
