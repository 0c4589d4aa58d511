"""A call that has found its account: what every handler is given."""

from datetime import datetime
from functools import cached_property
from typing import Any

from duologue.channels.contract import Account, Lobby
from duologue.channels.web.server import tokens
from duologue.channels.web.server.call import Call
from duologue.channels.web.server.limits import Limits
from duologue.channels.web.server.origins import listed, may_call, own_origin
from duologue.channels.web.server.tokens import Visitor
from duologue.channels.web.settings import Settings
from duologue.errors import NotAllowed, NotSignedIn


class Visit:
    def __init__(self, call: Call, account: Account, lobby: Lobby, limits: Limits) -> None:
        self.call = call
        self.account = account
        self.lobby = lobby
        self._limits = limits

    @property
    def settings(self) -> Settings:
        return self.account.settings

    @property
    def limits(self) -> Limits:
        return self._limits

    def now(self) -> datetime:
        return self.account.clock()

    @cached_property
    def places(self) -> list[str]:
        return listed(self.settings.origins)

    @cached_property
    def session(self) -> tuple[Visitor, float]:
        """Who speaks, and until when. Raises `NotSignedIn` without a token of this account that still counts."""
        scheme, _, token = self.call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedIn("This session has ended.")
        visitor, until = tokens.redeem(
            self.settings.session_key, "access", self.account.id, token.strip(), now=self.now()
        )
        admit(self.settings, visitor)
        return visitor, until

    @property
    def visitor(self) -> Visitor:
        return self.session[0]

    def check_origin(self) -> None:
        """Raises `NotAllowed` for a call from a page of a website that is not listed, whatever its token says."""
        origin = self.call.headers.get("origin")
        if origin is None:
            return
        own, host = own_origin(self.account.public_url), self.call.headers.get("host", "")
        if not may_call(origin.lower(), places=self.places, own=own, host=host.lower()):
            raise NotAllowed("This website may not use the chat.")

    def take(self, what: str, *, cost: float = 1) -> None:
        """Counts against this visitor; raises `TooMany`."""
        who = f"{self.account.id} {self.visitor.address}"
        self._limits.take(what, who, now=self.now(), cost=cost)

    def take_from_where(self, what: str) -> None:
        """Counts against the network address that calls; raises `TooMany`."""
        self._limits.take(what, f"{self.account.id} {self.call.from_where}", now=self.now())


def admit(settings: Settings, visitor: Visitor) -> None:
    """Raises `NotSignedIn` where only proven people are served and this visitor is not proven."""
    if settings.identity_enforced and not visitor.verified:
        raise NotSignedIn("Please sign in on this website to use the chat.")


def allow_headers(origin: str | None) -> dict[str, Any]:
    """Lets a page of a listed website read the answer. Nothing is ever sent with cookies."""
    if origin is None:
        return {}
    return {"access-control-allow-origin": origin, "vary": "Origin"}
