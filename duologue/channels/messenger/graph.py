"""Calls to the Graph API: the token goes in a header only, so it stands in no address and in no log."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from duologue.channels.contract import Account
from duologue.channels.messenger.settings import Settings, app_secrets
from duologue.kernel.egress import Answer


async def post(account: Account, path: str, body: Mapping[str, Any] | None = None) -> Answer:
    """Sends JSON. Raises `Blocked` or `NoAnswer`."""
    settings: Settings = account.settings
    headers = _headers(settings) | {"Content-Type": "application/json"}
    return await account.egress.request(
        "POST", _address(settings, path, {}), headers=headers, body=msgspec.json.encode(body or {})
    )


async def upload(account: Account, path: str, form: aiohttp.FormData) -> Answer:
    """Sends a form with a file in it. Raises `Blocked` or `NoAnswer`."""
    settings: Settings = account.settings
    url = _address(settings, path, {})
    return await account.egress.request("POST", url, headers=_headers(settings), body=form, seconds=120)


async def get(account: Account, path: str, **query: str) -> Answer:
    """Raises `Blocked` or `NoAnswer`."""
    settings: Settings = account.settings
    return await account.egress.request("GET", _address(settings, path, query), headers=_headers(settings))


def facts(answer: Answer) -> dict[str, Any]:
    """The answer as an object; empty where it is none (a proxy's page, a broken line)."""
    try:
        found = answer.json()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def proof(settings: Settings) -> str | None:
    """What an app may demand beside the token: it shows that whoever holds the token knows the app secret too."""
    secrets = app_secrets(settings)
    return hmac.new(secrets[0].encode(), settings.page_token.encode(), hashlib.sha256).hexdigest() if secrets else None


def _address(settings: Settings, path: str, query: Mapping[str, str]) -> str:
    shown = proof(settings)
    asked = {**query, "appsecret_proof": shown} if shown else query
    end = f"?{urlencode(asked)}" if asked else ""
    return f"{settings.base_url.rstrip('/')}/{settings.api_version}/{quote(path)}{end}"


def _headers(settings: Settings) -> dict[str, str]:
    return {"Authorization": f"Bearer {settings.page_token}"}
