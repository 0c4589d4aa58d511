"""The business account's templates: those there are, new ones put before Meta, old ones taken away."""

from typing import Any

from duologue.channels.contract import Account, Template
from duologue.channels.meta import proposed
from duologue.channels.meta.templates import listed
from duologue.channels.proposal import Button, Codes, Flaw, Kind, Proposal, Proposals, Takes
from duologue.channels.whatsapp.graph import graph
from duologue.channels.whatsapp.media import LIMITS
from duologue.channels.whatsapp.settings import Settings

_CATEGORY_WORDS = {"utility": "Utility", "marketing": "Marketing", "authentication": "One-time code"}
CODES = Codes(
    category="authentication",
    words="{{code}} is your verification code.",
    warning="For your security, do not share this code.",
    ends="This code expires in {{minutes}} minutes.",
    button="Copy code",
)

TAKES = Takes(
    categories=_CATEGORY_WORDS,
    languages=proposed.LANGUAGES,
    name_like=proposed.NAME,
    name_words=proposed.NAME_WORDS,
    body_limit=1024,
    headers=frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.FILE}),
    header_limit=60,
    footer_limit=60,
    files={
        Kind.IMAGE: frozenset({"image/jpeg", "image/png"}),
        Kind.VIDEO: frozenset({"video/mp4"}),
        Kind.FILE: frozenset({"application/pdf"}),
    },
    file_limits={Kind.IMAGE: LIMITS["image"], Kind.VIDEO: LIMITS["video"], Kind.FILE: LIMITS["document"]},
    buttons={"reply": 10, "link": 2, "phone": 1},
    most_buttons=10,
    button_limit=25,
    codes=CODES,
    source="WhatsApp Business Platform: templates, components (November 2025 to July 2026)",
)


async def templates(account: Account) -> list[Template]:
    """All of them. Raises `Blocked`, `NoAnswer`."""
    settings: Settings = account.settings
    return await listed(graph(account), settings.account_id)


async def propose(account: Account, given: Proposal) -> Template:
    """Puts it before Meta. Raises `NotTaken`, `Blocked`, `NoAnswer`."""
    desk = _desk(account)
    if given.category == CODES.category:
        return await proposed.put(desk, given, proposed.code_components(given))
    handle = await proposed.handle(desk, given.header_file) if given.header_file and given.header != Kind.TEXT else ""
    return await proposed.put(desk, given, proposed.components(given, button, handle))


async def withdraw(account: Account, template: Template) -> None:
    """Deletes it in its language. Raises `NotTaken`, `Blocked`, `NoAnswer`."""
    await proposed.delete(_desk(account), template)


def flaws(settings: Settings, given: Proposal) -> list[Flaw]:
    """What Meta's own rules say beyond limits."""
    if given.category == CODES.category:
        return []
    return proposed.flaws(given, app_id=settings.app_id)


def button(one: Button, sample: str) -> dict[str, Any]:
    """A button as the API words it."""
    if one.kind == "phone":
        return {"type": "PHONE_NUMBER", "text": one.text, "phone_number": proposed.digits(one.target)}
    if one.kind == "link":
        return {"type": "URL", "text": one.text, "url": one.target} | ({"example": [sample]} if sample else {})
    return {"type": "QUICK_REPLY", "text": one.text}


def _desk(account: Account) -> proposed.Desk:
    settings: Settings = account.settings
    return proposed.Desk(graph=graph(account), node=settings.account_id, app_id=settings.app_id)


PROPOSALS = Proposals(takes=TAKES, propose=propose, withdraw=withdraw, flaws=flaws)
