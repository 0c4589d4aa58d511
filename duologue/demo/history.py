"""What people said to Lume during the last days: every kind of message, in every state a conversation can be in."""

from datetime import timedelta
from typing import Literal

from msgspec import Struct

from duologue.channels.contract import Content, Kind, Media, Place


class Line(Struct, frozen=True, kw_only=True):
    """One message, and what happened to it afterwards."""

    ago: timedelta
    by: Literal["they", "ana", "ben"] = "they"
    content: Content
    quotes: int | None = None  # which earlier line, counted from 0
    edited_to: str | None = None
    unsent: bool = False
    automatic: bool = False
    warning: str | None = None
    status: Literal["sent", "delivered", "read", "failed"] = "read"
    reason: str | None = None
    reaction: str | None = None


class Chat(Struct, frozen=True, kw_only=True):
    """One conversation. `where` is a kind of place; `who` is the number of a double's person, or a visitor's name."""

    where: Literal["messages", "letters", "website"]
    who: int | str
    lines: tuple[Line, ...]
    email: str | None = None
    locale: str | None = None
    assigned: Literal["ana", "ben"] | None = None
    left: Literal["open", "snoozed", "closed"] = "open"
    read: bool = False
    draft: str = ""


def they(ago: timedelta, text: str | None = None, **more: object) -> Line:
    """They say something; what `Content` knows goes into it, the rest into the line."""
    content = {name: more.pop(name) for name in list(more) if name in Content.__struct_fields__}
    return Line(ago=ago, content=Content(text=text, **content), **more)  # type: ignore[arg-type]


def ana(ago: timedelta, text: str, /, **more: object) -> Line:
    return Line(ago=ago, by="ana", content=Content(text=text), **more)  # type: ignore[arg-type]


def ben(ago: timedelta, text: str, /, **more: object) -> Line:
    return Line(ago=ago, by="ben", content=Content(text=text), **more)  # type: ignore[arg-type]


def days(days: float, minutes: float = 0) -> timedelta:
    return timedelta(days=days, minutes=-minutes)


def hours(hours: float, minutes: float = 0) -> timedelta:
    return timedelta(hours=hours, minutes=-minutes)


