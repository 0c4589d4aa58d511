"""The page's utility templates: what may still be sent when the time to answer is over.

They took the place of message tags, which ended on 27 April 2026 (Messenger Platform, “Send a utility message”, 13
March 2026). Meta looks at a new one within seconds. They must not advertise.
"""

from typing import Any

from duologue.channels.contract import Account, Filled, Kind, Template
from duologue.channels.messenger.graph import graph
from duologue.channels.messenger.settings import Settings
from duologue.channels.meta import filled, proposed
from duologue.channels.meta.templates import listed
from duologue.channels.proposal import Button, Flaw, Proposal, Proposals, Takes

MEGABYTE = 1024 * 1024

_CATEGORY_WORDS = {"utility": "Utility"}

TAKES = Takes(
    categories=_CATEGORY_WORDS,
    languages=proposed.LANGUAGES,
    name_like=proposed.NAME,
    name_words=proposed.NAME_WORDS,
    body_limit=1024,
    headers=frozenset({Kind.TEXT, Kind.IMAGE}),
    header_limit=60,
    files={Kind.IMAGE: frozenset({"image/jpeg", "image/png"})},
    file_limits={Kind.IMAGE: 8 * MEGABYTE},
    buttons={"reply": 3, "link": 3},
    most_buttons=3,
    button_limit=20,
    source="Messenger Platform: Send a utility message (13 March 2026)",
)


async def templates(account: Account) -> list[Template]:
    """All of the page. Raises `Blocked`, `NoAnswer`."""
    return await listed(graph(account), account.settings.page_id)


async def propose(account: Account, given: Proposal) -> Template:
    """Puts it before Meta. Raises `NotTaken`, `Blocked`, `NoAnswer`."""
    desk = _desk(account)
    handle = await proposed.handle(desk, given.header_file) if given.header_file and given.header != Kind.TEXT else ""
    return await proposed.put(desk, given, proposed.components(given, button, handle))


async def withdraw(account: Account, template: Template) -> None:
    """Raises `NotTaken`, `Blocked`, `NoAnswer`."""
    await proposed.delete(_desk(account), template)


def flaws(settings: Settings, given: Proposal) -> list[Flaw]:
    """What Meta's own rules say beyond limits."""
    return proposed.flaws(given, app_id=settings.app_id)


def button(one: Button, sample: str) -> dict[str, Any]:
    """A button as this API words it; an answer that is tapped comes back as its own payload."""
    if one.kind == "reply":
        return {"type": "POSTBACK", "text": one.text, "payload": one.text}
    found = {"type": "URL", "text": one.text, "url": one.target}
    return found | ({"example": {"url_suffix_example": one.target.split("{{")[0] + sample}} if sample else {})


def worded(chosen: Filled) -> dict[str, Any]:
    """A template that was filled in, as this API wants it: ends of addresses stand together. Raises `BadBlank`."""
    found = filled.template(chosen)
    parts = found.get("components", [])
    buttons = [one for one in parts if one["type"] == "button"]
    if not buttons:
        return found
    ends = [{"type": "URL", "url": one["parameters"][0]["text"]} for one in buttons]
    return {
        **found,
        "components": [*(one for one in parts if one not in buttons), {"type": "buttons", "parameters": ends}],
    }


def _desk(account: Account) -> proposed.Desk:
    settings: Settings = account.settings
    return proposed.Desk(graph=graph(account), node=settings.page_id, app_id=settings.app_id)


PROPOSALS = Proposals(takes=TAKES, propose=propose, withdraw=withdraw, flaws=flaws)
