"""Opening a session: a new visitor, a returning one, or somebody the website vouches for."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from duologue.channels.web.identity import Identity, prove
from duologue.channels.web.questions import Question, questions
from duologue.channels.web.server import tokens
from duologue.channels.web.server.call import Answer, says
from duologue.channels.web.server.tokens import Visitor
from duologue.channels.web.server.visit import Visit, admit
from duologue.channels.web.settings import Settings

Word = Annotated[str, Meta(max_length=200)]


class Claims(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page says about its visitor without proof: shown as a claim, never used to recognise anybody."""

    name: Word | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None


class Opening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    refresh: Annotated[str, Meta(max_length=4096)] | None = None
    identity: Identity | None = None
    claims: Claims | None = None
    locale: Annotated[str, Meta(max_length=35)] | None = None


class Session(Struct, frozen=True, kw_only=True):
    token: str
    refresh: str
    address: str
    verified: bool
    asks: list[str]  # names of the questions that are still open


async def open_session(visit: Visit) -> Answer:
    """Tokens for a visitor whose id this server made, or whose identity the website has signed."""
    visit.take_from_where("session")
    opening = await visit.call.json(Opening)
    visitor = _visitor(visit, opening)
    admit(visit.settings, visitor)
    return says(session_of(visit, visitor))


def session_of(visit: Visit, visitor: Visitor) -> Session:
    """Fresh tokens that say all this of the visitor."""
    key, channel, now = visit.settings.session_key, visit.account.id, visit.now()
    return Session(
        token=tokens.issue(key, "access", channel, visitor, now=now),
        refresh=tokens.issue(key, "refresh", channel, visitor, now=now),
        address=visitor.address,
        verified=visitor.verified,
        asks=[one.name for one in open_questions(visit.settings, visitor)],
    )


def open_questions(settings: Settings, visitor: Visitor) -> list[Question]:
    """What is still to be asked: nothing twice, and nothing that the website has told."""
    told = {name for name in ("name", "email", "phone") if getattr(visitor, name)}
    return [] if visitor.answered else [one for one in questions(settings) if one.name not in told]


def _visitor(visit: Visit, opening: Opening) -> Visitor:
    """Proof counts before memory: a refreshed session never stands in for a signature that is not right."""
    if opening.identity:
        prove(visit.settings, opening.identity, now=visit.now())
        return _proven(opening.identity, opening.locale)
    if opening.refresh:
        return _claiming(_remembered(visit, opening.refresh), opening)
    return _claiming(Visitor(address=tokens.new_visitor_address()), opening)


def _proven(identity: Identity, locale: str | None) -> Visitor:
    return Visitor(
        address=f"u:{identity.external_id}",
        name=identity.name or None,
        email=identity.email or None,
        locale=locale,
        verified=True,
        until=identity.exp,
    )


def _remembered(visit: Visit, refresh: str) -> Visitor:
    return tokens.redeem(visit.settings.session_key, "refresh", visit.account.id, refresh, now=visit.now())[0]


def _claiming(visitor: Visitor, opening: Opening) -> Visitor:
    locale = opening.locale or visitor.locale
    if visitor.verified or opening.claims is None:
        return replace(visitor, locale=locale)
    own = {name: getattr(visitor, name) for name in visitor.typed}  # what the page does not say, the visitor has said
    name, email = opening.claims.name or own.get("name"), opening.claims.email or own.get("email")
    return replace(visitor, name=name, email=email, locale=locale)
