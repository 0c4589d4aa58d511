"""Calls to the Messaging API: the token goes in a header only, so it stands in no address and in no log."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from duologue.channels.contract import Account
from duologue.channels.line.settings import Settings
from duologue.kernel.egress import Answer, Egress


class Api(Struct, frozen=True, kw_only=True):
    """One account's way to LINE."""

    egress: Egress
    base: str
    token: str

    async def get(self, path: str, *, seconds: float = 20, limit: int = 10 * 1024 * 1024) -> Answer:
        """Raises `Blocked` or `NoAnswer`."""
        url = f"{self.base}/{path}"
        return await self.egress.request("GET", url, headers=self._headers(), seconds=seconds, limit=limit)

    async def send(
        self, path: str, body: Mapping[str, Any], *, method: str = "POST", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Sends JSON. Raises `Blocked` or `NoAnswer`."""
        every = {**self._headers(), "Content-Type": "application/json", **(headers or {})}
        written = msgspec.json.encode(body)
        return await self.egress.request(method, f"{self.base}/{path}", headers=every, body=written)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def api(account: Account) -> Api:
    settings: Settings = account.settings
    return Api(egress=account.egress, base=settings.base_url.rstrip("/"), token=settings.access_token)


def data(account: Account) -> Api:
    """The servers that hold what people sent."""
    settings: Settings = account.settings
    return Api(egress=account.egress, base=settings.data_url.rstrip("/"), token=settings.access_token)


def facts(answer: Answer) -> dict[str, Any]:
    """The answer as an object; empty where it is none (a proxy's page, a broken line)."""
    try:
        found = answer.json()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
