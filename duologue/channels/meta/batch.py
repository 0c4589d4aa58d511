"""Signed events become events of the house: every entry, every item, each on its own.

Nothing here raises: an item that cannot be understood becomes `Unreadable`, and its neighbours go through.
"""

from collections.abc import Callable, Iterator
from typing import Any

from duologue.channels.contract import Event, Raw, Unreadable
from duologue.channels.meta.items import ENVELOPE
from duologue.channels.meta.parties import page_of
from duologue.channels.shared.guard import guarded, written
from duologue.channels.shared.strict import Object, parse

LISTS = ("messaging", "standby", "changes")

Each = Callable[[Object, str, Object], list[Event]]
"""Reads one item, given its entry and the name of the list that it stands in; raises `Odd` where it cannot."""


def read_batch(raw: Raw, own: frozenset[str], each: Each) -> list[Event]:
    """Everything in the batch that concerns the accounts in `own`, in the order in which it stands there."""
    try:
        batch = parse(raw.body)
    except (ValueError, RecursionError) as error:
        return [Unreadable(reason=f"not JSON: {str(error)[:200]}", item=raw.body)]
    entries = batch.get("entry") if isinstance(batch, dict) else None
    if not isinstance(entries, list):
        return [Unreadable(reason="not a batch of events", item=raw.body)]
    return [event for entry in entries for event in _entry(own, entry, each)]


def _entry(own: frozenset[str], entry: Any, each: Each) -> Iterator[Event]:
    if not isinstance(entry, dict):
        yield Unreadable(reason="an entry is not an object", item=written(entry))
        return
    whose = page_of(entry)
    if whose is None:
        yield Unreadable(reason="an entry does not say which account it is for", item=written(entry))
    if whose not in own:
        return
    for name in LISTS:
        items = entry.get(name) or []
        if not isinstance(items, list):
            yield Unreadable(reason=f"{name} is not a list", item=written(entry))
            continue
        for item in items:
            yield from guarded(lambda name=name, item=item: each(entry, name, item), item)  # type: ignore[misc]
    if "field" in entry and not any(name in entry for name in LISTS):
        yield from guarded(lambda: each(entry, "changes", entry), entry)  # a change without its list around it
    elif not any(name in entry for name in LISTS) and set(entry) - ENVELOPE:
        yield Unreadable(reason="an entry of a kind not known here", item=written(entry))
