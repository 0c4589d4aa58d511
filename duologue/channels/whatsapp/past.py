"""What was said in the app on a phone before the number came to the API (coexistence): told once, in parts."""

from collections.abc import Callable
from functools import partial

from duologue.channels.contract import Event, Sign, Trouble, Unreadable
from duologue.channels.meta.errors import fault_of
from duologue.channels.shared.guard import guarded, needed, written
from duologue.channels.shared.strict import Object, Odd, fact, message_id, moment, thing, things
from duologue.channels.whatsapp.messages import Item, Scene, events
from duologue.channels.whatsapp.who import Who, digits, who

LAST_DAY = "0"  # the phase that holds the last day; the others reach back 180 days


def history(scene: Scene, chunk: Object) -> list[Event]:
    """One part: threads of messages, or the word that the owner does not share them."""
    wrong = [found for error in things(chunk, "errors") if (found := fault_of(error))]
    if wrong:
        return [Trouble(reason=f"The history of the app is not shared ({wrong[0].told}).")]
    about = thing(chunk, "metadata")
    old = fact(about, "phase") != LAST_DAY
    found: list[Event] = []
    for thread in things(chunk, "threads"):
        found += _each(thread, partial(_line, scene, thread, old))
    progress = fact(about, "progress", 10)
    words = f"{progress} % of what was said in the app has been taken over."
    return found + ([Sign(name="History of the app", words=words)] if progress else [])


def _each(thread: Object, read: Callable[[Object], list[Event]]) -> list[Event]:
    """A broken message costs its thread nothing."""
    lines = thread.get("messages")
    if not isinstance(lines, list):
        return [Unreadable(reason="a thread without a list of messages", item=written(thread))]
    return [event for line in lines for event in guarded(partial(read, line), line)]


def _line(scene: Scene, thread: Object, old: bool, line: Object) -> list[Event]:
    context = thing(thread, "context")
    person: Who = who(
        {"id": thread.get("id") or context.get("wa_id"), "user": context.get("user_id")}, [], "id", "user"
    )
    by_brand = bool(scene.own) and digits(line.get("from")) == scene.own
    at = moment(line.get("timestamp"))
    if at is None:
        raise Odd("there is no usable time")
    name = needed(message_id(line, "id"), "id")
    return events(Item(line, name, at, person, by="brand" if by_brand else "person", old=old))