def minutes(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def picture(name: str) -> tuple[Media, ...]:
    return (Media(kind=Kind.IMAGE, name=name),)


MIA = Chat(
    where="messages",
    who=0,
    assigned="ana",
    locale="pt",
    lines=(
        they(days(2), "Hi! Are the blue Runners true to size?"),
        ana(days(2, 6), "They are, Mia. Between two sizes, take the larger one.", reaction="❤️"),
        they(days(2, 9), "Perfect, ordering now 🌻"),
        they(hours(3), kind=Kind.NOTICE, raw_kind="referral", text="Came from an advertisement",
             facts={"ad": "Spring on the coast"}),
        they(hours(3, 1), "My parcel is here, but the sole has a mark"),
        they(hours(3, 2), kind=Kind.IMAGE, media=picture("sole.jpg")),
        ana(hours(3, 8), "Oh no. That should not leave our house like this. May I send you a new pair, or would you "
            "rather have your money back?"),
        they(minutes(9), "A new pair, please. Size 42 again", quotes=5),
        they(minutes(8), kind=Kind.STICKER, media=(Media(kind=Kind.STICKER, name="heart.png"),)),
    ),
)  # fmt: skip
TOM = Chat(
    where="messages",
    who=1,
    assigned="ben",
    lines=(
        they(hours(5), kind=Kind.TAP, text="Where is my order?", payload="ORDER_STATUS"),
        they(hours(5, 1), "Order 2041, ordered on Friday"),
        ben(hours(5, 4), "It left our house this morning, Tom. It should be with you tomorrow."),
        they(hours(4), "Can it go to this shop instead?"),
        they(hours(4, 1), kind=Kind.LOCATION,
             place=Place(latitude=51.5074, longitude=-0.0781, label="Corner Shop, Tower Hill")),
        ben(hours(4, 6), "Done. They keep it for ten days."),
        they(minutes(34), "Brilliant. Thanks Ben!"),
    ),
)  # fmt: skip
AMARA = Chat(
    where="messages",
    who=2,
    lines=(
        they(hours(22, 20), "Do you deliver to Lagos?"),
        they(hours(22, 21), "And how much is it", edited_to="And how much would that be?"),
        they(hours(22, 22), "Never mind the colour question", unsent=True),
        they(hours(22, 23), kind=Kind.UNKNOWN, raw_kind="product_carousel"),
    ),
)
JONAS = Chat(
    where="messages",
    who=3,
    assigned="ana",
    left="snoozed",
    lines=(
        they(days(3), "When will the sand ones be back in 39?"),
        ana(days(3, 12), "On Thursday, if the ship is on time. I will write to you as soon as they are here."),
        they(days(3, 14), "👍"),
    ),
)
YUKI = Chat(
    where="messages",
    who=4,
    assigned="ben",
    locale="ja",
    read=True,
    lines=(
        they(days(6, 30), "こんにちは。サイズ交換はできますか？"),
        ben(days(6, 50), "Yes, within thirty days. Shall I send you a label?"),
        they(days(6, 55), "お願いします"),
        ben(days(1), "Your label is on its way, Yuki.", status="failed",
            reason="This person cannot be reached at the moment (code 551)."),
    ),
)  # fmt: skip
INVOICE = Chat(
    where="letters",
    who=0,
    lines=(
        they(hours(2), "Hello,\n\nI need the invoice for order 2041 with our company's name on it: Weber & Söhne GmbH. "
             "The one you sent me is attached.\n\nKind regards\nJonas Weber", subject="Invoice for order 2041",
             media=(Media(kind=Kind.FILE, name="invoice.pdf"),)),
    ),
)  # fmt: skip
_MARKED_UP = """<html><body style="font-family:Georgia"><p>Dear Lume team,</p><p>your <b>Trail socks</b> are the best
we have had in our shop. Could you offer us a price for:</p>
<table border="1" cellpadding="6"><tr><th>Size</th><th>Pairs</th>
</tr><tr><td>36-38</td><td>40</td></tr><tr><td>39-41</td><td>60</td></tr><tr><td>42-45</td><td>50</td></tr></table>
<p>We would need them <i>before the first of December</i>.</p><p>Warm regards,<br>Elena Petrova<br>
<img src="https://mail.example/logo.png" width="120" height="40" alt="Petrova Sports"></p></body></html>"""
WHOLESALE = Chat(
    where="letters",
    who=1,
    assigned="ana",
    draft="Dear Elena,\n\nthank you, what a lovely thing to hear. For 150 pairs we can offer",
    lines=(
        they(days(1, 15), "Dear Lume team,\n\nyour Trail socks are the best we have had in our shop. Could you offer "
             "us a price for 150 pairs before the first of December?\n\nWarm regards,\nElena Petrova",
             subject="Wholesale price for socks", html=_MARKED_UP),
    ),
)  # fmt: skip
RETURN = Chat(
    where="letters",
    who=2,
    assigned="ben",
    left="closed",
    lines=(
        they(days(4), "Hi,\n\nhow do I send back a pair that I have worn once?\n\nPriya",
             subject="Return after one walk"),
        ben(days(4, 40), "Hello Priya,\n\nwith the label in the box. One walk is what the thirty days are for.\n\nBen"),
        they(days(4, 95), "That is kind. Thank you!", subject="Re: Return after one walk",
             quoted="On Friday, Ben Okoro wrote:\n> Hello Priya,\n>\n> with the label in the box. One walk is what the "
             "thirty days are for.\n>\n> Ben"),
        they(days(3, 20), "I am away until Monday and read no mail.", automatic=True,
             subject="Out of office: Return after one walk"),
    ),
)  # fmt: skip
PRESS = Chat(
    where="letters",
    who=2,
    lines=(
        they(hours(7), "Hello, we write about small brands that repair what they sell. Could we talk to somebody about "
             "your workshop this week? A call of twenty minutes is enough.", subject="An interview about your workshop",
             warning="The sender could not be verified."),
    ),
)  # fmt: skip
ZOE = Chat(
    where="website",
    who="Zoë O'Connor",
    email="zoe@oconnor.example",
    locale="en-IE",
    lines=(
        they(minutes(26), "Hiya, is there a shop in Galway where I can try them on?",
             facts={"page": "lume.example/shoes/runner-blue"}),
        ana(minutes(24), "There is: Salthill Running, on the promenade. They have the blue ones in all sizes."),
        they(minutes(23), "Ah brilliant, I'm in town on Saturday"),
    ),
)  # fmt: skip
OMAR = Chat(
    where="website",
    who="عمر الفارسي",
    email="omar@alfarsi.example",
    locale="ar",
    lines=(they(minutes(47), "مرحبا، هل يمكنني تغيير عنوان التوصيل لطلبي رقم 2038؟"),),
)
AIKO = Chat(
    where="website",
    who="相田 愛子",
    email="aiko@aida.example",
    locale="ja",
    assigned="ana",
    left="closed",
    lines=(
        they(days(1, 200), "靴ひもだけ購入できますか？"),
        ana(days(1, 204), "Yes. They are under “Repair”, in six colours, and post is free."),
        they(days(1, 207), "ありがとうございます！"),
    ),
)
SAM = Chat(
    where="website",
    who="Sam Whitlock",
    email="sam@whitlock.example",
    assigned="ben",
    lines=(
        they(hours(6, 12), "Can the Runner be resoled? Mine have done 900 km."),
        ben(hours(6, 20), "900! Yes, twice. It takes a week and costs €35; we send you a box."),
        they(hours(6, 24), "Send the box :)"),
        ben(hours(6, 31), "On its way. I put a pair of laces in."),
    ),
)
LENA = Chat(
    where="website",
    who="Lena Brandt",
    email="lena@brandt.example",
    locale="de",
    lines=(they(hours(9, 5), "Guten Morgen, gilt der Gutschein HERBST auch für Socken?"),),
)

CHATS = (
    YUKI, RETURN, JONAS, AIKO, WHOLESALE, AMARA, LENA, PRESS, SAM, TOM, INVOICE, OMAR, ZOE, MIA,
)  # fmt: skip
"""In the order in which they were last spoken, so that ids and times agree."""
