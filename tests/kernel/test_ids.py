"""Ids sort by the time they were made, in every thread, and are what the standard says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import time_ns

import pytest

from duologue.kernel import ids
from duologue.kernel.clock import Turned, now


def test_each_id_is_greater_than_the_one_before() -> None:
    made = [ids.new() for _ in range(20_000)]
    assert all(one < other for one, other in pairwise(made))
    assert sorted(made, key=lambda one: one.hex) == made


def test_an_id_says_that_it_is_of_version_seven() -> None:
    made = [ids.new() for _ in range(5000)]
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}


def test_threads_never_make_the_same_order_twice() -> None:
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: [ids.new() for _ in range(2000)], range(8)))
    assert all(row == sorted(row) for row in rows)
    assert len({one.int >> 64 for row in rows for one in row}) == 16_000


def test_an_id_knows_when_it_was_made() -> None:
    before = datetime.now(UTC)
    one = ids.new()
    assert before - timedelta(milliseconds=1) <= ids.made_at(one) <= datetime.now(UTC) + timedelta(milliseconds=10)


def test_a_clock_that_jumps_back_does_not_turn_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    first, present = ids.new(), time_ns()
    monkeypatch.setattr(ids.time, "time_ns", lambda: present - 3_600_000_000_000)
    assert first < ids.new() < ids.new()


def test_what_follows_the_time_is_by_chance() -> None:
    assert len({ids.new().int & (1 << 62) - 1 for _ in range(5000)}) == 5000


def test_the_clock_stands_until_it_is_turned() -> None:
    clock = Turned()
    start = clock()
    assert clock() == start
    clock.turn(hours=1)
    clock.turn(minutes=-30)
    assert clock() - start == timedelta(minutes=30)


def test_now_is_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)


def test_ids_of_before_and_after_a_moment_are_told_apart() -> None:
    one = ids.new()
    made = ids.made_at(one)
    assert ids.earliest(made) <= one < ids.earliest(made + timedelta(milliseconds=1))
