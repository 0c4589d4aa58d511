"""A named cast for the screens: invented people, and conversations in which every kind of message occurs."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec

from duologue.channels.contract import Abilities, Kind, Place
from duologue.channels.policy import windows
from duologue.conversations.model import (
    AddressView,
    Author,
    Bubble,
    Change,
    ContactView,
    FileView,
    Quote,
    Reaction,
    Row,
    Spot,
    State,
    Status,
    Talk,
    Verdict,
)
from duologue.web.render import Counts, Viewer

NOW = datetime(2026, 11, 24, 9, 43, tzinfo=UTC)


def uid(number: int) -> UUID:
    return UUID(int=0x0193_5A00_0000_7000_8000_0000_0000_0000 + number)


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


class Someone(Viewer, frozen=True, kw_only=True):
    session_id: UUID = uid(31)


ANA = Someone(id=uid(1), name="Ana Ferreira", email="ana@lume.example", role="administrator", undo_seconds=5)
BEN = Someone(id=uid(2), name="Ben Okonkwo", email="ben@lume.example", role="agent")
DORA = Someone(
    id=uid(5), name="Dora Klein", email="dora@lume.example", role="agent", language="de", zone="Europe/Berlin"
)
TEAM = (SimpleNamespace(id=ANA.id, name=ANA.name), SimpleNamespace(id=BEN.id, name=BEN.name))
COUNTS = Counts(open=42, mine=3, unassigned=5, unread=3)

MIA, WEB, MAIL, LUME = uid(100), uid(901), uid(902), uid(903)


def row(number: int, name: str, text: str | None, **more: Any) -> Row:
    kind = more.pop("kind", "messenger")
    names = {"messenger": "Lume Shoes", "email": "hello@lume.example", "web": "Lume shop"}
    plain = Row(
        id=uid(number),
        contact_id=uid(number + 1000),
        contact_name=name,
        channel_id=LUME,
        channel_kind=kind,
        channel_name=names[kind],
        state=State.OPEN,
        assignee_id=None,
        assignee_name=None,
        unread=0,
        last_at=NOW,
        last_direction="in",
        last_text=text,
        last_kind=Kind.TEXT,
        last_status=None,
        window_closes_at=None,
        snoozed_until=None,
    )
    return msgspec.structs.replace(plain, **more)


def rows() -> list[Row]:
    ana: dict[str, Any] = {"assignee_id": ANA.id, "assignee_name": ANA.name}
    ben: dict[str, Any] = {"assignee_id": BEN.id, "assignee_name": BEN.name}
    return [
        row(
            100,
            "Mia Santos",
            "Is the blue one still available in 38?",
            unread=2,
            last_at=ago(minutes=2),
            window_closes_at=NOW + timedelta(minutes=14),
            **ana,
        ),
        row(101, "李静 Li Jing", "请问可以改送货地址吗?", kind="web", unread=1, last_at=ago(minutes=5)),
        row(
            102,
            "Jonas Weber",
            "Re: Invoice 2041: thanks, one more question about the delivery note",
            kind="email",
            unread=1,
            last_at=ago(minutes=31),
        ),
        row(
            103,
            "Amara Okafor",
            "Replied to your story: love this colour 😍",
            last_at=ago(minutes=46),
            window_closes_at=NOW + timedelta(hours=5, minutes=12),
            **ben,
        ),
        row(
            104,
            "Tom Reed",
            "Your parcel leaves tonight, Tom.",
            last_direction="out",
            last_status=Status.READ,
            last_at=ago(hours=20),
            window_closes_at=NOW + timedelta(hours=3),
            **ana,
        ),
        row(105, "Sofia Rossi", "Grazie mille!", kind="web", last_at=ago(hours=22)),
        row(
            106,
            "Noah Kim",
            "Can I get the student discount?",
            last_direction="out",
            last_status=Status.FAILED,
            last_at=ago(hours=23),
            **ben,
        ),
        row(107, "Priya Nair", None, last_kind=Kind.IMAGE, last_at=ago(days=2)),
        row(108, "نور الهدى", "هل يمكنني استبدال المقاس؟", kind="web", last_at=ago(days=3)),
        row(109, "elena.petrova@example.org", "Your order confirmation", kind="email", last_at=ago(days=3, hours=2)),
        row(110, "v:289d5b74a2806187d86361d057b63f7e", "👍", kind="web", last_at=ago(days=30)),
    ]


def snoozed() -> list[Row]:
    later: dict[str, Any] = {"state": State.SNOOZED, "last_at": ago(days=1)}
    return [
        row(120, "Hanna Virtanen", "I will send the photo after work", snoozed_until=NOW + timedelta(hours=8), **later),
        row(121, "Luca Bianchi", "Next week is fine", kind="email", snoozed_until=NOW + timedelta(days=6), **later),
    ]


def bubble(number: int, text: str | None = None, *, conversation: UUID = MIA, **more: Any) -> Bubble:
    plain = Bubble(
        id=uid(5000 + number),
        conversation_id=conversation,
        seq=number,
        spot=Spot.of(NOW + timedelta(seconds=number), number),
        direction="in",
        author=Author.CONTACT,
        author_id=None,
        author_name=None,
        kind=Kind.TEXT,
        text=text,
        has_html=False,
        quoted=None,
        subject=None,
        place=None,
        link=None,
        payload=None,
        raw_kind=None,
        facts={},
        files=(),
        reactions=(),
        reply_to=None,
        provider_time=NOW,
        received_time=NOW,
        status=Status.RECEIVED,
        reason=None,
        edited=(),
        unsent_at=None,
        warning=None,
        automatic=False,
        client_key=None,
        due_at=None,
        external_id=f"m_{number}",
    )
    return msgspec.structs.replace(plain, **more)


def ours(number: int, text: str | None, at: datetime, status: Status, **more: Any) -> Bubble:
    more = {"author_name": ANA.name, "author": Author.MEMBER, **more}
    return bubble(
        number, text, direction="out", author_id=ANA.id, provider_time=at, received_time=at, status=status, **more
    )


def theirs(number: int, text: str | None, at: datetime, **more: Any) -> Bubble:
    return bubble(number, text, provider_time=at, received_time=at, **more)


def file(number: int, name: str, mime: str, kind: Kind, size: int = 183_000, **more: Any) -> FileView:
    return FileView(
        id=uid(7000 + number), name=name, mime=mime, size=size, kind=kind, state=more.pop("state", "stored"), **more
    )


def usual() -> tuple[Bubble, ...]:
    """An ordinary conversation."""
    then = ago(hours=15, minutes=30)
    photo = file(1, "runners.jpg", "image/jpeg", Kind.IMAGE)
    return (
        theirs(1, "Hi! I saw the Lume runners on your page", then),
        theirs(2, None, then, kind=Kind.IMAGE, files=(photo,), reactions=(Reaction("❤️", "brand"),)),
        ours(
            3,
            "Good taste, Mia. They come in blue, sand and black, sizes 35 to 42. Shall I keep a pair for you?",
            then,
            Status.READ,
        ),
        theirs(4, "Came through a link or an ad", ago(minutes=12), kind=Kind.NOTICE, facts={"source": "Back in stock"}),
        theirs(
            5,
            "Is the blue one still available in 38?",
            ago(minutes=4),
            reply_to=Quote(id=uid(5003), who="Ana Ferreira", text="They come in blue, sand and black, sizes 35 to 42."),
        ),
        theirs(6, "And could it arrive before Friday?", ago(minutes=2)),
    )


def long(pages: int) -> tuple[Bubble, ...]:
    """Enough messages to scroll, where there are earlier pages."""
    return tuple(theirs(n, f"Page 0, {n}", ago(hours=1)) for n in range(30)) if pages else ()


def change(kind: Any, status: Any, reason: str | None = None) -> Change:
    return Change(kind=kind, status=status, words="Other words", reason=reason, by="Ben Okafor", due_at=NOW)


def everything() -> tuple[Bubble, ...]:
    """Every kind of message and every state of it."""
    at = ago(hours=3)
    kinds = (
        theirs(
            10,
            "Look at https://lume.example/blue?size=38, or write to mia@example.com.\nSecond line <b>not bold</b>",
            at,
        ),
        theirs(11, "👍🏽", at),
        theirs(12, None, at, kind=Kind.VIDEO, files=(file(2, "walk.mp4", "video/mp4", Kind.VIDEO),)),
        theirs(13, None, at, kind=Kind.AUDIO, files=(file(3, "voice.ogg", "audio/ogg", Kind.AUDIO),)),
        theirs(
            14,
            "The invoice, as you asked",
            at,
            kind=Kind.FILE,
            files=(
                file(4, "Invoice 2041 with a rather long name.pdf", "application/pdf", Kind.FILE, 1_240_000),
                file(
                    5,
                    "lost.zip",
                    "application/zip",
                    Kind.FILE,
                    0,
                    state="failed",
                    reason="The platform no longer has it",
                ),
                file(6, "big.mov", "video/quicktime", Kind.FILE, 0, state="pending"),
            ),
        ),
        theirs(15, None, at, kind=Kind.STICKER, files=(file(7, "sticker.webp", "image/webp", Kind.STICKER),)),
        theirs(
            16,
            None,
            at,
            kind=Kind.LOCATION,
            place=Place(latitude=-23.55052, longitude=-46.633308, label="Rua Augusta 101, São Paulo"),
        ),
        theirs(17, "Track my parcel", at, kind=Kind.TAP, payload="TRACK"),
        theirs(18, "See this", at, kind=Kind.LINK, link="https://lume.example/products/runner"),
        theirs(19, "love this colour 😍", at, kind=Kind.STORY, files=(file(8, "story.jpg", "image/jpeg", Kind.IMAGE),)),
        theirs(20, "Order 4711", at, kind=Kind.CARD, facts={"Total": "R$ 289", "Pairs": "1"}),
        theirs(21, None, at, kind=Kind.UNKNOWN, raw_kind="poll_creation"),
        theirs(22, "in size 38", at, edited=("in size 39", "in size 37")),
        theirs(23, None, at, unsent_at=at),
        theirs(24, "I am out of office until Monday.", at, automatic=True),
        theirs(
            25,
            None,
            at,
            has_html=True,
            subject="Invoice 2041",
            warning="The sender of this mail could not be verified.",
            quoted="On Monday Ana wrote:\n> Here is the invoice.",
        ),
    )
    afterwards = (
        theirs(26, "Put a sign on this", at, can=frozenset({"react"}), signs=("👍", "🎉"),
               reactions=(Reaction("🎉", "brand"),)),
        ours(27, "Changed once", at, Status.READ, can=frozenset({"edit", "unsend"}), edited=("Said at first",),
             told={"Category": "utility", "Charged": "no"}),
        ours(28, "In blue as well", at, Status.SENT, can=frozenset({"edit"}), changes=(change("edit", "queued"),)),
        ours(29, "Not taken back", at, Status.SENT, changes=(
            change("unsend", "failed", "It was sent too long ago."), change("react", "unknown", "No answer came."))),
    )  # fmt: skip
    states = (
        ours(30, "Written in the platform's own app", at, Status.DELIVERED, author=Author.PLATFORM, author_name=None),
        ours(31, "Thank you, we have your message.", at, Status.SENT, author=Author.AUTOMATION, author_name=None),
        theirs(32, "ok", at),
        ours(33, "This one could not be sent.", at, Status.FAILED, reason="The person has blocked this page (551)."),
        ours(
            34, "And this one, who knows.", at, Status.UNKNOWN, reason="The connection broke while it was being sent."
        ),
        ours(35, "On its way", NOW, Status.SENDING),
        ours(36, "Still within its undo time", NOW, Status.HELD, due_at=NOW + timedelta(seconds=4)),
    )
    return kinds + afterwards + states


MESSENGER = Abilities(
    sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE}),
    text_limit=2000,
    policy=windows(timedelta(hours=24), source=""),
    typing_out=True,
    caption=False,
    quotes=True,
)
FREELY = Verdict(
    may="yes",
    code="open",
    words="You may answer freely.",
    until=NOW + timedelta(minutes=14),
    source="The platform's rule of 2026",
)
CLOSED = Verdict(may="no", code="closed", words="The time to answer is over.", since=ago(hours=2))
TAPPED = Verdict(
    may="yes",
    code="tap",
    words="The person has only tapped something.",
    until=NOW + timedelta(seconds=40),
    left=3,
    source="The platform's rule of 2023",
)
SHUT = Verdict(may="no", code="shut", words="Whoever this chat belongs to does not let you answer here.")
PAUSED = Verdict(may="yes", code="off", words="The channel is paused.")


def talk(
    bubbles: tuple[Bubble, ...] | None = None, *, verdict: Verdict = FREELY, earlier: str | None = None, draft: str = ""
) -> Talk:
    return Talk(
        row=rows()[0],
        address="Mia Santos · 5712 0098",
        abilities=MESSENGER,
        verdict=verdict,
        bubbles=bubbles if bubbles is not None else usual(),
        earlier=earlier,
        draft=draft,
        templates=False,
        position="812-4711",
    )


def contact() -> ContactView:
    return ContactView(
        id=uid(1100),
        name="Mia Santos",
        email="mia@example.com",
        phone="+55 11 91234 5621",
        locale="pt-BR",
        since=datetime(2026, 5, 12, tzinfo=UTC),
        addresses=(
            AddressView(
                id=uid(1), channel_kind="messenger", channel_name="Lume Shoes", external="57120098", name="Mia Santos"
            ),
            AddressView(
                id=uid(2),
                channel_kind="email",
                channel_name="hello@lume.example",
                external="mia@example.com",
                name=None,
            ),
        ),
        others=(
            row(
                301,
                "Mia Santos",
                "Thanks, the socks have arrived!",
                kind="email",
                state=State.CLOSED,
                last_at=datetime(2026, 5, 14, tzinfo=UTC),
            ),
            row(
                302,
                "Mia Santos",
                "How do I return a pair?",
                kind="web",
                state=State.SNOOZED,
                last_at=datetime(2026, 11, 2, tzinfo=UTC),
            ),
        ),
    )
