"""One item of a batch becomes one event of the house. Raises `Odd` where it cannot be understood."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from duologue.channels.contract import Content, Edited, Event, Kind, Opted, Progress, Reacted, Said, Trouble, Unsent
from duologue.channels.meta.content import referral, tapped
from duologue.channels.meta.parties import person_id
from duologue.channels.shared.guard import needed, written
from duologue.channels.shared.strict import (
    Object,
    Odd,
    clean,
    fact,
    facts,
    flag,
    message_id,
    moment,
    thing,
    words,
)

MARK = "duologue:"  # before our own message id, in the metadata that an echo hands back
ELSEWHERE = "Another app answers this conversation at present."
ENVELOPE = {"sender", "recipient", "timestamp", "id", "time", "hop_context", "prior_message"}
_EMOJI = {
    "smile": "😆",
    "angry": "😠",
    "sad": "😢",
    "wow": "😮",
    "love": "❤️",
    "like": "👍",
    "dislike": "👎",
}


class Dialect(Struct, frozen=True, kw_only=True):
    """What differs between the platforms that speak in such items."""

    own: str  # the brand's own id
    content: Callable[[Object], Content]  # what one message holds
    enforcer: str = "Facebook"  # who warns
    tools: Mapping[str, str] = {}  # app ids that people know by a name: the platform's own inbox


class Item(NamedTuple):
    """One element of a list, with what stands around it."""

    dialect: Dialect
    body: Object
    at: datetime
    address: str | None  # the person's, also where the page spoke
    by: Literal["person", "brand"]
    standby: bool


_STOPS = {"STOP_NOTIFICATIONS": True, "RESUME_NOTIFICATIONS": False}  # with spaces in some texts of the platform's
_HANDOVER_WORDS = {
    "previous_owner_app_id": "from",
    "new_owner_app_id": "to",
    "requested_owner_app_id": "by",
    "metadata": "note",
}
_NOTICE_WORDS = {
    "referral": "Came through a link or an ad",
    "optin": "Agreed to be written to",
    "response_feedback": "Judged an answer",
    "pass_thread_control": "The conversation was passed on",
    "take_thread_control": "The conversation was taken over",
    "request_thread_control": "Somebody asks for the conversation",
}


def events(dialect: Dialect, entry: Object, body: Object, *, standby: bool) -> list[Event]:
    """What the item says: one event for each kind of thing that stands in it."""
    found = _around(dialect, entry, body, standby=standby)
    known = [kind for kind in _KINDS if kind in body]
    if known:
        return [_KINDS[kind](found, kind) for kind in known] + _wishes(found)
    unknown = sorted(set(body) - ENVELOPE)
    if not unknown:
        raise Odd("an item with nothing in it")
    return [_unknown(found, unknown[0])]


def _around(dialect: Dialect, entry: Object, body: Object, *, standby: bool) -> Item:
    sender = person_id(body, "sender") or person_id(body, "optin")  # a checkbox plug-in names its person in there
    recipient = person_id(body, "recipient")
    if sender and recipient and dialect.own not in {sender, recipient}:
        raise Odd("this item belongs to another account")
    at = moment(body.get("timestamp")) or moment(entry.get("time"))
    if at is None:
        raise Odd("there is no usable time")
    echo = sender == dialect.own or flag(thing(body, "message"), "is_echo")
    address = recipient if echo else sender
    return Item(dialect, body, at, None if address == dialect.own else address, "brand" if echo else "person", standby)


def _message(item: Item, name: str) -> Event:
    message = thing(item.body, name)
    mid, address = needed(message_id(message), "mid"), _person(item)
    if flag(message, "is_deleted"):
        return Unsent(id=mid, address=address, at=item.at)
    return Said(
        id=mid,
        address=address,
        at=item.at,
        by=item.by,
        content=_with_origin(item.dialect.content(message), message, item),
        reply_to=message_id(thing(message, "reply_to")),
        correlation=_correlation(message) if item.by == "brand" else None,
        warning=ELSEWHERE if item.standby else None,
    )


def _with_origin(said: Content, message: Object, item: Item) -> Content:
    """What the brand said elsewhere bears the app it was said with."""
    if item.by == "person" or _is_ours(message):
        return said
    app = fact(message, "app_id", 40)
    origin = item.dialect.tools.get(app, app) if app else None
    return replace(said, facts={**said.facts, "sent with": origin}) if origin else said


def _is_ours(message: Object) -> bool:
    metadata = message.get("metadata")
    return isinstance(metadata, str) and metadata.startswith(MARK)


def _correlation(message: Object) -> UUID | None:
    """Our own id, where the echo bears it whole: only the last part of a message that became several does."""
    metadata = message.get("metadata")
    if not isinstance(metadata, str) or not metadata.startswith(MARK):
        return None
    try:
        return UUID(metadata.removeprefix(MARK))
    except ValueError:
        return None


def _edit(item: Item, name: str) -> Event:
    edit = thing(item.body, name)
    return Edited(id=needed(message_id(edit), "mid"), address=_person(item), at=item.at, text=words(edit, "text") or "")


def _reaction(item: Item, name: str) -> Event:
    reaction = thing(item.body, name)
    action = fact(reaction, "action")
    if action not in {"react", "unreact"}:
        raise Odd("a reaction is neither given nor taken away")
    emoji = fact(reaction, "emoji", 16) or _EMOJI.get(str(reaction.get("reaction")), "❔")
    return Reacted(
        id=needed(message_id(reaction), "mid"),
        address=_person(item),
        at=item.at,
        emoji=emoji if action == "react" else None,
        by=item.by,
    )


def _delivery(item: Item, name: str) -> Event:
    return _progress(item, thing(item.body, name), "delivered")


def _seen(item: Item, name: str) -> Event:
    return _progress(item, thing(item.body, name), "read")


def _progress(item: Item, given: Object, status: Literal["delivered", "read"]) -> Event:
    mids = given.get("mids") or []
    if not isinstance(mids, list):
        raise Odd("mids is not a list")
    ids = tuple(needed(message_id({"mid": mid}), "mid") for mid in mids)
    one = message_id(given)
    until = moment(given.get("watermark"))
    if not ids and not one and not until:
        raise Odd("there is neither a message nor a watermark")
    return Progress(status=status, at=item.at, address=_person(item), ids=ids + ((one,) if one else ()), until=until)


def _postback(item: Item, name: str) -> Event:
    postback = thing(item.body, name)
    return _said(item, name, tapped(postback), id=message_id(postback))


def _referral(item: Item, name: str) -> Event:
    return _notice(item, name, referral(thing(item.body, name)))


def _optin(item: Item, name: str) -> Event:
    optin = thing(item.body, name)
    about = facts(
        optin, {"type": "type", "title": "title", "ref": "ref", "notification_messages_frequency": "frequency"}
    )
    return _said(
        item,
        name,
        Content(
            kind=Kind.NOTICE, text=_NOTICE_WORDS.get(name), raw_kind=name, payload=words(optin, "payload"), facts=about
        ),
    )


def _wishes(item: Item) -> list[Event]:
    """Who stops notifications, or wants them again, says so for all that is sent to many."""
    status = thing(item.body, "optin").get("notification_messages_status")
    word = status.replace(" ", "_") if isinstance(status, str) else None
    if word not in _STOPS or item.address is None:
        return []
    return [Opted(address=item.address, at=item.at, stopped=_STOPS[word], scope="bulk", word=clean(word))]


def _feedback(item: Item, name: str) -> Event:
    given = thing(item.body, name)
    return _notice(item, name, facts(given, {"feedback": "feedback", "mid": "about"}), automatic=True)


def _handover(item: Item, name: str) -> Event:
    """Who answers has changed on the brand's side: nobody wrote, so no window opens and nothing is reopened."""
    return _notice(item._replace(by="brand"), name, facts(thing(item.body, name), _HANDOVER_WORDS), automatic=True)


