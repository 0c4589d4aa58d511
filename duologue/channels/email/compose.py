"""An answer as the bytes of a mail. The same message gives the same bytes, so a second copy is recognisable as one."""

import base64
import binascii
import html
import re
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from duologue.channels.contract import Media, Outgoing
from duologue.channels.email import tokens
from duologue.channels.email.letter.addresses import is_address
from duologue.channels.email.letter.automatic import HOPS
from duologue.channels.email.settings import Settings
from duologue.web.words import say

_MOST_REFERENCES = 20
_FORBIDDEN = re.compile(r"[\r\n\x00]")
_ID = re.compile(r"[^\s<>@\x00-\x1f\x7f]{1,400}@[^\s<>@\x00-\x1f\x7f]{1,255}")
_REPLIES = re.compile(r"(?:re|aw|sv|vs|odp|antw|回复|回覆|答复)\s*[:：]", re.IGNORECASE)
_MIME = re.compile(r"(?!message/|multipart/)[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,99}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._ ()-]+")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")

_LEAVE_WORDS = {"why": "This mail was sent to many people at once.", "unsubscribe": "Unsubscribe"}


class NotMailable(ValueError):
    """Something in the message cannot stand in a mail; the words say what."""


def own_id(settings: Settings, outgoing: Outgoing) -> str:
    """The Message-ID of every attempt to send this message, without angle brackets."""
    return tokens.message_id(settings.key, outgoing.conversation, outgoing.id, settings.domain)


def compose(settings: Settings, outgoing: Outgoing) -> bytes:
    """Ready for the wire, CRLF throughout. Raises `NotMailable`."""
    if not is_address(outgoing.address):
        raise NotMailable(f"{outgoing.address!r} is no mail address.")
    boundary = f"=_dm_{outgoing.id.hex}"  # "=_" stands in no encoded body, so no text can close a part
    head = _head(settings, outgoing)
    mark = tokens.marker(settings.key, outgoing.conversation, outgoing.queued_at)
    text = outgoing.content.text or ""
    plain, marked_up = _way_out(outgoing) if outgoing.bulk else ("", "")
    parts = [_text("plain", text + plain), _text("html", _as_html(text, marked_up, mark))]
    words = _multipart("alternative", f"{boundary}_a", parts)
    files = [_file(number, one) for number, one in enumerate(outgoing.content.media, 1)]
    return head + (_multipart("mixed", boundary, [words, *files]) if files else words)


def _head(settings: Settings, outgoing: Outgoing) -> bytes:
    own = own_id(settings, outgoing)
    references = [one for one in outgoing.references if _ID.fullmatch(one) and one != own]
    answered = outgoing.reply_to if outgoing.reply_to and _ID.fullmatch(outgoing.reply_to) else None
    lines = [
        _line("From", _sender(settings, outgoing)),
        _line("To", outgoing.address),
        _line("Subject", _encoded(_subject(settings, outgoing))),
        _line("Date", format_datetime(_whole_seconds(outgoing.queued_at))),
        _line("Message-ID", f"<{own}>"),
        _line("X-DM-Message-ID", f"<{own}>"),  # relays that replace the other one leave this (README, "Message-ID")
        _line("MIME-Version", "1.0"),
    ]
    if answered or references:
        lines.append(_line("In-Reply-To", f"<{answered or references[-1]}>"))
        lines.append(_line("References", "\r\n ".join(f"<{one}>" for one in _shortened(references, answered))))
    if settings.plus_address:
        to = tokens.reply_address(settings.key, settings.own, outgoing.conversation, outgoing.queued_at)
        lines += [_line("Reply-To", to)] if to else []
    if outgoing.bulk:
        lines += _ways_out(settings, outgoing)
    if outgoing.automated:
        lines += [
            _line("Auto-Submitted", "auto-replied" if references else "auto-generated"),
            _line("X-Auto-Response-Suppress", "All"),
            _line(HOPS, "1"),
        ]
    return b"".join(lines)


