"""A made-up person's phone on the double: what they send beside words, and what they do to what they have said."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from duologue.channels.content import Kind
from duologue.channels.simulation import Bubble, Caller

FILES = {Kind.IMAGE: "sole.png", Kind.AUDIO: "tone.wav", Kind.STICKER: "sticker.png"}
WORDS: dict[Kind, dict[str, Any]] = {
    Kind.LOCATION: {"place": {"latitude": 52.52, "longitude": 13.405, "label": "The shop"}},
    Kind.LINK: {"link": "https://lume.example/runner"},
    Kind.CARD: {"kind": "card", "text": "Noor Haddad\n+49 30 901820"},
    Kind.TAP: {"kind": "tap", "text": "Yes, please", "payload": "YES"},
    Kind.STORY: {"kind": "story", "text": "Lovely!", "link": "https://lume.example/story"},
    Kind.COMMENT: {"kind": "comment", "text": "Is it still there?"},
    Kind.CALL: {"kind": "call", "text": "Missed call"},
    Kind.NOTICE: {"kind": "notice", "text": "Came from an ad", "facts": {"ad": "Spring sale"}},
    Kind.UNKNOWN: {"kind": "unknown", "raw_kind": "hologram"},
}


class Person(Struct):
    """Somebody and what stands on their phone."""

    caller: Caller
    shown: list[Bubble] = []
    blocked: bool = False


class Phone:
    """`say` and `tell` are the double's: a message, and news about one."""

    def __init__(self, person: Person, say: Callable[[str], str], tell: Callable[..., None]) -> None:
        self._person, self._say, self._tell = person, say, tell

    def says(self, text: str) -> str:
        return self._say(text)

    def edits(self, id: str, text: str) -> None:
        self._person.shown = [replace(one, text=text) if one.id == id else one for one in self._person.shown]
        self._tell(self._person, "edit", id=id, text=text)

    def takes_back(self, id: str) -> None:
        self._person.shown = [one for one in self._person.shown if one.id != id]
        self._tell(self._person, "unsend", id=id)

    def reacts(self, id: str, emoji: str | None = "👍") -> None:
        """With None the reaction is taken away."""
        self._tell(self._person, "reaction", id=id, emoji=emoji)
