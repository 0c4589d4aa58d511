"""Was it sent? The list of messages is asked, as nothing that we sent along can be looked up there."""

from datetime import timedelta
from typing import Any

from duologue.channels.contract import Account, Found, Outgoing
from duologue.channels.sms.api import api, facts, rows
from duologue.channels.sms.past import time
from duologue.channels.sms.segments import plain
from duologue.channels.sms.send import body

SKEW = timedelta(minutes=2)
SETTLED = timedelta(minutes=1)  # so long after it was written an absence may be a list that is late
NEWEST = 100
_UNSURE = Found(id=None, certain=False)


async def find(account: Account, out: Outgoing) -> Found:
    """The one message to this number, since this one was written, that says the same and is no other of ours.

    None of them: certainly not sent, once a list can no longer be late and it reaches far enough back. Where the
    account has its texts removed at Twilio, nothing can be told. Raises `Blocked` or `NoAnswer`.
    """
    answer = await api(account).get("/Messages.json", To=out.address, PageSize=str(NEWEST))
    listed = rows(facts(answer), "messages")
    if answer.status != 200 or not isinstance(facts(answer).get("messages"), list):
        return _UNSURE
    since = out.queued_at - SKEW
    recent = [one for one in listed if _is_ours(one) and one.get("sid") not in out.references and _later(one, since)]
    same = [one["sid"] for one in recent if _says(one, out, account)]
    if len(same) == 1:
        return Found(id=same[0], certain=True)
    settled = account.clock() - out.queued_at >= SETTLED
    whole = len(listed) < NEWEST or not _later(listed[-1], since)
    removed = any(not one.get("body") and out.content.text for one in recent)
    return Found(id=None, certain=not same and settled and whole and not removed)


def _is_ours(row: dict[str, Any]) -> bool:
    return str(row.get("direction")).startswith("outbound") and isinstance(row.get("sid"), str)


def _later(row: dict[str, Any], since: Any) -> bool:
    at = time(row)
    return at is not None and at >= since


def _says(row: dict[str, Any], out: Outgoing, account: Account) -> bool:
    wanted, found = body(account.settings, out), row.get("body")
    same = isinstance(found, str) and plain(found).strip() == plain(wanted).strip()
    return same and str(row.get("num_media") or "0") == str(len(out.content.media))
