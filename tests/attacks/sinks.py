# ruff: noqa: E501 (a sink a line)
"""Every place where a screen shows what strangers wrote: the real templates, with a stranger's text in every field."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace as Thing
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from jinja2 import nodes
from msgspec import Struct

from duologue.accounts.model import SignRow
from duologue.channels.content import Blank, Template
from duologue.channels.contract import Check, Kind, Place
from duologue.channels.registry import channels
from duologue.conversations.model import Bubble, Quote, Reaction, Status
from duologue.web import render
from tests.screens import gallery, proposals
from tests.screens import people as cast
from tests.screens import things as more

CHOSEN = frozenset({"kind", "channel_kind", "state", "status", "role", "theme", "by", "level", "person", "position", "mime",
                    "frame_url", "language", "zone"})  # fmt: skip
"""Fields that are text but hold a word of ours, out of a few."""
PLANTED: set[str] = set()
"""Names of fields that have borne a stranger's text."""


def tainted(thing: Any, text: str, name: str = "") -> Any:
    """The same thing, with `text` in every place in which text stands."""
    if isinstance(thing, Struct):
        hints = get_type_hints(type(thing))
        new = {
            field: tainted(getattr(thing, field), text, field) if getattr(thing, field) is not None else _text(hints[field], field, text)
            for field in thing.__struct_fields__
        }  # fmt: skip
        kept = {field: getattr(thing, field) for field in new if _chosen(hints[field]) or field in CHOSEN}
        return msgspec.structs.replace(thing, **(new | kept))
    if isinstance(thing, Thing):
        return Thing(**{field: tainted(value, text, field) for field, value in vars(thing).items()})
    if isinstance(thing, Mapping):
        return {
            key if name in {"errors", "values"} else text: tainted(value, text, name) for key, value in thing.items()
        }
    if isinstance(thing, list | tuple):
        return type(thing)(tainted(one, text, name) for one in thing)
    if type(thing) is str and name not in CHOSEN:
        PLANTED.add(name)
        return text
    return thing


def _text(hint: Any, name: str, text: str) -> str | None:
    """The text, where the field may have one."""
    if str in get_args(hint) and name not in CHOSEN:
        PLANTED.add(name)
        return text
    return None


def _chosen(hint: Any) -> bool:
    """A Literal, where nothing but one of its words can stand."""
    return get_origin(hint) is not None and all(type(one) is str for one in get_args(hint) if one is not type(None))


# -------------------------------------------------------------------------------------------------------------- bubbles


def bubbles(number: int, text: str) -> list[Bubble]:
    """A message of each sort that is drawn differently, with the text in all of its fields."""
    at, base = cast.NOW, number * 20
    whole: dict[str, Any] = {
        "subject": text, "quoted": text, "facts": {text: text}, "choices": (text,), "warning": text, "edited": (text,),
        "reactions": (Reaction(text, "person"),), "reply_to": Quote(id=cast.uid(1), who=text, text=text),
    }  # fmt: skip
    PLANTED.update(
        {
            *whole,
            "text",
            "who",
            "emoji",
            "value",
            "name",
            "label",
            "payload",
            "raw_kind",
            "reason",
            "choice",
            "link",
            "author_name",
        }
    )
    files = tuple(
        cast.file(base + n, text, "x/y", kind, state=state, reason=text if state == "failed" else None)
        for n, (kind, state) in enumerate(
            [(Kind.FILE, "stored"), (Kind.FILE, "failed"), (Kind.FILE, "pending"), (Kind.IMAGE, "stored"),
             (Kind.VIDEO, "stored"), (Kind.STICKER, "stored")]
        )
    )  # fmt: skip
    ours: dict[str, Any] = {"author_name": text, "reason": text}
    return [
        cast.theirs(base, text, at, **whole),
        cast.theirs(base + 1, None, at, kind=Kind.LOCATION, place=Place(latitude=1.5, longitude=2.5, label=text)),
        cast.theirs(base + 2, None, at, kind=Kind.TAP, payload=text),
        cast.theirs(base + 3, text, at, kind=Kind.CALL),
        cast.theirs(base + 4, text, at, kind=Kind.UNKNOWN, raw_kind=text),
        cast.theirs(base + 5, text, at, kind=Kind.NOTICE, facts={text: text}),
        cast.theirs(base + 6, None, at, kind=Kind.NOTICE, raw_kind=text),
        cast.theirs(base + 7, text, at, kind=Kind.FILE, files=files),
        cast.theirs(base + 8, text, at, kind=Kind.LINK, link=f"https://third.example/{text}"),
        cast.theirs(base + 9, text, at, kind=Kind.STORY, raw_kind=text),
        cast.ours(base + 10, text, at, Status.FAILED, **ours),
        cast.ours(base + 11, text, at, Status.UNKNOWN, **ours),
        cast.ours(base + 12, text, at, Status.SENT, choices=(text,), author_name=text),
    ]


