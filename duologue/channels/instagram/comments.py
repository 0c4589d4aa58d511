"""Comments below posts, reels and broadcasts: said in public, to be answered once in private."""

from duologue.channels.contract import Content, Event, Kind, Person, Said
from duologue.channels.meta.parties import person_id
from duologue.channels.shared.guard import needed
from duologue.channels.shared.strict import Object, Odd, fact, facts, message_id, moment, thing, words

FIELDS = {"comments", "live_comments"}
_WORDS = {"media_product_type": "below", "id": "post", "ad_title": "ad", "ad_id": "ad_id"}


def comment(own: frozenset[str], entry: Object, change: Object) -> list[Event]:
    """One comment; nothing where the account itself has commented. Raises `Odd`."""
    value = thing(change, "value")
    sender = person_id(value, "from")
    if sender in own or person_id({"from": {"id": thing(value, "from").get("self_ig_scoped_id")}}, "from") in own:
        return []
    at = moment(value.get("timestamp")) or moment(value.get("created_time")) or moment(entry.get("time"))
    if at is None:
        raise Odd("there is no usable time")
    name = fact(thing(value, "from"), "username", 100)
    said = Content(
        kind=Kind.COMMENT,
        text=words(value, "text"),
        raw_kind=fact(change, "field", 40),
        facts=facts(thing(value, "media"), _WORDS),
    )
    return [
        Said(
            id=needed(message_id(value, "id"), "id"),
            address=needed(sender, "person"),
            at=at,
            content=said,
            person=Person(name=f"@{name}" if name else None),
            reply_to=message_id(value, "parent_id"),
        )
    ]
