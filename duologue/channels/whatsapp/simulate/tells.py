"""How the platform words what happens: changes in entries, in signed batches."""

import json
from datetime import datetime
from typing import Any

from msgspec import Struct

from duologue.channels.shared.double.faults import Faults
from duologue.channels.whatsapp.simulate.world import NUMBER_DIGITS, OTHER_PHONE_ID, PHONE_ID, WABA, Thread, World


class Event(Struct, frozen=True):
    """One item in a list of a change ("messages"), with the person beside it; or, without a list, a whole value."""

    item: dict[str, Any]
    list: str = "messages"
    contact: dict[str, Any] | None = None
    field: str = "messages"
    account: str = WABA


class Tells:
    """The number's side of the hook."""

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
        return self._world.subscribed

    def body(self, events: list[Event]) -> bytes:
        """What stands in one list goes into one change, until something else comes between."""
        changes: list[dict[str, Any]] = []
        foreign = [event for event in events if event.account != WABA]
        for event in events:
            if event in foreign:
                continue
            if not event.list:
                changes.append({"field": event.field, "value": event.item})
                continue
            last = changes[-1] if changes else None
            if last is None or last["field"] != event.field or event.list not in last["value"]:
                changes.append({"field": event.field, "value": _value(event.list)})
            _add(changes[-1]["value"], event)
        if self._faults.now("malformed"):
            _value_of(changes).insert(1, {"from": {}, "id": ["?"], "type": "text"})
        if self._faults.now("foreign_number"):
            other = json.loads(json.dumps(changes[0]))
            other["value"]["metadata"]["phone_number_id"] = OTHER_PHONE_ID
            changes.insert(0, other)
        entries = [self._entry(WABA, changes)] if changes else []
        entries += [self._entry(one.account, [{"field": one.field, "value": one.item}]) for one in foreign]
        return json.dumps({"object": "whatsapp_business_account", "entry": entries}, separators=(",", ":")).encode()

    def _entry(self, account: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": account, "time": int(self._world.now().timestamp()), "changes": changes}


def contact(thread: Thread) -> dict[str, Any]:
    """The person as the platform tells of them beside an item; a hidden number stands nowhere."""
    profile = {"name": thread.name} | ({"username": thread.handle} if thread.handle else {})
    return {"profile": profile, "user_id": thread.user} | ({"wa_id": thread.phone} if thread.phone else {})


def _value(name: str) -> dict[str, Any]:
    metadata = {"display_phone_number": NUMBER_DIGITS, "phone_number_id": PHONE_ID}
    return {"messaging_product": "whatsapp", "metadata": metadata, name: []}


def _add(value: dict[str, Any], event: Event) -> None:
    value[event.list].append(event.item)
    if event.contact and event.contact not in value.setdefault("contacts", []):
        value["contacts"].append(event.contact)


def _value_of(changes: list[dict[str, Any]]) -> list[Any]:
    """The first list of messages, made where there is none."""
    for change in changes:
        if "messages" in change["value"]:
            return change["value"]["messages"]
    changes.append({"field": "messages", "value": _value("messages")})
    return changes[-1]["value"]["messages"]
