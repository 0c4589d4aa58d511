"""Into the brand's mailbox and mail server. A key that is refused is renewed once; a second refusal is final."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib

from duologue.channels.contract import Account
from duologue.channels.email import access, smtp
from duologue.channels.email.imap.mailbox import LoginRefused, Mailbox


async def open_mailbox(account: Account) -> Mailbox:
    """Raises `SignInAgain` and what `Mailbox.open` raises."""
    settings = await access.ready(account)
    try:
        return await Mailbox.open(account.egress, settings)
    except LoginRefused:
        fresh = await access.after_refusal(account, settings)
        if fresh is None:
            raise
        return await Mailbox.open(account.egress, fresh)


@asynccontextmanager
async def session(account: Account) -> AsyncIterator[aiosmtplib.SMTP]:
    """Connected and signed in for sending. Raises `SignInAgain` and what `smtp.opened` raises."""
    settings = await access.ready(account)
    try:
        client = await smtp.opened(account.egress, settings)
    except aiosmtplib.SMTPAuthenticationError as error:
        fresh = await access.after_refusal(account, settings) if error.code >= 500 else None
        if fresh is None:
            raise
        client = await smtp.opened(account.egress, fresh)
    try:
        yield client
        smtp.part(client)
    finally:
        client.close()