def drawn(template: str, **context: Any) -> str:
    always = {"viewer": cast.ANA, "now": cast.NOW, "brand": "Lume", "counts": cast.COUNTS, "team": cast.TEAM}
    return render.fragment(template, **(always | context))


def bubble(number: int, text: str) -> str:
    kinds = bubbles(number, text)
    return "".join([*(drawn("conversations/bubble.html", b=one) for one in kinds), _menu(kinds[0])])


def _menu(message: Bubble) -> str:
    """What its menu holds when it is opened, with everything that can be done to a message."""
    able = msgspec.structs.replace(message, can=("react", "edit", "unsend"), signs=("👍",))
    return drawn("conversations/acts_sheet.html", b=able)


# ---------------------------------------------------------------------------------------------- the rest of the screens

TEMPLATE = Template(
    id="t", name="x", language="en", category="x", text="x", buttons=("x",), blanks=(Blank(name="x", title="x", example="x"),),
    state="x", reason="x",
)  # fmt: skip


def _row(number: int, text: str) -> Any:
    row = tainted(cast.row(9000 + number, "x", "x", assignee_id=cast.BEN.id, assignee_name="x"), text)
    return msgspec.structs.replace(row, unread=2)


def _talk(number: int, text: str) -> Any:
    talk = msgspec.structs.replace(
        cast.talk((), draft="x", verdict=cast.PAUSED), row=_row(number, text), address=text, draft=text
    )
    return msgspec.structs.replace(talk, verdict=tainted(cast.PAUSED, text))


def _viewer(text: str) -> Any:
    return msgspec.structs.replace(cast.ANA, name=text, email=text)


def _templates(number: int, text: str) -> str:
    usable = tainted(TEMPLATE, text)
    listed = [usable, msgspec.structs.replace(usable, usable=False)]
    return drawn(
        "conversations/templates.html",
        templates=listed,
        previews={text + text: text, f"{text}en": text},
        conversation=cast.MIA,
        words=text,
    )


def _screen(
    template: str, context: Callable[[], dict[str, Any]], keep: Mapping[str, Any] | None = None
) -> Callable[[int, str], str]:
    """What stands in the page's <main>, with the text in all that the page is given."""

    def make(number: int, text: str) -> str:
        given = {name: tainted(value, text, name) for name, value in context().items()} | dict(keep or {})
        whole = gallery.draw(template, **({"viewer": _viewer(text)} | given))
        return whole.partition("<main")[2].partition(">")[2].rpartition("</main>")[0]

    return make


def _connected() -> dict[str, Any]:
    known = more.connected()
    return known | {
        "channel": more.channel("messenger", "x", "x", "trouble", trouble="x", address="x"),
        "errors": {"port": "x"},
        "public_url": "x",
    }


def _guides(number: int, text: str) -> str:
    """What tells an administrator how to connect each platform, with the settings in it."""
    drawings = []
    for kind, channel in channels().items():
        if (render.ROOMS / "channels" / kind / "connect.html").exists():
            settings = tainted(channel.secret() if channel.secret else channel.settings(), text)
            about = more.channel(kind, "x", "x", "on")
            drawings.append(
                drawn(
                    f"guide/{kind}/connect.html",
                    settings=settings,
                    channel=about,
                    webhook_url=text,
                    public_url="http://x.example",
                )
            )
    return "".join(drawings)


