"""Ending background tasks for sure."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels `tasks` and waits until each is done.

    Once is not always enough: `asyncio.wait_for` (used by libraries too) may swallow a cancellation that comes together
    with what it waited for (CPython issue 86296, mended in 3.12).
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.2)
