"""What a call brings, or the history, as events of the house: every item on its own."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from duologue.channels.contract import Event, Raw, Unreadable
from duologue.channels.shared.guard import guarded
from duologue.channels.shared.strict import Object, Odd, moment, parse, thing
from duologue.channels.sms.messages import message
from duologue.channels.sms.past import HISTORY, row
from duologue.channels.sms.settings import Settings
from duologue.channels.sms.signature import pairs_of
from duologue.channels.sms.statuses import progress, step
from duologue.channels.sms.verify import JSON

Read = Callable[[Object], list[Event]]


def read(settings: Settings, raw: Raw) -> list[Event]:
    """Everything in it, in the order in which it stands there. Never raises."""
    if raw.kind in {JSON, HISTORY}:
        return _listed(settings, raw)
    try:
        params: Object = dict(pairs_of(raw.body))
    except ValueError as error:
        return [Unreadable(reason=f"not a form: {str(error)[:200]}", item=raw.body)]
    return _guarded(lambda item: _call(settings, item, raw), params, raw.body)


def _listed(settings: Settings, raw: Raw) -> list[Event]:
    """A page of the history, one call in JSON, or a batch of an event stream."""
    try:
        told = parse(raw.body)
    except (ValueError, RecursionError) as error:
        return [Unreadable(reason=f"not JSON: {str(error)[:200]}", item=raw.body)]
    if raw.kind == HISTORY:
        items = told.get("messages") if isinstance(told, dict) else None
        if not isinstance(items, list):
            return [Unreadable(reason="there is no list of messages", item=raw.body)]
        return [event for item in items for event in guarded(lambda item=item: row(settings, item), item)]  # type: ignore[misc]
    items = told if isinstance(told, list) else [told]
    return [event for item in items for event in guarded(lambda item=item: _streamed(settings, item, raw), item)]  # type: ignore[misc]


def _guarded(read: Read, params: Object, body: bytes) -> list[Event]:
    """A form is one item: what is set aside is the form as it came."""
    found = guarded(lambda: read(params), params)
    return [Unreadable(reason=one.reason, item=body) if isinstance(one, Unreadable) else one for one in found]


def _call(settings: Settings, params: Object, raw: Raw) -> list[Event]:
    return _told(settings, params, raw.headers.get("query", ""), _came(raw))


def _streamed(settings: Settings, item: Object, raw: Raw) -> list[Event]:
    """An event of a stream has its parameters in `data`, in small letters at the front, and its own time."""
    params = {name[:1].upper() + name[1:]: value for name, value in (thing(item, "data") or item).items() if name}
    if params.get("AccountSid", settings.account_sid) != settings.account_sid:
        return []
    params = {name: str(value) if isinstance(value, int | float) else value for name, value in params.items()}
    if not step(params) and "EventName" in params and "inbound" not in str(params["EventName"]):
        params["MessageStatus"] = str(params["EventName"]).rpartition(".")[2]
    return _told(settings, params, raw.headers.get("query", ""), _when(params.get("Timestamp")) or _came(raw))


def _told(settings: Settings, params: Object, query: str, at: datetime) -> list[Event]:
    word = step(params)
    return progress(params, word, query, at) if word else message(settings, params, at)


def _came(raw: Raw) -> datetime:
    """When the call came: Twilio tells no time."""
    found = _when(raw.headers.get("at"))
    if found is None:
        raise Odd("it was not written down when this came")
    return found


def _when(text: Any) -> datetime | None:
    if found := moment(text):
        return found
    try:
        return moment(int(datetime.fromisoformat(text).timestamp() * 1000)) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None
