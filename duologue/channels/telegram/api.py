"""Calls of the Bot API. The token is a part of every address, so no error leaves here with an address in it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec import Struct

from duologue.channels.contract import Account
from duologue.channels.shared.strict import parse
from duologue.channels.telegram.settings import Settings
from duologue.kernel.egress import Answer, Blocked, Egress, NoAnswer, TooLarge

_UPLOAD_SECONDS = 80
_LARGEST = 25 * 1024 * 1024


class Bot(Struct, frozen=True, kw_only=True):
    """One bot's way to the API."""

    egress: Egress
    base: str
    token: str

    async def call(self, method: str, params: Mapping[str, Any] | None = None, *, seconds: float = 20) -> Answer:
        """Sends JSON. Raises `Blocked` or `NoAnswer`."""
        headers = {"Content-Type": "application/json"}
        body = msgspec.json.encode(params or {})
        return await self._request("POST", self._address(method), headers=headers, body=body, seconds=seconds)

    async def upload(self, method: str, form: aiohttp.FormData) -> Answer:
        """Sends a form with files in it. Raises `Blocked` or `NoAnswer`."""
        return await self._request("POST", self._address(method), body=form, seconds=_UPLOAD_SECONDS)

    async def download(self, path: str) -> Answer:
        """A file by the path that `getFile` told. Raises `Blocked` or `NoAnswer`."""
        url = f"{self.base.rstrip('/')}/file/bot{self._token()}/{quote(path)}"
        return await self._request("GET", url, seconds=60, limit=_LARGEST)

    async def _request(self, method: str, url: str, **how: Any) -> Answer:
        try:
            return await self.egress.request(method, url, **how)
        except (Blocked, NoAnswer) as error:
            told = self._without_token(error)
        raise told  # outside of the handler, so that not even its context holds the address

    def _address(self, method: str) -> str:
        return f"{self.base.rstrip('/')}/bot{self._token()}/{method}"

    def _token(self) -> str:
        return quote(self.token, safe=":")

    def _without_token(self, error: Blocked | NoAnswer) -> Blocked | NoAnswer:
        words = str(error)
        for secret in {self.token, self._token(), quote(self.token), self.token.rpartition(":")[2]} - {""}:
            words = words.replace(secret, "…")
        if isinstance(error, NoAnswer):
            return (TooLarge if isinstance(error, TooLarge) else NoAnswer)(words, sent=error.sent)
        return Blocked(words)


def bot(account: Account) -> Bot:
    settings: Settings = account.settings
    return Bot(egress=account.egress, base=settings.base_url, token=settings.token)


class Failure(Struct, frozen=True, kw_only=True):
    """An error as the API words it. The description is all that tells errors of one code apart."""

    code: int
    words: str
    retry_after: float | None = None
    migrate_to: int | None = None

    def says(self, *parts: str) -> bool:
        """Whether the description holds one of these, in whatever case."""
        told = self.words.casefold()
        return any(part.casefold() in told for part in parts)


def result(answer: Answer) -> Any:
    """What a call that went well brought; None where it did not go well."""
    told = _object(answer)
    return told.get("result") if told.get("ok") is True else None


def went_well(answer: Answer) -> bool:
    return _object(answer).get("ok") is True


def failure(answer: Answer) -> Failure | None:
    """The error in an answer; None where it holds none of the API's own."""
    told = _object(answer)
    if told.get("ok") is not False:
        return None
    code = told.get("error_code")
    more = told.get("parameters")
    more = more if isinstance(more, dict) else {}
    description = told.get("description")
    return Failure(
        code=code if isinstance(code, int) else answer.status,
        words=description[:300] if isinstance(description, str) else "",
        retry_after=float(more["retry_after"]) if _is_int(more.get("retry_after")) else None,
        migrate_to=more["migrate_to_chat_id"] if _is_int(more.get("migrate_to_chat_id")) else None,
    )


def _object(answer: Answer) -> dict[str, Any]:
    """The answer as an object; empty where it is none (a proxy's page, a broken line)."""
    try:
        found = parse(answer.body)  # leniently: one odd update among a hundred must not hide the others
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
