"""Mail as people and machines write it, and how it is read."""

from datetime import UTC, datetime

from duologue.channels.contract import Raw, Said
from duologue.channels.email import CHANNEL
from duologue.channels.email.settings import Settings

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OURS = Settings(
    address="Support@Brand.example",
    display_name="Brand",
    authserv_id="mx.brand.example",
    reply_secret="a secret of this test, long enough",
)


def read(raw: bytes | str, *, kind: str = "", settings: Settings = OURS, **noted: str):
    body = raw.encode() if isinstance(raw, str) else raw
    return CHANNEL.read(settings, Raw(body=body, kind=kind, headers={"received": NOW.isoformat(), **noted}))


def said(raw: bytes | str, **more) -> Said:
    (event,) = read(raw, **more)
    assert isinstance(event, Said), event
    return event


def mail(body: bytes | str = "Hello", **headers: str) -> bytes:
    """A mail of Jonas; header names with _ for -, None takes one away."""
    lines = {
        "From": "Jonas Weber <jonas@mail.example>",
        "To": "support@brand.example",
        "Date": "Tue, 24 Nov 2026 08:30:00 +0000",
        "Message-ID": "<one@mail.example>",
        "Subject": "A question",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return head.encode() + b"\r\n" + (body.encode() if isinstance(body, str) else body)