def _ways_out(settings: Settings, outgoing: Outgoing) -> list[bytes]:
    """What mail programs draw their "unsubscribe" from (RFC 2369); with one click where the way is safe (RFC 8058)."""
    if not outgoing.leave:
        raise NotMailable("A mail to many needs a way out, and there is none.")
    token = tokens.leave_token(settings.key, outgoing.address, outgoing.queued_at)
    local, _, domain = settings.own.rpartition("@")
    plus = f"{local}+u{token}@{domain}"
    if settings.plus_address and len(plus.rpartition("@")[0].encode()) <= tokens.LONGEST_LOCAL:
        by_mail = f"mailto:{quote(plus, safe='@+')}?subject=unsubscribe"
    else:
        by_mail = f"mailto:{quote(settings.own, safe='@+')}?subject=unsubscribe%20u{token}"
    lines = [
        _line("List-Unsubscribe", f"<{outgoing.leave}>,\r\n <{by_mail}>"),
        _line("Precedence", "bulk"),
    ]
    if outgoing.leave.startswith("https://"):
        lines.append(_line("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return lines


def _line(name: str, value: str) -> bytes:
    """A header. Folding that we made ourselves is the only line break that passes."""
    if _FORBIDDEN.search(value.replace("\r\n ", "")):
        raise NotMailable(f"The {name} of a mail cannot contain a line break.")
    return f"{name}: {value}\r\n".encode()


def _sender(settings: Settings, outgoing: Outgoing) -> str:
    """`Ana at Example <support@example.com>`: the person, the brand, the address."""
    brand = settings.display_name.strip()
    name = f"{outgoing.author} at {brand}" if outgoing.author and brand else outgoing.author or brand
    return f"{_phrase(name)} <{settings.own}>" if name else settings.own


def _phrase(name: str) -> str:
    if not name.isascii():
        return _encoded(name)
    if _FORBIDDEN.search(name):
        raise NotMailable("The name of a sender cannot contain a line break.")
    return name if _ATOM.fullmatch(name) else '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _subject(settings: Settings, outgoing: Outgoing) -> str:
    subject = (outgoing.content.subject or "").strip()
    if not subject:
        subject = settings.display_name.strip() or settings.own
    return f"Re: {subject}" if outgoing.references and not _REPLIES.match(subject) else subject


def _encoded(text: str) -> str:
    """Plain where it can be; else in encoded words (RFC 2047) that part no letter, folded."""
    if _FORBIDDEN.search(text):
        raise NotMailable("The headers of a mail cannot contain a line break.")
    if text.isascii() and text.isprintable() and len(text) < 900 and "=?" not in text:
        return text
    words, word = [], b""
    for letter in text:
        added = letter.encode("utf-8", "replace")
        if len(word) + len(added) > 42:
            words.append(word)
            word = b""
        word += added
    words.append(word)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(one).decode()}?=" for one in words)


def _shortened(references: list[str], answered: str | None) -> list[str]:
    """The first, which some programs thread by, and the newest; the one answered last."""
    if answered:
        references = [one for one in references if one != answered] + [answered]
    if len(references) <= _MOST_REFERENCES:
        return references
    return references[:1] + references[-(_MOST_REFERENCES - 1) :]


def _text(subtype: str, text: str) -> bytes:
    body = binascii.b2a_qp(text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace"), istext=True)
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
        + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    )


def _way_out(outgoing: Outgoing) -> tuple[str, str]:
    """How to leave, where everybody sees it, as text and as HTML; in the language of the house.

    Without colours: mail programs have dark sides of their own.
    """
    why, unsubscribe = (say(outgoing.tongue, _LEAVE_WORDS[one]) for one in ("why", "unsubscribe"))
    there = html.escape(outgoing.leave or "")
    return (
        f"\n\n-- \n{why}\n{unsubscribe}: {outgoing.leave}\n",
        f'<hr>\n<p lang="{outgoing.tongue}"><small>{html.escape(why)} <a href="{there}">{html.escape(unsubscribe)}</a>'
        "</small></p>\n",
    )


def _as_html(text: str, below: str, mark: str) -> str:
    """Paragraphs, and hidden below them the mark that finds the conversation when every header was rewritten."""
    paragraphs = re.split(r"\n{2,}", text.replace("\r\n", "\n").strip())
    words = "\n".join(f"<p>{html.escape(one).replace(chr(10), '<br>' + chr(10))}</p>" for one in paragraphs if one)
    hidden = f'<div style="display:none;max-height:0;overflow:hidden" aria-hidden="true">[{mark}]</div>'
    return f"<!DOCTYPE html>\n<html><body>\n{words}\n{below}{hidden}\n</body></html>\n"


def _file(number: int, media: Media) -> bytes:
    mime = (media.mime or "").partition(";")[0].strip().lower()
    kind = mime if _MIME.fullmatch(mime) else "application/octet-stream"
    name = re.sub(r"[\x00-\x1f\x7f]", "", media.name or "")[:150] or f"file-{number}"
    return (
        f"Content-Type: {kind};\r\n {_old_name(name)}\r\nContent-Disposition: attachment;\r\n {_new_name(name)}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + base64.encodebytes(media.data or b"").replace(b"\n", b"\r\n")


def _old_name(name: str) -> str:
    """The way of old programs: an encoded word where none belongs."""
    return f'name="{name}"' if _PLAIN_NAME.fullmatch(name) else f'name="{_encoded(name)}"'


def _new_name(name: str) -> str:
    """RFC 2231. Beside it no plain `filename` may stand: programs take whichever they see first."""
    if _PLAIN_NAME.fullmatch(name):
        return f'filename="{name}"'
    escaped = "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in name.encode())
    return f"filename*=utf-8''{escaped}"


def _multipart(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
    between = f"\r\n--{boundary}".encode()
    return (
        f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
        + b"".join(between + b"\r\n" + one for one in parts)
        + between
        + b"--\r\n"
    )


def _whole_seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)
