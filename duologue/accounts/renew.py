"""A fresh key for an account, fetched by one process for all: with some platforms a second one would end the first."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from duologue.accounts import connect, store
from duologue.accounts.settings import opened
from duologue.channels.contract import Account, Make, Renew
from duologue.errors import NotFound
from duologue.kernel.house import House
from duologue.kernel.work import work

LEASE = timedelta(seconds=40)  # longer than a platform is waited for
_LOOK_AGAIN = 0.1  # seconds


def renewing(house: House) -> Renew:
    """What `Account.renew` does in this house."""
    return partial(renew, house)


async def renew(house: House, account: Account, make: Make) -> Any:
    """Settings with another key than `account` has: stored by somebody meanwhile, or made now and stored.

    Raises `Away`, `NotFound`, and what `make` raises.
    """
    while True:
        known = await _stored(house, account)
        if known != account.settings:
            return known
        async with house.db.hall() as tx:
            ours = await store.take_renewal(tx, account.id, LEASE)
        if ours:
            return await _made(house, account, make)
        await asyncio.sleep(_LOOK_AGAIN)


async def _made(house: House, account: Account, make: Make) -> Any:
    try:
        known = await _stored(house, account)  # whoever had the lease may have ended between our look and our turn
        if known != account.settings:
            return known
        fresh = await make(replace(account, settings=known))
        async with work(house, account.workspace) as open_work:
            return await connect.renewed(open_work, account.id, fresh, was=known)
    finally:
        async with house.db.hall() as tx:
            await store.end_renewal(tx, account.id)


async def _stored(house: House, account: Account) -> Struct:
    async with house.db.workspace(account.workspace) as tx:
        row = await store.one(tx, account.id)
    if row is None:
        raise NotFound("There is no such channel.")
    return opened(await house.safe(account.workspace), row)[1]
