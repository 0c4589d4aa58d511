"""Made-up people and their mail programs: each quotes in its own way."""

import html
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from msgspec import Struct

from duologue.channels.simulation import Bubble
from duologue.kernel import ids


class Writer(Struct, frozen=True):
    """A person with an address and the mail program she uses: "gmail", "apple" or "outlook"."""

    address: str
    name: str
    program: str


CAST = (
    Writer("jonas.weber@posteo.example", "Jonas Weber", "gmail"),
    Writer("elena.petrova@mail.example", "Elena Petrova", "apple"),
    Writer("priya.nair@outlook.example", "Priya Nair", "outlook"),
)


class Seen(Struct, frozen=True):
    """A mail as a person's own program shows it."""

    id: str
    by: str
    by_address: str
    reply_to: str
    subject: str
    text: str
    html: str
    automatic: bool
    references: str
    at: datetime | None
    files: tuple[str, ...] = ()


class Attached(Struct, frozen=True):
    """A file of a mail."""

    name: str
    mime: str
    data: bytes


def seen(raw: bytes) -> Seen:
    message = message_from_bytes(raw, policy=policy.default)
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    name, address = parseaddr(str(message["From"]))
    return Seen(
        id=str(message["Message-ID"] or "").strip(),
        by=name,
        by_address=address.lower(),
        reply_to=str(message["Reply-To"] or address),
        subject=str(message["Subject"] or ""),
        text=str(plain.get_content()).replace("\r\n", "\n").rstrip() if plain else "",
        html=str(rich.get_content()) if rich else "",
        automatic=str(message["Auto-Submitted"] or "no") != "no",
        references=" ".join(str(message["References"] or "").split()),
        at=message["Date"].datetime if message["Date"] else None,
        files=tuple(one.get_filename() or "file" for one in message.iter_attachments()),
    )


def written(
    writer: Writer,
    text: str,
    *,
    to: str,
    at: datetime,
    answered: Seen | None,
    subject: str = "",
    attached: Attached | None = None,
) -> bytes:
    """A mail of this person, answering `answered` as her program does."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"{writer.name} <{writer.address}>"
    message["To"] = answered.reply_to if answered else to
    message["Subject"] = _subject(answered, subject or text)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{ids.new().hex}@{writer.address.rpartition('@')[2]}>"
    head = bytes(message.as_bytes()).partition(b"\r\n\r\n")[0]
    body = EmailMessage(policy=policy.SMTP)
    _write(body, writer, text, answered)
    if attached:
        main, _, sub = attached.mime.partition("/")
        body.add_attachment(attached.data, maintype=main, subtype=sub, filename=attached.name)
    return head + _threading(answered) + b"\r\n" + body.as_bytes()


def remembered(writer: Writer, one: Bubble, *, brand: tuple[str, str]) -> bytes:
    """A mail of earlier days, as it lies in this person's mailbox; `brand` is the other's name and address."""
    person, other = f"{writer.name} <{writer.address}>", f"{one.author or brand[0]} <{brand[1]}>"
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = (person, other) if one.by == "person" else (other, person)
    message["Subject"] = _subject(None, one.text)
    message["Date"] = format_datetime(one.at)
    message["Message-ID"] = f"<{one.id}>"
    message.set_content(one.text)
    return message.as_bytes()


def away(writer: Writer, *, at: datetime, answered: Seen) -> bytes:
    """What an auto-responder sends, marked as the standard asks (RFC 3834)."""
    raw = written(writer, "I am away until Monday and read no mail.", to=answered.reply_to, at=at, answered=answered)
    return b"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n" + raw


def _threading(answered: Seen | None) -> bytes:
    """Written by hand: the standard library breaks long ids into encoded words (as of Python 3.11)."""
    if not answered:
        return b""
    earlier = "\r\n ".join([*answered.references.split(), answered.id])
    return f"\r\nIn-Reply-To: {answered.id}\r\nReferences: {earlier}".encode()


def _subject(answered: Seen | None, words: str) -> str:
    if answered:
        return answered.subject if answered.subject.lower().startswith("re:") else f"Re: {answered.subject}"
    first = " ".join(words.split())
    return first if len(first) <= 60 else first[:59].rpartition(" ")[0] + "…"


def _write(body: EmailMessage, writer: Writer, text: str, answered: Seen | None) -> None:
    paragraphs = "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.split("\n"))
    if answered is None:
        body.set_content(text)
        if writer.program != "apple":
            body.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
        return
    when = answered.at.strftime("%a, %d %b %Y at %H:%M") if answered.at else ""
    marked = "\n".join(f"> {line}" for line in answered.text.split("\n"))
    shown = answered.html.partition("<body>")[2].partition("</body>")[0] or f"<p>{html.escape(answered.text)}</p>"
    if writer.program == "outlook":
        block = (
            f"From: {answered.by} <{answered.by_address}>\nSent: {when}\nTo: {writer.name}\nSubject: {answered.subject}"
        )
        body.set_content(f"{text}\n\n________________________________\n{block}\n\n{answered.text}\n")
        rich = f'{paragraphs}<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{html.escape(block)}</div>{shown}'
        body.add_alternative(f"<html><body>{rich}</body></html>", subtype="html")
        return
    wrote = f"On {when}, {answered.by} <{answered.by_address}> wrote:"
    body.set_content(f"{text}\n\n{wrote}\n\n{marked}\n")
    if writer.program == "gmail":
        quote = f'<div class="gmail_quote"><div class="gmail_attr">{html.escape(wrote)}<br></div>{shown}</div>'
        body.add_alternative(f"<html><body>{paragraphs}<br>{quote}</body></html>", subtype="html")
