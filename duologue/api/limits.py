"""How often a program may call: two hundred times at once, and fifty times a second on and on, for every key."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from duologue.kernel.house import House
from duologue.web.limits import Buckets

BURST = 200
A_SECOND = 50


class Pace:
    """The guard behind the one that knows the key. Raises `TooMany`."""

    def __init__(self, house: House) -> None:
        self._buckets = Buckets(burst=BURST, seconds=1 / A_SECOND, now=house.now)

    def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        self._buckets.take(str(connection.state.key.key_id))
