"""Strangers' words and mark-up, made harmless."""

import re
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import quote

import nh3
from markupsafe import Markup, escape
from msgspec import Struct

from duologue.web import weight
from duologue.web.icons import icon

HUES = 12
OPENING = 20_000
"""So many characters of a text are drawn; all of it only where somebody asks for it. All of it is kept."""
_LINK = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"]+|\bmailto:[^\s<>\"]+|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.I
)
_EMOJI = re.compile(r"(?:[\u2600-\u27BF\u2B50\u2764\U0001F1E6-\U0001FAFF][\uFE0F\u200D\U0001F3FB-\U0001F3FF]*){1,6}")
_NUMBER = re.compile(r"(?=.*\d)[\w:.+-]+")
_TAIL = ".,;:!?'\"»“”’…"
_REL = "noopener noreferrer nofollow"

TAGS = (
    {"a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "dd", "del", "div", "dl"}
    | {"dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "q", "s"}
    | {"small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u"}
    | {"ul"}
)
ATTRIBUTES = {
    "*": {"title", "dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan", "align", "valign", "width"},
    "th": {"colspan", "rowspan", "align", "valign", "width", "scope"},
    "table": {"width", "align"},
}


class Clean(Struct, frozen=True):
    """Harmless mark-up, and how many remote pictures were left out of it."""

    html: Markup
    held_back: int


def sanitise(
    html: str,
    *,
    inline: Callable[[str], str | None] = lambda content_id: None,
    remote: Callable[[str], str | None] = lambda url: None,
) -> Clean:
    """A stranger's HTML by a strict allow-list, for a sandboxed frame of its own.

    `inline` gives the address of an attached picture by its content id, `remote` that of a picture elsewhere (of a
    proxy's copy); None leaves it out. Of what would take too long to parse, the words are left.
    """
    if weight.is_too_heavy(html):
        return Clean(Markup("<pre>{}</pre>").format(weight.words_of(html)), 0)
    held = 0

    def attribute(tag: str, name: str, value: str) -> str | None:
        nonlocal held
        if (tag, name) != ("img", "src"):
            return value
        if value.lower().startswith("cid:"):
            return inline(value[4:].strip("<>"))
        shown = remote(value) if re.match(r"https?://", value, re.I) else None
        held += shown is None
        return shown

    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        clean_content_tags={
            "script",
            "style",
            "title",
            "head",
            "noscript",
            "template",
            "svg",
            "math",
            "iframe",
            "object",
        },
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel=_REL,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    return Clean(Markup(clean), held)  # noqa: S704 - allowed tags and attributes only


def linkify(text: str | None) -> Markup:
    """Plain text with its web and mail addresses made into links; everything else is escaped."""
    plain, pieces, at = text or "", [], 0
    for found in _LINK.finditer(plain):
        shown = _trimmed(found[0])
        pieces += [escape(plain[at : found.start()]), _anchor(shown)]
        at = found.start() + len(shown)
    return Markup().join([*pieces, escape(plain[at:])])


def opening(text: str | None, whole: bool = False) -> str:
    """As much of the text as is drawn unasked. A browser takes minutes over some texts of a million signs."""
    return text or "" if whole or len(text or "") <= OPENING else f"{(text or '')[:OPENING]}…"


def is_long(texts: Iterable[str | None]) -> bool:
    """Whether more is kept than `opening` shows, in any of them."""
    return any(len(text or "") > OPENING for text in texts)


def only_emoji(text: str | None) -> bool:
    """A few emoji and nothing else: drawn large, as on a phone."""
    return bool(text and len(text) <= 12 and _EMOJI.fullmatch(text.strip()))


def is_number(name: str) -> bool:
    """A platform's id where no name is known: long, without a gap, with figures in it, and no mail address."""
    return len(name) >= 16 and "@" not in name and bool(_NUMBER.fullmatch(name))


def called(name: str, visitor: str = "Visitor %(end)s") -> str:
    """A person's name; for somebody who is only a number so far: "Visitor 3f7e"."""
    return visitor % {"end": name[-4:]} if is_number(name) else name


def web_address(url: str | None) -> str | None:
    """The address, where it is one that a browser may be sent to."""
    return url if url and re.match(r"https?://[^\s/]", url, re.I) else None


def map_address(latitude: float, longitude: float) -> str:
    """The geo: address of a place, opened by whatever map the agent's device has."""
    return f"geo:{latitude:.6f},{longitude:.6f}?q={latitude:.6f},{longitude:.6f}"


@lru_cache(4096)
def face(name: str, badge: Markup | None = None) -> Markup:
    """Initials on a colour that stays the same for the same name; decoration only, the name stands beside it."""
    hue = zlib.crc32(name.encode()) % HUES
    mark = Markup('<span class="ch">{}</span>').format(badge) if badge else Markup()
    return Markup('<span class="face h-{}" aria-hidden="true">{}{}</span>').format(hue, initials(name), mark)


def initials(name: str) -> Markup:
    """At most two letters; one for scripts written without spaces; a figure where the name has no letters."""
    words = [word for word in re.split(r"[\s._@-]+", name) if word and word[0].isalpha()]
    if not words:
        return icon("user")
    if len(words) == 1 or ord(words[0][0]) > 0x2E7F:
        return escape(words[0][0].upper())
    return escape((words[0][0] + words[-1][0]).upper())


def _anchor(shown: str) -> Markup:
    if shown.lower().startswith(("http://", "https://", "mailto:")):
        href = shown
    else:
        href = f"https://{shown}" if shown.lower().startswith("www.") else f"mailto:{quote(shown, safe='@+.-_')}"
    return Markup('<a href="{}" target="_blank" rel="{}">{}</a>').format(href, _REL, shown)


def _trimmed(found: str) -> str:
    """Without the punctuation that belongs to the sentence around it."""
    unopened = {end: found.count(end) - found.count(start) for start, end in ("()", "[]", "{}")}
    last = len(found)
    while last and (found[last - 1] in _TAIL or unopened.get(found[last - 1], 0) > 0):
        last -= 1
        if found[last] in unopened:
            unopened[found[last]] -= 1
    return found[:last]
