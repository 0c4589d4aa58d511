"""Beginning work without a task where it need not wait, and ending background tasks for sure."""

import asyncio
from collections.abc import Coroutine, Iterable
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


def begun(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Runs `work` as far as it comes without waiting; the task of the rest, None where nothing is left to do.

    Thousands of writes that need not wait cost no turn of the loop each. Python 3.12 has eager tasks for that.
    """
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    return asyncio.create_task(_rest(work, awaited))


async def _rest(work: Coroutine[Any, Any, None], awaited: asyncio.Future[Any] | None) -> None:
    while True:
        failed: BaseException | None = None
        try:
            if awaited is not None:
                awaited._asyncio_future_blocking = False  # as a task does with what it is handed
            await (asyncio.sleep(0) if awaited is None else awaited)
        except BaseException as error:  # also a cancellation: it is the work's to hear of
            failed = error
        try:
            awaited = work.throw(failed) if failed else work.send(None)
        except StopIteration:
            return