def _app_roles(item: Item, name: str) -> Event:
    roles = "; ".join(
        f"{clean(str(app))[:40]}: {clean(str(role))[:80]}" for app, role in thing(item.body, name).items()
    )
    return Trouble(reason=f"The account's conversation routing was changed ({roles[:300]}).")


def _policy(item: Item, name: str) -> Event:
    given = thing(item.body, name)
    action = fact(given, "action", 40) or "an action"
    return Trouble(
        reason=f"Policy enforcement by {item.dialect.enforcer}: {action}. {fact(given, 'reason') or ''}".strip()
    )


def _unknown(item: Item, name: str) -> Event:
    kind = clean(name)[:80]
    if item.address is None:
        raise Odd(f"an item of a kind not known here, and from nobody: {kind}")
    return _said(item, name, Content(kind=Kind.UNKNOWN, raw_kind=kind))


def _notice(item: Item, name: str, about: dict[str, str], *, automatic: bool = False) -> Event:
    return _said(
        item,
        name,
        Content(kind=Kind.NOTICE, text=_NOTICE_WORDS.get(name), raw_kind=name, facts=about),
        automatic=automatic,
    )


def _said(item: Item, name: str, what: Content, *, id: str | None = None, automatic: bool = False) -> Said:
    """Something without a message's id gets one made from all of it, the same at every delivery."""
    return Said(
        id=id or f"{clean(name)[:40]}:{hashlib.sha256(written(item.body, ordered=True)).hexdigest()[:40]}",
        address=_person(item),
        at=item.at,
        by=item.by,
        content=what,
        automatic=automatic,
        warning=ELSEWHERE if item.standby else None,
    )


def _person(item: Item) -> str:
    return needed(item.address, "person")


_KINDS: dict[str, Callable[[Item, str], Event]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "delivery": _delivery,
    "read": _seen,
    "postback": _postback,
    "referral": _referral,
    "optin": _optin,
    "pass_thread_control": _handover,
    "take_thread_control": _handover,
    "request_thread_control": _handover,
    "app_roles": _app_roles,
    "response_feedback": _feedback,
    "policy-enforcement": _policy,
    "policy_enforcement": _policy,
}
