"""Accounts as the settings pages and the API show them."""

from typing import Literal

from msgspec import Struct

from duologue.accounts.model import AccountRow, Shown, State, Unusable
from duologue.accounts.settings import fresh, opened
from duologue.channels.registry import channels
from duologue.kernel.vault import Safe


def shown(safe: Safe, row: AccountRow) -> Shown:
    """Without any secret. An account that cannot be read is shown as being in trouble."""
    channel = channels().get(row.kind)
    address, missing, trouble = "", [], row.trouble
    try:
        channel, settings = opened(safe, row)
        address = channel.own_address(settings) if channel.own_address else ""
        missing = list(dict.fromkeys(channel.missing(settings)))
    except Unusable as error:
        trouble = str(error)
    return Shown(
        id=row.id, kind=row.kind, title=channel.title if channel else row.kind, name=row.name, address=address,
        state=_state(row.state, trouble), trouble=trouble, trouble_at=row.trouble_at,
        last_in_at=row.last_in_at, last_out_at=row.last_out_at,
        missing=missing,
    )  # fmt: skip


def settings_or_fresh(safe: Safe, row: AccountRow) -> Struct:
    """For the form: what is stored, or a fresh start where it cannot be read."""
    try:
        return opened(safe, row)[1]
    except Unusable:
        return fresh(channels()[row.kind])


def _state(state: State, trouble: str | None) -> Literal["on", "paused", "trouble", "incomplete"]:
    if state is State.PAUSED:
        return "paused"
    if state is State.DRAFT:
        return "incomplete"
    return "trouble" if state is State.BROKEN or trouble else "on"
