# ruff: noqa: F811 (fixtures are asked for by name)
"""Many cost the database no more questions than one: verbs take batches, pages grow with nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from duologue.app import Program
from duologue.kernel.database import Transaction
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.mailroom.test_outbox import _people, _say
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

REMEMBERED = 1
"""An account is remembered for some seconds, and may have to be looked up anew."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Counts the statements of whatever happens inside."""
    asked: list[str] = []
    for name in ("rows", "run"):
        plain = getattr(Transaction, name)

        async def counting(self: Any, *given: Any, plain: Any = plain, **more: Any) -> Any:
            asked.append(next(one for one in given if isinstance(one, str)))
            return await plain(self, *given, **more)

        monkeypatch.setattr(Transaction, name, counting)

    @contextmanager
    def count() -> Iterator[list[int]]:
        asked.clear()
        found: list[int] = []
        yield found
        found.append(len(asked))

    return count


async def test_fifty_arrivals_are_sorted_with_as_many_questions_as_one(mailroom: Mailroom, counted: Any) -> None:
    now = mailroom.house.now()

    async def questions(number: int, first: int) -> int:
        for each in range(first, first + number):
            await mailroom.keep(b'{"id": "m%d", "who": "w%d", "text": "Hi", "at": "%s"}' % (
                each, each, now.isoformat().encode()))  # fmt: skip
        with counted() as found:
            assert await mailroom.sorter.sort() == number
        return found[0]

    await questions(1, 0)  # what is remembered afterwards
    one = await questions(1, 1)
    assert one <= 22
    assert await questions(50, 2) <= one + REMEMBERED


async def test_ten_sends_are_recorded_with_as_many_questions_as_one(mailroom: Mailroom, counted: Any) -> None:
    names = [f"p{number}" for number in range(12)]
    who = await _people(mailroom, *names)

    async def questions(chosen: list[str]) -> int:
        for name in chosen:
            await _say(mailroom, who[name], "Hello")
        claimed = await mailroom.deliverer.claim()
        assert len(claimed) == len(chosen)
        with counted() as found:
            await mailroom.deliverer._start(claimed)
            await mailroom.finish()
        return found[0]

    await questions(names[:1])
    one = await questions(names[1:2])
    assert one <= 18
    assert await questions(names[2:]) <= one + REMEMBERED


async def test_a_page_asks_as_often_with_thirty_conversations_as_with_one(
    mailroom: Mailroom, ana: Colleague, counted: Any
) -> None:
    now = mailroom.house.now()
    await mailroom.arrive(squawk("first", who="w0", name="w0", at=now))
    async with Browser(Program(mailroom.house).web()) as browser:  # type: ignore[arg-type]
        await browser.sign_in(ana)

        async def questions(path: str) -> int:
            with counted() as found:
                assert (await browser.get(path)).status_code == 200
            return found[0]

        await questions("/")
        few = await questions("/")
        async with mailroom.house.db.workspace(mailroom.workspace) as tx:
            (one,) = await tx.rows(str, "SELECT id::text FROM conversation")
        thread = await questions(f"/c/{one}")
        for number in range(1, 30):
            await mailroom.arrive(
                squawk(f"a{number}", who=f"w{number}", name=f"w{number}", at=now),
                squawk(f"b{number}", who="w0", at=now),
            )
        assert few <= 12
        assert thread <= 20
        assert await questions("/") <= few + REMEMBERED
        assert await questions(f"/c/{one}") <= thread + REMEMBERED
