"""What the headers of a mail say, judged: who, when, to whom, in which conversation, and how far to believe it."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Raw
from duologue.channels.email import tokens
from duologue.channels.email.letter.addresses import Mailbox, mailboxes
from duologue.channels.email.letter.authenticity import dmarc
from duologue.channels.email.letter.automatic import is_automatic, is_looping
from duologue.channels.email.letter.headers import Headers
from duologue.channels.email.settings import Settings

_AHEAD = timedelta(hours=1)  # clocks that are wrong by less are believed
_BEHIND = timedelta(days=30)  # a mail may lie in a queue for five days, and in an outbox over a holiday
_MOST_REFERENCES = 50
_RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")
_OWN_TRACES = ("message-id", "x-dm-message-id", "x-microsoft-original-message-id", "x-google-original-message-id")


class Envelope(Struct, frozen=True, kw_only=True):
    id: str
    at: datetime
    arrived: datetime
    sender: Mailbox | None
    recipients: tuple[Mailbox, ...]
    subject: str | None
    references: tuple[str, ...] = ()  # nearest first
    conversation: UUID | None = None  # proven by a signed header
    trusted: bool = True  # whether its own words may lead it into a conversation
    automatic: bool = False
    verified: bool = False
    warning: str | None = None
    from_ourselves: bool = False
    leaves: bool = False  # the sender gives back the token by which they unsubscribe
    own_traces: str = ""
    oversize: int = 0
    facts: dict[str, str] = {}


def envelope_of(settings: Settings, headers: Headers, raw: Raw, arrived: datetime) -> Envelope:
    senders = mailboxes(headers.all("from"))
    sender = senders[0] if senders else None
    from_ourselves = sender is not None and sender.address == settings.own
    at, facts = _when(headers, arrived)
    trusted, warning = _trust(settings, headers, senders, in_inbox=raw.kind != "sent")
    return Envelope(
        id=_id(settings, headers, raw, from_ourselves=from_ourselves or raw.kind == "sent"),
        at=at,
        sender=_without_trick(sender),
        recipients=tuple(mailboxes(headers.all("to", "cc", "bcc"))),
        subject=headers.words("subject")[:998] or None,
        references=_references(headers) if trusted else (),
        conversation=_conversation(settings, headers, arrived) if trusted else None,
        trusted=trusted,
        arrived=arrived,
        automatic=from_ourselves or is_automatic(headers, sender.address if sender else ""),
        verified=dmarc(headers, settings.authserv_id) == "pass" and trusted,
        warning=warning,
        from_ourselves=from_ourselves,
        leaves=sender is not None and _leaves(settings, headers, sender.address, arrived),
        own_traces="\n".join(headers.all(*_OWN_TRACES)),
        oversize=int(raw.headers.get("size", "0")) if raw.kind == "oversize" else 0,
        facts=facts,
    )


def _trust(settings: Settings, headers: Headers, senders: list[Mailbox], *, in_inbox: bool) -> tuple[bool, str | None]:
    """Whether its references may lead it into a conversation, and what to warn of."""
    if not in_inbox:
        return True, None
    if dmarc(headers, settings.authserv_id) == "fail":
        return False, "The sender could not be verified: this mail may not come from the address it names."
    if len(senders) > 1 or len(headers.all("from")) > 1:
        return False, "This mail names several senders; the first is shown."
    if is_looping(headers):
        return True, "This mail has been passed on very often; it may be going round in a circle."
    if senders and senders[0].address == settings.own:
        return True, "This mail names your own address as its sender."
    if senders and senders[0].name and "@" in senders[0].name and senders[0].address not in senders[0].name.lower():
        return True, f"The sender calls itself {senders[0].name!r}; the address is {senders[0].address}."
    return True, None


def _without_trick(sender: Mailbox | None) -> Mailbox | None:
    """A name that looks like another address is no name."""
    if sender and sender.name and "@" in sender.name:
        return Mailbox(sender.address)
    return sender


def _id(settings: Settings, headers: Headers, raw: Raw, *, from_ourselves: bool) -> str:
    """The Message-ID, if there is one and it is the sender's to use; else a mark of the content.

    An id of ours on somebody else's mail would make it pass for a copy of what we sent, and be dropped.
    """
    ids = headers.ids("message-id")
    if len(ids) == 1 and len(headers.all("message-id")) == 1:
        stolen = not from_ourselves and tokens.own_ids(settings.key, ids[0])
        if not stolen and ids[0].isprintable():
            return ids[0]
    return _mark(raw.body)


def _mark(raw: bytes) -> str:
    """The same for each copy of a mail, by whatever way it came: the way is written above, in other headers."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if line.lower().startswith((b"from:", b"to:", b"date:", b"subject:"))]
    return "sha256:" + hashlib.sha256(b"\n".join(kept) + b"\n\n" + body.rstrip()).hexdigest()


def _references(headers: Headers) -> tuple[str, ...]:
    nearest = headers.ids("in-reply-to") + headers.ids("references")[::-1]
    return tuple(dict.fromkeys(one for one in nearest if one.isprintable()))[:_MOST_REFERENCES]


def _conversation(settings: Settings, headers: Headers, now: datetime) -> UUID | None:
    """By reply address, else by ids that we signed. Never by subject."""
    key, days = settings.key, settings.token_days
    return tokens.conversation_of_addresses(
        key, "\n".join(headers.all(*_RECIPIENTS)), now, days
    ) or tokens.conversation_of_ids(key, "\n".join(f"<{one}>" for one in _references(headers)), now, days)


def _leaves(settings: Settings, headers: Headers, sender: str, now: datetime) -> bool:
    said = ("\n".join(headers.all(*_RECIPIENTS)), headers.words("subject")[:200])
    return tokens.leaves(settings.key, sender, said, now, settings.token_days)


def _when(headers: Headers, arrived: datetime) -> tuple[datetime, dict[str, str]]:
    """The sender's date where it can be true, else the time of arrival, with the claim told."""
    claimed = headers.date("date")
    if claimed is None:
        return arrived, ({"date": headers.words("date")[:100]} if headers.has("date") else {})
    if arrived - _BEHIND <= claimed <= arrived + _AHEAD:
        return min(claimed, arrived), {}
    return arrived, {"date": claimed.astimezone(UTC).isoformat()}
