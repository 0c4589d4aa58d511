"""A session with the brand's mail server for sending, and what its answers mean."""

import asyncio
import re
import socket
import ssl

import aiosmtplib

from duologue.channels.contract import Refusal
from duologue.channels.email.imap.connect import trust
from duologue.channels.email.settings import Settings
from duologue.kernel.egress import Egress

_SECONDS = 30
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_BY_CLASS = {  # RFC 3463 and the registry of IANA that goes on from it
    "1.7": Refusal.PERMISSION,
    "1.8": Refusal.PERMISSION,
    "1": Refusal.NO_SUCH_PERSON,
    "2": Refusal.UNREACHABLE,
    "3.4": Refusal.MEDIA,
    "3": Refusal.UNREACHABLE,
    "4": Refusal.UNREACHABLE,
    "5": Refusal.BAD_REQUEST,
    "6": Refusal.CONTENT,
    "7.8": Refusal.AUTH,
    "7.9": Refusal.AUTH,
    "7.26": Refusal.PERMISSION,
    "7.30": Refusal.AUTH,
    "7.60": Refusal.PERMISSION,
    "7": Refusal.CONTENT,
}
_BY_CODE = {
    530: Refusal.AUTH,
    534: Refusal.AUTH,
    535: Refusal.AUTH,
    550: Refusal.NO_SUCH_PERSON,
    551: Refusal.NO_SUCH_PERSON,
    552: Refusal.MEDIA,
    553: Refusal.NO_SUCH_PERSON,
    554: Refusal.CONTENT,
}


async def opened(egress: Egress, settings: Settings) -> aiosmtplib.SMTP:
    """Connected, encrypted and signed in. Raises `Blocked`, `NoAnswer`, `OSError`, `aiosmtplib.SMTPException`."""
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        sock=await _socket(egress, settings.smtp_host, settings.smtp_port),
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        tls_context=None if settings.smtp_security == "none" else trust(settings.authority),
        local_hostname=settings.domain or "localhost",
        timeout=_SECONDS,
    )
    try:
        await client.connect()
        if settings.by_sign_in:
            await client.auth_xoauth2(settings.smtp_user, settings.signed_in.access if settings.signed_in else "")
        elif settings.smtp_user:
            await client.login(settings.smtp_user, settings.smtp_password)
    except BaseException:
        client.close()
        raise
    return client


def part(client: aiosmtplib.SMTP) -> None:
    """Says good-bye. Nobody waits for the answer: the mail is already theirs."""
    if client.is_connected and client.protocol:
        client.protocol.write(b"QUIT\r\n")


async def _socket(egress: Egress, host: str, port: int) -> socket.socket:
    """Connected to the address that the way out has judged, not to whatever the name means a moment later."""
    address = await egress.resolve(host, port)
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.setblocking(False)
    try:
        async with asyncio.timeout(15):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


async def begin(client: aiosmtplib.SMTP, sender: str, recipient: str, size: int) -> None:
    """Envelope and DATA: up to here nothing is sent. Raises `SMTPResponseException` and what a lost line raises."""
    wide = not (sender.isascii() and recipient.isascii())
    options = [f"SIZE={size}"] if client.supports_extension("size") else []
    encoding = "utf-8" if wide else "ascii"
    await client.mail(sender, options=options + (["SMTPUTF8"] if wide else []), encoding=encoding)
    await client.rcpt(recipient, encoding=encoding)
    start = await client.execute_command(b"DATA")
    if start.code != 354:
        raise aiosmtplib.SMTPDataError(start.code, start.message)


async def finish(client: aiosmtplib.SMTP, message: bytes) -> str:
    """The mail, `dotted`, and the final dot; the server's words. A line lost in here leaves the outcome open."""
    protocol = client.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    protocol.write(message + b".\r\n")
    answer = await protocol.read_response(timeout=_SECONDS * 4)
    if answer.code != 250:
        raise aiosmtplib.SMTPDataError(answer.code, answer.message)
    return answer.message


_SES = re.compile(r"email-smtp(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com\.?", re.IGNORECASE)


def renamed(host: str, said: str) -> tuple[str, ...]:
    """The Message-ID that the reader sees instead of ours, where the server has told it.

    SES gives each mail its own and says the part before the @ (docs.aws.amazon.com, ses, read 2026-08); in us-east-1
    the rest is email.amazonses.com.
    """
    place, name = _SES.fullmatch(host), re.match(r"Ok ([0-9A-Za-z-]{20,120})\s*$", said)
    if not (place and name):
        return ()
    region = "email" if place[1].lower() == "us-east-1" else place[1].lower()
    return (f"{name[1]}@{region}.amazonses.com",)


def dotted(message: bytes) -> bytes:
    """Lines that begin with a dot get another one, so that none of them ends the mail (RFC 5321, 4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", message)


def largest(client: aiosmtplib.SMTP) -> int | None:
    """What the server takes at most, in bytes, where it says so."""
    said = client.esmtp_extensions.get("size", "").strip()
    return int(said) or None if said.isdigit() else None


_SLOW_DOWN = {  # answers that are about the account and not about this mail
    # Gmail: too much in too short a time, the day's limit (support.google.com/a/answer/3726730, read 2026-08)
    "4.7.28": 600.0, "5.4.5": 3600.0, "4.5.3": 600.0,
    # Exchange Online: too many sessions, the rate, the day's recipients (learn.microsoft.com, NDR codes, read 2026-08)
    "4.3.2": 60.0, "4.4.2": 60.0, "5.1.90": 3600.0, "5.7.708": 3600.0, "5.2.0": 3600.0,
}  # fmt: skip
_BY_WORDS = re.compile(
    r"(?:daily|hourly|sending|submission|message) ?(?:user )?(?:sending )?(?:quota|limit|rate)s?.{0,40}exceed"
    r"|rate limit|too many (?:messages|mails|connections|recipients)|quotaexceeded|throttl|unusual rate|slow down",
    re.IGNORECASE,
)
_AFTER_WORDS = 900.0


def slow_down(code: int, words: str) -> float | None:
    """Seconds to keep the whole account still, where the server asks for that; None where this mail alone is meant.

    4.2.1 and 4.2.2 are about the reader's mailbox, 4.7.1 is greylisting: others may pass.
    """
    if code < 400:
        return None
    enhanced = _ENHANCED.search(words)
    told = ".".join(enhanced.groups()) if enhanced else ""
    if told == "5.2.0" and not _BY_WORDS.search(words):
        return None  # Exchange says this of every fault of its store
    if told in _SLOW_DOWN:
        return _SLOW_DOWN[told]
    if told.startswith(("4.2.", "5.2.")):
        return None
    return _AFTER_WORDS if _BY_WORDS.search(words) else 60.0 if code == 421 else None


def why(code: int, words: str) -> Refusal:
    """What a permanent refusal means: the enhanced code is more exact than the plain one."""
    enhanced = _ENHANCED.search(words)
    if enhanced:
        subject, detail = enhanced[2].lstrip("0") or "0", enhanced[3]
        found = _BY_CLASS.get(f"{subject}.{detail}") or _BY_CLASS.get(subject)
        if found:
            return found
    return _BY_CODE.get(code, Refusal.BAD_REQUEST)


def untrusted(error: BaseException | None) -> ssl.SSLError | None:
    """The failed handshake behind this error, if that is what it was."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def certificate_words(host: str, error: ssl.SSLError) -> str:
    reason = getattr(error, "verify_message", "") or error.reason or str(error)
    return f"The certificate of {host} cannot be trusted: {reason}"
