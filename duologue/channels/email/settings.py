"""What is set for one connected mail address, and what is still missing before it may be switched on."""

import secrets
from typing import Annotated, Literal

from msgspec import Struct

from duologue.channels.contract import setting
from duologue.channels.email.letter.addresses import is_address, normal

Security = Literal["tls", "starttls", "none"]


class Settings(Struct, frozen=True, kw_only=True):
    """One mail address of the brand: where it is read, where it is sent from."""

    address: Annotated[str, setting("Address", "The address that people write to.", example="support@example.com")] = ""
    display_name: Annotated[
        str, setting("Display name", "The brand's name, as people see it beside the address.", example="Example")
    ] = ""

    imap_host: Annotated[str, setting("IMAP server", example="imap.example.com")] = ""
    imap_port: Annotated[int, setting("IMAP port")] = 993
    imap_security: Annotated[
        Security, setting("IMAP encryption", "tls (port 993), starttls (port 143), or none on a network of your own.")
    ] = "tls"
    imap_user: Annotated[str, setting("IMAP user", "Usually the address.")] = ""
    imap_password: Annotated[str, setting("IMAP password", "An app password, where there are such.", secret=True)] = ""
    imap_folder: Annotated[str, setting("Folder", "The folder that is read.", advanced=True)] = "INBOX"

    smtp_host: Annotated[str, setting("SMTP server", example="smtp.example.com")] = ""
    smtp_port: Annotated[int, setting("SMTP port")] = 465
    smtp_security: Annotated[
        Security, setting("SMTP encryption", "tls (port 465), starttls (port 587), or none on a network of your own.")
    ] = "tls"
    smtp_user: Annotated[str, setting("SMTP user", "Empty: the server asks for no login.")] = ""
    smtp_password: Annotated[str, setting("SMTP password", secret=True)] = ""

    authserv_id: Annotated[
        str,
        setting(
            "Name of the receiving server",
            "The first word of the Authentication-Results header that your own server adds, for example mx.google.com."
            " Only with it can a forged sender be told.",
            example="mx.example.com",
            advanced=True,
        ),
    ] = ""
    plus_address: Annotated[
        bool,
        setting(
            "Signed reply address",
            "Answers go to name+c…@domain, so that they find their conversation. Switch off where your server does"
            " not deliver such addresses.",
            advanced=True,
        ),
    ] = True
    token_days: Annotated[int, setting("Days that a reply address stays valid", advanced=True)] = 400
    history_days: Annotated[
        int, setting("Days of mail to take over", "0: only what comes from now on.", advanced=True)
    ] = 0
    poll_seconds: Annotated[int, setting("Seconds between looks at the mailbox", advanced=True)] = 60
    authority: Annotated[
        str,
        setting(
            "Certificate authority",
            "PEM text, where your own server has a certificate of your own authority.",
            advanced=True,
            multiline=True,
        ),
    ] = ""
    reply_secret: Annotated[str, setting("Reply secret", "Signs reply addresses.", secret=True, advanced=True)] = ""

    @property
    def own(self) -> str:
        """The address in the form in which addresses are compared."""
        return normal(self.address)

    @property
    def domain(self) -> str:
        return self.own.rpartition("@")[2]

    @property
    def key(self) -> bytes:
        """What signs reply addresses and message ids. Never empty in an account that is switched on."""
        return self.reply_secret.encode()


_NEEDED = ("address", "imap_host", "imap_user", "imap_password", "smtp_host", "reply_secret")
_SHORTEST_SECRET = 32


def missing(settings: Settings) -> list[str]:
    """Names of what must be filled in first. An empty or short reply secret would let anybody sign."""
    names = [name for name in _NEEDED if not getattr(settings, name).strip()]
    if settings.address.strip() and not is_address(settings.address):
        names.append("address")
    if settings.reply_secret.strip() and len(settings.reply_secret) < _SHORTEST_SECRET:
        names.append("reply_secret")
    if settings.smtp_user and not settings.smtp_password:
        names.append("smtp_password")
    return names


def own_address(settings: Settings) -> str:
    """How the account is called on screen."""
    return settings.own


def fresh() -> Settings:
    """Settings for a new account, with a reply secret that nobody knows."""
    return Settings(reply_secret=secrets.token_hex(32))
