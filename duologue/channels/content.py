"""What a message holds, in the words of the house."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a message is, as a person would say it. `UNKNOWN` is shown with the platform's own word for it."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    STICKER = "sticker"
    LOCATION = "location"
    CARD = "card"
    TAP = "tap"  # a button, quick reply or menu entry was chosen
    LINK = "link"  # a post, product, reel or page was shared
    STORY = "story"
    COMMENT = "comment"  # said in public, below a post; may be answered in private
    TEMPLATE = "template"
    CALL = "call"
    NOTICE = "notice"  # something happened that nobody said: opt-in, referral, hand-over
    UNKNOWN = "unknown"


class Media(Struct, frozen=True, kw_only=True):
    """A file. Inbound it has `url` (to be fetched at once) or `data`; outbound `data`, and `url` for `takes_links`."""

    kind: Kind  # IMAGE, VIDEO, AUDIO, FILE or STICKER
    name: str | None = None
    mime: str | None = None  # as claimed by the sender; what is stored is judged by content
    url: str | None = None
    data: bytes | None = None
    content_id: str | None = None  # the name by which an HTML body refers to it


class Place(Struct, frozen=True, kw_only=True):
    latitude: float
    longitude: float
    label: str | None = None


class Content(Struct, frozen=True, kw_only=True):
    """What was said. `text` is plain text; `html` is a stranger's mark-up, as it came, never shown unsanitised."""

    kind: Kind = Kind.TEXT
    text: str | None = None
    html: str | None = None
    quoted: str | None = None  # earlier correspondence repeated below the text, folded away on screen
    subject: str | None = None
    media: tuple[Media, ...] = ()
    place: Place | None = None
    link: str | None = None
    payload: str | None = None  # the developer's word behind a tapped button
    choices: tuple[str, ...] = ()  # short answers that are offered to the person for a tap
    raw_kind: str | None = None  # the platform's own name, for UNKNOWN and NOTICE
    facts: Mapping[str, str] = {}  # small named facts worth showing: {"ad": "Spring sale"}
    token: str | None = None  # lets the platform's next answer be cheaper or possible at all; never shown
    template: "Filled | None" = None  # for TEMPLATE: which one, and what was filled in


class Blank(Struct, frozen=True, kw_only=True):
    """A place in a template to be filled in. `name` is unique in it: "body.first_name", "header.1", "button.0"."""

    name: str
    title: str
    example: str = ""
    kind: Kind = Kind.TEXT  # or IMAGE, VIDEO, FILE: the address of one


class Template(Struct, frozen=True, kw_only=True):
    """A message that the platform has approved beforehand. `text` shows it with `{{name}}` where blanks are."""

    id: str  # as the platform's API names it
    name: str
    language: str
    category: str = ""
    text: str
    buttons: tuple[str, ...] = ()
    blanks: tuple[Blank, ...] = ()
    usable: bool = True
    state: str = ""  # the platform's own word: "approved", "paused" …
    reason: str | None = None  # why it cannot be used
    sign: str = ""  # the `name` of the signs by which the platform tells how it fares


class Filled(Struct, frozen=True, kw_only=True):
    """A template chosen and filled in: what `Template.blanks` ask for, by name."""

    id: str
    name: str
    language: str
    values: Mapping[str, str] = {}
