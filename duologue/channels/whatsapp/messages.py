"""One message of a change becomes events of the house. Raises `Odd` where it cannot be understood."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from duologue.channels.contract import Content, Edited, Event, Kind, Moved, Reacted, Said, Unsent
from duologue.channels.meta.items import ELSEWHERE
from duologue.channels.shared.guard import needed
from duologue.channels.shared.strict import Object, Odd, fact, facts, message_id, moment, thing, words
from duologue.channels.whatsapp.content import content
from duologue.channels.whatsapp.who import Who, is_phone, who

GROUP = "This was said in a group; an answer goes to this person alone."
_IDENTITY_WORDS = {"created_timestamp": "since", "hash": "identity"}
_SYSTEM_WORDS = {
    "user_changed_number": "Has a new phone number",
    "customer_changed_number": "Has a new phone number",
    "user_changed_user_id": "Is known to WhatsApp by a new id",
    "customer_identity_changed": "Uses WhatsApp on a new device, or installed it anew",
}


class Scene(Struct, frozen=True, kw_only=True):
    """What stands around an item."""

    contacts: list[Object] = []
    at: datetime | None = None  # of the entry
    own: str = ""  # the brand's own number, digits only
    standby: bool = False  # somebody else answers at present


class Item(Struct, frozen=True):
    """A message with what is the same for all of its kinds."""

    body: Object
    id: str
    at: datetime
    who: Who
    by: Literal["person", "brand"] = "person"
    standby: bool = False
    old: bool = False  # of the history: nobody is to react to it

    @property
    def address(self) -> str:
        return self.who.address


def message(scene: Scene, body: Object) -> list[Event]:
    """What somebody wrote or did."""
    if fact(body, "type") == "system":
        return _system(scene, body)
    return events(Item(body, _name(body), _time(scene, body), who(body, scene.contacts), standby=scene.standby))


def echo(scene: Scene, body: Object) -> list[Event]:
    """What the brand wrote in the app on a phone, beside the API (coexistence, May 2026)."""
    person = who(body, scene.contacts, "to", "to_user_id")
    return events(Item(body, _name(body), _time(scene, body), person, by="brand", standby=scene.standby))


def events(item: Item) -> list[Event]:
    kind = fact(item.body, "type", 80)
    if kind is None:
        raise Odd("a message has no type")
    verb = _VERBS.get(kind)
    return [verb(item)] if verb else [said(item, content(item.body))]


def said(item: Item, what: Content) -> Said:
    return Said(
        id=item.id,
        address=item.address,
        aliases=item.who.aliases,
        at=item.at,
        by=item.by,
        content=what,
        person=item.who.person,
        reply_to=message_id(thing(item.body, "context"), "id"),
        automatic=item.old,
        warning=GROUP if item.body.get("group_id") else ELSEWHERE if item.standby else None,
    )


def _reaction(item: Item) -> Event:
    given = thing(item.body, "reaction")
    target = needed(message_id(given, "message_id"), "message_id")
    return Reacted(id=target, address=item.address, at=item.at, emoji=fact(given, "emoji", 32), by=item.by)


def _edit(item: Item) -> Event:
    """The new words: a text, or what stands below a file."""
    given = thing(item.body, "edit")
    new = thing(given, "message")
    kind = fact(new, "type", 80) or "text"
    text = words(thing(new, kind), "body" if kind == "text" else "caption")
    target = needed(message_id(given, "original_message_id"), "original_message_id")
    return Edited(id=target, address=item.address, at=item.at, text=text or "")


def _revoke(item: Item) -> Event:
    target = message_id(thing(item.body, "revoke"), "original_message_id")
    return Unsent(id=needed(target, "original_message_id"), address=item.address, at=item.at)


_VERBS: dict[str, Callable[[Item], Event]] = {"reaction": _reaction, "edit": _edit, "revoke": _revoke}


def _system(scene: Scene, body: Object) -> list[Event]:
    """Nobody wrote this. With a new number comes a new id of the business's own; either may be told alone."""
    given = thing(body, "system")
    kind = fact(given, "type", 80) or "system"
    former = who({**body, "from_user_id": given.get("previous_user_id") or body.get("from_user_id")}, scene.contacts)
    notice = Content(
        kind=Kind.NOTICE,
        text=_SYSTEM_WORDS.get(kind) or words(given, "body"),
        raw_kind=kind,
        facts=facts(given, {"wa_id": "new number"}) | facts(thing(body, "identity"), _IDENTITY_WORDS),
    )
    item = Item(body, _name(body), _time(scene, body), former, old=True)
    return [said(item, notice), *_moves(item, kind, given)]


def _moves(item: Item, kind: str, given: Object) -> list[Event]:
    if "changed" not in kind or "identity" in kind:
        return []
    fresh = who({"from": given.get("wa_id") or given.get("new_wa_id"), "from_user_id": _new_user(item, given)}, [])
    olds = {item.address, *item.who.aliases}
    return [
        Moved(address=old, to=fresh.address, at=item.at)
        for old in sorted(olds, key=is_phone)
        if old not in {fresh.address, *fresh.aliases}
    ]


def _new_user(item: Item, given: Object) -> object:
    """The new id, where it is told: in the notice itself, or as the sender beside the one that was."""
    if given.get("user_id"):
        return given["user_id"]
    return item.body.get("from_user_id") if given.get("previous_user_id") else None


def _name(body: Object) -> str:
    return needed(message_id(body, "id"), "id")


def _time(scene: Scene, body: Object) -> datetime:
    at = moment(body.get("timestamp")) or scene.at
    if at is None:
        raise Odd("there is no usable time")
    return at
