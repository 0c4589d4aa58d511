"""What an administrator fills in to connect a professional account, by either of the two logins."""

import secrets
from datetime import datetime
from typing import Annotated

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from duologue.channels.contract import setting
from duologue.channels.meta.door import lines

OWN_HOST, PAGE_HOST = "https://graph.instagram.com", "https://graph.facebook.com"
VERSION = "v26.0"  # 29 July 2026


class Settings(Struct, frozen=True, kw_only=True):
    """One professional account. With a page's number it is reached through that page (Facebook Login).

    A secret that is not filled in opens nothing.
    """

    account_id: Annotated[
        str, setting("Account ID", "The number of the professional account, not its name.", example="17840001112223")
    ] = ""
    username: Annotated[
        str, setting("Username", "How the account is called on your screens.", example="lume.shoes")
    ] = ""
    token: Annotated[
        str,
        setting("Access token", "Of the account (Instagram Login), or of the page (Facebook Login).", secret=True),
    ] = ""
    app_secret: Annotated[
        str,
        setting(
            "App secrets",
            "One a line: the Instagram app secret, and the app secret of the basic settings. Either may sign.",
            secret=True,
            multiline=True,
        ),
    ] = ""
    verify_token: Annotated[str, setting("Verify token", "Made for you; paste it at Meta.", secret=True)] = ""
    page_id: Annotated[
        str,
        setting("Page ID", "Only with Facebook Login: the page that the account is linked to.", example="1200300400"),
    ] = ""
    sign: Annotated[bool, setting("Sign replies", "Puts the name of the person who answers below the text.")] = True
    token_ends: Annotated[
        str,
        setting("Token ends", "Kept up by itself: the token of an Instagram Login is renewed in time.", advanced=True),
    ] = ""
    carry_id: Annotated[
        bool,
        setting("Send our id along", "Where Meta hands it back, an echo settles a doubtful message.", advanced=True),
    ] = False
    app_id: Annotated[str, setting("App ID", "With Facebook Login, for asking when the token ends.", advanced=True)] = (
        ""
    )
    base_url: Annotated[str, setting("Graph address", advanced=True, example=OWN_HOST, takes=("token",))] = ""
    api_version: Annotated[str, setting("Graph version", advanced=True, example=VERSION)] = VERSION

    def __post_init__(self) -> None:
        """What was pasted with a space, a line break or an @ in it means the same without."""
        for name in ("account_id", "page_id", "token", "verify_token", "token_ends", "app_id", "base_url"):
            force_setattr(self, name, "".join(getattr(self, name).split()))
        force_setattr(self, "username", self.username.strip().removeprefix("@"))


def fresh() -> Settings:
    """Settings with a verify token that nobody else has."""
    return replace(Settings(), verify_token=secrets.token_urlsafe(24))


def by_page(settings: Settings) -> bool:
    """Whether the account is reached through its page (Facebook Login)."""
    return bool(settings.page_id)


def host(settings: Settings) -> str:
    return settings.base_url or (PAGE_HOST if by_page(settings) else OWN_HOST)


def app_secrets(settings: Settings) -> list[str]:
    """Every secret that may sign, the newest first; an empty line is none."""
    return lines(settings.app_secret)


def ends(settings: Settings) -> datetime | None:
    """When the token ends, as far as is known."""
    try:
        found = datetime.fromisoformat(settings.token_ends)
    except ValueError:
        return None
    return found if found.tzinfo else None


def missing(settings: Settings) -> list[str]:
    """Names of the settings without which nothing can be received or sent."""
    needed = ("account_id", "token", "app_secret", "verify_token")
    return [name for name in needed if not getattr(settings, name).strip(" ,\n")]


def own_address(settings: Settings) -> str:
    return f"@{settings.username}" if settings.username else f"Account {settings.account_id}"
