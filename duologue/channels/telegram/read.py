"""What came in becomes events of the house. One update a call, or several where they were fetched together.

Nothing here raises: what cannot be understood becomes `Unreadable`, alone.
"""

from datetime import datetime
from typing import Any

from duologue.channels.contract import Event, Raw, Trouble, Unreadable
from duologue.channels.shared.guard import guarded
from duologue.channels.shared.strict import parse
from duologue.channels.telegram.settings import Settings
from duologue.channels.telegram.updates import events


def read(settings: Settings, raw: Raw) -> list[Event]:
    """Everything that stands in the updates, in their order."""
    if raw.kind == "trouble":
        return [Trouble(reason=raw.body.decode("utf-8", "replace")[:500])]
    try:
        told = parse(raw.body)
    except (ValueError, RecursionError) as error:
        return [Unreadable(reason=f"not JSON: {str(error)[:200]}", item=raw.body)]
    received = _received(raw)
    updates: list[Any] = told if isinstance(told, list) else [told]
    return [event for update in updates for event in guarded(lambda update=update: events(update, received), update)]  # type: ignore[misc]


def _received(raw: Raw) -> datetime | None:
    try:
        at = datetime.fromisoformat(raw.headers.get("received", ""))
    except ValueError:
        return None
    return at if at.tzinfo else None
