"""The shell around every page: one guard, one set of headers, one way of telling what went wrong."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar, Request
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from duologue.errors import NotSignedIn
from duologue.kernel.house import House
from duologue.web.gate import Gate, KeyHolder, Policy, Way, inventory
from duologue.web.headers import Headers
from duologue.web.service import HANDLERS, Readiness
from duologue.web.sessions import Viewer, viewer_of
from duologue.web.trouble import Trouble

__all__ = ["Frame", "KeyHolder", "Policy", "Viewer", "Way", "build", "inventory"]

KeyOf = Callable[[House, str | None], Awaitable[KeyHolder | None]]
Frame = Mapping[str, Any]
FrameOf = Callable[[House, Viewer], Awaitable[Frame]]
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[Any]]


async def _nobodys_key(house: House, authorization: str | None) -> None:
    return None


async def _bare(house: House, viewer: Viewer) -> Frame:
    return {}


def build(
    house: House,
    handlers: Sequence[ControllerRouterHandler],
    *,
    key_of: KeyOf = _nobodys_key,
    frame_of: FrameOf = _bare,
    lifespan: Sequence[Lifespan] = (),
    openapi: OpenAPIConfig | None = None,
) -> Litestar:
    """The web application. Raises `LookupError` where a handler declares no policy.

    Handlers may ask for `house`, `viewer` (signed-in routes), `visitor` (Viewer or None, on public routes), `key`
    (api-key routes) and `frame` (what every framed page is given: brand, counts; found by `frame_of`).
    """
    readiness = Readiness(house)
    app = Litestar(
        route_handlers=[*HANDLERS, *handlers],
        guards=[Gate(house, key_of)],
        before_send=[Headers(house.settings)],
        exception_handlers=Trouble(house).handlers,
        dependencies={
            "house": Provide(lambda: house, sync_to_thread=False),
            "readiness": Provide(lambda: readiness, sync_to_thread=False),
            "viewer": Provide(_viewer, sync_to_thread=False),
            "visitor": Provide(_visitor),
            "key": Provide(_key, sync_to_thread=False),
            "frame": Provide(_framer(house, frame_of)),
        },
        request_max_body_size=house.settings.upload_limit,
        lifespan=list(lifespan),
        openapi_config=openapi,
        logging_config=None,
        debug=False,
    )
    inventory(app)
    return app


def _viewer(request: Request[Any, Any, Any]) -> Viewer:
    viewer = request.scope["state"].get("viewer")
    if not isinstance(viewer, Viewer):
        raise NotSignedIn("Please sign in.")
    return viewer


async def _visitor(request: Request[Any, Any, Any], house: House) -> Viewer | None:
    return await viewer_of(house, request.scope)


def _key(request: Request[Any, Any, Any]) -> KeyHolder:
    key = request.scope["state"].get("key")
    if not isinstance(key, KeyHolder):
        raise NotSignedIn("A valid API key is needed.")
    return key


def _framer(house: House, frame_of: FrameOf) -> Callable[..., Awaitable[Frame]]:
    async def frame(viewer: Viewer) -> Frame:
        return await frame_of(house, viewer)

    return frame
