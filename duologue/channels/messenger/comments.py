"""Comments below the page's posts: said in public, to be answered once in private."""

from duologue.channels.contract import Content, Edited, Event, Kind, Person, Said, Unsent
from duologue.channels.meta.parties import person_id
from duologue.channels.shared.guard import needed
from duologue.channels.shared.strict import Object, Odd, fact, facts, message_id, moment, thing, words


def comment(page: str, entry: Object, value: Object) -> list[Event]:
    """A comment, its edit or its removal; nothing where the page itself speaks, or for what else is on a feed."""
    sender = person_id(value, "from")
    if fact(value, "item") != "comment" or sender == page:
        return []
    at = moment(value.get("created_time")) or moment(entry.get("time"))
    if at is None:
        raise Odd("there is no usable time")
    mid, person = needed(message_id(value, "comment_id"), "id"), needed(sender, "person")
    text, verb = words(value, "message"), fact(value, "verb")
    if verb == "remove":
        return [Unsent(id=mid, address=person, at=at)]
    if verb == "edited":
        return [Edited(id=mid, address=person, at=moment(entry.get("time")) or at, text=text or "")]
    if verb != "add":
        return []
    return [
        Said(
            id=mid,
            address=person,
            at=at,
            content=Content(kind=Kind.COMMENT, text=text, raw_kind="feed", facts=facts(value, {"post_id": "post"})),
            person=Person(name=words(thing(value, "from"), "name")),
            reply_to=None if value.get("parent_id") == value.get("post_id") else message_id(value, "parent_id"),
        )
    ]
