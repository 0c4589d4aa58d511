"""What is answered when something goes wrong: a page to people, a line to our scripts, problem details to programs."""

import math
import traceback
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from msgspec import Struct

from duologue.errors import Invalid, NotSignedIn, Told, TooMany
from duologue.kernel import ids
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.web import render, words
from duologue.web.gate import Policy

log = structlog.get_logger()
PROBLEM = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    field: str | None = None
    fields: dict[str, str] = {}
    reference: str | None = None


class Trouble:
    """The handlers of exceptions, for one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.handlers: dict[type[Exception] | int, Any] = {
            Told: self.told,
            Away: self.away,
            HTTPException: self.http,
            Exception: self.unknown,
        }

    def told(self, request: Request[Any, Any, Any], error: Told) -> Response[Any]:
        if isinstance(error, NotSignedIn) and not _by_script(request) and not _by_program(request):
            return Redirect(f"/sign-in{_next(request)}", status_code=303)
        headers = {"Retry-After": str(math.ceil(error.after))} if isinstance(error, TooMany) else {}
        field = error.field if isinstance(error, Invalid) else None
        problem = Problem(title=error.title, status=error.status, detail=str(error), field=field)
        return self._answer(request, problem, headers)

    def away(self, request: Request[Any, Any, Any], _: Away) -> Response[Any]:
        problem = Problem(
            title="The database is away",
            status=503,
            detail="Nothing is lost. This page tries again by itself in a few seconds.",
        )
        again = {"Refresh": "3"} if request.method == "GET" else {}
        return self._answer(request, problem, {"Retry-After": "3", **again})

    def http(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        status = 422 if isinstance(error, ValidationException) else error.status_code
        problem = Problem(
            title=_TITLES.get(status, HTTPStatus(status).phrase),
            status=status,
            detail=_WORDS.get(status, "The request could not be answered."),
            fields=_fields(error) if isinstance(error, ValidationException) else {},
        )
        allowed = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
        return self._answer(request, problem, allowed)

    def unknown(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        """A mistake of ours. What is logged leads to the place in the program and holds nothing that people wrote."""
        reference = ids.new().hex[-10:]
        log.error(
            "request failed",
            reference=reference,
            method=request.method,
            route=request.scope.get("path_template", ""),
            error=type(error).__name__,
            at=[
                f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ][-12:],
        )
        detail = f"This is a mistake in the program, not yours. It was written to the log under {reference}."
        problem = Problem(title="Something went wrong", status=500, detail=detail, reference=reference)
        return self._answer(request, problem, {})

    def _answer(self, request: Request[Any, Any, Any], problem: Problem, headers: Mapping[str, str]) -> Response[Any]:
        viewer = request.scope["state"].get("viewer")
        locale = viewer.language if viewer else words.choose(request.headers.get("accept-language", ""))
        say = partial(words.say, locale)
        status, media = problem.status, MediaType.HTML
        if _by_program(request):
            return Response(problem, status_code=status, media_type=PROBLEM, headers=dict(headers))
        if _from_outside(request):
            return Response(problem.detail, status_code=status, media_type=MediaType.TEXT, headers=dict(headers))
        if _by_script(request):
            body = render.fragment("web/told.html", words=say(problem.detail), locale=locale)
            return Response(body, status_code=status, media_type=media, headers=dict(headers))
        body = render.page(
            "web/error.html", viewer=viewer, now=self._house.now(), locale=locale, status=status,
            title=say(problem.title), words=say(problem.detail), back=_back(request),
        )  # fmt: skip
        return Response(body, status_code=status, media_type=media, headers=dict(headers))


_TITLES = {404: "Not found", 405: "Not possible here", 413: "Too large", 422: "Something is not right"}
_WORDS = {
    400: "The request could not be understood.",
    404: "There is nothing at this address.",
    405: "This address cannot be used in this way.",
    413: "What was sent is larger than this installation takes at once.",
    415: "What was sent is of a kind that cannot be read here.",
    422: "Something that was sent is missing or has the wrong form.",
    429: "That was tried too often. Please wait a little, then try again.",
}


def _by_program(request: Request[Any, Any, Any]) -> bool:
    return request.scope["path"].startswith("/api/") or _policy(request) in {Policy.API_KEY, Policy.OPERATOR}


def _by_script(request: Request[Any, Any, Any]) -> bool:
    return "hx-request" in request.headers or request.headers.get("accept") == "text/event-stream"


def _from_outside(request: Request[Any, Any, Any]) -> bool:
    return _policy(request) is Policy.OUTSIDE


def _policy(request: Request[Any, Any, Any]) -> Policy | None:
    handler: Any = request.scope.get("route_handler")
    return handler.opt.get("policy") if handler else None


def _next(request: Request[Any, Any, Any]) -> str:
    if request.method != "GET" or request.scope["path"] == "/":
        return ""
    query = request.scope["query_string"].decode("latin-1")
    return "?next=" + quote(request.scope["path"] + (f"?{query}" if query else ""), safe="")


def _back(request: Request[Any, Any, Any]) -> str:
    path = request.scope["path"]
    return path.rpartition("/")[0] if path.startswith("/settings/") and path.count("/") > 2 else "/"


def _fields(error: ValidationException) -> dict[str, str]:
    found = error.extra if isinstance(error.extra, list) else []
    return {str(one.get("key", "")): str(one.get("message", "")) for one in found if isinstance(one, dict)}
