"""A message of ours goes out: files are uploaded first, then its parts are sent one by one, in order.

There is no key that makes a second sending harmless, so what may fail for sure fails before the first part is sent.
Where a later part fails, the person has got a part of the message: that is `Unknown`, for a person to decide, and never
sent again as a whole.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from duologue.channels.contract import Media, Outcome, Receipt, Refused, TryLater, Unknown
from duologue.channels.meta.errors import Table
from duologue.channels.meta.graph import Graph, facts
from duologue.channels.shared.answers import unheard
from duologue.channels.shared.outbound import mime, name
from duologue.kernel.egress import Blocked, NoAnswer

Part = dict[str, Any]


class Courier(Struct, frozen=True, kw_only=True):
    """One account's way of sending."""

    graph: Graph
    node: str  # whose messages these are: the page's id, or "me"
    table: Table
    upload: Mapping[str, str] = {}  # what else an upload must say


async def upload(courier: Courier, file: Media, kind: str, attempt: int) -> str | Outcome:
    """The file's id there. Nobody sees an upload, so one of unknown outcome may be repeated."""
    form = aiohttp.FormData(quote_fields=False)  # else people would see "caf%C3%A9.pdf"
    wanted = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
    form.add_field("message", msgspec.json.encode(wanted).decode())
    for key, value in courier.upload.items():
        form.add_field(key, value)
    form.add_field("filedata", file.data, filename=name(file), content_type=mime(file))
    try:
        answer = await courier.graph.upload(f"{courier.node}/message_attachments", form)
    except (Blocked, NoAnswer) as error:
        return _repeatable(unheard(error))
    uploaded = facts(answer).get("attachment_id")
    if answer.status == 200 and isinstance(uploaded, str | int) and uploaded:
        return str(uploaded)
    return _repeatable(courier.table.judge(answer, attempt))


async def send_all(courier: Courier, bodies: list[Part], attempt: int) -> Outcome:
    """Sends each request in order. `Receipt.id` is that of the last part, `also` those of the parts before it."""
    taken: list[str] = []
    for number, body in enumerate(bodies, 1):
        outcome = await _send_one(courier, body, attempt)
        if isinstance(outcome, Receipt):
            taken.append(outcome.id or "")
        elif number == 1:
            return outcome
        else:
            return _half_done(taken, len(bodies), outcome)
    return Receipt(id=taken[-1], also=tuple(taken[:-1]))


async def _send_one(courier: Courier, body: Part, attempt: int) -> Outcome:
    try:
        answer = await courier.graph.post(f"{courier.node}/messages", body)
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    mid = facts(answer).get("message_id")
    if answer.status == 200 and isinstance(mid, str) and mid:
        return Receipt(id=mid)
    return courier.table.judge(answer, attempt)


def _repeatable(outcome: Outcome) -> Outcome:
    return TryLater(after=30, reason=outcome.reason) if isinstance(outcome, Unknown) else outcome


def _half_done(taken: list[str], count: int, outcome: TryLater | Refused | Unknown) -> Unknown:
    gone = f"{len(taken)} of {count} parts were sent ({', '.join(taken)})"
    sure = "may have been sent" if isinstance(outcome, Unknown) else "was not sent"
    return Unknown(reason=f"{gone}; the next one {sure}: {outcome.reason}. Send only what is missing.")
