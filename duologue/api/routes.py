"""All routes of the API."""

from litestar import Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from duologue.accounts.connected import Accounts
from duologue.api import contacts
from duologue.kernel.house import House
from duologue.web.gate import Policy

OPENAPI: OpenAPIConfig | None = None


def routes(house: House, accounts: Accounts) -> list[ControllerRouterHandler]:
    provide = {"accounts": Provide(lambda: accounts, sync_to_thread=False)}
    return [
        Router(
            path="/api/v1",
            route_handlers=[*contacts.HANDLERS],
            dependencies=provide,
            opt={"policy": Policy.API_KEY},
        )
    ]
