"""What an administrator fills in to connect a number, or a messaging service with several."""

import re
from typing import Annotated

from msgspec import Struct
from msgspec.structs import force_setattr

from duologue.channels.contract import Speed, setting

API = "https://api.twilio.com"
_SENT = ("auth_token", "api_secret")
MESSAGING = "https://messaging.twilio.com"
STOP = ("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT")
START = ("START", "UNSTOP")
BURST = 5
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")


class Settings(Struct, frozen=True, kw_only=True):
    """One sender of one account. A token that is not filled in opens nothing."""

    account_sid: Annotated[str, setting("Account SID", "From the first page of the console. Begins with AC.")] = ""
    auth_token: Annotated[
        str,
        setting(
            "Auth token",
            "Stands beside the account SID. One a line where a new one replaces an old one: the newest first.",
            secret=True,
            multiline=True,
        ),
    ] = ""
    sender: Annotated[
        str,
        setting(
            "Sender",
            "Your number with + and the country, a short code, or a messaging service (begins with MG).",
            example="+14155550199",
        ),
    ] = ""
    price: Annotated[
        str,
        setting(
            "Price of a segment",
            "What Twilio and the carrier take for one, so that the cost is seen before sending. Empty: not shown.",
            example="0.0083",
        ),
    ] = ""
    picture_price: Annotated[str, setting("Price of a message with files", example="0.022")] = ""
    currency: Annotated[str, setting("Currency of the prices", example="USD")] = "USD"
    mms: Annotated[
        bool, setting("Files can be sent", "Numbers of the USA and Canada can (MMS); most others cannot.")
    ] = True
    a_second: Annotated[
        int,
        setting(
            "Messages a second",
            "1 for a usual number, 3 for a toll-free one, 100 for a short code; of a service the sum of its numbers. "
            "What is sent faster waits at Twilio, for ten hours at most.",
            advanced=True,
        ),
    ] = 1
    sign: Annotated[
        bool, setting("Show who answers", "Puts the name of the person who answers below the text; it is counted too.")
    ] = False
    smart: Annotated[
        bool,
        setting("Save on quotation marks", "Curly quotation marks and dashes are sent as plain ones, which cost less."),
    ] = True
    low_balance: Annotated[
        int, setting("Warn below this balance", "In the currency of your account at Twilio.", advanced=True)
    ] = 10
    stop_words: Annotated[
        str,
        setting(
            "Words that stop", "A message of one of these words alone ends all sending to its writer.", advanced=True
        ),
    ] = " ".join(STOP)
    start_words: Annotated[str, setting("Words that start again", advanced=True)] = " ".join(START)
    api_key: Annotated[
        str,
        setting(
            "API key SID", "Begins with SK. With it, calls to Twilio are not made by the auth token.", advanced=True
        ),
    ] = ""
    api_secret: Annotated[str, setting("API key secret", secret=True, advanced=True)] = ""
    shared_keys: Annotated[
        str,
        setting(
            "Shared keys",
            "Where Twilio signs its calls by such keys instead of the auth token. One a line.",
            secret=True,
            multiline=True,
            advanced=True,
        ),
    ] = ""
    base_url: Annotated[str, setting("API address", advanced=True, example=API, takes=_SENT)] = API
    messaging_url: Annotated[
        str, setting("Address of messaging services", advanced=True, example=MESSAGING, takes=_SENT)
    ] = MESSAGING

    def __post_init__(self) -> None:
        """What was pasted with spaces in it means the same without; a number may be written with them."""
        for name in ("account_sid", "api_key", "api_secret", "base_url", "messaging_url", "price", "picture_price"):
            force_setattr(self, name, "".join(getattr(self, name).split()))
        if self.sender.strip().startswith("+"):
            force_setattr(self, "sender", "+" + "".join(one for one in self.sender if one.isdigit()))
        else:
            force_setattr(self, "sender", self.sender.strip())


def auth_tokens(settings: Settings) -> list[str]:
    """Every auth token that may sign, the newest first; an empty line is none."""
    return settings.auth_token.replace(",", " ").split()


def shared_keys(settings: Settings) -> list[str]:
    return settings.shared_keys.replace(",", " ").split()


def is_service(settings: Settings) -> bool:
    """Whether messages leave by a messaging service, which chooses one of its numbers."""
    return _SERVICE.fullmatch(settings.sender) is not None


def speed(settings: Settings) -> Speed:
    """A number of which nothing is known goes as slowly as the slowest."""
    a_second = min(max(settings.a_second, 1), 1000)
    return Speed(a_second, max(BURST, a_second))


def missing(settings: Settings) -> list[str]:
    """Names of the settings without which nothing can be received or sent."""
    return [name for name in ("account_sid", "auth_token", "sender") if not getattr(settings, name).strip(" ,\n")]


def own_address(settings: Settings) -> str:
    return settings.sender or "SMS"
