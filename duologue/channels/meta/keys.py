"""How an account is, as far as the API tells: its key, and how much of what is allowed has been used."""

from datetime import UTC, datetime, timedelta
from typing import Any

from duologue.channels.contract import Sign
from duologue.channels.meta.errors import fault, usage
from duologue.channels.meta.graph import Graph, facts
from duologue.channels.shared.strict import moment
from duologue.kernel.egress import Answer

SOON = timedelta(days=10)
REFUSED = 190  # the code for a key that is not accepted
_GONE = "It is no longer accepted: connect the account again."


async def inspected(graph: Graph, app_id: str) -> Answer:
    """What the API says about the key: asked as the app where its number is known, else by the key itself."""
    asker = f"{app_id}|{graph.secret}" if app_id and graph.secret else graph.token
    return await graph.get("debug_token", input_token=graph.token, access_token=asker)


def told(answer: Answer, now: datetime) -> Sign:
    """The key, from `inspected`."""
    data = facts(answer).get("data")
    if answer.status != 200 or not isinstance(data, dict):
        found = fault(answer)
        if found and found.code == REFUSED:
            return Sign(name="Access token", words=_GONE, level="bad")
        why = found.told if found else str(answer.status)
        return Sign(name="Access token", words=f"When it ends is not told ({why}).", level="warn")
    if data.get("is_valid") is False:
        return Sign(name="Access token", words=_GONE, level="bad")
    return token(_earliest(data), now)


def token(ends: datetime | None, now: datetime) -> Sign:
    """The key, by when it ends; None: it does not run out."""
    if ends is None:
        return Sign(name="Access token", words="It is accepted and does not run out.")
    if ends <= now:
        return Sign(name="Access token", words="It has run out: connect the account again.", level="bad", until=ends)
    level = "warn" if ends - now < SOON else "good"
    return Sign(name="Access token", words=f"It is accepted until {ends:%d %b %Y}.", level=level, until=ends)


def used(answer: Answer) -> list[Sign]:
    """How much of the allowed calls has been used, where the API tells."""
    shares = [value for row in usage(answer.headers) for key in _SHARES if isinstance(value := row.get(key), int)]
    if not shares:
        return []
    most = max(shares)
    level = "bad" if most >= 100 else "warn" if most >= 80 else "good"
    return [Sign(name="Calls used", words=f"{most} % of what is allowed at present.", level=level)]


_SHARES = ("call_count", "total_time", "total_cputime")


def _earliest(data: dict[str, Any]) -> datetime | None:
    """0 means never."""
    found = [at for key in ("expires_at", "data_access_expires_at") if (at := moment(data.get(key) or None))]
    return min(found, default=None)


def after(seconds: object, now: datetime) -> datetime | None:
    """When something ends that ends in so many seconds."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 10**9:
        return None
    return now.astimezone(UTC) + timedelta(seconds=seconds)
