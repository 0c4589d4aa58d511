"""What is said in public on the page, to be answered once in private: comments below its posts, and visitors' posts."""

from duologue.channels.contract import Content, Edited, Event, Kind, Person, Said, Unsent
from duologue.channels.meta.parties import person_id
from duologue.channels.shared.guard import needed
from duologue.channels.shared.strict import Object, Odd, address, fact, facts, message_id, moment, thing, words

_POSTS = {"post", "status", "photo", "video"}


def comment(page: str, entry: Object, value: Object) -> list[Event]:
    """A comment or post, its edit or its removal; nothing where the page itself speaks, or for what else is there."""
    sender, item = person_id(value, "from"), fact(value, "item")
    if item not in {"comment", *_POSTS} or sender == page:
        return []
    at = moment(value.get("created_time")) or moment(entry.get("time"))
    if at is None:
        raise Odd("there is no usable time")
    name = "comment_id" if item == "comment" else "post_id"
    mid, person = needed(message_id(value, name), "id"), needed(sender, "person")
    text, verb = words(value, "message"), fact(value, "verb")
    if verb == "remove":
        return [Unsent(id=mid, address=person, at=at)]
    if verb == "edited":
        return [Edited(id=mid, address=person, at=moment(entry.get("time")) or at, text=text or "")]
    if verb != "add":
        return []
    said = _comment(value, text) if item == "comment" else _post(value, text)
    answered = item == "comment" and value.get("parent_id") != value.get("post_id")
    return [
        Said(
            id=mid,
            address=person,
            at=at,
            content=said,
            person=Person(name=words(thing(value, "from"), "name")),
            reply_to=message_id(value, "parent_id") if answered else None,
        )
    ]


def target(page: str, id: str) -> dict[str, str]:
    """Whom a private answer is for: a visitor's post bears the page's own id and one number, a comment does not."""
    whose, _, rest = id.partition("_")
    is_post = whose == page and bool(rest) and "_" not in rest
    return {"post_id": id} if is_post else {"comment_id": id}


def _comment(value: Object, text: str | None) -> Content:
    return Content(kind=Kind.COMMENT, text=text, raw_kind="feed", facts=facts(value, {"post_id": "post"}))


def _post(value: Object, text: str | None) -> Content:
    return Content(kind=Kind.COMMENT, text=text, raw_kind="post", link=address(value.get("link")))