def _proposals(number: int, text: str) -> str:
    given = {name: tainted(value, text, name) for name, value in proposals.states(words="x").items()}
    states = drawn("conversations/proposal_states.html", **given)
    return gallery.draw(
        "conversations/proposals.html", **proposals.around(name=text, kind="web", title=text, states=states)
    )


def _list(number: int, text: str) -> str:
    PLANTED.update({"next", "draft", "previews", "button"})
    return drawn(
        "conversations/list.html",
        rows=[_row(number, text)],
        next=text,
        filter="open",
        channels_connected=True,
        selected=None,
    )


def _signs(number: int, text: str) -> str:
    sign = tainted(SignRow(name="x", words="x", level="bad", until=cast.NOW, at=cast.NOW), text)
    checks = [tainted(Check(name="x", ok=False, words="x", todo="x"), text)]
    return drawn("channels/signs.html", signs=[sign]) + drawn("channels/checks.html", checks=checks)


SINKS: dict[str, Callable[[int, str], str]] = {
    "row": lambda n, text: drawn("conversations/row.html", row=_row(n, text)),
    "head": lambda n, text: drawn("conversations/head.html", row=_row(n, text), address=text, team=(Thing(id=cast.uid(77), name=text),)),
    "head of one nobody has": lambda n, text: drawn("conversations/head.html", row=_row(n, text), address="x", team=(Thing(id=cast.uid(77), name=text),)),
    "work": lambda n, text: drawn("conversations/work.html", talk=_talk(n, text), contact=tainted(cast.contact(), text), viewer=_viewer(text)),
    "about": lambda n, text: drawn("conversations/about.html", row=_row(n, text), contact=tainted(cast.contact(), text)),
    "verdict": lambda n, text: drawn("conversations/verdict.html", verdict=tainted(cast.CLOSED, text), conversation=cast.MIA),
    "templates": _templates,
    "guides": _guides,
    "proposals": _proposals,
    "proposal": _screen("conversations/proposal.html", lambda: {**proposals.form(), "errors": dict.fromkeys(proposals.ERRORS, "x") | {"": "x"}}, {"takes": proposals.form()["takes"], "kind": "web"}),
    "list": _list,
    "kinds": _screen("channels/new.html", lambda: {"kinds": more.KINDS, "about": more.ABOUT}),
    "told": lambda n, text: drawn("web/told.html", words=text),
    "signs": _signs,
    "phone": lambda n, text: drawn("web/phone.html", phone=tainted(more.phones()[0], text)),
    "quarantine": _screen("mailroom/quarantine.html", lambda: {"items": more.quarantine()}, {"next": None}),
    "channels": _screen("channels/list.html", lambda: {"channels": more.channels()}),
    "channel": _screen("channels/connect.html", _connected, {"kind": "messenger"}),
    "team": _screen("team/members.html", more.team),
    "keys": _screen("team/keys.html", more.keys),
    "profile": _screen("team/profile.html", lambda: {"values": cast.ANA, "sessions": more.sessions(), "errors": {"name": "x"}, "saved": "x"}),
    "sign-in": _screen("team/sign_in.html", lambda: {"error": "x", "email": "x", "next": "x"}, {"viewer": None}),
    "invite": _screen("team/invite.html", lambda: {"email": "x", "role": "agent", "errors": {"name": "x"}, "values": {}}, {"viewer": None}),
    "error": _screen("web/error.html", lambda: {"title": "x", "words": "x"}, {"status": 404, "back": "/", "locale": "en", "viewer": None}),
    "bubble": bubble,
}  # fmt: skip
"""Name -> what stands there, for the text of this number."""
TEMPLATES = {
    "conversations/row.html", "conversations/head.html", "conversations/work.html", "conversations/about.html", "conversations/verdict.html",
    "conversations/templates.html", "conversations/proposals.html", "conversations/proposal.html", "conversations/proposal_states.html", "web/told.html", "channels/signs.html", "channels/checks.html", "web/phone.html", "mailroom/quarantine.html",
    "channels/list.html", "channels/connect.html", "team/members.html", "team/keys.html", "team/profile.html", "team/sign_in.html",
    "team/invite.html", "web/error.html", "conversations/bubble.html", "conversations/acts_sheet.html", "conversations/list.html", "channels/new.html",
    *(f"guide/{kind}/connect.html" for kind in channels()),
}  # fmt: skip
"""Those above, by file; what they include comes with them."""


