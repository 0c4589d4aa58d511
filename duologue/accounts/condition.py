"""How an account is, on one page: trouble and since when, signs of life, errors by class, what its platform says."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from duologue.accounts import store, store_condition
from duologue.accounts.model import AccountRow, SignRow
from duologue.accounts.store_condition import ErrorRow
from duologue.channels.contract import Refusal
from duologue.kernel.database import Transaction

LOOKED = timedelta(hours=24)  # back, for errors
MOST = 8  # kinds of errors that are listed


class Errors(Struct, frozen=True, kw_only=True):
    """Sends that went wrong in the same way within the last 24 hours."""

    name: str  # the class, in a few plain words
    again: bool  # it is tried again by itself
    words: str  # as it was said
    times: int
    last_at: datetime


class Condition(Struct, frozen=True, kw_only=True):
    trouble: str | None
    trouble_at: datetime | None  # since when
    last_in_at: datetime | None
    last_out_at: datetime | None
    waiting: int  # messages that are to leave
    waiting_since: datetime | None
    unread: int  # arrivals and items that could not be read
    errors: Sequence[Errors]
    signs: Sequence[SignRow]


async def condition(tx: Transaction, row: AccountRow, now: datetime) -> Condition:
    found = await store_condition.waiting(tx, row.id)
    errors = await store_condition.errors(tx, row.id, now - LOOKED, most=MOST)
    return Condition(
        trouble=row.trouble, trouble_at=row.trouble_at, last_in_at=row.last_in_at, last_out_at=row.last_out_at,
        waiting=found.waiting, waiting_since=found.waiting_since, unread=found.unread,
        errors=[_told(one) for one in errors], signs=await store.signs(tx, row.id),
    )  # fmt: skip


def _told(one: ErrorRow) -> Errors:
    name = _REFUSAL_WORDS[one.why] if one.why else _OUTCOME_WORDS[one.outcome]
    return Errors(
        name=name,
        again=one.outcome == "trylater" or one.why is Refusal.AUTH,
        words=one.reason,
        times=one.times,
        last_at=one.last_at,
    )


_OUTCOME_WORDS = {"trylater": "Tried again later", "refused": "Refused", "unknown": "Not known whether it was sent"}
_REFUSAL_WORDS = {
    Refusal.AUTH: "Key not accepted",
    Refusal.PERMISSION: "Not permitted",
    Refusal.WINDOW_CLOSED: "Too late to write",
    Refusal.UNREACHABLE: "Person cannot be reached",
    Refusal.NO_SUCH_PERSON: "No such person",
    Refusal.MEDIA: "File not taken",
    Refusal.CONTENT: "Words not taken",
    Refusal.RESTRICTED: "Account restricted",
    Refusal.BAD_REQUEST: "Not understood",
}
