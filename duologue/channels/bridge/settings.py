"""What connects a bridge: where it is, and the secret that both sides sign with."""

import base64
import binascii
import os
from typing import Annotated

from msgspec import Struct

from duologue.channels.contract import setting

PREFIX = "whsec_"
BYTES = 24, 64  # of a key, least and most (Standard Webhooks 1.0)


class Settings(Struct, frozen=True, kw_only=True):
    url: Annotated[
        str, setting("Bridge address", "Where answers are sent.", example="https://bridge.example.com/duologue")
    ] = ""
    secret: Annotated[
        str, setting("Signing secret", "Both sides sign with it. Made for you; copy it into your bridge.", secret=True)
    ] = ""
    former_secrets: Annotated[
        tuple[str, ...],
        setting("Former secrets", "Still accepted, one a line, while a new one is brought in.", secret=True,
                multiline=True, advanced=True),
    ] = ()  # fmt: skip
    platform: Annotated[str, setting("Name of the platform", "How it is called on your screens.")] = ""


def fresh() -> Settings:
    """With a key of its own."""
    return Settings(secret=PREFIX + base64.b64encode(os.urandom(32)).decode())


def missing(settings: Settings) -> list[str]:
    lacking = [] if settings.url.startswith(("https://", "http://")) else ["url"]
    return lacking + ([] if key(settings.secret) else ["secret"])


def own_address(settings: Settings) -> str:
    return settings.platform.strip() or settings.url.partition("://")[2].partition("/")[0]


def key(secret: str) -> bytes | None:
    """The key's bytes; None for one that is none: what cannot be checked is refused."""
    try:
        found = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if BYTES[0] <= len(found) <= BYTES[1] else None


def keys(settings: Settings) -> list[bytes]:
    """Every key that is accepted, the present one first."""
    return [found for secret in (settings.secret, *settings.former_secrets) if (found := key(secret))]
