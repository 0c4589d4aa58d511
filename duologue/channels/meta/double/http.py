"""The Graph API over HTTP, as far as it is the same on every platform: errors, keys, trouble, and the port."""

import asyncio
import hmac
import json
from collections.abc import Collection, Mapping
from typing import Any

from aiohttp import web

from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.graph import proof
from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Answerer, hang_up

VERSIONS = frozenset({"v24.0", "v25.0", "v26.0"})


def wrong(message: str, subcode: int | None = None) -> GraphError:
    """The platform's word for a request that it does not understand."""
    return GraphError(100, subcode, f"(#100) {message}")


def only(body: Mapping[str, Any], allowed: Collection[str], name: str) -> None:
    """Refuses keys that the platform does not know."""
    unknown = set(body) - set(allowed)
    if unknown:
        raise wrong(f'Unexpected key "{min(unknown)}" on param {name}')


def check_version(version: str) -> None:
    if version not in VERSIONS:
        raise GraphError(2500, None, "Unknown path components")


def check_token(request: web.Request, *, token: str, secret: str, revoked: bool) -> None:
    """Whoever calls must have the key, and must have proven it rightly where they prove it at all."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    given = given if scheme in {"Bearer", "OAuth"} else request.query.get("access_token", "")
    if not given:
        raise GraphError(104, None, "An access token is required to request this resource.")
    if revoked:
        raise GraphError(190, 460, "Error validating access token: the session has been invalidated.")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise GraphError(190, None, "Invalid OAuth access token.")
    expected = proof(secret, given)
    if request.query.get("appsecret_proof", expected) != expected:
        raise wrong("Invalid appsecret_proof provided in the API argument")


async def trouble(faults: Faults, request: web.Request) -> web.StreamResponse | None:
    """What goes wrong before anything is committed: slow, planned, dropped, broken, throttled."""
    if faults.now("slow"):
        await asyncio.sleep(3 * faults.pace)
    if planned := faults.planned():
        raise GraphError(planned.code, planned.subcode, f"(#{planned.code}) planned failure", planned.status)
    if faults.now("dropped"):
        return hang_up(request)
    if faults.now("broken"):
        return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
    if faults.now("throttle"):
        slow_down = GraphError(613, None, "(#613) Calls to this api have exceeded the rate limit.", 429)
        return refusal(slow_down, {"Retry-After": "1"})
    return None


def refusal(error: GraphError, headers: dict[str, str] | None = None) -> web.Response:
    """An error as the Graph API gives it."""
    words: dict[str, Any] = {
        "message": error.message,
        "type": "OAuthException",
        "code": error.code,
        "fbtrace_id": "Dbl",
    }
    if error.subcode is not None:
        words["error_subcode"] = error.subcode
    if error.data is not None:
        words["error_data"] = error.data
    return web.json_response({"error": words}, status=error.status, headers=headers)


@web.middleware
async def worded(request: web.Request, handler: Answerer) -> web.StreamResponse:
    """Errors in the platform's own words."""
    try:
        return await handler(request)
    except GraphError as error:
        return refusal(error)


async def json_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON; nothing where there is no body. Raises `GraphError` where it is none."""
    return json_object(await request.text()) if request.can_read_body else {}


def json_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise wrong("The body must be a JSON object")
    return found
