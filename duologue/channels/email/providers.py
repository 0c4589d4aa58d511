"""What is known of large mail providers: servers, sign-in, limits. Sources and dates stand beside each."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from msgspec import Struct

from duologue.channels.contract import Limit

_GOOGLE = "support.google.com/mail/answer/22839 and workspace/answer/166852, read 2026-08"
_MICROSOFT = "learn.microsoft.com: Exchange Online limits, sending limits, read 2026-08"
_COMMON = "the provider's help pages, from memory, 2026-11"


class Provider(Struct, frozen=True, kw_only=True):
    """`{tenant}` in an address stands for the setting of that name."""

    authorize_url: str = ""
    token_url: str = ""
    scopes: str = ""
    extra: Mapping[str, str] = {}  # for the sign-in: without it no refresh token is given
    imap_host: str = ""
    smtp_host: str = ""
    smtp_port: int = 465
    smtp_security: Literal["tls", "starttls"] = "tls"
    authserv_id: str = ""

    def servers(self) -> dict[str, str | int]:
        """As the settings name them."""
        return {
            "imap_host": self.imap_host, "imap_port": 993, "imap_security": "tls", "smtp_host": self.smtp_host,
            "smtp_port": self.smtp_port, "smtp_security": self.smtp_security,
        }  # fmt: skip


PROVIDERS: Mapping[str, Provider] = {
    # developers.google.com/identity/protocols/oauth2/web-server and gmail/imap/xoauth2-protocol, read 2026-08
    "google": Provider(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
        scopes="https://mail.google.com/",
        extra={"access_type": "offline", "prompt": "consent"},
        imap_host="imap.gmail.com",
        smtp_host="smtp.gmail.com",
        authserv_id="mx.google.com",
    ),
    # learn.microsoft.com: authenticate an IMAP, POP or SMTP connection using OAuth, read 2026-08
    "microsoft": Provider(
        authorize_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        token_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",  # noqa: S106 - an address
        scopes="https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        extra={"response_mode": "query", "prompt": "select_account"},
        imap_host="outlook.office365.com",
        smtp_host="smtp.office365.com",
        smtp_port=587,
        smtp_security="starttls",
    ),
}

LIMITS: Mapping[str, tuple[Limit, ...]] = {
    # 500 a day and person; Google Workspace has 2,000, which is for whoever connects it to say in the settings
    "gmail.com": (Limit(most=500, within=timedelta(days=1), source=_GOOGLE),),
    "office365.com": (
        Limit(most=30, within=timedelta(minutes=1), source=_MICROSOFT),
        Limit(most=10_000, within=timedelta(days=1), source=_MICROSOFT),
    ),
    "outlook.com": (
        Limit(most=30, within=timedelta(minutes=1), source=_MICROSOFT),
        Limit(most=300, within=timedelta(days=1), source=_COMMON),
    ),
    "yahoo.com": (Limit(most=500, within=timedelta(days=1), source=_COMMON),),
    "me.com": (Limit(most=1_000, within=timedelta(days=1), source=_COMMON),),
}
"""By the end of the submission server's name."""


def known_limits(smtp_host: str) -> tuple[Limit, ...]:
    """What is known of the provider of this server; nothing for a server of one's own."""
    host = smtp_host.lower().rstrip(".")
    return next((its for end, its in LIMITS.items() if host == end or host.endswith(f".{end}")), ())
