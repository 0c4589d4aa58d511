"""Signed events become events of the house: every entry, every item, each on its own.

Nothing here raises: an item that cannot be understood becomes `Unreadable`, and its neighbours go through.
"""

from collections.abc import Iterator
from typing import Any

from duologue.channels.contract import Event, Raw, Unreadable
from duologue.channels.messenger.items import ENVELOPE, events, written
from duologue.channels.messenger.settings import Settings
from duologue.channels.meta.strict import Object, Odd, page_of, parse, thing

UNFORESEEN = "this was not foreseen"
_LISTS = ("messaging", "standby", "changes")


def read(settings: Settings, raw: Raw) -> list[Event]:
    """Everything in the batch that concerns this page, in the order in which it stands there."""
    try:
        batch = parse(raw.body)
    except (ValueError, RecursionError) as error:
        return [Unreadable(reason=f"not JSON: {str(error)[:200]}", item=raw.body)]
    entries = batch.get("entry") if isinstance(batch, dict) else None
    if not isinstance(entries, list):
        return [Unreadable(reason="not a batch of events", item=raw.body)]
    return [event for entry in entries for event in _entry(settings.page_id, entry)]


def _entry(page: str, entry: Any) -> Iterator[Event]:
    if not isinstance(entry, dict):
        yield Unreadable(reason="an entry is not an object", item=written(entry))
        return
    its_page = page_of(entry)
    if its_page is None:
        yield Unreadable(reason="an entry does not say which page it is for", item=written(entry))
    if its_page != page:
        return
    for name in _LISTS:
        items = entry.get(name) or []
        if not isinstance(items, list):
            yield Unreadable(reason=f"{name} is not a list", item=written(entry))
            continue
        for item in items:
            yield from _guarded(page, entry, name, item)
    if not any(name in entry for name in _LISTS) and set(entry) - ENVELOPE:
        yield Unreadable(reason="an entry of a kind not known here", item=written(entry))


def _guarded(page: str, entry: Object, name: str, item: Any) -> list[Event]:
    try:
        if not isinstance(item, dict):
            raise Odd("an item is not an object")
        if name == "changes":
            return _change(page, entry, item)
        return events(page, entry, item, standby=name == "standby")
    except Odd as error:
        return [Unreadable(reason=str(error)[:300], item=written(item))]
    except Exception as error:  # a mistake of ours costs one item, not its neighbours; it can be replayed
        return [Unreadable(reason=f"{UNFORESEEN}: {type(error).__name__}: {error}"[:300], item=written(item))]


def _change(page: str, entry: Object, change: Object) -> list[Event]:
    """Messages also come in this shape from the dashboard's test button. The rest (comments on posts, reviews, posts

    by visitors) is said in public: it is no direct message, so it makes no event.
    """
    value = thing(change, "value")
    return events(page, entry, value, standby=False) if "sender" in value and "recipient" in value else []
