"""STOP and START, in Twilio's words or the person's."""

from datetime import datetime

from duologue.channels.contract import Opted
from duologue.channels.shared.strict import Object, fact
from duologue.channels.sms.settings import Settings


def keyword(settings: Settings, params: Object) -> str | None:
    """STOP, START or HELP, where the message was one of these.

    `OptOutType` comes where "Advanced Opt-Out" is on, and then it is what Twilio has acted upon. Else the word stands
    alone in its message: people who write it in a sentence mean something else.
    """
    told = (fact(params, "OptOutType", 20) or "").upper()
    if told in {"STOP", "START", "HELP"}:
        return told
    word = (fact(params, "Body", 100) or "").strip(" \t\r\n.!?\"'*").upper()
    if not word:
        return None
    if word in settings.stop_words.upper().replace(",", " ").split():
        return "STOP"
    return "START" if word in settings.start_words.upper().replace(",", " ").split() else None


def wish(settings: Settings, params: Object, address: str, at: datetime) -> Opted | None:
    """What the person wants from now on, where this message says so."""
    found = keyword(settings, params)
    if found not in {"STOP", "START"}:
        return None
    word = fact(params, "Body", 100)
    return Opted(address=address, at=at, stopped=found == "STOP", scope="all", word=word)
