"""A made-up platform."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from duologue.channels.contract import Abilities, Account, Channel, Check, Reply, Unknown, setting

KIND = "pretend"
MADE_KEY = "made-for-this-account-and-no-other-0123456789"


class Settings(Struct, frozen=True, kw_only=True):
    page: Annotated[str, setting("Page", "Its number.")] = ""
    token: Annotated[str, setting("Token", secret=True)] = ""
    key: Annotated[str, setting("Key", secret=True, advanced=True)] = ""
    port: Annotated[int, setting("Port")] = 993
    security: Annotated[Literal["tls", "none"], setting("Encryption")] = "tls"
    sign: Annotated[bool, setting("Sign replies")] = True
    notes: Annotated[str, setting("Notes", multiline=True)] = ""
    server: Annotated[str, setting("Server", advanced=True)] = "https://platform.example"


def missing(settings: Settings) -> list[str]:
    return [name for name in ("page", "token", "key") if not getattr(settings, name)]


async def check(account: Account) -> list[Check]:
    answer = await account.egress.request("GET", f"{account.settings.server}/me", seconds=5)
    return [Check(name="Token", ok=answer.status == 200, words=f"The platform answered {answer.status}.")]


async def send(account: Account, outgoing: Any) -> Unknown:
    return Unknown(reason="made up")


PRETEND = Channel(
    kind=KIND,
    title="Pretend",
    settings=Settings,
    abilities=Abilities(),
    read=lambda settings, raw: [],
    send=send,
    missing=missing,
    verify=lambda settings, request: Reply(status=401),
    check=check,
    own_address=lambda settings: f"Page {settings.page}" if settings.page else "",
    secret=lambda: Settings(key=MADE_KEY),
)
