"""What a call brings, as events of the house."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from duologue.channels.contract import Content, Event, Kind, Opted, Place, Progress, Raw, Said, Sign, Unreadable
from duologue.channels.shared.strict import Object, Odd, fact, message_id, moment, thing, words
from duologue.channels.wechat.content import content, place
from duologue.channels.wechat.form import fields
from duologue.channels.wechat.settings import Settings

TEMPLATE = "template:"  # before the number of a template message, which is counted apart from people's messages
_OPEN_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_WORDS = {
    "subscribe": "Follows the account",
    "unsubscribe": "No longer follows the account",
    "scan": "Scanned a code of the account",
    "location": "Shares where they are",
    "kf_create_session": "WeChat's own desk has taken the conversation",
    "kf_close_session": "WeChat's own desk has ended the conversation",
    "kf_switch_session": "WeChat's own desk has passed the conversation on",
    "user_enter_tempsession": "Came from a mini program",
}
_TAPS = {"click", "view", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
         "location_select", "view_miniprogram"}  # fmt: skip
_OPENING = {"click", "scancode_push", "scancode_waitmsg", "subscribe", "scan"}
"""What lets one answer for a moment, as it is told; after the others only what comes of them does."""
_FACTS = {
    "Ticket": "ticket",
    "MenuId": "menu",
    "KfAccount": "desk",
    "FromKfAccount": "from",
    "ToKfAccount": "to",
    "Precision": "precision",
    "SessionFrom": "from",
}


class Around(Struct, frozen=True, kw_only=True):
    """An event with what stands around it."""

    item: Object
    name: str  # as WeChat writes it
    address: str
    at: datetime

    @property
    def key(self) -> str:
        return words(self.item, "EventKey") or "" if not isinstance(self.item.get("EventKey"), dict) else ""

    @property
    def id(self) -> str:
        """Events bear no id: who, when, what and which key are told apart, as WeChat advises."""
        told = hashlib.sha256(self.key.encode()).hexdigest()[:16]
        name = hashlib.sha256(self.name.encode()).hexdigest()[:16]
        return f"event:{self.address}:{int(self.at.timestamp())}:{name}:{told}"


def read(settings: Settings, raw: Raw) -> list[Event]:
    """What the message or event says. Never raises."""
    try:
        return _item(settings, fields(raw.body))
    except (Odd, ValueError, RecursionError) as error:
        return [Unreadable(reason=str(error)[:300], item=raw.body)]
    except Exception as error:  # a mistake of ours costs one message, which can be replayed
        words = f"this was not foreseen: {type(error).__name__}"
        return [Unreadable(reason=words[:300], item=raw.body)]


def _item(settings: Settings, item: Object) -> list[Event]:
    kind = fact(item, "MsgType", 100)
    at = moment(item.get("CreateTime"))
    if not kind or at is None:
        raise Odd("it does not tell what it is, or when it was")
    if kind == "event":
        return _event(item, at)
    said = message_id(item, "MsgId")
    if said is None:
        raise Odd("there is no MsgId")
    told = content(settings, item, kind)
    opens = "tap" if told.kind is Kind.TAP else ""  # of a menu below a message: it counts as a tap of the account's own
    return [Said(id=said, address=_address(item), at=at, content=told, opens=opens)]


def _event(item: Object, at: datetime) -> list[Event]:
    name = fact(item, "Event", 100)
    if not name:
        raise Odd("an event does not say what it is")
    low = name.lower()
    if low == "masssendjobfinish":
        return [_mass(item)]
    found = Around(item=item, name=name, address=_address(item), at=at)
    if low == "templatesendjobfinish":
        return [_template(found)]
    if low in _TAPS:
        return [_said(found, _tap(found))]
    return _EVENTS.get(low, _unknown)(found)


def _template(found: Around) -> Progress:
    """“failed:user block” and “failed: system failed”: the spaces vary."""
    number = message_id(found.item, "MsgID") or message_id(found.item, "MsgId")
    if number is None:
        raise Odd("there is no MsgID")
    status = "".join((fact(found.item, "Status") or "").lower().split())
    return Progress(
        status="delivered" if status == "success" else "failed",
        at=found.at,
        ids=(TEMPLATE + number,),
        reason=None if status == "success" else _why(status),
    )


def _why(status: str) -> str:
    reason = f"WeChat could not deliver it ({status or '?'})"
    if status == "failed:userblock":
        reason = "this person does not take the account's messages"
    return reason


def _mass(item: Object) -> Sign:
    """The account's own broadcast has ended; it belongs to no conversation."""
    told = {name: fact(item, name, 40) or "?" for name in ("Status", "TotalCount", "SentCount", "ErrorCount")}
    words = f"{told['Status']}: {told['SentCount']} of {told['TotalCount']} sent, {told['ErrorCount']} failed."
    return Sign(name="Mass message", words=words, level="good" if told["Status"] == "send success" else "warn")


def _tap(found: Around) -> Content:
    """A menu entry was chosen; scanning and choosing a place tell more than the entry's own key."""
    scan, where = thing(found.item, "ScanCodeInfo"), thing(found.item, "SendLocationInfo")
    pictures = thing(found.item, "SendPicsInfo")
    told = {"pictures": fact(pictures, "Count", 10), "scanned": fact(scan, "ScanResult")}
    key = found.key
    return Content(
        kind=Kind.TAP,
        text=words(scan, "ScanResult") or words(where, "Label") or key or None,
        payload=key or None,
        link=key if found.name.lower() == "view" and key.startswith(("http://", "https://")) else None,
        place=place(where, "Location_X", "Location_Y") if where else None,
        facts=_facts(found) | {name: value for name, value in told.items() if value},
        raw_kind=found.name,
    )


def _follow(found: Around) -> list[Event]:
    opted = Opted(
        address=found.address, at=found.at, stopped=found.name.lower() == "unsubscribe", scope="all", word=found.name
    )
    return [*_notice(found), opted]


def _notice(found: Around) -> list[Event]:
    scene = found.key.removeprefix("qrscene_")
    where: Place | None = None
    if found.name.upper() == "LOCATION":
        where = place(found.item, "Latitude", "Longitude")
    content = Content(
        kind=Kind.NOTICE,
        text=_WORDS[found.name.lower()],
        raw_kind=found.name,
        place=where,
        payload=scene or None,
        facts=_facts(found) | ({"code": scene[:300]} if scene else {}),
    )
    return [_said(found, content)]


def _unknown(found: Around) -> list[Event]:
    """Shown with WeChat's own word for it."""
    return [_said(found, Content(kind=Kind.UNKNOWN, raw_kind=found.name, facts=_facts(found)))]


def _facts(found: Around) -> dict[str, str]:
    told = [(ours, fact(found.item, theirs)) for theirs, ours in _FACTS.items()]
    return {name: value for name, value in told if value}


def _said(found: Around, content: Content) -> Said:
    opens = "tap" if found.name.lower() in _OPENING else "nothing"
    return Said(id=found.id, address=found.address, at=found.at, content=content, opens=opens)


def _address(item: Object) -> str:
    value = item.get("FromUserName")
    if not isinstance(value, str) or not _OPEN_ID.fullmatch(value):
        raise Odd("it is not told who it is from")
    return value


_EVENTS: dict[str, Callable[[Around], list[Event]]] = {
    **dict.fromkeys(_WORDS, _notice),
    "subscribe": _follow,
    "unsubscribe": _follow,
}
