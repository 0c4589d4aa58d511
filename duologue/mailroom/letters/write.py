"""What stands in a letter: the team's own words, the way back, and why it came; in the language of who reads it.

Whoever typed the address may have typed a stranger's. So nothing else that they said is in it: not their name, nor
their words, and of the page they were on only whose it is.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from duologue.conversations import content
from duologue.kernel.vault import Safe
from duologue.kernel.work import Work
from duologue.mailroom.letters.model import Answer, Told, Written
from duologue.mailroom.letters.store import Unseen
from duologue.web.words import SOURCE, choose, say

_HOW = "You can simply answer this mail: your answer reaches the same conversation."
_FILE = "A file is waiting for you in the chat."


def written(work: Work, one: Unseen, told: Told, answers: Sequence[Answer], stop: str) -> Written | None:
    """The letter, or None where nothing is left to be said."""
    tongue = choose(told.locale) if told.locale else SOURCE
    said = [text for answer in answers if (text := _said(work.safe, answer, tongue))]
    if not said:
        return None
    back = _page(told, proven=one.proven)
    way = [f"{say(tongue, _HOW)}\n{say(tongue, _back(back))}" if back else say(tongue, _HOW)]
    why = [f"{say(tongue, _why(one.brand, proven=one.proven))}\n{say(tongue, _stop(stop))}"]
    authors = list(dict.fromkeys(answer.author_name for answer in answers))
    return Written(
        to=told.email,
        subject=say(tongue, _subject(one.brand)),
        text="\n\n".join([*said, *way, *why]),
        author=authors[-1],
        stop=stop,
    )


def _said(safe: Safe, answer: Answer, tongue: str) -> str | None:
    """Who, and what; nothing of somebody who has been forgotten."""
    if answer.content_sealed is None or answer.key_sealed is None:
        return None
    said = content.unseal(safe.contact(answer.contact_id, answer.key_sealed), answer.id, answer.content_sealed)
    words = [said.text or "", say(tongue, _FILE) if answer.files else ""]
    text = "\n".join(part for part in words if part)
    return f"{answer.author_name}:\n{text}" if answer.author_name and text else text or None


def _page(told: Told, *, proven: bool) -> str | None:
    """Where the chat is. The rest of an address may be words of whoever claimed to be there."""
    if not told.page:
        return None
    parts = urlsplit(told.page)
    return told.page if proven else f"{parts.scheme}://{parts.netloc}/"


def _subject(brand: str) -> str:
    return f"Answer from {brand}"


def _back(page: str) -> str:
    return f"Or go back to the chat: {page}"


def _why(brand: str, *, proven: bool) -> str:
    if proven:
        return f"You get this mail because you wrote to {brand} in the chat and had left before the answer came."
    return f"You get this mail because this address was entered in the chat of {brand}."


def _stop(address: str) -> str:
    return f"Do not write to me here: {address}"
