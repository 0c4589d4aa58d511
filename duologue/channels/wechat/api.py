"""Calls to the API. Its key lives two hours; it is kept in memory and asked for again where it went stale.

The stable token is asked for, which several may ask for at once without ending each other's.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from msgspec import Struct

from duologue.channels.contract import Account
from duologue.channels.wechat.settings import Settings
from duologue.kernel.egress import Answer, Blocked, NoAnswer

STALE = {40001, 40014, 42001}
_KEY_IN_WORDS = re.compile(r"access_token=[^&\s]*")
_EARLY = 300  # seconds before its end a key is no longer used


class _Key(Struct, frozen=True):
    value: str
    until: float


class NoKey(Exception):
    """The platform gives no key; `answer` is what it said instead. Nothing was sent."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("no key")
        self.answer = answer


_keys: dict[tuple[str, ...], _Key] = {}


async def call(
    account: Account, path: str, body: Mapping[str, Any] | None = None, *, limit: int = 10 * 1024 * 1024, **asked: str
) -> Answer:
    """GET, or POST of JSON as plain UTF-8: an escaped character would be shown to the person as it is.

    A stale key is renewed once. Raises `Blocked`, `NoAnswer`, `NoKey`.
    """
    written = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    headers = {"Content-Type": "application/json; charset=utf-8"} if written is not None else None

    async def once(token: str) -> Answer:
        url = _url(account, path, access_token=token, **asked)
        method = "GET" if written is None else "POST"
        return await _asking(account, method, url, headers=headers, body=written, limit=limit)

    token = await _key(account)
    answer = await once(token)
    return await once(await _key(account, refused=token)) if code(answer) in STALE else answer


async def upload(account: Account, kind: str, form: tuple[bytes, str, str]) -> Answer:
    """A file, as (bytes, name, type). Raises `Blocked`, `NoAnswer`, `NoKey`."""

    async def once(token: str) -> Answer:
        data = aiohttp.FormData()
        data.add_field("media", form[0], filename=form[1], content_type=form[2])
        url = _url(account, "media/upload", access_token=token, type=kind)
        return await _asking(account, "POST", url, body=data, seconds=60)

    token = await _key(account)
    answer = await once(token)
    return await once(await _key(account, refused=token)) if code(answer) in STALE else answer


def facts(answer: Answer) -> dict[str, Any]:
    """The answer as an object; empty where it is none (a file, a proxy's page, a broken line)."""
    try:
        found = answer.json()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def code(answer: Answer) -> int | None:
    """WeChat answers 200 with an `errcode`; None where there is none."""
    found = facts(answer).get("errcode")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


async def _asking(account: Account, method: str, url: str, **how: Any) -> Answer:
    """The key stands in the address, as WeChat wants it; words about a call that failed must not bear it."""
    try:
        return await account.egress.request(method, url, **how)
    except Blocked as error:
        raise Blocked(_KEY_IN_WORDS.sub("access_token=…", str(error))) from None
    except NoAnswer as error:
        raise type(error)(_KEY_IN_WORDS.sub("access_token=…", str(error)), sent=error.sent) from None


async def _key(account: Account, *, refused: str | None = None) -> str:
    """Forced only where the same key comes back although it is refused: that is allowed 20 times a day."""
    settings: Settings = account.settings
    digest = hashlib.sha256(settings.app_secret.encode()).hexdigest()
    place, now = (str(account.id), settings.base_url, settings.app_id, digest), account.clock().timestamp()
    known = _keys.get(place)
    if known and known.value != refused and known.until > now:
        return known.value
    _keys.pop(place, None)
    value, seconds = await _asked(account, force=False)
    if value == refused:
        value, seconds = await _asked(account, force=True)
    _keys[place] = _Key(value, now + seconds - _EARLY)
    return value


async def _asked(account: Account, *, force: bool) -> tuple[str, float]:
    settings: Settings = account.settings
    body = {"grant_type": "client_credential", "appid": settings.app_id, "secret": settings.app_secret}
    written = json.dumps(body | {"force_refresh": force}).encode()
    url = _url(account, "stable_token")
    answer = await account.egress.request("POST", url, headers={"Content-Type": "application/json"}, body=written)
    told = facts(answer)
    token, seconds = told.get("access_token"), told.get("expires_in")
    if not isinstance(token, str) or not token:
        raise NoKey(answer)
    return token, float(seconds) if isinstance(seconds, int | float) else 7200.0


def _url(account: Account, path: str, **asked: str) -> str:
    settings: Settings = account.settings
    query = "?" + urlencode(asked) if asked else ""
    return f"{settings.base_url.rstrip('/')}/cgi-bin/{path}{query}"
