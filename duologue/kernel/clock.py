"""The time, as an argument: tests turn it, nothing else reads the host's clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class Turned:
    """A clock that stands still until somebody turns it."""

    def __init__(self, start: datetime | None = None) -> None:
        self.moment = start or datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def turn(self, **by: float) -> datetime:
        """Moves on by `timedelta(**by)`, backwards too."""
        self.moment += timedelta(**by)
        return self.moment
