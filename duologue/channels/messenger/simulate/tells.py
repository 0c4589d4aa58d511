"""How the platform words what happens: items in the lists of entries, in signed batches."""

import json
from datetime import datetime
from typing import Any

from msgspec import Struct

from duologue.channels.messenger.simulate.world import OTHER_PAGE, PAGE, World
from duologue.channels.shared.double.faults import Faults

_FIELDS = {
    "postback": "messaging_postbacks",
    "delivery": "message_deliveries",
    "read": "message_reads",
    "reaction": "message_reactions",
    "message_edit": "message_edits",
    "referral": "messaging_referrals",
    "optin": "messaging_optins",
    "pass_thread_control": "messaging_handovers",
    "take_thread_control": "messaging_handovers",
    "policy-enforcement": "messaging_policy_enforcement",
    "response_feedback": "response_feedback",
}


class Event(Struct, frozen=True):
    """One item and the list of the entry that it belongs in: messaging, standby or changes."""

    item: dict[str, Any]
    place: str = "messaging"

    @property
    def field(self) -> str:
        """What one must subscribe to, to hear of it."""
        if self.place == "changes":
            return str(self.item["field"])
        if (self.item.get("message") or {}).get("is_echo"):
            return "message_echoes"
        return next((field for kind, field in _FIELDS.items() if kind in self.item), "messages")


class Tells:
    """The page's side of the hook."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, faults

    @property
    def app_secret(self) -> str:
        return self._world.app_secret

    @property
    def verify_token(self) -> str:
        return self._world.verify_token

    def now(self) -> datetime:
        return self._world.now()

    def challenge(self) -> str:
        return self._world.number("challenge")

    def wanted(self, event: Event) -> bool:
        fields = self._world.subscribed
        return fields is None or (event.field in fields and (event.place != "standby" or "standby" in fields))

    def body(self, events: list[Event]) -> bytes:
        at = int(self._world.now().timestamp() * 1000)
        entries: list[dict[str, Any]] = []
        for event in events:
            if not entries or event.place not in entries[-1]:
                entries.append({"id": PAGE, "time": at, event.place: []})
            entries[-1][event.place].append(event.item)
        if self._faults.now("malformed"):
            _spoil(entries)
        if self._faults.now("foreign_entry"):
            entries.insert(0, {**entries[0], "id": OTHER_PAGE})
        return json.dumps({"object": "page", "entry": entries}, separators=(",", ":")).encode()


def _spoil(entries: list[dict[str, Any]]) -> None:
    """Something that cannot be understood, in the middle of what can."""
    entries[0].setdefault("messaging", []).insert(1, {"sender": {"id": {}}, "message": ["?"]})
