"""Who may come in where. Every route declares its policy; one guard in front of all of them keeps it."""

import time
from enum import StrEnum
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import ASGIRoute, HTTPRoute, WebSocketRoute
from msgspec import Struct

from duologue.errors import NotAllowed, NotSignedIn
from duologue.kernel.house import House
from duologue.web import client
from duologue.web.sessions import Viewer, viewer_of


class Policy(StrEnum):
    """Given to a handler as `policy=Policy.…`."""

    PUBLIC = "public"  # everybody; changes only from our own pages
    SIGNED_IN = "signed-in"
    ADMINISTRATOR = "administrator"
    API_KEY = "api-key"  # a program with a key; no cookie counts
    OPERATOR = "operator"  # this machine itself, or a program with a key
    OUTSIDE = "outside"  # platforms and visitors of the brand's website: the handler judges them by itself


class KeyHolder(Struct, frozen=True, kw_only=True):
    """A program that acts for a workspace."""

    workspace_id: UUID
    key_id: UUID
    name: str


class Gate:
    """The guard. `key_of` finds the holder of an Authorization header."""

    def __init__(self, house: House, key_of: Any) -> None:
        self._house = house
        self._key_of = key_of

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Raises `NotSignedIn`, `NotAllowed`; else `connection.state` has what the policy is about."""
        connection.state.began = time.perf_counter()
        policy = Policy(handler.opt["policy"])
        if policy in _WITH_COOKIE:
            self._refuse_foreign_pages(connection)
        if policy in {Policy.SIGNED_IN, Policy.ADMINISTRATOR}:
            connection.state.viewer = await self._viewer(connection, policy)
        elif policy is Policy.API_KEY or (policy is Policy.OPERATOR and not self._is_operator(connection)):
            connection.state.key = await self._key(connection)

    def _refuse_foreign_pages(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        headers = client.headers_of(connection.scope)
        if not client.from_our_pages(str(connection.scope.get("method", "GET")), headers, self._house.settings):
            raise NotAllowed("This was not sent by a page of this installation. Open it again, then repeat.")

    async def _viewer(self, connection: ASGIConnection[Any, Any, Any, Any], policy: Policy) -> Viewer:
        viewer = await viewer_of(self._house, connection.scope)
        if viewer is None:
            raise NotSignedIn("Please sign in.")
        connection.state.viewer = viewer
        if policy is Policy.ADMINISTRATOR and not viewer.administrator:
            raise NotAllowed("Only an administrator can do this.")
        return viewer

    async def _key(self, connection: ASGIConnection[Any, Any, Any, Any]) -> KeyHolder:
        holder = await self._key_of(self._house, client.headers_of(connection.scope).get("authorization"))
        if not isinstance(holder, KeyHolder):
            raise NotSignedIn("A valid API key is needed: Authorization: Bearer dlg_…")
        return holder

    def _is_operator(self, connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
        return client.is_local(connection.scope, self._house.settings)


class Way(Struct, frozen=True, order=True):
    """One line of the route inventory."""

    path: str
    method: str
    policy: Policy


def inventory(app: Litestar) -> list[Way]:
    """Every way into the program with its policy. Raises `LookupError` naming handlers that declare none."""
    found, lacking = [], []
    for path, method, handler in _handlers(app):
        policy = handler.opt.get("policy")
        if isinstance(policy, Policy):
            found.append(Way(path, method, policy))
        else:
            lacking.append(f"{method} {path} ({handler})")
    if lacking:
        raise LookupError(f"No policy is declared for: {', '.join(lacking)}")
    return sorted(found)


def _handlers(app: Litestar) -> list[tuple[str, str, BaseRouteHandler]]:
    found: list[tuple[str, str, BaseRouteHandler]] = []
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                # OPTIONS is Litestar's own answer: which methods there are, and nothing else
                found += [(route.path, str(method), handler) for method in handler.http_methods if method != "OPTIONS"]
        elif isinstance(route, ASGIRoute | WebSocketRoute):
            found.append((route.path, "*", route.route_handler))
    return found


_WITH_COOKIE = {Policy.PUBLIC, Policy.SIGNED_IN, Policy.ADMINISTRATOR}
