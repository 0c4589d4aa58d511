"""What happened that nobody said: follows, taps, groups, beacons, and what is not known yet."""

from collections.abc import Callable

from duologue.channels.contract import Content, Edited, Event, Kind, Opted, Said, Sign
from duologue.channels.line.around import Around
from duologue.channels.line.tokens import packed
from duologue.channels.shared.strict import Object, fact, facts, flag, message_id, thing, things, words

_TOLD = {
    "videoPlayComplete": {"trackingId": "video"},
    "beacon": {"hwid": "beacon", "type": "act"},
    "accountLink": {"result": "result"},
    "membership": {"type": "act", "membershipId": "membership"},
    "delivery": {"data": "data"},
    "module": {"type": "act", "moduleId": "module"},
}
_WORDS = {
    "videoPlayComplete": "Has seen the video to its end",
    "beacon": "Came near a beacon",
    "accountLink": "Linked an account",
    "membership": "Changed a membership",
    "delivery": "A message to their telephone number has arrived",
    "module": "A module was attached or detached",
    "activated": "This account's chats may be answered by this program",
    "deactivated": "Another program answers this account's chats",
    "join": "The account was added here",
    "leave": "The account was removed here",
    "memberJoined": "People have joined",
    "memberLeft": "People have left",
}


def _follow(found: Around) -> list[Event]:
    """A friend again, or for the first time: may be written to."""
    again = flag(thing(found.item, "follow"), "isUnblocked")
    text = "Unblocked the account" if again else "Added the account as a friend"
    return [_notice(found, text=text), _opted(found, stopped=False)]


def _unfollow(found: Around) -> list[Event]:
    """Blocked: what is sent now is taken by LINE and lost, so nothing is."""
    return [_notice(found, text="Blocked the account"), _opted(found, stopped=True)]


def _opted(found: Around, *, stopped: bool) -> Opted:
    return Opted(address=found.address, at=found.at, stopped=stopped, scope="all", word=found.type)


def _postback(found: Around) -> list[Event]:
    """A tap on a button of ours; a date picker and a rich menu tell more than the button's own word."""
    postback = thing(found.item, "postback")
    data, params = words(postback, "data"), thing(postback, "params")
    names = {name: name for name in ("datetime", "date", "time", "newRichMenuAliasId", "status")}
    told = facts(params, names)
    content = Content(
        kind=Kind.TAP,
        text=next((told[name] for name in ("datetime", "date", "time") if name in told), data),
        payload=data,
        facts=told,
        raw_kind="postback",
        token=packed(found.tokens()),
    )
    return [_said(found, content)]


def _members(found: Around) -> list[Event]:
    """Who has come to a group, or gone from it."""
    name = "joined" if found.type == "memberJoined" else "left"
    ids = [one for member in things(thing(found.item, name), "members") if isinstance(one := member.get("userId"), str)]
    told = {"members": ", ".join(ids)[:300]} if ids else {}
    return [_notice(found, text=_WORDS[found.type], told=told)]


def _edited(found: Around) -> list[Event]:
    """Groups, since 2026. Its shape is not documented well: what does not hold an id and a text is shown as it is."""
    for holder in (thing(found.item, "message"), thing(found.item, "messageEdited"), thing(found.item, "edit")):
        said, text = message_id(holder, "id") or message_id(holder, "messageId"), words(holder, "text")
        if said and text:
            return [Edited(id=said, address=found.address, at=found.at, text=text)]
    return unknown(found)


def _told(found: Around) -> list[Event]:
    holder: Object = thing(found.item, "link" if found.type == "accountLink" else found.type)
    return [_notice(found, text=_WORDS[found.type], told=facts(holder, _TOLD.get(found.type, {})))]


def of_the_account(item: Object) -> list[Event]:
    """What concerns no conversation: how the account itself stands. What else there may be tells nothing here."""
    match fact(item, "type", 100):
        case "botSuspended":
            words = "LINE has suspended the account: see its notices in the Official Account Manager."
            return [Sign(name="Account", words=words, level="bad")]
        case "botResumed":
            return [Sign(name="Account", words="LINE lets the account send again.")]
        case "deactivated":
            return [Sign(name="Chats", words="Another program answers this account's chats.", level="warn")]
        case "activated":
            return [Sign(name="Chats", words="This account's chats may be answered by this program.")]
        case _:
            return []


def unknown(found: Around) -> list[Event]:
    """Shown with LINE's own word for it."""
    return [_said(found, Content(kind=Kind.UNKNOWN, raw_kind=found.type, token=packed(found.tokens())))]


def _notice(found: Around, *, text: str | None = None, told: dict[str, str] | None = None) -> Said:
    token = packed(found.tokens())
    return _said(found, Content(kind=Kind.NOTICE, raw_kind=found.type, text=text, facts=told or {}, token=token))


def _said(found: Around, content: Content) -> Said:
    return Said(
        id=found.id, address=found.address, at=found.at, content=found.with_member(content), warning=found.warning
    )


NOTICES: dict[str, Callable[[Around], list[Event]]] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "postback": _postback,
    "memberJoined": _members,
    "memberLeft": _members,
    "messageEdited": _edited,
    **dict.fromkeys([*_TOLD, "join", "leave", "activated", "deactivated"], _told),
}
