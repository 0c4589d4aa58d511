"""Tries the connection of a chat: keys, places where it may appear, and a way for visitors to reach us."""

from urllib.parse import urlsplit

from duologue.channels.contract import Account, Check
from duologue.channels.web.questions import own
from duologue.channels.web.server.origins import listed, unusable
from duologue.channels.web.settings import Settings, missing, onward


async def check(account: Account) -> list[Check]:
    settings: Settings = account.settings
    return [_keys(settings), _places(settings), _reach(account.public_url), *_questions(settings)]


def own_address(settings: Settings) -> str:
    """The first website the chat stands on, else its title."""
    places = listed(settings.origins)
    return urlsplit(places[0]).netloc if places else settings.title


def _keys(settings: Settings) -> Check:
    gone = missing(settings)
    if gone:
        return Check(name="Keys", ok=False, words=f"Too short: {', '.join(gone)}", todo="Make new keys for this chat.")
    return Check(name="Keys", ok=True, words="Sessions and identities can be signed.")


def _places(settings: Settings) -> Check:
    wrong = unusable(settings.origins)
    if wrong:
        todo = "Write each as https://name, without a path."
        return Check(name="Websites", ok=False, words=f"Not an origin: {', '.join(wrong)}", todo=todo)
    places = listed(settings.origins)
    if not places:
        todo = "Add the address of your website. Until then only the sample page shows the chat."
        return Check(name="Websites", ok=False, words="The chat may appear on no website yet.", todo=todo)
    return Check(name="Websites", ok=True, words=f"The chat may appear on {', '.join(places)}")


def _questions(settings: Settings) -> list[Check]:
    """Nothing, where the questions are as they should be."""
    if settings.ask_question != "off" and not own(settings):
        todo = "Write the question, or switch it off."
        return [
            Check(name="Questions", ok=False, words="Your own question has no words, so it is not asked.", todo=todo)
        ]
    if onward(settings) and settings.ask_email == "off":
        words = "Only people your website has signed in with an address can be written to when they have left."
        return [Check(name="Questions", ok=True, words=words)]
    return []


def _reach(public_url: str) -> Check:
    parts = urlsplit(public_url)
    if parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}:
        return Check(name="Address", ok=True, words=f"Visitors reach the chat at {public_url}")
    todo = "Put a certificate in front of this installation; browsers block an http frame in an https page."
    return Check(name="Address", ok=False, words=f"{public_url} is not encrypted.", todo=todo)
