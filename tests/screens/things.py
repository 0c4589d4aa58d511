"""What the settings and the playground show in the gallery: members, keys, channels, arrivals, phones."""

from datetime import timedelta
from types import SimpleNamespace as Thing
from typing import Annotated, Any, Literal

from msgspec import Struct

from duologue.accounts.condition import Condition, Errors
from duologue.accounts.model import SignRow
from duologue.channels.contract import Check, setting
from duologue.web import forms
from tests.screens.people import ANA, BEN, NOW, ago, uid


class Settings(Struct, frozen=True, kw_only=True):
    """A channel's settings with one field of each manner."""

    page_id: Annotated[str, setting("Page ID", "The number on the page's “About” tab.", example="1200300400")] = ""
    page_token: Annotated[
        str, setting("Page access token", "Made for a system user, it does not run out.", secret=True)
    ] = ""
    port: Annotated[int, setting("Port")] = 993
    security: Annotated[Literal["tls", "starttls", "none"], setting("Encryption")] = "tls"
    origins: Annotated[
        tuple[str, ...], setting("Allowed sites", "One a line.", example="https://shop.example", multiline=True)
    ] = ()
    signed: Annotated[bool, setting("Take only signed visitors", advanced=True)] = False
    base_url: Annotated[str, setting("Base address", "Another one, for a proxy.", advanced=True)] = (
        "https://graph.example"
    )


GUIDE = Thing(verify_token="lume-4711")
KINDS = [
    Thing(kind="email", title="Email"),
    Thing(kind="messenger", title="Messenger"),
    Thing(kind="web", title="Web chat"),
]
ABOUT = {
    "email": "Any mailbox with IMAP and SMTP.",
    "messenger": "The messages of a page.",
    "web": "A chat on your own site, with one line of code.",
}


def channels() -> list[Any]:
    return [
        channel("messenger", "Messenger", "Lume Shoes", "on", last_in_at=ago(minutes=2), last_out_at=ago(minutes=5)),
        channel(
            "email",
            "Email",
            "Support mail",
            "trouble",
            trouble="The mail server refused the password. Enter a new one.",
            address="hello@lume.example",
            last_in_at=ago(hours=7),
        ),
        channel("web", "Web chat", "Shop", "paused", last_in_at=ago(days=3), last_out_at=ago(days=3)),
        channel("messenger", "Messenger", "Lume Kids", "incomplete", missing=["page_token"]),
    ]


def channel(kind: str, title: str, name: str, state: str, **more: Any) -> Any:
    plain = {"address": "", "trouble": None, "trouble_at": None, "last_in_at": None, "last_out_at": None, "missing": []}
    return Thing(id=uid(900), kind=kind, title=title, name=name, state=state, **(plain | more))


def connect_new() -> dict[str, Any]:
    errors = {"page_id": "A page ID has only figures."}
    return {
        "channel": None,
        "kind": "messenger",
        "title": "Messenger",
        "name": "",
        "fields": forms.fields(Settings),
        "errors": errors,
        "webhook_url": None,
        "checks": None,
        "settings": GUIDE,
    }


HEALTH = Condition(
    trouble=None, trouble_at=None, last_in_at=ago(minutes=2), last_out_at=ago(minutes=4),
    waiting=3, waiting_since=ago(minutes=5), unread=1,
    errors=[
        Errors(name="Tried again later", again=True, words="Slow down.", times=3, last_at=ago(minutes=1)),
        Errors(name="File not taken", again=False, words="It is too large.", times=1, last_at=ago(hours=3)),
    ],
    signs=[SignRow(name="Silence", words="Messages come in as usual.", level="good", until=None, at=ago(minutes=12))],
)  # fmt: skip
"""Of an account with something of everything."""


