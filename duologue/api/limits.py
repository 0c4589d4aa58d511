"""How often a program may call: two hundred times at once, and fifty times a second on and on, for every key."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from duologue.kernel.house import House
from duologue.web.limits import Buckets

BURST = 200
A_SECOND = 50


def pace(house: House) -> Guard:
    """The guard behind the one that knows the key. It raises `TooMany`.

    A function, because a router copies guards that are objects, and every copy would have buckets of its own.
    """
    buckets = Buckets(burst=BURST, seconds=1 / A_SECOND, now=house.now)

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        buckets.take(str(connection.state.key.key_id))

    return guard
