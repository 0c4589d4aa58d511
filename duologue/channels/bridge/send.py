"""What the house tells the bridge: answers, typing, how far somebody has read; and asking for what was missed."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec

from duologue.channels.bridge.settings import key
from duologue.channels.bridge.signing import headers
from duologue.channels.contract import (
    Account,
    Outcome,
    Outgoing,
    Raw,
    Receipt,
    Refusal,
    Refused,
    TryLater,
    Unknown,
)
from duologue.kernel import ids
from duologue.kernel.egress import Answer, Blocked, NoAnswer

SECONDS = 20
_TAKEN = {200, 201, 202, 204, 409}  # 409: the bridge has it already
_CLASSES = {one.value: one for one in Refusal}


class Error(msgspec.Struct, frozen=True):
    """Why a bridge refuses. `code` is one of `Refusal`'s words; what is not known is a bad request."""

    code: str = ""
    reason: str = ""


class Said(msgspec.Struct, frozen=True):
    """What a bridge answers; all of it may be missing."""

    id: str | None = None
    status: str = "sent"
    error: Error = Error()
    events: list[msgspec.Raw] = []


async def send(account: Account, out: Outgoing) -> Outcome:
    """Under our own id, so that a bridge that has it already says so. What may have arrived is `Unknown`."""
    try:
        answer = await post(account, str(out.id), _message(out))
    except Blocked as error:
        return TryLater(after=300, reason=str(error), whole_account=True)
    except NoAnswer as error:
        return Unknown(reason=str(error)) if error.sent else TryLater(after=15, reason=str(error), whole_account=True)
    return outcome(answer)


def outcome(answer: Answer) -> Outcome:
    """What an answer says about a message, or about what was to be done to one."""
    said = _said(answer)
    if answer.status in _TAKEN:
        return Receipt(id=(said.id or "")[:200] or None, status="delivered" if said.status == "delivered" else "sent")
    return _refused(answer, said)


async def typing(account: Account, address: str) -> None:
    await _tell(account, {"type": "typing", "address": address})


async def seen(account: Account, address: str, newest: str, token: str | None = None) -> None:
    await _tell(account, {"type": "seen", "address": address, "id": newest})


async def history(account: Account, since: datetime) -> AsyncIterator[Raw]:
    """What was said since then, where the bridge keeps a history; 404 and 501 say that it keeps none."""
    answer = await post(account, str(ids.new()), {"type": "history", "since": since})
    if answer.status == 200:
        for event in _said(answer).events:
            yield Raw(body=b'{"events":[' + bytes(event) + b"]}")


async def ping(account: Account) -> Answer:
    """Whether somebody is there who knows the secret. Raises `Blocked`, `NoAnswer`."""
    return await post(account, str(ids.new()), {"type": "ping"})


async def _tell(account: Account, word: dict[str, Any]) -> None:
    """A courtesy: where it does not arrive, nothing is lost."""
    try:
        await post(account, str(ids.new()), word)
    except (Blocked, NoAnswer):
        return


async def post(account: Account, id: str, word: dict[str, Any]) -> Answer:
    """A signed word to the bridge. Raises `Blocked`, `NoAnswer`."""
    body = msgspec.json.encode(word)
    signed = headers(key(account.settings.secret) or b"", id, account.clock(), body)
    sent = {**signed, "Content-Type": "application/json"}
    return await account.egress.request("POST", account.settings.url, headers=sent, body=body, seconds=SECONDS)


def _message(out: Outgoing) -> dict[str, Any]:
    said = out.content
    files = [{"kind": one.kind, "name": one.name, "mime": one.mime, "url": one.url} for one in said.media]
    return {
        "type": "message", "id": out.id, "conversation": out.conversation, "address": out.address, "text": said.text,
        "files": files, "choices": said.choices, "author": out.author, "automated": out.automated, "bulk": out.bulk,
        "reply_to": out.reply_to, "attempt": out.attempt,
    }  # fmt: skip


def _said(answer: Answer) -> Said:
    try:
        return msgspec.json.decode(answer.body, type=Said)
    except msgspec.DecodeError:
        return Said()


def _refused(answer: Answer, said: Said) -> Outcome:
    told = said.error.reason[:300] or f"The bridge answered {answer.status}."
    if answer.status == 429 or answer.status >= 500:
        return TryLater(after=_wait(answer), reason=told, whole_account=answer.status == 429)
    if answer.status in (401, 403):
        return Refused(why=Refusal.AUTH, reason=told)
    return Refused(why=_CLASSES.get(said.error.code, Refusal.BAD_REQUEST), reason=told)


def _wait(answer: Answer) -> float:
    """Seconds; a date, or more than an hour, is not believed."""
    told = answer.headers.get("retry-after", "")
    return min(float(told), 3600.0) if told.isascii() and told.isdigit() and len(told) < 8 else 15.0
