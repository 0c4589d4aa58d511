"""Draws every page and every piece of one. The same template draws the page, the live fragment and the pending bubble.

A template's name begins with its room: "conversations/row.html". It finds in its context, beside what it is given:
`now`, `locale`, `zone`, `viewer` (a `Viewer` or None), `brand`, `position`, `counts`, `team` and `section`. What each
template wants is written in `html/README.md`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape
from jinja2.runtime import Context
from jinja2.utils import pass_context
from markupsafe import Markup
from msgspec import Struct

from duologue.kernel import clock, ids
from duologue.web import assets, texts, times, words
from duologue.web.compiled import Compiler
from duologue.web.icons import ChannelIcons, icon

ROOMS = Path(__file__).parent.parent
_channel_icon = ChannelIcons(ROOMS / "channels")


class Viewer(Struct, frozen=True, kw_only=True):
    """Who looks at the page."""

    id: UUID
    name: str
    email: str
    role: Literal["administrator", "agent"]
    language: str = words.SOURCE
    theme: Literal["auto", "light", "dark"] = "auto"
    undo_seconds: int = 0
    zone: str = "UTC"


class Counts(Struct, frozen=True, kw_only=True):
    """Open conversations, as the list's tabs and the rail show them."""

    open: int
    mine: int
    unassigned: int
    unread: int


def page(template: str, /, *, viewer: Viewer | None = None, now: datetime | None = None, **context: Any) -> str:
    """The page drawn by this template. `locale` and `zone` are the viewer's where they are not given."""
    whole = _context(viewer, now, context)
    return environment(whole["locale"]).get_template(template).render(whole)


def fragment(
    template: str,
    block: str | None = None,
    /,
    *,
    viewer: Viewer | None = None,
    now: datetime | None = None,
    **context: Any,
) -> str:
    """A piece of a page: the whole template, or one `{% block %}` of it."""
    whole = _context(viewer, now, context)
    found = environment(whole["locale"]).get_template(template)
    if block is None:
        return found.render(whole).strip()
    return "".join(found.blocks[block](found.new_context(whole))).strip()


def _context(viewer: Viewer | None, now: datetime | None, given: dict[str, Any]) -> dict[str, Any]:
    base = {
        "viewer": viewer,
        "now": now or clock.now(),
        "locale": viewer.language if viewer else words.SOURCE,
        "zone": viewer.zone if viewer else "UTC",
    }
    return base | given


def environment(language: str) -> Environment:
    """The templates in this language; in English where it is none of ours."""
    return _made(language if language in words.languages() else words.SOURCE)


@pass_context
def _gettext(context: Context, message: str) -> str:
    return words.catalogue(context["locale"]).gettext(message)


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int) -> str:
    return words.catalogue(context["locale"]).ngettext(one, many, n)


@pass_context
def _translated(context: Context, text: str) -> str:
    """Words that stand in the code of a channel, where its folder brings a translation."""
    return words.say(context["locale"], text)


@pass_context
def _called(context: Context, name: str) -> str:
    """A person's name; for somebody who is only a number so far: "Visitor 3f7e"."""
    return texts.called(name, words.catalogue(context["locale"]).gettext("Visitor %(end)s"))


def _face(name: str, kind: str | None = None) -> Markup:
    return texts.face(name, _channel_icon(kind) if kind else None)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(at: datetime) -> int:
    """As fine as the database orders by; a browser still counts that exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


_FILTERS: dict[str, Callable[..., Any]] = {
    "when": times.when,
    "clock": times.clock,
    "day": times.day,
    "full": times.full,
    "left": times.left,
    "about": times.about,
    "due": times.due,
    "size": times.size,
    "number": times.number,
    "ms": _milliseconds,
    "us": _microseconds,
    "translated": _translated,
    "called": _called,
    "language": times.language,
    "linkify": texts.linkify,
    "opening": texts.opening,
    "is_long": texts.is_long,
    "only_emoji": texts.only_emoji,
    "web_address": texts.web_address,
}
_KNOWN: dict[str, Any] = {
    "asset": assets.asset,
    "icon": icon,
    "channel_icon": _channel_icon,
    "face": _face,
    "map_address": texts.map_address,
    "languages": words.languages,
    "fresh_key": ids.new,
    "brand": "Duologue",
    "position": "",
    "counts": None,
    "team": (),
    "section": "inbox",
}


@cache
def _made(language: str) -> Environment:
    environment = Compiler(
        translate=words.catalogue(language).gettext,
        known={"icon": icon, "asset": assets.asset},
        loader=_loader(),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        auto_reload=False,  # else the disk is asked for the age of each of them, a hundred times a page
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
    )
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(_FILTERS)
    environment.globals.update(_KNOWN)
    return environment


@cache
def _loader() -> PrefixLoader:
    return PrefixLoader({room: FileSystemLoader(folder) for room, folder in _folders().items()})


def _folders() -> dict[str, Path]:
    """Where templates are, by the first part of their name: "conversations/row.html", "guide/<kind>/connect.html"."""
    rooms = {path.parent.name: path for path in ROOMS.glob("*/html") if path.is_dir()}
    return rooms | {"guide": ROOMS / "channels"}
