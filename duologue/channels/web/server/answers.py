"""Takes the answers to the questions before the first message, into the session: they go with every message after.

The free answer is no part of the token, which has a limit: it is judged here and said again with the first message.
"""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from duologue.channels.web.questions import LONGEST_ANSWER, Unanswered, judged
from duologue.channels.web.server.call import Answer, says
from duologue.channels.web.server.sessions import open_questions, session_of
from duologue.channels.web.server.visit import Visit

FIRST = "Please answer this before you write."
Typed = Annotated[str, Meta(max_length=10 * LONGEST_ANSWER)]


class Answers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was typed into each field; one that is not asked is passed over."""

    name: Typed = ""
    email: Typed = ""
    phone: Typed = ""
    question: Typed = ""


async def take(visit: Visit) -> Answer:
    """The session anew, with the answers in it. Raises `Unanswered` with words for each field."""
    visit.take("answers")
    visit.take_from_where("session")
    given = await visit.call.json(Answers)
    visitor = visit.visitor
    asked = open_questions(visit.settings, visitor)
    found = judged(asked, {one.name: getattr(given, one.name) for one in asked})
    typed = {name: found[name] for name in ("name", "email", "phone") if name in found}
    answered = replace(visitor, **typed, typed=tuple(sorted({*visitor.typed, *typed})), answered=True)
    return says(session_of(visit, answered))


async def demand(visit: Visit) -> None:
    """Raises `Unanswered` where somebody begins to write without having answered what must be."""
    left = [one for one in open_questions(visit.settings, visit.visitor) if one.required]
    if left and not await visit.lobby.lines(visit.account, visit.visitor.address, after=0, most=1):
        raise Unanswered({one.name: FIRST for one in left})
