"""Was it sent? The account's own history is asked: the platform carries no word of ours back."""

from datetime import timedelta

from duologue.channels.contract import Account, Found, Outgoing
from duologue.channels.instagram.graph import graph, node
from duologue.channels.instagram.send import signed
from duologue.channels.meta.history import newest, time
from duologue.channels.shared.strict import Object

SKEW = timedelta(minutes=2)
_UNSURE = Found(id=None, certain=False)


async def find(account: Account, out: Outgoing) -> Found:
    """Looks for this text from the account, after it was queued, that no other message accounts for.

    One such message: the person has this text, so `certain`. None: not certain, since the history promises no
    completeness. A message with files is never found this way. Raises `Blocked` or `NoAnswer`.
    """
    text = signed(account.settings, out)
    if text is None or out.content.media:
        return _UNSURE
    lines = await newest(graph(account), node(account.settings), "instagram", out.address)
    own = {account.settings.account_id, account.settings.page_id} - {""}
    since = out.queued_at - SKEW
    found = [
        line["id"]
        for line in lines
        if _by(line) in own and line.get("message") == text and (at := time(line.get("created_time"))) and at >= since
        if isinstance(line.get("id"), str) and line["id"] not in out.references
    ]
    return Found(id=found[0], certain=True) if len(found) == 1 else _UNSURE


def _by(line: Object) -> str | None:
    sender = line.get("from")
    return sender.get("id") if isinstance(sender, dict) and isinstance(sender.get("id"), str) else None
