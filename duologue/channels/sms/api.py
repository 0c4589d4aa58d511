"""Calls to Twilio: forms in, JSON out, the keys in a header only."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from duologue.channels.contract import Account
from duologue.channels.sms.settings import Settings, auth_tokens
from duologue.kernel.egress import Answer, Egress

VERSION = "2010-04-01"


class Api(Struct, frozen=True, kw_only=True):
    """One account's way to Twilio. `base` ends with the account's own path, or with that of messaging services."""

    egress: Egress
    base: str
    authorization: str

    async def get(self, path: str, **query: str) -> Answer:
        """Raises `Blocked` or `NoAnswer`."""
        tail = f"?{urlencode(query, quote_via=quote)}" if query else ""
        return await self.egress.request("GET", f"{self.base}{path}{tail}", headers=self.headers())

    async def post(self, path: str, form: Sequence[tuple[str, str]]) -> Answer:
        """Raises `Blocked` or `NoAnswer`."""
        every = {**self.headers(), "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        return await self.egress.request("POST", f"{self.base}{path}", headers=every, body=body)

    def headers(self) -> dict[str, str]:
        return {"Authorization": self.authorization, "Accept": "application/json"}


def api(account: Account) -> Api:
    """`api(account).get("/Messages.json")`; the account itself is at ".json"."""
    settings: Settings = account.settings
    base = f"{settings.base_url.rstrip('/')}/{VERSION}/Accounts/{quote(settings.account_sid, safe='')}"
    return Api(egress=account.egress, base=base, authorization=authorization(settings))


def messaging(account: Account) -> Api:
    """Messaging services have a server of their own."""
    settings: Settings = account.settings
    base = f"{settings.messaging_url.rstrip('/')}/v1/Services"
    return Api(egress=account.egress, base=base, authorization=authorization(settings))


def authorization(settings: Settings) -> str:
    """By an API key where there is one, else by the newest auth token."""
    if settings.api_key and settings.api_secret:
        user, word = settings.api_key, settings.api_secret
    else:
        user, word = settings.account_sid, next(iter(auth_tokens(settings)), "")
    return "Basic " + base64.b64encode(f"{user}:{word}".encode()).decode()


def facts(answer: Answer) -> dict[str, Any]:
    """The answer as an object; empty where it is none (a proxy's page, a broken line)."""
    try:
        found = answer.json()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def rows(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a list of the answer."""
    listed = found.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
