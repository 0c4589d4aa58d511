"""How the platform words what happens: items in the lists of entries, in signed batches."""

import json
from datetime import datetime
from typing import Any

from msgspec import Struct

from duologue.channels.instagram.simulate.world import ACCOUNT, OTHER_ACCOUNT, World
from duologue.channels.shared.double.faults import Faults

_FIELDS = {
    "postback": "messaging_postbacks",
    "read": "messaging_seen",
    "reaction": "message_reactions",
    "message_edit": "message_edit",
    "referral": "messaging_referral",
    "optin": "messaging_optins",
    "pass_thread_control": "messaging_handover",
    "take_thread_control": "messaging_handover",
}


class Event(Struct, frozen=True):
    """One item and the list of the entry that it belongs in: messaging, standby, changes, or "flat" for none."""

    item: dict[str, Any]
    place: str = "messaging"
    account: str = ACCOUNT

    @property
    def field(self) -> str:
        """What one must subscribe to, to hear of it; echoes come with the messages."""
        if self.place in {"changes", "flat"}:
            return str(self.item["field"])
        return next((field for kind, field in _FIELDS.items() if kind in self.item), "messages")


class Tells:
    """The account's side of the hook."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, faults

    @property
    def app_secret(self) -> str:
        """Deployments report either of the two as the one that signs."""
        return self._world.basic_secret if self._world.signs_basic else self._world.app_secret

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
        """Times of changes are in seconds, all others in milliseconds."""
        now = self._world.now().timestamp()
        entries: list[dict[str, Any]] = []
        for event in events:
            if event.place == "flat":
                entries.append({"id": event.account, "time": int(now), **event.item})
                continue
            if not entries or event.place not in entries[-1] or entries[-1]["id"] != event.account:
                at = int(now if event.place == "changes" else now * 1000)
                entries.append({"id": event.account, "time": at, event.place: []})
            entries[-1][event.place].append(event.item)
        if self._faults.now("malformed"):
            entries[0].setdefault("messaging", []).insert(1, {"sender": {"id": {}}, "message": ["?"]})
        if self._faults.now("foreign_entry"):
            entries.insert(0, {**entries[0], "id": OTHER_ACCOUNT})
        return json.dumps({"object": "instagram", "entry": entries}, separators=(",", ":")).encode()