# ------------------------------------------------------------------------------------------------------- the inventory


def printed() -> Iterator[tuple[str, str]]:
    """Every template and what it prints: the last name of each expression."""
    environment = render.environment("en")
    for template in sorted(environment.list_templates()):
        if not template.endswith(".html") or template.startswith("guide/html/"):
            continue
        assert environment.loader
        tree = environment.parse(environment.loader.get_source(environment, template)[0])
        for output in tree.find_all(nodes.Output):
            for expression in output.nodes:
                if not isinstance(expression, nodes.TemplateData):
                    yield from ((template, name) for name in _names(expression))


NOT_STRANGERS = {
    "conversations/tab_count.html": "its `name` is that of a tab",
    "conversations/inbox.html": "its title is drawn whole by test_the_title_of_the_window_is_words",
    "channels/sign_in.html": "its channel and its provider are of whoever administers",
    "mailroom/leave.html": "it names the brand alone",
    "web/playground.html": "it names the doubles, in a demo alone",
}
OURS = {
    *("about", "accent", "autocomplete", "back", "brand", "image", "key", "sheet", "open", "filter", "type", "minlength", "placeholder"),  # of the program
    *("assignee_id", "client_key", "conversation", "conversation_id", "whose", "index", "number", "earlier", "seq", "us", "position"),  # ids, places
    *("at", "created_at", "due_at", "expires_at", "last_at", "last_in_at", "last_out_at", "last_seen_at", "last_used_at", "now",
      "provider_time", "received_time", "seen_at", "since", "snoozed_until", "until", "window_closes_at"),  # moments
    *("direction", "kind", "channel_kind", "level", "person", "role", "state", "status", "theme", "language", "frame_url"),  # a word of a few
    *("file_limit", "files_each", "held_back", "latitude", "longitude", "left", "size", "text_limit", "text_unit", "typing_out", "unread"),  # numbers
    "body",  # mark-up that has been cleaned: test_browser_mail
    *("fields", "secret", "values", "standing", "redirect", "host", "to"),  # of settings: of whoever administers
    *("channel", "files", "high", "wide", "whole", "pictures", "wrong", "one", "types", "field", "header", "body_limit", "button_limit",
      "footer_limit", "header_limit"),  # ids, numbers, yes or no, a word of a few
    *("minutes", "times", "trouble_at", "waiting", "waiting_since"),  # numbers and moments of an account's health
    *("why",),  # where an answer went wrong: the reason that is drawn before, named once
    *("blank", "rest", "sample", "states"),  # of a template: of whoever administers; drawn before
}  # fmt: skip
"""Names that are printed and hold nothing of a stranger's."""


def _names(node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.Getattr():
            yield node.attr
        case nodes.Name():
            yield node.name
        case nodes.Compare() | nodes.Test():
            return
        case nodes.CondExpr():
            yield from _names(node.expr1)
            if node.expr2:
                yield from _names(node.expr2)
        case nodes.Call():
            for one in [*node.args, *(keyword.value for keyword in node.kwargs)]:
                yield from _names(one)
        case _:
            for one in node.iter_child_nodes():
                yield from _names(one)


def together(templates: set[str]) -> set[str]:
    """These, and all that they include or build on."""
    environment, found = render.environment("en"), set(templates)
    assert environment.loader
    for template in templates:
        tree = environment.parse(environment.loader.get_source(environment, template)[0])
        named = {
            node.template.value
            for node in tree.find_all((nodes.Include, nodes.Extends))
            if isinstance(node.template, nodes.Const)
        }
        found |= together(named - found) if named - found else set()
    return found


def squashed(text: str) -> str:
    """Without what a parser of HTML turns into something else, or drops: white space, NUL."""
    return re.sub(r"[\s\x00\x1c-\x1f\ufeff\ufffd]+", "", text)
