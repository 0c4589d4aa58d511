"""The API's own description: OpenAPI 3.1, made of the handlers and structs that answer, so that it cannot lie."""

import re
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

import duologue
from duologue.api.say import FORM, Say
from duologue.web.gate import Policy
from duologue.web.trouble import PROBLEM, Problem

DESCRIPTION = """
Every call carries `Authorization: Bearer dlg_…`, a key of one workspace, and sees nothing of any other.

Lists are pages `{"items": […], "next": …}`: hand `next` back as `cursor` until it is null. Times are RFC 3339 in UTC.
Errors are problem details (RFC 9457): `detail` is written for people, `field` or `fields` name what was wrong.
"""
_TOLD = {
    "400": "What was sent is not JSON, or not a form.",
    "401": "There is no valid key.",
    "404": "There is no such thing in this workspace.",
    "409": "It cannot be done now; `detail` says why.",
    "413": "What was sent is too large.",
    "415": "What was sent is of a type that is not read here.",
    "422": "Something that was sent is missing or has the wrong form.",
    "429": "Too many calls with this key; `Retry-After` says how many seconds to wait.",
    "503": "The database is away; `Retry-After` says how many seconds to wait.",
}
_SAYING = "/api/v1/conversations/{id}/messages"
_PAGE_OF = re.compile(rb"/Page_[\w.]+\.(\w+)_(?=\")")  # the framework and msgspec name generic structs differently
_ALWAYS = {"401", "429", "503"}
_BODY = {"400", "413", "415", "422"}


def route(handlers: list[HTTPRouteHandler]) -> ControllerRouterHandler:
    """Where the description of `handlers` is read; by everybody, as it is the same in every installation."""

    @get("/api/openapi.json", policy=Policy.PUBLIC, media_type="application/json")
    async def openapi() -> bytes:
        return document(tuple(handlers))

    return openapi


@cache
def document(handlers: tuple[HTTPRouteHandler, ...]) -> bytes:
    """The description of these handlers and nothing else: screens are not for programs."""
    router = Router("/api/v1", route_handlers=list(handlers))
    around = {name: Provide(lambda: None, sync_to_thread=False) for name in ("house", "key")}
    alone = Litestar([router], dependencies=around, openapi_config=_CONFIG, logging_config=None)
    drawn = alone.openapi_schema.to_schema()
    drawn["components"]["schemas"] = _things(handlers)
    drawn["paths"][_SAYING]["post"]["requestBody"] = _two_forms(drawn["components"]["schemas"]["Say"])
    for path, operations in drawn["paths"].items():
        for method, operation in operations.items():
            _tell_problems(path, method, operation)
    return _PAGE_OF.sub(rb"/Page_\1_", msgspec.json.encode(drawn))


def _things(handlers: tuple[HTTPRouteHandler, ...]) -> dict[str, Any]:
    """Everything that is answered or asked for, as the structs themselves have it, docstrings and all."""
    hints = [get_type_hints(handler.fn, include_extras=True) for handler in handlers]
    named = [one[name] for one in hints for name in ("return", "data") if name in one]
    bare = [get_args(one)[0] if get_origin(one) is Response else one for one in named]
    structs = [one for one in bare if one not in {bytes, type(None)}]
    _, known = msgspec.json.schema_components([*structs, Say, Problem], ref_template="#/components/schemas/{name}")
    return known


def _two_forms(say: dict[str, Any]) -> dict[str, Any]:
    """A message is read by hand, because it may come as JSON or as a form with files."""
    files = {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}
    form = {"type": "object", "properties": {**say["properties"], "files": files}, "additionalProperties": False}
    json = {"$ref": "#/components/schemas/Say"}
    return {"required": True, "content": {"application/json": {"schema": json}, FORM: {"schema": form}}}


def _tell_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    """Adds what may go wrong; what the framework would have answered by itself is not what is answered here."""
    operation["responses"] = {code: one for code, one in operation["responses"].items() if code < "300"}
    codes = set(_ALWAYS)
    codes |= {"404"} if "{" in path else set()
    codes |= {"422"} if any(one["in"] != "path" for one in operation.get("parameters", ())) else set()
    codes |= {"409"} if method == "post" or "409: " in operation["description"] else set()
    codes |= _BODY if "requestBody" in operation else set()
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"] |= {code: {"description": _TOLD[code], "content": content} for code in sorted(codes)}


def _name(handler: HTTPRouteHandler, method: Any, parts: Any) -> str:
    return f"{handler.fn.__module__.rpartition('.')[2]}.{handler.fn.__name__}"


_CONFIG = OpenAPIConfig(
    title="Duologue",
    version=duologue.__version__,
    description=DESCRIPTION.strip(),
    use_handler_docstrings=True,
    operation_id_creator=_name,
    security=[{"key": []}],
    components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
)
