"""The way to one browser, fast or slow."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from duologue.kernel.journal import Position
from duologue.live.hub import BEHIND, Event, Look, News
from duologue.live.wire import Wire

HERE = Position(10, 0)


class Browser:
    """Takes what is sent; once `full`, only when there is room again."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.ended = False
        self.room = asyncio.Event()
        self.room.set()

    async def send(self, message: Any) -> None:
        if not self.room.is_set():
            await self.room.wait()
        self.taken.append(message["body"])
        self.ended = not message["more_body"]

    @property
    def names(self) -> list[str]:
        lines = b"".join(self.taken).decode().splitlines()
        return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


def said(name: str, at: int | None = None, event: str = "swap") -> News:
    return News((Event(name=event, data=name, position=Position(10, at) if at is not None else None),))


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def wire(browser: Browser) -> Wire:
    return Wire(browser.send, UUID(int=1), Look("en", "UTC"), HERE)


async def test_what_is_put_is_written_at_once_without_a_turn_of_the_loop(browser: Browser, wire: Wire) -> None:
    wire.open(News(()))
    wire.put(said("a", 1))
    assert browser.names == ["a"]


async def test_nothing_goes_out_before_what_was_missed_and_nothing_twice(browser: Browser, wire: Wire) -> None:
    wire.put(said("b", 2))
    wire.put(said("c", 3))
    wire.put(said("typing"))
    assert browser.names == []
    wire.open(News((*said("a", 1).events, *said("b", 2).events)))
    assert browser.names == ["a", "b", "c", "typing"]


async def test_of_what_comes_together_only_what_is_new_goes_out(browser: Browser, wire: Wire) -> None:
    wire.open(said("a", 1))
    wire.put(News((*said("a", 1).events, *said("b", 2).events)))
    assert browser.names == ["a", "b"]


async def test_what_a_slow_browser_does_not_take_waits_in_order(browser: Browser, wire: Wire) -> None:
    wire.open(News(()))
    browser.room.clear()
    for number in range(1, 6):
        wire.put(said(str(number), number))
    assert browser.names == []
    browser.room.set()
    await wire._writing  # type: ignore[misc]
    assert browser.names == ["1", "2", "3", "4", "5"]
    wire.put(said("6", 6))
    assert browser.names[-1] == "6"


async def test_one_too_far_behind_is_told_to_load_anew_and_hears_no_more(browser: Browser, wire: Wire) -> None:
    wire.open(News(()))
    browser.room.clear()
    for number in range(1, BEHIND + 10):
        wire.put(said(str(number), number))
        assert len(wire._waiting) <= BEHIND + 2
    browser.room.set()
    await wire._writing  # type: ignore[misc]
    assert browser.names == ["1", "behind"]
    assert browser.ended


async def test_a_beat_says_where_everybody_is_only_to_those_who_heard_everything(browser: Browser, wire: Wire) -> None:
    wire.beat(Position(10, 5))
    wire.open(News(()))
    assert browser.names == []
    wire.beat(Position(10, 5))
    assert b"id: 10-5" in browser.taken[-1]
    browser.room.clear()
    wire.put(said("a", 6))
    wire.beat(Position(10, 7))
    browser.room.set()
    await wire._writing  # type: ignore[misc]
    assert browser.names[-1] == "a"
    wire.put(said("b", 7))  # a beat is no news: what came with it is still to be heard
    assert browser.names[-1] == "b"


async def test_after_its_end_nothing_goes_out(browser: Browser, wire: Wire) -> None:
    wire.open(News(()))
    wire.put(said("a", 1))
    wire.end()
    wire.end()
    wire.put(said("b", 2))
    assert browser.names == ["a"]
    assert browser.taken.count(b"") == 1
    assert browser.ended


async def test_who_went_away_in_the_middle_costs_nobody_anything(wire: Wire, browser: Browser) -> None:
    async def gone(_: Any) -> None:
        raise OSError("gone")

    wire._send = gone
    wire.open(News(()))
    wire.put(said("a", 1))
    wire._send = browser.send
    browser.room.clear()
    wire.put(said("b", 2))
    await wire.close()
    assert browser.names == []
