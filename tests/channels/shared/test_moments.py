"""Points in time as platforms write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.channels.shared.strict import moment


@pytest.mark.parametrize(
    "value, second",
    [
        (1767225600123, 1767225600.123),
        (1767225600, 1767225600.0),
        ("1767225600123", 1767225600.123),
        ("1767225600", 1767225600.0),
        (1767225600.7, 1767225600.0),
    ],
)
def test_time_by_magnitude(value: Any, second: float):
    found = moment(value)
    assert found
    assert found.timestamp() == second


@pytest.mark.parametrize(
    "value", [None, 0, -5, True, "", "soon", "１７６７２２５６００", [], 10**30, float("inf"), "9" * 400, 60]
)
def test_what_is_no_time_is_none(value: Any):
    assert moment(value) is None


@given(st.integers() | st.integers(-(10**18), 10**18) | st.floats() | st.text(max_size=20))
def test_no_time_raises_and_each_is_plausible(value: Any):
    found = moment(value)
    assert found is None or 2004 <= found.year < 2100


def test_microseconds_and_the_far_future_are_no_time():
    for odd in (1767225600001000, 5 * 10**11, 10**15, 4102444800):
        assert moment(odd) is None
