"""The events that a bridge tells, as JSON: what may come in, field by field (docs/channels/bridge.md)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Raw, Struct

from duologue.channels.content import Kind

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Short = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=1_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Facts = Annotated[Mapping[Short, Short], Meta(max_length=30)]


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that is not known is an error, so that a misspelt one is not lost in silence."""


class Who(Shape, frozen=True, kw_only=True):
    name: Short | None = None
    email: Short | None = None
    phone: Short | None = None
    locale: Short | None = None
    picture: Annotated[str, Meta(max_length=4000)] | None = None


class File(Shape, frozen=True, kw_only=True):
    url: Annotated[str, Meta(max_length=4000)]
    name: Short | None = None
    mime: Short | None = None
    kind: Literal["image", "video", "audio", "file", "sticker"] = "file"


class Spot(Shape, frozen=True, kw_only=True):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    label: Short | None = None


class Message(Shape, frozen=True, kw_only=True, tag="message"):
    id: Id
    address: Id
    at: Moment
    by: Literal["person", "brand"] = "person"
    kind: Kind | None = None
    raw_kind: Short | None = None
    text: Text | None = None
    subject: Short | None = None
    person: Who = Who()
    files: Annotated[tuple[File, ...], Meta(max_length=30)] = ()
    place: Spot | None = None
    link: Annotated[str, Meta(max_length=4000)] | None = None
    payload: Short | None = None
    facts: Facts = {}
    reply_to: Id | None = None
    aliases: Annotated[tuple[Id, ...], Meta(max_length=10)] = ()
    correlation: UUID | None = None
    automatic: bool = False


class Edit(Shape, frozen=True, kw_only=True, tag="edit"):
    id: Id
    address: Id
    at: Moment
    text: Text


class Unsend(Shape, frozen=True, kw_only=True, tag="unsend"):
    id: Id
    address: Id
    at: Moment


class Reaction(Shape, frozen=True, kw_only=True, tag="reaction"):
    id: Id
    address: Id
    at: Moment
    emoji: Annotated[str, Meta(min_length=1, max_length=64)] | None
    by: Literal["person", "brand"] = "person"


class Status(Shape, frozen=True, kw_only=True, tag="status"):
    status: Literal["sent", "delivered", "read", "failed"]
    at: Moment
    ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] = ()
    address: Id | None = None
    until: Moment | None = None
    correlation: UUID | None = None
    reason: Short | None = None
    facts: Facts = {}


class Opt(Shape, frozen=True, kw_only=True, tag="opt"):
    address: Id
    at: Moment
    stopped: bool
    scope: Literal["bulk", "all"] = "all"
    word: Short | None = None


class Move(Shape, frozen=True, kw_only=True, tag="move"):
    address: Id
    to: Id
    at: Moment


class Health(Shape, frozen=True, kw_only=True, tag="health"):
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    words: Short
    level: Literal["good", "warn", "bad"] = "good"
    until: Moment | None = None


class Problem(Shape, frozen=True, kw_only=True, tag="trouble"):
    reason: Short


Told = Message | Edit | Unsend | Reaction | Status | Opt | Move | Health | Problem


class Batch(Shape, frozen=True, kw_only=True):
    """The body of a call. Each event is read by itself: a broken one takes no other with it."""

    events: list[Raw]
