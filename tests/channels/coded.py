"""A platform's list of errors as a table of rows: a code, and what must become of the message that was met with it."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from duologue.channels.contract import Outcome, Refusal, Refused, TryLater, Unknown
from duologue.channels.meta.errors import Table

DAY = 86_400


class Waits(NamedTuple):
    """Certainly not sent: tried again after `least` to `most` seconds, alone or with the whole account."""

    least: float
    most: float
    account: bool = False


class Once(NamedTuple):
    """Tried once more; then refused for this reason."""

    why: Refusal = Refusal.MEDIA


class Unsure(NamedTuple):
    """It may have been sent: it is looked up, and never sent again blindly."""


Wanted = Waits | Once | Unsure | Refusal
Row = tuple[int, int | None, Wanted, str]

SOON, SLOWER, TOMORROW = Waits(5, 900), Waits(5, 900, account=True), Waits(DAY, DAY)


async def becomes(wanted: Wanted, tried: Callable[[int], Awaitable[Outcome]]) -> Outcome:
    """The outcome of the first attempt, which is the wanted one. `tried`: an attempt, by its number."""
    outcome = await tried(1)
    if not isinstance(wanted, Once):
        decided(outcome, wanted)
        return outcome
    assert isinstance(outcome, TryLater)
    assert not outcome.whole_account
    decided(await tried(2), wanted.why)
    return outcome


def decided(outcome: Outcome, wanted: Waits | Unsure | Refusal, stopped: str = "") -> None:
    """The message is refused for this reason, waits so long, or is looked up."""
    match wanted:
        case Refusal():
            assert isinstance(outcome, Refused)
            assert (outcome.why, outcome.stopped) == (wanted, stopped)
        case Unsure():
            assert isinstance(outcome, Unknown)
        case Waits(least, most, whole):
            assert isinstance(outcome, TryLater)
            assert least <= outcome.after <= most
            assert outcome.whole_account is whole


def all_listed(table: Table, rows: list[Row]) -> None:
    """Every row of the product stands in the list of the test."""
    product = {*table.by_both, *((code, None) for code in table.by_code)}
    assert product <= {(code, subcode) for code, subcode, *_ in rows}
    assert set(table.by_subcode) <= {subcode for _, subcode, *_ in rows}
    assert set(table.hints) <= {(code, subcode) for code, subcode, *_ in rows}
