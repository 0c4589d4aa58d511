"""Mail about mail: bounces (RFC 3464 and what imitates it), complaints (RFC 5965), receipts (RFC 8098)."""

import re
from email.message import Message
from typing import Literal

from msgspec import Struct

from duologue.channels.email.letter.addresses import is_address, normal
from duologue.channels.email.letter.automatic import has_null_sender
from duologue.channels.email.letter.charsets import text_of
from duologue.channels.email.letter.headers import Headers, decoded
from duologue.channels.email.letter.parse import Part, every
from duologue.channels.email.letter.words import one_line

_LOOKED_AT = 200_000
_DAEMON = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|mdaemon)@")
_FAILED = re.compile(
    r"undeliver|delivery (?:status|failure|has failed)|mail delivery|failure notice|returned mail|returned to sender"
    r"|could not be delivered|unzustellbar|nicht zugestellt|non remis|no entregado|mancata consegna|退信|配信",
    re.IGNORECASE,
)
_DELAYED = re.compile(r"delay|verzögert|retard|warning: message|still being retried", re.IGNORECASE)
_GONE = re.compile(r"(?<![\d.])5\.(?:1\.(?:1|2|3|6|10)|2\.1)(?![\d.])")
_ORIGINAL = ("message-id", "x-microsoft-original-message-id", "x-google-original-message-id", "x-dm-message-id")


class Report(Struct, frozen=True, kw_only=True):
    """`originals` is the text in which ids of the mail reported on are found, likeliest first."""

    about: Literal["failed", "delayed", "delivered", "complaint", "receipt", "nothing"]
    originals: str = ""
    recipient: str | None = None
    reason: str = ""
    gone: bool = False  # nobody is at this address, and nobody will be


def report_of(headers: Headers, root: Part, sender: str) -> Report | None:
    """What the mail reports, or None where it is no report."""
    parts = list(every(root))
    for part in parts:
        if part.kind == "message/disposition-notification":
            return Report(about="receipt")
        if part.kind == "message/feedback-report":
            return _complaint(part, parts)
        if part.kind == "message/delivery-status":
            return _delivery(part, parts)
    if _DAEMON.match(sender) or (has_null_sender(headers) and _FAILED.search(headers.words("subject"))):
        return _unusual(headers, parts)
    return None


def _delivery(part: Part, parts: list[Part]) -> Report:
    """The worst that happened to any recipient; mails of ours have one."""
    blocks = _blocks(part)
    found = [(block.get("action", "").split(" ")[0].lower(), block) for block in blocks if "action" in block]
    for action in ("failed", "delayed", "delivered"):
        for its, block in found:
            if its == action:
                return Report(
                    about=action,  # pyrefly: ignore[bad-argument-type]
                    originals=_originals(parts),
                    recipient=_recipient(block.get("final-recipient") or block.get("original-recipient") or ""),
                    reason=_reason(block),
                    gone=action == "failed" and is_gone(block.get("status", "")),
                )
    return Report(about="nothing", originals=_originals(parts))


def _complaint(part: Part, parts: list[Part]) -> Report:
    facts = {name: value for block in _blocks(part) for name, value in block.items()}
    if facts.get("feedback-type", "").strip().lower() == "not-spam":
        return Report(about="nothing")  # the person has taken a complaint back
    return Report(
        about="complaint",
        originals=_originals(parts),
        recipient=_recipient(facts.get("original-rcpt-to", "")),
        reason=one_line(facts.get("feedback-type", "abuse"))[:40],
    )


def _unusual(headers: Headers, parts: list[Part]) -> Report:
    """No machine-readable part: whatever text there is may hold our id and an address."""
    words = "\n".join(_text(part) for part in parts if not part.parts)[:_LOOKED_AT]
    address = re.search(r"<([^\s<>@]{1,200}@[^\s<>@]{1,200})>", words) or re.search(
        r"(\S{1,200}@[\w.-]{1,200}\w)", words
    )
    said = re.search(r"\b[45]\d\d[ -]#?(?:[45]\.\d+\.\d+)?.{0,200}", words)
    delayed = _DELAYED.search(headers.words("subject")) is not None
    return Report(
        about="delayed" if delayed else "failed",
        originals=_originals(parts) + "\n" + words,
        recipient=_recipient(address[1]) if address else None,
        reason=one_line(said[0] if said else headers.words("subject"))[:300],
    )


def is_gone(words: str) -> bool:
    """Whether an enhanced code says that there is no such mailbox or domain (RFC 3463; 5.1.10 by RFC 7505).

    Not 5.2.2 (full) nor 5.7.x (policy, and often our own fault): the mailbox is there.
    """
    return _GONE.search(words) is not None


def _blocks(part: Part) -> list[dict[str, str]]:
    """The groups of fields of a report part; the standard parser makes each a message, broken ones stay text."""
    inside = part.message.get_payload()
    if isinstance(inside, list):
        return [_fields(one) for one in inside[:500] if isinstance(one, Message)]
    return [
        dict(re.findall(r"(?m)^([A-Za-z-]+):[ \t]*(.*)$", block.lower()))
        for block in str(inside)[:_LOOKED_AT].split("\n\n")
    ]


def _fields(message: Message) -> dict[str, str]:
    return {name.lower(): decoded(" ".join(str(value).split())) for name, value in message.raw_items()}


def _originals(parts: list[Part]) -> str:
    """The ids of the returned mail: its headers stand in a message part, or as text."""
    for part in parts:
        inside = part.message.get_payload()
        if part.kind == "message/rfc822" and isinstance(inside, list) and inside and isinstance(inside[0], Message):
            headers = Headers(inside[0])
            return "\n".join(headers.all(*_ORIGINAL, "references"))
        if part.kind == "text/rfc822-headers":
            return _text(part)[:_LOOKED_AT]
    return ""


def _text(part: Part) -> str:
    inside = part.message.get_payload()
    if isinstance(inside, list):
        return "\n".join(str(one.get_payload())[:_LOOKED_AT] for one in inside[:50] if isinstance(one, Message))
    return text_of(part.data()[:_LOOKED_AT], part.param("charset"))


def _recipient(value: str) -> str | None:
    address = value.rpartition(";")[2].strip().strip("<>")
    return normal(address) if is_address(address) else None


def _reason(block: dict[str, str]) -> str:
    said = block.get("diagnostic-code", "").partition(";")[2].strip()
    status = block.get("status", "").split(" ")[0]
    return one_line(said if status and status in said else f"{status} {said}")[:300]
