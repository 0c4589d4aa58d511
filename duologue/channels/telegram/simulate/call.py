"""One call as it came: values may be of their own type or written as text, as the platform takes both."""

import json
from typing import Any

from msgspec import Struct

from duologue.channels.telegram.simulate.world import BotError

ATTACHED = "attach://"


class Upload(Struct, frozen=True, kw_only=True):
    data: bytes
    mime: str
    name: str


class Call(Struct, frozen=True, kw_only=True):
    params: dict[str, Any]
    files: dict[str, Upload]

    def only(self, *allowed: str) -> None:
        """Refuses what the method does not know; the platform itself would leave a slip of the pen unread."""
        unknown = (set(self.params) | {one for one in self.files if not self._refers(one)}) - set(allowed)
        if unknown:
            raise wrong(f'unknown parameter "{min(unknown)}"')

    def upload(self, name: str) -> Upload | None:
        """The file that came along: in a part of this name, or in the part that the parameter points to."""
        where = self.params.get(name)
        if isinstance(where, str) and where.startswith(ATTACHED):
            return self.files.get(where.removeprefix(ATTACHED))
        return self.files.get(name)

    def _refers(self, part: str) -> bool:
        return any(f"{ATTACHED}{part}" in str(value) for value in self.params.values())

    def text(self, name: str) -> str | None:
        value = self.params.get(name)
        if value is not None and not isinstance(value, str):
            raise wrong(f"{name} must be a String")
        return value

    def number(self, name: str) -> int | None:
        value = self.params.get(name)
        if value is None:
            return None
        if isinstance(value, str) and value.removeprefix("-").isdigit():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(f"invalid {name} specified")
        return value

    def real(self, name: str) -> float:
        try:
            return float(self.params[name])
        except (KeyError, TypeError, ValueError):
            raise wrong(f"{name} is empty") from None

    def flag(self, name: str) -> bool:
        return self.params.get(name) in (True, "true", "True", "1")

    def object(self, name: str) -> Any:
        """A list or an object, written out or as JSON text; None where it is not there."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise wrong(f"can't parse {name} JSON object") from None


def wrong(words: str) -> BotError:
    return BotError(400, f"Bad Request: {words}")
