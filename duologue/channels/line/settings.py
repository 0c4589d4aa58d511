"""What an administrator fills in to connect an Official Account."""

from typing import Annotated

from msgspec import Struct
from msgspec.structs import force_setattr

from duologue.channels.contract import setting

API = "https://api.line.me"
DATA = "https://api-data.line.me"
STICKERS = "https://stickershop.line-scdn.net/stickershop/v1/sticker/{id}/android/sticker.png"


class Settings(Struct, frozen=True, kw_only=True):
    """One Messaging API channel. A secret that is not filled in opens nothing."""

    account_name: Annotated[
        str, setting("Account name", "How the Official Account is called on your screens.", example="Lume")
    ] = ""
    channel_secret: Annotated[
        str,
        setting(
            "Channel secret",
            "From “Basic settings”. One a line where a new one replaces an old one.",
            secret=True,
            multiline=True,
        ),
    ] = ""
    access_token: Annotated[
        str, setting("Channel access token", "The long-lived one: it does not run out.", secret=True)
    ] = ""
    sign: Annotated[bool, setting("Show who answers", "Puts the name of the person who answers above the message.")] = (
        True
    )
    mark_read: Annotated[bool, setting("Mark as read", "What you have read is shown to the person as read.")] = True
    video_preview: Annotated[
        str,
        setting(
            "Picture for videos",
            "LINE shows it until a video is played: the https address of a JPEG or PNG. Without it, no videos.",
            advanced=True,
        ),
    ] = ""
    bot_id: Annotated[
        str,
        setting("Bot user ID", "Begins with U. Where it is filled in, calls for others are not kept.", advanced=True),
    ] = ""
    reply_seconds: Annotated[
        int,
        setting("Free answers, seconds", "How long after a message its free reply token is used.", advanced=True),
    ] = 50
    sticker_url: Annotated[
        str, setting("Sticker pictures", "Where they are fetched. Empty: stickers are told in words.", advanced=True)
    ] = STICKERS
    base_url: Annotated[str, setting("API address", advanced=True, example=API, takes=("access_token",))] = API
    data_url: Annotated[str, setting("Address of files", advanced=True, example=DATA, takes=("access_token",))] = DATA

    def __post_init__(self) -> None:
        """What was pasted with a space or a line break in it means the same without."""
        for name in ("access_token", "bot_id", "video_preview", "sticker_url", "base_url", "data_url"):
            force_setattr(self, name, "".join(getattr(self, name).split()))


def channel_secrets(settings: Settings) -> list[str]:
    """Every secret that may sign, the newest first; an empty line is none."""
    return settings.channel_secret.replace(",", " ").split()


def missing(settings: Settings) -> list[str]:
    """Names of the settings without which nothing can be received or sent."""
    return [name for name in ("channel_secret", "access_token") if not getattr(settings, name).strip(" ,\n")]


def own_address(settings: Settings) -> str:
    return settings.account_name.strip() or settings.bot_id or "LINE"
