"""Calls to the Graph API: the token goes in a header only, so it stands in no address and in no log."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from msgspec import Struct

from duologue.kernel.egress import Answer, Egress


class Graph(Struct, frozen=True, kw_only=True):
    """One account's way to the API. With a `secret` every call proves that whoever holds the token knows it too."""

    egress: Egress
    base: str  # "https://graph.facebook.com"
    version: str  # "v26.0"; empty: paths without one
    token: str
    secret: str = ""

    async def get(self, path: str, **query: str) -> Answer:
        """Raises `Blocked` or `NoAnswer`."""
        return await self.egress.request("GET", self.address(path, query), headers=self._headers())

    async def post(self, path: str, body: Mapping[str, Any] | None = None, **query: str) -> Answer:
        """Sends JSON. Raises `Blocked` or `NoAnswer`."""
        headers = self._headers() | {"Content-Type": "application/json"}
        written = msgspec.json.encode(body or {})
        return await self.egress.request("POST", self.address(path, query), headers=headers, body=written)

    async def upload(self, path: str, form: aiohttp.FormData) -> Answer:
        """Sends a form with a file in it. Raises `Blocked` or `NoAnswer`."""
        url = self.address(path, {})
        return await self.egress.request("POST", url, headers=self._headers(), body=form, seconds=120)

    async def delete(self, path: str, **query: str) -> Answer:
        """Raises `Blocked` or `NoAnswer`."""
        return await self.egress.request("DELETE", self.address(path, query), headers=self._headers())

    def address(self, path: str, query: Mapping[str, str]) -> str:
        asked = {**query, "appsecret_proof": proof(self.secret, self.token)} if self.secret else query
        end = f"?{urlencode(asked)}" if asked else ""
        parts = [self.base.rstrip("/"), self.version, quote(path)]
        return "/".join(part for part in parts if part) + end

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def proof(secret: str, token: str) -> str:
    """What an app may demand beside the token: it shows that whoever holds the token knows the app secret too."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def facts(answer: Answer) -> dict[str, Any]:
    """The answer as an object; empty where it is none (a proxy's page, a broken line)."""
    try:
        found = answer.json()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def rows(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a list as the API pages it: {"data": [...]}."""
    data = answer.get("data")
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
