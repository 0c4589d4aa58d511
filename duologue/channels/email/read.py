"""A mail as it came -> what happened, in the words of the house. Never raises: what cannot be read is `Unreadable`."""

from datetime import UTC, datetime
from uuid import UUID

from duologue.channels.contract import Content, Event, Kind, Opted, Person, Progress, Raw, Said, Trouble, Unreadable
from duologue.channels.email import tokens
from duologue.channels.email.envelope import Envelope, envelope_of
from duologue.channels.email.letter.addresses import Mailbox
from duologue.channels.email.letter.body import Body, body_of
from duologue.channels.email.letter.files import media, referenced
from duologue.channels.email.letter.parse import Part, TooMuch, parse
from duologue.channels.email.letter.quotes import fold
from duologue.channels.email.letter.reports import Report, report_of
from duologue.channels.email.settings import Settings
from duologue.kernel import clock


def read(settings: Settings, raw: Raw) -> list[Event]:
    """Events of one mail. No event: a read receipt, or a report that says nothing new.

    `raw.kind`: "" from the inbox, "sent" from the folder of sent mail, "oversize" headers only, "unfetched" a mail that
    the server would not hand out, "trouble" words about the account. `raw.headers["received"]` is the time of arrival.
    """
    if raw.kind == "trouble":
        return [Trouble(reason=raw.body.decode("utf-8", "replace"))]
    if raw.kind == "unfetched":
        return [Unreadable(reason="The mail server would not hand out this mail.", item=raw.body)]
    try:
        return _events(settings, raw)
    except TooMuch as much:
        return [Unreadable(reason=str(much), item=raw.body)]
    except Exception as error:  # the standard library's parser has ever new ways to fail on hostile input
        return [Unreadable(reason=f"The mail cannot be read ({type(error).__name__})", item=raw.body)]


def _events(settings: Settings, raw: Raw) -> list[Event]:
    headers, root = parse(raw.body)
    envelope = envelope_of(settings, headers, raw, _arrived(raw))
    if raw.kind == "sent":
        return _sent(settings, envelope, root, raw)
    report = report_of(headers, root, envelope.sender.address if envelope.sender else "")
    if report and report.about in {"receipt", "nothing"}:
        return []
    own = next(iter(tokens.own_ids(settings.key, report.originals)), None) if report else None
    if report and own:  # only what we have signed can fail; a report about anything else is shown as the mail it is
        return _reported(envelope, report, own)
    if envelope.sender is None:
        return [Unreadable(reason="The mail has no sender that could be answered.", item=raw.body)]
    if envelope.leaves:  # written by a mail program, at the touch of its "unsubscribe"
        at, sender = min(envelope.at, envelope.arrived), envelope.sender.address
        return [Opted(address=sender, at=at, stopped=True, scope="bulk", word="List-Unsubscribe")]
    return [_said(settings, envelope, envelope.sender, body_of(root))]


def _said(settings: Settings, envelope: Envelope, sender: Mailbox, body: Body) -> Said:
    own = tokens.own_ids(settings.key, envelope.id) if envelope.from_ourselves else []
    return Said(
        id=envelope.id,
        address=sender.address,
        at=envelope.at,
        content=_content(envelope, body),
        person=Person(name=sender.name, email=sender.address, verified=envelope.verified),
        correlation=own[0].message if own else None,
        conversation=envelope.conversation or _marked(settings, envelope, body),
        reply_to=envelope.references[0] if envelope.references else None,
        references=envelope.references,
        automatic=envelope.automatic,
        warning=envelope.warning,
    )


def _marked(settings: Settings, envelope: Envelope, body: Body) -> UUID | None:
    """The conversation named by the hidden marker in the quoted body, for relays that rewrite all headers."""
    if not envelope.trusted:
        return None
    words = f"{body.html or ''}\n{body.text or ''}"
    return tokens.conversation_of_body(settings.key, words, envelope.arrived, settings.token_days)


def _sent(settings: Settings, envelope: Envelope, root: Part, raw: Raw) -> list[Event]:
    """What the brand sent: through us (known by its signed id), or by hand from a mail program.

    A note to oneself is said to nobody: it is no event here, and comes in through the inbox.
    """
    to = next((one for one in envelope.recipients if one.address != settings.own), None)
    if to is None:
        return [] if envelope.recipients else [Unreadable(reason="A sent mail without a recipient.", item=raw.body)]
    own = tokens.own_ids(settings.key, envelope.own_traces)
    said = Said(
        id=own[0].id if own else envelope.id,
        address=to.address,
        at=envelope.at,
        content=_content(envelope, body_of(root)),
        by="brand",
        person=Person(name=to.name, email=to.address),
        correlation=own[0].message if own else None,
        conversation=own[0].conversation if own else envelope.conversation,
        references=envelope.references,
        automatic=envelope.automatic,
    )
    return [said]


def _reported(envelope: Envelope, report: Report, own: tokens.Own) -> list[Event]:
    """What happened to the message; and nothing more to many, where nobody is there or wants it (RFC 5965)."""
    if report.about not in {"failed", "delivered"}:
        told = _notice(envelope, report, own)
        return [told, _opted(envelope, own, report.reason)] if report.about == "complaint" else [told]
    progress = Progress(
        status="failed" if report.about == "failed" else "delivered",
        at=envelope.at,
        address=report.recipient,
        ids=(own.id,),
        correlation=own.message,
        reason=report.reason or None,
    )
    return [progress, _opted(envelope, own, report.reason)] if report.gone else [progress]


def _opted(envelope: Envelope, own: tokens.Own, word: str) -> Opted:
    """Of the person whom we wrote to: whom a report names is only what it says."""
    at = min(envelope.at, envelope.arrived)
    return Opted(
        address="", correlation=own.message, at=at, stopped=True, scope="bulk", via="platform", word=word[:100]
    )


def _notice(envelope: Envelope, report: Report, own: tokens.Own) -> Said:
    """Told, without changing the state of anything: a delay, or a complaint to the person's provider."""
    words = {
        "delayed": f"Delivery is delayed; the mail server keeps trying. {report.reason}",
        "complaint": f"The person reported a message as unwanted ({report.reason}).",
    }[report.about]
    sender = report.recipient or (envelope.sender.address if envelope.sender else "")
    return Said(
        id=envelope.id,
        address=sender,
        at=envelope.at,
        content=Content(kind=Kind.NOTICE, text=words.strip(), raw_kind=report.about),
        reply_to=own.id,
        conversation=own.conversation,
        references=(own.id,),
        automatic=True,
    )


def _content(envelope: Envelope, body: Body) -> Content:
    if envelope.oversize:
        words = f"This mail is too large to be shown here ({envelope.oversize // (1024 * 1024)} MB)."
        return Content(
            text=words, subject=envelope.subject, facts={"oversize": str(envelope.oversize), **envelope.facts}
        )
    files = media(list(body.files), referenced(body.html))
    text, quoted = (tokens.without_marker(words) for words in fold(body.text, body.html))
    return Content(
        kind=Kind.TEXT if text or not files else files[0].kind,
        text=text,
        html=body.html,
        quoted=quoted,
        subject=envelope.subject,
        media=files,
        facts=envelope.facts,
    )


def _arrived(raw: Raw) -> datetime:
    """When it came to us, as noted at the door; only a mail read without a door has no such note."""
    try:
        noted = datetime.fromisoformat(raw.headers["received"])
    except (KeyError, ValueError):
        return clock.now()
    return noted if noted.tzinfo else noted.replace(tzinfo=UTC)
