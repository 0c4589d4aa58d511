"""How many segments a text is: what is paid for.

GSM 03.38's alphabet takes 160 characters in one message, or 153 in each of several; some characters of it count twice.
One character outside of it, and all of the text goes as UCS-2: 70, or 67 in each of several, and an emoji counts twice.
What counts twice is never cut in two. Source: 3GPP TS 23.038; Twilio, "Message segment" and "Smart Encoding" (2026).
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
GSM_ONE, GSM_EACH, UCS_ONE, UCS_EACH = 160, 153, 70, 67
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("«»“”„‟〝〞ʺ″", '"'),
        **dict.fromkeys("‘’‚‛ʻʼʹ′`´", "'"),
        **dict.fromkeys("‐‑‒–—―−﹘", "-"),
        **dict.fromkeys(
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
        ),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
        "…": "...",
        "‹": "<",
        "›": ">",
        "•": "-",
        "\t": " ",
    }
)


class Segments(Struct, frozen=True):
    """`because` is the first character that keeps the text out of the GSM alphabet."""

    count: int
    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    because: str | None = None


def plain(text: str) -> str:
    """As Twilio's Smart Encoding makes it: typographic marks become those that cost less."""
    return text.translate(_PLAIN)


def segments(text: str) -> Segments:
    """Of the text as it is sent. An empty one is none."""
    foreign = next((one for one in text if one not in BASIC and one not in EXTENDED), None)
    if foreign is None:
        sizes = [2 if one in EXTENDED else 1 for one in text]
        return Segments(_count(sizes, GSM_ONE, GSM_EACH), "GSM-7", sum(sizes))
    sizes = [2 if ord(one) > 0xFFFF else 1 for one in text]
    return Segments(_count(sizes, UCS_ONE, UCS_EACH), "UCS-2", sum(sizes), foreign)


def _count(sizes: Sequence[int], one: int, each: int) -> int:
    if sum(sizes) <= one:
        return 1 if sizes else 0
    count, room = 1, each
    for size in sizes:
        if size > room:
            count, room = count + 1, each
        room -= size
    return count
