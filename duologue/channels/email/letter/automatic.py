"""Whether a machine wrote it. Such mail reopens nothing and no machine may answer it, or two of them never stop."""

import re

from duologue.channels.email.letter.headers import Headers

HOPS = "x-dm-hops"  # how many answering machines of this kind a mail has been through
_MOST_RECEIVED = 30
_MACHINES = re.compile(
    r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|donotreply|bounces?|auto-?reply|notifications?)(?:[+-].*)?@"
)
_BULK = {"bulk", "list", "junk", "auto_reply", "auto-reply"}
_SUPPRESS = re.compile(r"\b(?:all|oof|autoreply|dr|rn)\b", re.IGNORECASE)
_PRESENT = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "list-id",
    "list-unsubscribe",
    "feedback-id",
)
_AWAY = re.compile(
    r"^(?:re: ?)?(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|automatische antwort|abwesenheit"
    r"|réponse automatique|respuesta automática|risposta automatica|automatisch antwoord|自动回复|自動返信)",
    re.IGNORECASE,
)


def is_automatic(headers: Headers, sender: str) -> bool:
    """Any one sign is enough (RFC 3834 and what the large systems write instead)."""
    return (
        _submitted_by_machine(headers)
        or any(value.strip().lower() in _BULK for value in headers.all("precedence", "x-precedence"))
        or any(headers.has(name) for name in _PRESENT)
        or headers.first("x-loop").strip().lower() in {"true", "yes"}
        or _SUPPRESS.search(headers.first("x-auto-response-suppress")) is not None
        or has_null_sender(headers)
        or _MACHINES.match(sender) is not None
        or _hops(headers) > 0
        or is_looping(headers)
        or _AWAY.match(headers.words("subject")) is not None
    )


def has_null_sender(headers: Headers) -> bool:
    """The envelope said that nobody wants to hear about failures: a bounce, or an answer of a machine."""
    return headers.first("return-path").replace(" ", "") == "<>"


def is_looping(headers: Headers) -> bool:
    return len(headers.all("received")) > _MOST_RECEIVED


def _submitted_by_machine(headers: Headers) -> bool:
    value = headers.first("auto-submitted").partition(";")[0].strip().lower()
    return value not in {"", "no"}


def _hops(headers: Headers) -> int:
    value = headers.first(HOPS).strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0
