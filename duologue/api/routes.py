"""All routes of the API, behind one policy, one pace and one way of reading."""

from litestar import Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from duologue.accounts.connected import Accounts
from duologue.api import (
    acts,
    channels,
    contacts,
    conversations,
    described,
    files,
    keys,
    measure,
    messages,
    proposals,
    team,
    templates,
)
from duologue.api.limits import pace
from duologue.api.problems import Problems
from duologue.api.reading import Strict
from duologue.kernel.house import House
from duologue.web.gate import Policy

HANDLERS: list[HTTPRouteHandler] = [
    *channels.HANDLERS,
    *contacts.HANDLERS,
    *conversations.HANDLERS,
    *messages.HANDLERS,
    *acts.HANDLERS,
    *measure.HANDLERS,
    *templates.HANDLERS,
    *proposals.HANDLERS,
    *files.HANDLERS,
    *team.HANDLERS,
    *keys.HANDLERS,
]

# The framework would describe every page of the program; `described` has the API alone, and a route of its own.
OPENAPI: OpenAPIConfig | None = None


def routes(house: House, accounts: Accounts) -> list[ControllerRouterHandler]:
    """The API under /api/v1 and its description. `accounts` is what every room with routes is offered."""
    api = Router(
        path="/api/v1",
        route_handlers=HANDLERS,
        dependencies={"shelf": Provide(lambda: accounts.shelf, sync_to_thread=False)},
        guards=[pace(house)],
        request_class=Strict,
        exception_handlers=Problems(house).handlers,
        opt={"policy": Policy.API_KEY},
    )
    return [api, described.route(HANDLERS)]
