"""What an administrator decides about the brand's own chat, and the keys that were made for it."""

import re
import secrets
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Onward, setting

SHORTEST_KEY = 32  # characters; ours are 43, which is 256 bits
HOUSE_COLOUR = "#00727c"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SOONEST, _LATEST = 1, 24 * 60  # minutes

Ask = Literal["off", "optional", "required"]
ASK_WORDS = {"off": "Do not ask", "optional": "May be left empty", "required": "Must be answered"}


class Settings(Struct, frozen=True, kw_only=True):
    """Fields draw the connect form. Both keys are made by `fresh`; an account without them serves nobody."""

    title: Annotated[str, setting("Title", "Stands at the top of the chat.", example="Lume Support")] = "Chat with us"
    greeting: Annotated[str, setting("Greeting", "The first words a visitor sees.", multiline=True)] = (
        "Ask us anything. A person answers, here in this window."
    )
    accent: Annotated[str, setting("Colour", "Six hexadecimal digits.", example=HOUSE_COLOUR)] = HOUSE_COLOUR
    origins: Annotated[
        str,
        setting(
            "Websites",
            "Where the chat may appear, one a line. https://*.example.com stands for every name below example.com.",
            example="https://shop.example.com",
            multiline=True,
        ),
    ] = ""
    identity_enforced: Annotated[
        bool, setting("Only for people you have signed in", "Visitors without a valid signature of yours are refused.")
    ] = False
    ask_name: Annotated[Ask, setting("Ask for the name", "Before the first message.", titles=ASK_WORDS)] = "off"
    ask_email: Annotated[
        Ask,
        setting(
            "Ask for the email address",
            "Anybody may enter anybody's: it is shown as not verified, and joins nobody to a person you know.",
            titles=ASK_WORDS,
        ),
    ] = "off"
    ask_phone: Annotated[Ask, setting("Ask for the phone number", titles=ASK_WORDS)] = "off"
    ask_question: Annotated[Ask, setting("Ask a question of your own", titles=ASK_WORDS)] = "off"
    question: Annotated[
        str,
        setting(
            "Your own question",
            "At most 200 characters.",
            example="What is your order number?",
            only={"ask_question": ("optional", "required")},
        ),
    ] = ""
    privacy: Annotated[
        str, setting("Privacy line", "Stands below the questions.", example="We use this only to answer you.")
    ] = ""
    privacy_link: Annotated[
        str, setting("Privacy page", "Where the line leads.", example="https://example.com/privacy")
    ] = ""
    onward_through: Annotated[
        str,
        setting(
            "Continue by email",
            "By this account, answers go on to visitors who have left without seeing them and gave an email address.",
            account=True,
        ),
    ] = ""
    onward_minutes: Annotated[int, setting("Minutes before it continues by email", "1 to 1440.")] = 10
    identity_secret: Annotated[
        str,
        setting(
            "Identity secret",
            "Signs who is logged in. Enter your own, 32 characters or more; the one made for you is never shown.",
            secret=True,
        ),
    ] = ""
    session_key: Annotated[
        str, setting("Session key", "Changing it ends every visitor's session.", secret=True, advanced=True)
    ] = ""


def fresh() -> Settings:
    """Settings for a new account, with keys nobody has seen."""
    return Settings(identity_secret=secrets.token_urlsafe(32), session_key=secrets.token_urlsafe(32))


def missing(settings: Settings) -> list[str]:
    """Names of what must be filled before the chat may be switched on: a key, where one was emptied or shortened."""
    keys = ("identity_secret", "session_key")
    return [name for name in keys if len(getattr(settings, name)) < SHORTEST_KEY]


def colour(settings: Settings) -> str:
    """The accent, or the house's own where what was entered is no colour."""
    return settings.accent.lower() if _COLOUR.fullmatch(settings.accent) else HOUSE_COLOUR


def onward(settings: Settings) -> Onward | None:
    """Where answers go on that a visitor who has left did not see."""
    try:
        through = UUID(settings.onward_through.strip())
    except ValueError:
        return None
    return Onward(through=through, after=timedelta(minutes=min(max(settings.onward_minutes, _SOONEST), _LATEST)))
