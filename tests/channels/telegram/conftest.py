"""What every folder of a channel has, and who writes here."""

import asyncio

from tests.channels.doubled import House, account, answer, clock, double, house

__all__ = ["LEO", "NADIA", "House", "account", "answer", "cancelled", "clock", "double", "house"]

NADIA, LEO = "5550001001", "7200300402"


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
