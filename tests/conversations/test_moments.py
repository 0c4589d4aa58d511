"""Until when a conversation is out of sight, on days that are longer, shorter, or there only once in four years."""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.conversations.pages import moment


@pytest.mark.parametrize(
    ("named", "now", "zone", "wanted"),
    [
        ("tomorrow", "2026-03-28T22:30+01:00", "Europe/Berlin", "2026-03-29T09:00+02:00"),  # an hour is left out
        ("tomorrow", "2026-10-24T22:30+02:00", "Europe/Berlin", "2026-10-25T09:00+01:00"),  # an hour comes twice
        ("next-week", "2026-10-24T22:30+02:00", "Europe/Berlin", "2026-10-26T09:00+01:00"),
        ("tomorrow", "2028-02-28T10:00+00:00", "UTC", "2028-02-29T09:00+00:00"),
        ("tomorrow", "2026-02-28T10:00+00:00", "UTC", "2026-03-01T09:00+00:00"),
        ("tomorrow", "2026-12-31T23:59+00:00", "UTC", "2027-01-01T09:00+00:00"),
        ("tomorrow", "2026-06-01T23:30+00:00", "Asia/Kathmandu", "2026-06-03T09:00+05:45"),  # there it is the 2nd
        ("next-week", "2026-11-23T08:00+00:00", "UTC", "2026-11-30T09:00+00:00"),  # a Monday
        ("2026-10-25T02:30", "2026-10-01T00:00+00:00", "Europe/Berlin", "2026-10-25T02:30+02:00"),  # the first of two
    ],
)
def test_a_morning_is_the_morning_of_whoever_asks(named: str, now: str, zone: str, wanted: str) -> None:
    found = moment(named, datetime.fromisoformat(now), zone)
    assert found.astimezone(UTC) == datetime.fromisoformat(wanted).astimezone(UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe", "UTC"])
def test_what_is_later_is_always_still_to_come(zone: str) -> None:
    """At every hour of a year with a leap day."""
    now = datetime(2028, 1, 1, tzinfo=UTC)
    while now.year == 2028:
        for named, most in (("later-today", 4), ("tomorrow", 49), ("next-week", 24 * 8 + 1)):
            assert timedelta() < moment(named, now, zone) - now < timedelta(hours=most), (named, now)
        now += timedelta(hours=1)
