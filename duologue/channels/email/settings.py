"""What is set for one connected mail address, and what is still missing before it may be switched on."""

import secrets
from typing import Annotated, Literal

from msgspec import Struct
from msgspec.structs import replace

from duologue.channels.contract import kept, setting
from duologue.channels.email.letter.addresses import is_address, normal
from duologue.channels.email.providers import PROVIDERS, Provider

Security = Literal["tls", "starttls", "none"]
Login = Literal["password", "google", "microsoft", "other"]
_LOGIN_WORDS = {
    "password": "With a password",
    "google": "Sign in with Google",
    "microsoft": "Sign in with Microsoft",
    "other": "Sign in with another provider (OAuth 2)",
}
_BY_PASSWORD = {"login": ("password",)}
_BY_SIGN_IN = {"login": ("google", "microsoft", "other")}
_OF_SIGN_IN = ("client_secret", "signed_in")
_ELSEWHERE = {"login": ("password", "other")}  # where nobody knows the servers beforehand


class Pass(Struct, frozen=True, kw_only=True):
    """What a sign-in at the provider has given, and what was renewed from it since."""

    access: str
    until: float  # Unix time at which the access token ends
    refresh: str
    refresh_until: float | None = None  # where the provider says when everything ends
    since: float = 0  # of the sign-in


class Settings(Struct, frozen=True, kw_only=True):
    """One mail address of the brand: where it is read, where it is sent from."""

    address: Annotated[str, setting("Address", "The address that people write to.", example="support@example.com")] = ""
    display_name: Annotated[
        str, setting("Display name", "The brand's name, as people see it beside the address.", example="Example")
    ] = ""

    login: Annotated[
        Login,
        setting(
            "How Duologue signs in",
            "At Gmail and Microsoft 365 you sign in yourself, in their own window; elsewhere it is usually a password.",
            titles=_LOGIN_WORDS,
            takes=_OF_SIGN_IN,
        ),
    ] = "password"
    client_id: Annotated[str, setting("Client ID", "Of the application that you made there.", only=_BY_SIGN_IN)] = ""
    client_secret: Annotated[
        str, setting("Client secret", "Its value, not its number.", secret=True, only=_BY_SIGN_IN)
    ] = ""
    tenant: Annotated[
        str,
        setting(
            "Tenant", "Directory ID of your organisation; common for accounts of any.", only={"login": ("microsoft",)}
        ),
    ] = "common"
    authorize_url: Annotated[
        str, setting("Address of the sign-in", "Empty: the provider's own.", advanced=True, only=_BY_SIGN_IN)
    ] = ""
    token_url: Annotated[
        str,
        setting(
            "Address of the tokens", "Empty: the provider's own.", advanced=True, only=_BY_SIGN_IN, takes=_OF_SIGN_IN
        ),
    ] = ""
    scopes: Annotated[
        str, setting("Scopes", "Empty: those that the provider wants.", advanced=True, only=_BY_SIGN_IN)
    ] = ""

    imap_host: Annotated[
        str,
        setting("IMAP server", example="imap.example.com", only=_ELSEWHERE, takes=("imap_password", "signed_in")),
    ] = ""
    imap_port: Annotated[int, setting("IMAP port", only=_ELSEWHERE)] = 993
    imap_security: Annotated[
        Security,
        setting(
            "IMAP encryption",
            "tls (port 993), starttls (port 143), or none on a network of your own.",
            only=_ELSEWHERE,
        ),
    ] = "tls"
    imap_user: Annotated[str, setting("IMAP user", "Usually the address.")] = ""
    imap_password: Annotated[
        str, setting("IMAP password", "An app password, where there are such.", secret=True, only=_BY_PASSWORD)
    ] = ""
    imap_folder: Annotated[str, setting("Folder", "The folder that is read.", advanced=True)] = "INBOX"

    smtp_host: Annotated[
        str,
        setting("SMTP server", example="smtp.example.com", only=_ELSEWHERE, takes=("smtp_password", "signed_in")),
    ] = ""
    smtp_port: Annotated[int, setting("SMTP port", only=_ELSEWHERE)] = 465
    smtp_security: Annotated[
        Security,
        setting(
            "SMTP encryption",
            "tls (port 465), starttls (port 587), or none on a network of your own.",
            only=_ELSEWHERE,
        ),
    ] = "tls"
    smtp_user: Annotated[str, setting("SMTP user", "Empty: the server asks for no login.", only=_ELSEWHERE)] = ""
    smtp_password: Annotated[str, setting("SMTP password", secret=True, only=_BY_PASSWORD)] = ""

    per_minute: Annotated[
        int | None, setting("Mails a minute at most", "Empty: what the provider allows; 0: no limit.", advanced=True)
    ] = None
    per_hour: Annotated[
        int | None, setting("Mails an hour at most", "Empty: what the provider allows; 0: no limit.", advanced=True)
    ] = None
    per_day: Annotated[
        int | None,
        setting(
            "Mails a day at most",
            "Empty: what the provider allows, for example 500 at Gmail (Google Workspace 2000); 0: no limit. A fifth is"
            " kept for answers.",
            advanced=True,
        ),
    ] = None

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
    signed_in: Annotated[Pass | None, kept()] = None

    @property
    def by_sign_in(self) -> bool:
        return self.login != "password"

    @property
    def provider(self) -> Provider:
        """What is known of the provider beforehand."""
        return PROVIDERS.get(self.login, Provider())

    @property
    def whole(self) -> "Settings":
        """As servers are spoken to: with the provider's own servers and one user for both, where one signs in there."""
        if not self.by_sign_in:
            return self
        user, known = self.imap_user or self.own, self.provider
        servers = known.servers() if known.imap_host else {}
        named = replace(self, imap_user=user, smtp_user=user, authserv_id=self.authserv_id or known.authserv_id)
        return replace(named, **servers)

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
    whole = settings.whole
    names = [name for name in _NEEDED if not getattr(whole, name).strip()]
    if settings.address.strip() and not is_address(settings.address):
        names.append("address")
    if settings.reply_secret.strip() and len(settings.reply_secret) < _SHORTEST_SECRET:
        names.append("reply_secret")
    if settings.by_sign_in:
        return [name for name in names if name != "imap_password"] + _not_signed_in(settings)
    return names + (["smtp_password"] if settings.smtp_user and not settings.smtp_password else [])


def _not_signed_in(settings: Settings) -> list[str]:
    before = [name for name in before_sign_in(settings) if name != "address"]
    return before or ([] if settings.signed_in else ["login"])


def before_sign_in(settings: Settings) -> list[str]:
    """Names of what must be filled in before one can go to the provider's sign-in."""
    names = [name for name in ("address", "client_id") if not getattr(settings, name).strip()]
    known = settings.provider
    if not (settings.authorize_url.strip() or known.authorize_url):
        names.append("authorize_url")
    if not (settings.token_url.strip() or known.token_url):
        names.append("token_url")
    if not (settings.scopes.strip() or known.scopes):
        names.append("scopes")
    return names


def own_address(settings: Settings) -> str:
    """How the account is called on screen."""
    return settings.own


def fresh() -> Settings:
    """Settings for a new account, with a reply secret that nobody knows."""
    return Settings(reply_secret=secrets.token_hex(32))
