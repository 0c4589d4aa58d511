"""Work that is begun at once, and tasks that end for sure."""

import asyncio

import pytest

from duologue.kernel.tasks import begun, end


async def test_work_that_need_not_wait_is_done_at_once() -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    assert begun(work()) is None
    assert done == [1]


async def test_the_rest_of_what_waits_is_a_task() -> None:
    done: list[str] = []
    first, second = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def work() -> None:
        done.append("begun")
        await first.wait()
        await asyncio.sleep(0)
        done.append(await second)

    rest = begun(work())
    assert rest
    assert done == ["begun"]
    first.set()
    second.set_result("ended")
    await rest
    assert done == ["begun", "ended"]


async def test_what_fails_later_fails_inside_the_work_and_then_its_task() -> None:
    broken, seen = asyncio.get_running_loop().create_future(), []

    async def work() -> None:
        try:
            await broken
        except ValueError as error:
            seen.append(error)
            raise

    rest = begun(work())
    assert rest
    broken.set_exception(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await rest
    assert len(seen) == 1


async def test_what_is_ended_can_clear_up_after_itself() -> None:
    cleared: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleared.append("yes")

    rest = begun(work())
    assert rest
    await asyncio.sleep(0)
    await end([rest])
    assert rest.cancelled()
    assert cleared == ["yes"]


async def test_what_fails_at_once_fails_for_whoever_began_it() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        begun(work())
