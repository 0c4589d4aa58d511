"""Tries the connection for real, step by step, in words that say what to do."""

import ssl

import aiosmtplib

from duologue.channels.contract import Account, Check
from duologue.channels.email import access, smtp
from duologue.channels.email.access import SignInAgain
from duologue.channels.email.enter import open_mailbox, session
from duologue.channels.email.imap.mailbox import LoginRefused, encoded
from duologue.channels.email.imap.wire import Lost, Refusal
from duologue.channels.email.settings import Settings, missing
from duologue.kernel.egress import Blocked, NoAnswer

_LOGIN_TODO = (
    "Check user and password. Gmail, iCloud, Yahoo and others want an app password, made in their security settings."
)

_SIGN_IN_TODO = (
    "Sign in with the account whose mailbox this is, or as one who may use it. IMAP and authenticated SMTP must be"
    " switched on for it."
)


async def check(account: Account) -> list[Check]:
    """Settings, then a real login on both servers. Nothing is changed and nothing is sent."""
    settings: Settings = account.settings.whole
    left = missing(account.settings)
    if left:
        names = ", ".join(left)
        return [Check(name="Settings", ok=False, words=f"Still missing: {names}.", todo="Fill in what is missing.")]
    if settings.by_sign_in and (refused := await _signed_in(account)):
        return [refused]
    return [*await _receiving(account, settings), *await _sending(account, settings), _sender_check(settings)]


async def _signed_in(account: Account) -> Check | None:
    """What is wrong with the sign-in at the provider; None where it gives keys."""
    try:
        await access.ready(account)
    except SignInAgain as ended:
        return Check(name="Sign-in", ok=False, words=str(ended), todo="Choose Sign in again, above the form.")
    except Blocked as error:
        return _blocked("Sign-in", error)
    except NoAnswer as error:
        return Check(name="Sign-in", ok=False, words=str(error), todo="Try again in a few minutes.")
    return None


async def _receiving(account: Account, settings: Settings) -> list[Check]:
    name, server = "Receiving (IMAP)", f"{settings.imap_host}:{settings.imap_port}"
    try:
        async with await open_mailbox(account) as mailbox:
            await mailbox.examine(encoded(settings.imap_folder))
            sent = await mailbox.sent_folder()
            waits = "tells of new mail at once" if mailbox.can_wait else "is asked for new mail again and again"
            return [
                Check(name=name, ok=True, words=f"Signed in at {server}; the server {waits}."),
                _sent_check(sent),
            ]
    except LoginRefused as error:
        return [Check(name=name, ok=False, words=f"{server} refuses the login: {error}", todo=_todo(settings))]
    except Refusal as error:
        words = f"The folder {settings.imap_folder} cannot be opened: {error}"
        return [Check(name=name, ok=False, words=words, todo="Check the folder's name; INBOX is the usual one.")]
    except ssl.SSLError as error:
        return [_untrusted(name, settings.imap_host, error)]
    except Blocked as error:
        return [_blocked(name, error)]
    except SignInAgain as ended:
        return [Check(name=name, ok=False, words=str(ended), todo=_SIGN_IN_TODO)]
    except (Lost, NoAnswer, OSError) as error:
        return [Check(name=name, ok=False, words=str(error), todo=_ports(993, 143))]


async def _sending(account: Account, settings: Settings) -> list[Check]:
    name, server = "Sending (SMTP)", f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        async with session(account) as client:
            await client.mail(settings.own)
            await client.rset()
            return [Check(name=name, ok=True, words=f"Signed in at {server}, which sends for {settings.own}.")]
    except aiosmtplib.SMTPAuthenticationError as error:
        return [Check(name=name, ok=False, words=f"{server} refuses the login: {error.message}", todo=_todo(settings))]
    except aiosmtplib.SMTPSenderRefused as error:
        words = f"{server} does not send for {settings.own}: {error.message}"
        return [Check(name=name, ok=False, words=words, todo="Give this user the right to send from the address.")]
    except Blocked as error:
        return [_blocked(name, error)]
    except SignInAgain as ended:
        return [Check(name=name, ok=False, words=str(ended), todo=_SIGN_IN_TODO)]
    except (aiosmtplib.SMTPException, NoAnswer, OSError) as error:
        if untrusted := smtp.untrusted(error):
            return [_untrusted(name, settings.smtp_host, untrusted)]
        words = f"{server} cannot be used: {error or type(error).__name__}"
        return [Check(name=name, ok=False, words=words, todo=_ports(465, 587))]


def _todo(settings: Settings) -> str:
    return _SIGN_IN_TODO if settings.by_sign_in else _LOGIN_TODO


def _sent_check(sent: str | None) -> Check:
    if sent:
        return Check(name="Sent mail", ok=True, words=f"Answers typed in a mail program are read from {sent}.")
    words = "The server marks no folder of sent mail; answers typed in a mail program will not be seen."
    return Check(name="Sent mail", ok=True, words=words)


def _sender_check(settings: Settings) -> Check:
    if settings.authserv_id:
        return Check(name="Forged senders", ok=True, words=f"Found out by what {settings.authserv_id} writes.")
    words = "Forged senders cannot be told: the name of the receiving server is not set."
    return Check(name="Forged senders", ok=True, words=words, todo="Copy it from the Authentication-Results of a mail.")


def _untrusted(name: str, host: str, error: ssl.SSLError) -> Check:
    todo = "Use the name that the certificate was made for, or enter your own certificate authority."
    return Check(name=name, ok=False, words=smtp.certificate_words(host, error), todo=todo)


def _blocked(name: str, error: Blocked) -> Check:
    return Check(name=name, ok=False, words=str(error), todo="Ask the operator to allow this place by name.")


def _ports(tls: int, starttls: int) -> str:
    return f"Check the server's name, port and encryption: tls on port {tls}, starttls on port {starttls}."
