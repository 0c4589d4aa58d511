"""What a call brings, as events of the house: every event, each on its own."""

from typing import Any

from duologue.channels.contract import Event, Raw, Said, Unreadable, Unsent
from duologue.channels.line.around import Around, around
from duologue.channels.line.content import content
from duologue.channels.line.notices import NOTICES, of_the_account, unknown
from duologue.channels.line.settings import Settings
from duologue.channels.line.tokens import packed
from duologue.channels.shared.guard import written
from duologue.channels.shared.strict import Object, Odd, fact, message_id, parse, thing


def read(settings: Settings, raw: Raw) -> list[Event]:
    """Everything in the call, in the order in which it stands there. Never raises."""
    try:
        call = parse(raw.body)
    except (ValueError, RecursionError) as error:
        return [Unreadable(reason=f"not JSON: {str(error)[:200]}", item=raw.body)]
    items = call.get("events") if isinstance(call, dict) else None
    if not isinstance(items, list):
        return [Unreadable(reason="there is no list of events", item=raw.body)]
    return [event for item in items for event in _guarded(settings, item)]


def _guarded(settings: Settings, item: Any) -> list[Event]:
    try:
        if not isinstance(item, dict):
            raise Odd("an event is not an object")
        return _event(settings, item)
    except Odd as error:
        return [Unreadable(reason=str(error)[:300], item=written(item))]
    except Exception as error:  # a mistake of ours costs one event, not its neighbours; it can be replayed
        words = f"this was not foreseen: {type(error).__name__}"
        return [Unreadable(reason=words[:300], item=written(item))]


def _event(settings: Settings, item: Object) -> list[Event]:
    found = around(item)
    if found is None:
        return of_the_account(item)
    if found.type == "message":
        return [_message(settings, found)]
    if found.type == "unsend":
        return [Unsent(id=_needed(thing(item, "unsend"), "messageId"), address=found.address, at=found.at)]
    return NOTICES.get(found.type, unknown)(found)


def _message(settings: Settings, found: Around) -> Said:
    message = thing(found.item, "message")
    read_token, quote = (fact(message, name, 2000) or "" for name in ("markAsReadToken", "quoteToken"))
    said = content(settings, message, packed(found.tokens(read_token, quote)))
    return Said(
        id=_needed(message, "id"),
        address=found.address,
        at=found.at,
        content=found.with_member(said),
        reply_to=message_id(message, "quotedMessageId"),
        warning=found.warning,
    )


def _needed(holder: Object, name: str) -> str:
    found = message_id(holder, name)
    if found is None:
        raise Odd(f"there is no {name}")
    return found
