"""Sends an answer by SMTP, and says exactly how sure it is."""

import asyncio

import aiosmtplib

from duologue.channels.contract import Account, Found, Outcome, Outgoing, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.channels.email import smtp
from duologue.channels.email.access import SignInAgain
from duologue.channels.email.compose import NotMailable, compose, own_id
from duologue.channels.email.enter import open_mailbox, session
from duologue.channels.email.imap.mailbox import LoginRefused, encoded
from duologue.channels.email.imap.wire import Lost
from duologue.channels.email.imap.wire import Refusal as ImapRefusal
from duologue.channels.email.letter.reports import is_gone
from duologue.channels.email.settings import Settings
from duologue.kernel.egress import Blocked, NoAnswer

_SETTLED = 120  # seconds after which a server that keeps copies has kept this one
_LONGEST_WAIT = 3600
_LARGE = 256 * 1024


async def send(account: Account, outgoing: Outgoing) -> Outcome:
    """One attempt. Only a line that was lost while the mail itself was handed over leaves the outcome unknown."""
    settings: Settings = account.settings.whole
    try:
        message = await _written(settings, outgoing)
    except NotMailable as error:
        return Refused(why=Refusal.BAD_REQUEST, reason=str(error))
    try:
        async with session(account) as client:
            return await _hand_over(client, settings, outgoing, message)
    except SignInAgain as ended:
        return Refused(why=Refusal.AUTH, reason=str(ended))
    except aiosmtplib.SMTPAuthenticationError as error:
        return _answered(error.code, error.message, outgoing, whole_account=True, why=Refusal.AUTH)
    except Blocked as blocked:
        return _later(outgoing, str(blocked))
    except (NoAnswer, OSError, aiosmtplib.SMTPException) as error:
        untrusted = smtp.untrusted(error)
        words = f"The mail server {settings.smtp_host} cannot be used: {error or type(error).__name__}"
        return _later(outgoing, smtp.certificate_words(settings.smtp_host, untrusted) if untrusted else words)


async def _written(settings: Settings, outgoing: Outgoing) -> bytes:
    """Large files are encoded beside the loop, so that nobody else waits."""
    if sum(len(one.data or b"") for one in outgoing.content.media) < _LARGE:
        return smtp.dotted(compose(settings, outgoing))
    return await asyncio.to_thread(lambda: smtp.dotted(compose(settings, outgoing)))


async def _hand_over(client: aiosmtplib.SMTP, settings: Settings, outgoing: Outgoing, message: bytes) -> Outcome:
    most = smtp.largest(client)
    if most and len(message) > most:
        return Refused(why=Refusal.MEDIA, reason=f"The mail server takes at most {most // 1_000_000} MB in one mail.")
    if not outgoing.address.isascii() and not client.supports_extension("smtputf8"):
        return Refused(why=Refusal.UNREACHABLE, reason="The mail server cannot send to an address in this script.")
    try:
        await smtp.begin(client, settings.own, outgoing.address, len(message))
    except aiosmtplib.SMTPRecipientRefused as error:
        return _answered(error.code, error.message, outgoing, whole_account=False)
    except aiosmtplib.SMTPSenderRefused as error:
        return _answered(error.code, error.message, outgoing, whole_account=True, why=Refusal.PERMISSION)
    except aiosmtplib.SMTPDataError as error:
        return _answered(error.code, error.message, outgoing, whole_account=False)
    try:
        said = await smtp.finish(client, message)
    except aiosmtplib.SMTPDataError as error:
        return _answered(error.code, error.message, outgoing, whole_account=False)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Unknown(reason=f"The connection was lost while the mail was handed over ({type(error).__name__}).")
    return Receipt(id=own_id(settings, outgoing), also=smtp.renamed(settings.smtp_host, said))


def _answered(code: int, words: str, outgoing: Outgoing, *, whole_account: bool, why: Refusal | None = None) -> Outcome:
    reason = f"{code} {' '.join(words.split())}"[:300]
    if (pause := smtp.slow_down(code, words)) is not None:
        after = min(pause * 2 ** min(max(outgoing.attempt - 1, 0), 6), _LONGEST_WAIT)
        return TryLater(after=after, reason=f"The mail server wants fewer mails: {reason}", whole_account=True)
    if 400 <= code < 500:
        return _later(outgoing, reason, whole_account=whole_account)
    meant = smtp.why(code, words)
    gone = why is None and is_gone(reason)
    return Refused(
        why=why if why and meant is not Refusal.AUTH else meant, reason=reason, stopped="bulk" if gone else ""
    )


def _later(outgoing: Outgoing, reason: str, *, whole_account: bool = True) -> TryLater:
    """One minute, then twice as long each time: greylisting lets through after a few minutes."""
    after = min(60 * 2 ** max(outgoing.attempt - 1, 0), _LONGEST_WAIT)
    return TryLater(after=after, reason=reason, whole_account=whole_account)


async def find(account: Account, outgoing: Outgoing) -> Found:
    """Looks into the folder of sent mail for our own id.

    Absence proves something only where this server keeps copies of what we send, and has had time to.
    """
    settings: Settings = account.settings.whole
    own = own_id(settings, outgoing)
    try:
        async with await open_mailbox(account) as mailbox:
            sent = await mailbox.sent_folder()
            if sent is None or sent == encoded(settings.imap_folder):
                return Found(id=None, certain=False)
            await mailbox.examine(sent)
            for header in ("Message-ID", "X-DM-Message-ID"):
                if await mailbox.with_header(header, own):
                    return Found(id=own, certain=True)
            keeps = bool(await mailbox.with_header("X-DM-Message-ID", f"@{settings.domain}"))
    except (Lost, ImapRefusal, LoginRefused, SignInAgain, Blocked, NoAnswer, OSError):
        return Found(id=None, certain=False)
    waited = (account.clock() - outgoing.queued_at).total_seconds()
    return Found(id=None, certain=keeps and waited > _SETTLED)