def connected() -> dict[str, Any]:
    stored = Settings(page_id="1200300400", page_token="secret", origins=("https://lume.example",))
    checks = [
        Check(name="Page token", ok=True, words="Belongs to “Lume Shoes” and does not run out."),
        Check(name="Webhook", ok=True, words="The platform reached us 2 minutes ago."),
        Check(
            name="Subscriptions",
            ok=False,
            words="message_reads is missing.",
            todo="Tick message_reads under Webhooks and save.",
        ),
    ]
    return {
        "channel": channels()[0],
        "kind": "messenger",
        "title": "Messenger",
        "name": "Lume Shoes",
        "fields": forms.fields(Settings, stored),
        "errors": {},
        "webhook_url": "https://inbox.lume.example/in/messenger/01935a00",
        "checks": checks,
        "settings": GUIDE,
        "health": HEALTH,
    }


def team() -> dict[str, Any]:
    members = [
        Thing(id=ANA.id, name=ANA.name, email=ANA.email, role="administrator", active=True, last_seen_at=NOW),
        Thing(id=BEN.id, name=BEN.name, email=BEN.email, role="agent", active=True, last_seen_at=ago(hours=2)),
        Thing(
            id=uid(3),
            name="Chiara Longo",
            email="chiara@lume.example",
            role="agent",
            active=False,
            last_seen_at=ago(days=40),
        ),
    ]
    invites = [Thing(id=uid(4), email="dan@lume.example", role="agent", expires_at=NOW + timedelta(days=6))]
    link = "https://inbox.lume.example/join/6mJ2c1mV0wq8yR3v"
    return {"members": members, "invites": invites, "invite_link": link, "errors": {}, "values": {}}


def keys() -> dict[str, Any]:
    made = [
        Thing(
            id=uid(50),
            name="Warehouse system",
            prefix="duo_7Fq2",
            created_at=ago(days=20),
            created_by=ANA.name,
            last_used_at=ago(minutes=1),
        ),
        Thing(
            id=uid(51),
            name="Nightly export",
            prefix="duo_x81b",
            created_at=ago(days=3),
            created_by=BEN.name,
            last_used_at=None,
        ),
    ]
    return {"keys": made, "made": "duo_7Fq2kV0wq8yR3vJ2c1mV0wq8yR3v", "errors": {}, "values": {}}


def quarantine() -> list[Any]:
    mail = Thing(
        id=uid(60),
        channel_name="Support mail",
        channel_kind="email",
        at=ago(hours=1),
        reason="The message names no sender",
        size=18_400,
        raw="From:\r\nSubject: <b>hello</b>\r\n\r\nNobody wrote this.",
    )
    event = Thing(
        id=uid(61),
        channel_name="Lume Shoes",
        channel_kind="messenger",
        at=ago(days=1),
        reason="An item has neither message nor delivery",
        size=412,
        raw=None,
    )
    return [mail, event]


def phones() -> list[Any]:
    people = [Thing(id="1", name="Mia Santos"), Thing(id="2", name="Tom Reed")]
    commands = {"twice": "Deliver twice", "down": "Platform is down", "closed": "Window closed"}
    bubbles = [
        Thing(
            id="a",
            by="person",
            text="Is the blue one still available in 38?",
            at=ago(minutes=4),
            status="seen",
            sign="👍",
            author=None,
        ),
        Thing(
            id="b",
            by="brand",
            text="Yes, Mia. We still have two pairs of it.",
            at=ago(minutes=1),
            status="",
            sign="",
            author="Ana Ferreira",
        ),
    ]
    return [
        Thing(
            kind="messenger",
            title="Messenger",
            people=people,
            kinds=["image", "location", "unknown"],
            person="1",
            bubbles=bubbles,
            commands=commands,
            said="The next message is delivered twice.",
            frame_url=None,
        ),
        Thing(
            kind="email",
            title="Email",
            people=people,
            person="2",
            kinds=[],
            bubbles=[],
            commands=commands,
            said=None,
            frame_url=None,
        ),
        Thing(
            kind="web",
            title="Web chat",
            people=[],
            person="",
            kinds=[],
            bubbles=[],
            commands={"down": "Connection lost"},
            said=None,
            frame_url="/files/sample",
        ),
    ]


def sessions() -> list[Any]:
    return [
        Thing(id=uid(31), device="Firefox on Linux", created_at=ago(days=2), seen_at=NOW),
        Thing(id=uid(32), device="Safari on iPhone", created_at=ago(days=9), seen_at=ago(hours=5)),
    ]
