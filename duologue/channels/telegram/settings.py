"""What an administrator fills in to connect a bot."""

import secrets
from typing import Annotated

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from duologue.channels.contract import setting

API = "https://api.telegram.org"


class Settings(Struct, frozen=True, kw_only=True):
    """One bot. A secret that is not filled in opens nothing."""

    token: Annotated[
        str, setting("Bot token", "BotFather gives it when the bot is made.", secret=True, example="110201543:AAHd…")
    ] = ""
    bot_name: Annotated[str, setting("Bot username", "How the bot is called on your screens.", example="lume_bot")] = ""
    poll: Annotated[
        bool,
        setting("Fetch messages", "On: this installation asks for messages, and needs no address of its own outside."),
    ] = False
    secret_token: Annotated[
        str,
        setting(
            "Webhook secret",
            "Made for you. One a line where a new one replaces an old one.",
            secret=True,
            multiline=True,
            advanced=True,
        ),
    ] = ""
    take_over: Annotated[
        bool,
        setting("Take the bot over", "Replaces a webhook that another program has set.", advanced=True),
    ] = False
    sign: Annotated[bool, setting("Sign replies", "Puts the name of the person who answers below the text.")] = True
    base_url: Annotated[str, setting("Bot API address", advanced=True, example=API, takes=("token",))] = API

    def __post_init__(self) -> None:
        """What was pasted with a space, a line break or an @ in it means the same without."""
        for name in ("token", "base_url"):
            force_setattr(self, name, "".join(getattr(self, name).split()))
        force_setattr(self, "bot_name", self.bot_name.strip().removeprefix("@"))


def fresh() -> Settings:
    """Settings with a webhook secret that nobody else has."""
    return replace(Settings(), secret_token=secrets.token_urlsafe(32))


def hook_secrets(settings: Settings) -> list[str]:
    """Every secret that a call may bear, the newest first; an empty line is none."""
    return settings.secret_token.replace(",", " ").split()


def bot_id(settings: Settings) -> str:
    """The number before the colon of the token: it says which bot this is, and is no secret."""
    return settings.token.partition(":")[0]


def missing(settings: Settings) -> list[str]:
    """Names of the settings without which nothing can be received or sent."""
    needed = ("token",) if settings.poll else ("token", "secret_token")
    return [name for name in needed if not getattr(settings, name).strip(" ,\n")]


def own_address(settings: Settings) -> str:
    return f"@{settings.bot_name}" if settings.bot_name else f"Bot {bot_id(settings)}"
