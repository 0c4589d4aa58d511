"""What a number's hook brings, as events of the house: every entry, every change, every item, each on its own."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from duologue.channels.contract import Event, Raw, Sign, Unreadable
from duologue.channels.meta.parties import page_of
from duologue.channels.shared.guard import guarded, written
from duologue.channels.shared.strict import Object, Odd, fact, moment, parse, thing
from duologue.channels.whatsapp import messages, notices, past, statuses
from duologue.channels.whatsapp.messages import Scene
from duologue.channels.whatsapp.settings import Settings
from duologue.channels.whatsapp.verify import DASHBOARD, concerns
from duologue.channels.whatsapp.who import digits

_QUIET = {"smb_app_state_sync", "flows", "payment_configuration_update", "tracking_events", "automatic_events"}
"""Fields that are about nobody's message and nothing that an inbox shows: the app's address book, forms, payments."""


def read(settings: Settings, raw: Raw) -> list[Event]:
    """Everything in the batch that concerns this number, in the order in which it stands there. Never raises."""
    try:
        batch = parse(raw.body)
    except (ValueError, RecursionError) as error:
        return [Unreadable(reason=f"not JSON: {str(error)[:200]}", item=raw.body)]
    entries = batch.get("entry") if isinstance(batch, dict) else None
    if not isinstance(entries, list):
        return [Unreadable(reason="not a batch of events", item=raw.body)]
    return [event for entry in entries for event in _entry(settings, entry)]


def _entry(settings: Settings, entry: Any) -> Iterator[Event]:
    if not isinstance(entry, dict):
        yield Unreadable(reason="an entry is not an object", item=written(entry))
        return
    if page_of(entry) == DASHBOARD:
        yield Sign(name="Webhook", words="The dashboard's test event has arrived.")
        return
    changes = entry.get("changes")
    if not isinstance(changes, list):
        if page_of(entry) in {None, settings.account_id}:
            yield Unreadable(reason="changes is not a list", item=written(entry))
        return
    for change in changes:
        if concerns(settings, entry, change):
            yield from guarded(partial(_change, settings, entry, change), change)


def _change(settings: Settings, entry: Object, change: Object) -> list[Event]:
    field, value = fact(change, "field", 80) or "", thing(change, "value")
    scene = _scene(settings, entry, field, value)
    if field in notices.FIELDS:
        beside = {"rejection_info": change["rejection_info"]} if "rejection_info" in change else {}
        return list(notices.FIELDS[field](scene, beside | value))
    known = [name for name in _LISTS if value.get(name) is not None]
    if known:
        return [event for name in known for event in _items(scene, name, value[name])]
    if field in _QUIET:
        return []
    raise Odd(f"a change of a kind not known here: {field}" if field else "a change does not say what it is about")


def _items(scene: Scene, name: str, items: Any) -> Iterator[Event]:
    if not isinstance(items, list):
        yield Unreadable(reason=f"{name} is not a list", item=written(items))
        return
    for item in items:
        yield from guarded(partial(_LISTS[name], scene, item), item)


def _scene(settings: Settings, entry: Object, field: str, value: Object) -> Scene:
    contacts, metadata = value.get("contacts"), value.get("metadata")
    shown = metadata.get("display_phone_number") if isinstance(metadata, dict) else None
    return Scene(
        contacts=[one for one in contacts if isinstance(one, dict)] if isinstance(contacts, list) else [],
        at=moment(entry.get("time")),
        own=digits(shown) or digits(settings.number),
        standby=field == "standby",
    )


_LISTS: dict[str, Callable[[Scene, Object], list[Event]]] = {
    "messages": messages.message,
    "message_echoes": messages.echo,
    "calls": statuses.call,
    "statuses": statuses.status,
    "errors": notices.trouble,
    "history": past.history,
    "user_preferences": notices.preference,
}
