"""What happened that nobody said: follows, taps, groups, beacons, and what is not known yet."""

from collections.abc import Callable

from duologue.channels.contract import Content, Edited, Event, Kind, Opted, Said
from duologue.channels.line.around import Around
from duologue.channels.line.tokens import packed
from duologue.channels.shared.strict import Object, facts, flag, message_id, thing, things, words

_TOLD = {
    "videoPlayComplete": {"trackingId": "video"},
    "beacon": {"hwid": "beacon", "type": "act"},
    "accountLink": {"result": "result"},
    "membership": {"type": "act", "membershipId": "membership"},
    "delivery": {"data": "data"},
    "module": {"type": "act", "moduleId": "module"},
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
    return [_notice(found, told={"members": ", ".join(ids)[:300]} if ids else {})]


def _edited(found: Around) -> list[Event]:
    """Groups, since 2026. Its shape is not documented well: what does not hold an id and a text is shown as it is."""
    for holder in (thing(found.item, "message"), thing(found.item, "messageEdited"), thing(found.item, "edit")):
        said, text = message_id(holder, "id") or message_id(holder, "messageId"), words(holder, "text")
        if said and text:
            return [Edited(id=said, address=found.address, at=found.at, text=text)]
    return unknown(found)


def _told(found: Around) -> list[Event]:
    holder: Object = thing(found.item, "link" if found.type == "accountLink" else found.type)
    return [_notice(found, told=facts(holder, _TOLD.get(found.type, {})))]


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
    **dict.fromkeys([*_TOLD, "join", "leave"], _told),
}
