"""Accounts that carry on what was begun at another account: which may be chosen for that."""

from typing import Any

from duologue.accounts import store
from duologue.accounts.model import AccountRow, State, WrongSettings
from duologue.channels.contract import Channel
from duologue.channels.registry import channels
from duologue.kernel.database import Transaction
from duologue.kernel.work import Work
from duologue.web import forms

NOT_ONE = "Choose one of your connected mail accounts."


async def carriers(tx: Transaction) -> list[AccountRow]:
    """Accounts of this workspace that can, and are connected."""
    kinds = {kind for kind, one in channels().items() if one.abilities.carries}
    return [row for row in await store.all_of(tx) if row.kind in kinds and row.state is not State.DRAFT]


async def check(work: Work, channel: Channel, settings: Any) -> None:
    """Raises `WrongSettings` where another account is chosen than one of these."""
    fields = [one for one in forms.fields(channel.settings, settings) if one.account and one.value]
    if not fields:
        return
    known = {str(row.id) for row in await carriers(work.tx)}
    wrong = {one.name: NOT_ONE for one in fields if one.value not in known}
    if wrong:
        raise WrongSettings(wrong, {one.name: one.title for one in fields})
