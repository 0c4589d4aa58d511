"""The headers that every answer carries, errors and assets too."""

from typing import Any

from litestar.types import Message, Scope

from duologue.settings import Settings
from duologue.web import metrics, policy
from duologue.web.gate import Policy

_HSTS = {"Strict-Transport-Security": "max-age=31536000"}
# What platforms call and what stands on the brand's website is framed and loaded from elsewhere by its nature.
_OUTSIDE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Headers:
    """Adds what an answer lacks; what a handler has set by itself stays."""

    def __init__(self, settings: Settings) -> None:
        secure = _HSTS if settings.secure else {}
        self._page = _encoded(policy.page_headers() | secure)
        self._outside = _encoded(_OUTSIDE | secure)

    async def __call__(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        handler: Any = scope.get("route_handler")
        outside = handler is not None and handler.opt.get("policy") is Policy.OUTSIDE
        given = list(message["headers"])
        names = {name.lower() for name, _ in given}
        wanted = self._outside if outside and not _is_page(given) else self._page
        message["headers"] = given + [pair for pair in wanted if pair[0] not in names]
        metrics.answered(scope, message["status"])


def _is_page(headers: Any) -> bool:
    """Whether a person reads it, in a browser of theirs."""
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
