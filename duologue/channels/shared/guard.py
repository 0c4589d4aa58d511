"""An item that cannot be understood is set aside alone; its neighbours go through."""

import json
from collections.abc import Callable
from typing import Any

from duologue.channels.contract import Event, Unreadable
from duologue.channels.shared.strict import Odd

UNFORESEEN = "this was not foreseen"


def guarded(read: Callable[[], list[Event]], item: Any) -> list[Event]:
    """What `read` makes of the item; the item alone is set aside where it cannot."""
    try:
        if not isinstance(item, dict):
            raise Odd("an item is not an object")
        return read()
    except Odd as error:
        return [Unreadable(reason=str(error)[:300], item=written(item))]
    except Exception as error:  # a mistake of ours costs one item, not its neighbours; it can be replayed
        return [Unreadable(reason=f"{UNFORESEEN}: {type(error).__name__}", item=written(item))]


def needed(value: str | None, name: str) -> str:
    if value is None:
        raise Odd(f"there is no {name}")
    return value


def written(item: Any, *, ordered: bool = False) -> bytes:
    """The item as JSON again."""
    try:
        return json.dumps(item, sort_keys=ordered).encode()
    except RecursionError:
        return b"(nested too deeply to be written down)"
