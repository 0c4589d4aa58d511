"""What stands around every event: where it happened, when, and what it lets us do."""

import re
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from duologue.channels.contract import Content
from duologue.channels.line.tokens import Tokens
from duologue.channels.shared.strict import Object, Odd, fact, message_id, moment, thing

ELSEWHERE = "Another program answers this chat at present: what you write may cross with its words."
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PLACES = {"user": "userId", "group": "groupId", "room": "roomId"}


class Around(Struct, frozen=True, kw_only=True):
    """One event with its place: a person, or a group or room that many share."""

    item: Object
    type: str
    address: str
    member: str | None  # who of the group
    at: datetime
    standby: bool

    @property
    def id(self) -> str:
        """The event's own id, for what is no message."""
        found = message_id(self.item, "webhookEventId")
        if found is None:
            raise Odd("there is no webhookEventId")
        return found

    @property
    def warning(self) -> str | None:
        return ELSEWHERE if self.standby else None

    def tokens(self, read: str = "", quote: str = "") -> Tokens:
        """In standby there is no token for an answer, and none would be used."""
        reply = "" if self.standby else fact(self.item, "replyToken", 2000) or ""
        return Tokens(reply=reply, read="" if self.standby else read, quote=quote, at=self.at.timestamp())

    def with_member(self, said: Content) -> Content:
        """In a group it is told which of its members spoke."""
        if not self.member or self.member == self.address:
            return said
        return replace(said, facts={"member": self.member} | dict(said.facts))


def around(item: Object) -> Around | None:
    """None for an event that concerns no conversation at all: the account's own news. Raises `Odd`."""
    kind = fact(item, "type", 100)
    if not kind:
        raise Odd("an event does not say what it is")
    at = moment(item.get("timestamp"))
    if at is None:
        raise Odd("there is no usable time")
    source = thing(item, "source")
    if not source and kind not in {"message", "unsend", "postback", "follow", "unfollow"}:
        return None
    return Around(
        item=item,
        type=kind,
        address=_id(source, _PLACES.get(fact(source, "type") or "", "")),
        member=fact(source, "userId", 100),
        at=at,
        standby=item.get("mode") == "standby",
    )


def _id(source: Object, name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Odd("it is not told who it is from")
    return value
