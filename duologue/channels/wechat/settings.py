"""What an administrator fills in to connect an Official Account."""

from typing import Annotated

from msgspec import Struct
from msgspec.structs import force_setattr

from duologue.channels.contract import setting

API = "https://api.weixin.qq.com"


class Settings(Struct, frozen=True, kw_only=True):
    """One Official Account. A token that is not filled in opens nothing."""

    account_name: Annotated[
        str, setting("Account name", "How the Official Account is called on your screens.", example="Lume")
    ] = ""
    app_id: Annotated[str, setting("AppID", "Begins with wx.", example="wx0123456789abcdef")] = ""
    app_secret: Annotated[str, setting("AppSecret", "Opens the API.", secret=True)] = ""
    token: Annotated[
        str,
        setting(
            "Token",
            "Made up by you, 3 to 32 letters and digits; the same as in the server configuration.",
            secret=True,
            multiline=True,
        ),
    ] = ""
    aes_key: Annotated[
        str,
        setting(
            "EncodingAESKey",
            "43 characters. With it, only encrypted calls are taken. One a line where a new one replaces an old one.",
            secret=True,
            multiline=True,
        ),
    ] = ""
    account_id: Annotated[
        str,
        setting("Original ID", "Begins with gh_. Where it is filled in, calls for others are not kept.", advanced=True),
    ] = ""
    kf_account: Annotated[
        str,
        setting(
            "Customer-service account",
            "Whose name and picture the person sees. Empty: the account's own.",
            advanced=True,
            example="agent1@lume",
        ),
    ] = ""
    fresh_seconds: Annotated[
        int, setting("Age of calls, seconds", "Older calls are refused as copies.", advanced=True)
    ] = 600
    base_url: Annotated[str, setting("API address", advanced=True, example=API, takes=("app_secret",))] = API

    def __post_init__(self) -> None:
        """What was pasted with a space or a line break in it means the same without."""
        for name in ("app_id", "app_secret", "account_id", "kf_account", "base_url"):
            force_setattr(self, name, "".join(getattr(self, name).split()))


def tokens(settings: Settings) -> list[str]:
    """Every token that may sign, the newest first; an empty line is none."""
    return settings.token.replace(",", " ").split()


def aes_keys(settings: Settings) -> list[str]:
    """Every key that may have encrypted, the newest first."""
    return settings.aes_key.replace(",", " ").split()


def missing(settings: Settings) -> list[str]:
    """Names of the settings without which nothing can be received or sent."""
    return [name for name in ("app_id", "app_secret", "token") if not getattr(settings, name).strip(" ,\n")]


def own_address(settings: Settings) -> str:
    return settings.account_name.strip() or settings.account_id or settings.app_id or "WeChat"
