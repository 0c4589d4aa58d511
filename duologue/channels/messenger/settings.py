"""What an administrator fills in to connect a page."""

import secrets
from typing import Annotated

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from duologue.channels.contract import setting
from duologue.channels.meta.door import lines

GRAPH = "https://graph.facebook.com"
VERSION = "v26.0"  # 29 July 2026


class Settings(Struct, frozen=True, kw_only=True):
    """One page of one app. A secret that is not filled in opens nothing."""

    page_id: Annotated[str, setting("Page ID", "The number on the page's “About” tab.", example="1200300400")] = ""
    page_name: Annotated[
        str, setting("Page name", "How the page is called on your screens.", example="Bakery Lark")
    ] = ""
    page_token: Annotated[
        str, setting("Page access token", "Made for a system user, it does not run out.", secret=True)
    ] = ""
    app_secret: Annotated[
        str,
        setting("App secret", "One a line where a new one replaces an old one.", secret=True, multiline=True),
    ] = ""
    verify_token: Annotated[str, setting("Verify token", "Made for you; paste it at Meta.", secret=True)] = ""
    sign: Annotated[bool, setting("Sign replies", "Puts the name of the person who answers below the text.")] = True
    app_id: Annotated[
        str, setting("App ID", "For asking when the token ends, and for pictures in templates.", advanced=True)
    ] = ""
    base_url: Annotated[str, setting("Graph address", advanced=True, example=GRAPH, takes=("page_token",))] = GRAPH
    api_version: Annotated[str, setting("Graph version", advanced=True, example=VERSION)] = VERSION

    def __post_init__(self) -> None:
        """What was pasted with a space or a line break in it means the same without."""
        for name in ("page_id", "page_token", "verify_token", "app_id", "base_url", "api_version"):
            force_setattr(self, name, "".join(getattr(self, name).split()))


def fresh() -> Settings:
    """Settings with a verify token that nobody else has."""
    return replace(Settings(), verify_token=secrets.token_urlsafe(24))


def app_secrets(settings: Settings) -> list[str]:
    """Every app secret that may sign, the newest first; an empty line is none."""
    return lines(settings.app_secret)


def missing(settings: Settings) -> list[str]:
    """Names of the settings without which nothing can be received or sent."""
    needed = ("page_id", "page_token", "app_secret", "verify_token")
    return [name for name in needed if not getattr(settings, name).strip(" ,\n")]


def own_address(settings: Settings) -> str:
    return settings.page_name.strip() or f"Page {settings.page_id}"
