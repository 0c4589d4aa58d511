"""What an administrator fills in to connect a number."""

import secrets
from typing import Annotated

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from duologue.channels.contract import setting
from duologue.channels.meta.door import lines

HOST = "https://graph.facebook.com"
VERSION = "v26.0"  # 29 July 2026
MEDIA_HOSTS = "fbsbx.com,facebook.com,whatsapp.net"  # files lie at lookaside.fbsbx.com (media reference, Nov 2025)


class Settings(Struct, frozen=True, kw_only=True):
    """One number of a business account. A secret that is not filled in opens nothing."""

    number: Annotated[str, setting("Number", "As people see it, with country code.", example="+1 415 555 0199")] = ""
    phone_id: Annotated[
        str, setting("Phone number ID", "Meta's id of the number, not the number itself.", example="900100200300")
    ] = ""
    account_id: Annotated[
        str, setting("WhatsApp Business Account ID", "Stands beside the phone number ID.", example="800100200300")
    ] = ""
    token: Annotated[str, setting("Access token", "Of a system user, without an end.", secret=True)] = ""
    app_secret: Annotated[
        str,
        setting(
            "App secret",
            "From “App settings → Basic”; while it is changed, both, one a line.",
            secret=True,
            multiline=True,
        ),
    ] = ""
    verify_token: Annotated[str, setting("Verify token", "Made for you; paste it at Meta.", secret=True)] = ""
    sign: Annotated[bool, setting("Sign replies", "Puts the name of the person who answers below the text.")] = True
    list_label: Annotated[
        str, setting("Label of lists", "On the button that opens more than three choices.", advanced=True)
    ] = "Choose"
    app_id: Annotated[
        str,
        setting(
            "App ID", "For asking when the token ends and where events go, and for files in templates.", advanced=True
        ),
    ] = ""
    base_url: Annotated[str, setting("Graph address", advanced=True, example=HOST, takes=("token",))] = HOST
    api_version: Annotated[str, setting("Graph version", advanced=True, example=VERSION)] = VERSION
    files_from: Annotated[
        str, setting("Hosts of files", "Only these, and those below them, are shown the token.", advanced=True)
    ] = MEDIA_HOSTS

    def __post_init__(self) -> None:
        """What was pasted with a space or a line break in it means the same without."""
        for name in ("phone_id", "account_id", "token", "verify_token", "app_id", "base_url"):
            force_setattr(self, name, "".join(getattr(self, name).split()))
        force_setattr(self, "number", self.number.strip())


def fresh() -> Settings:
    """Settings with a verify token that nobody else has."""
    return replace(Settings(), verify_token=secrets.token_urlsafe(24))


def app_secrets(settings: Settings) -> list[str]:
    """Every secret that may sign, the newest first; an empty line is none."""
    return lines(settings.app_secret)


def missing(settings: Settings) -> list[str]:
    """Names of the settings without which nothing can be received or sent."""
    needed = ("phone_id", "account_id", "token", "app_secret", "verify_token")
    return [name for name in needed if not getattr(settings, name).strip(" ,\n")]


def own_address(settings: Settings) -> str:
    return settings.number or f"Number {settings.phone_id}"
