"""Who is looking: an opaque token in a cookie, of which the database keeps a hash.

A session ends two weeks after its last use and three months after its beginning, and at once by signing out, a new
password, another role or deactivation: every request asks the database.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID
from zoneinfo import available_timezones

from litestar.datastructures import Cookie
from msgspec import Struct

from duologue.errors import NotSignedIn
from duologue.kernel import ids
from duologue.kernel.database import Transaction
from duologue.kernel.house import House
from duologue.settings import Settings
from duologue.web import client, render, store, tokens

IDLE = timedelta(days=14)
LONGEST = timedelta(days=90)
_TOUCH_EVERY = timedelta(minutes=5)
_ZONE_COOKIE = "duologue-zone"


class Viewer(render.Viewer, frozen=True, kw_only=True):
    """A signed-in member, as templates and rules see them. `id` is the member's."""

    workspace_id: UUID
    session_id: UUID

    @property
    def member_id(self) -> UUID:
        return self.id

    @property
    def locale(self) -> str:
        return self.language

    @property
    def administrator(self) -> bool:
        return self.role == "administrator"


class Member(Struct, frozen=True):
    """Whose password has been checked, and the hash that it was checked against."""

    id: UUID
    password_hash: str


async def viewer_of(house: House, scope: Any) -> Viewer | None:
    """Who sent this ASGI request; None where nobody is signed in. Raises `Away`."""
    digest = digest_in(scope, house.settings)
    seen = (await holding(house, [digest])).get(digest) if digest else None
    return _viewer(seen, cookie_in(client.headers_of(scope), _ZONE_COOKIE)) if seen else None


def digest_in(scope: Any, settings: Settings) -> bytes | None:
    """What the database keeps of the token that this request carries; None where it carries none."""
    return tokens.digest(cookie_in(client.headers_of(scope), cookie_name(settings)))


async def holding(house: House, digests: Sequence[bytes]) -> dict[bytes, store.Seen]:
    """Which of these tokens stand for a session that holds, and whose it is; each counts as used. Raises `Away`."""
    now = house.now()
    async with house.db.glance() as tx:
        found = await store.seen(tx, digests, now=now, idle_since=now - IDLE)
    if idle := [seen for seen in found if now - seen.seen_at > _TOUCH_EVERY]:
        async with house.db.hall() as tx:
            for seen in idle:
                await store.touch(tx, seen, now=now)
    return {seen.token_hash: seen for seen in found}


async def begin(tx: Transaction, member: Member, *, device: str, now: datetime) -> str:
    """A session of the member, in their workspace; its token. Raises `NotSignedIn` where they are gone meanwhile."""
    token = tokens.make()
    new = store.NewSession(
        id=ids.new(), member_id=member.id, password_hash=member.password_hash, token_hash=tokens.digest(token) or b"",
        device=device[:100], now=now, expires_at=now + LONGEST,
    )  # fmt: skip
    if not await store.begin(tx, new):
        raise NotSignedIn("Please sign in again.")
    return token


async def end(tx: Transaction, scope: Any, settings: Settings) -> None:
    """The session that this request carries is over. Runs in the hall."""
    digest = tokens.digest(cookie_in(client.headers_of(scope), cookie_name(settings)))
    if digest:
        await store.end(tx, digest)


def cookie_name(settings: Settings) -> str:
    """The prefix makes browsers refuse the cookie from other hosts and over plain HTTP; it needs https itself."""
    return "__Host-duologue" if settings.secure else "duologue"


def cookie(token: str, settings: Settings) -> Cookie:
    """The cookie of a session; of its end where `token` is empty."""
    age = int(LONGEST.total_seconds()) if token else 0
    return Cookie(
        key=cookie_name(settings),
        value=token,
        path="/",
        max_age=age,
        httponly=True,
        samesite="lax",
        secure=settings.secure,
    )


def cookie_in(headers: Mapping[str, str], name: str) -> str | None:
    """The value of the first cookie of this name."""
    for part in headers.get("cookie", "").replace(",", ";").split(";"):
        key, found, value = part.strip().partition("=")
        if found and key == name:
            return value
    return None


def _viewer(seen: store.Seen, zone: str | None) -> Viewer:
    return Viewer(
        id=seen.member_id, workspace_id=seen.workspace_id, session_id=seen.session_id, name=seen.name,
        email=seen.email, role=seen.role, language=seen.locale, theme=seen.theme, undo_seconds=seen.undo_seconds,
        zone=_zone(zone),
    )  # fmt: skip


def zone_cookie(zone: str, settings: Settings) -> list[Cookie]:
    """The cookie that remembers where this browser's clock stands; none where there is no such zone."""
    known = _zone(zone) == zone
    if not known:
        return []
    # not HttpOnly: the page's script says it anew where the browser has moved
    age = int(timedelta(days=365).total_seconds())
    return [
        Cookie(
            key=_ZONE_COOKIE, value=quote(zone, safe=""), path="/", max_age=age, samesite="lax", secure=settings.secure
        )
    ]


def zones() -> list[str]:
    """Every time zone there is, in alphabetical order."""
    return sorted(_zones())


def _zone(claimed: str | None) -> str:
    name = unquote(claimed or "")
    return name if name in _zones() else "UTC"


@cache
def _zones() -> set[str]:
    return available_timezones()
