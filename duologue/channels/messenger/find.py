"""Was it sent? The page's own history is asked, where no echo has told."""

from datetime import datetime, timedelta
from typing import Any

from duologue.channels.contract import Account, Found, Outgoing
from duologue.channels.messenger.graph import graph
from duologue.channels.messenger.send import signed
from duologue.channels.meta.history import newest, time

SKEW = timedelta(minutes=2)
_UNSURE = Found(id=None, certain=False)


async def find(account: Account, out: Outgoing) -> Found:
    """Looks for this text from the page, after it was queued, that no other message accounts for.

    One such message: the person has this text, so `certain`. None: not certain, since the history holds neither our
    id nor any promise to be complete; only the echo carries our id. A message with files is never found this way.
    Raises `Blocked` or `NoAnswer`.
    """
    text = signed(account.settings, out)
    if text is None or out.content.media or ":" in out.address:
        return _UNSURE
    found = [
        mid
        for line in await newest(graph(account), account.settings.page_id, "messenger", out.address)
        if (mid := _ours(line, account.settings.page_id, text, out.queued_at - SKEW)) and mid not in out.references
    ]
    return Found(id=found[0], certain=True) if len(found) == 1 else _UNSURE


def _ours(line: dict[str, Any], page: str, text: str, since: datetime) -> str | None:
    sender, mid = line.get("from"), line.get("id")
    by_page = isinstance(sender, dict) and sender.get("id") == page
    at = time(line.get("created_time"))
    return mid if by_page and isinstance(mid, str) and line.get("message") == text and at and at >= since else None
