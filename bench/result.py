"""What a measure found, and how it is shown."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Literal

from msgspec import Struct


class Series(Struct, frozen=True):
    """The same thing measured several times."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        return median(self.values)

    def words(self) -> str:
        """Median, and between which values."""
        low, high = min(self.values), max(self.values)
        return _number(self.middle) + (f" ({_number(low)}–{_number(high)})" if len(self.values) > 1 else "")


class Row(Struct, frozen=True, kw_only=True):
    """One line of the table. `must` and `aim` are of the ratio where there is a limit, else of the value itself."""

    path: str
    unit: str
    ours: Series
    limit: Series | None = None
    limit_is: str = ""
    must: float | None = None
    aim: float | None = None
    better: Literal["more", "less"] = "more"
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours.middle / self.limit.middle if self.limit else None

    @property
    def judged(self) -> float:
        """What `must` and `aim` are about."""
        return self.ours.middle if self.ratio is None else self.ratio

    def verdict(self) -> str:
        if self.must is None:
            return ""
        reached = lambda goal: self.judged >= goal if self.better == "more" else self.judged <= goal  # noqa: E731
        if self.aim is not None and reached(self.aim):
            return "aim"
        return "must" if reached(self.must) else "below"


class Scale(Struct, frozen=True):
    """How much is measured. The tiny one is for tests: it shows that a measure works, and nothing else."""

    repeats: int = 2
    arrivals: int = 15_000
    seconds: float = 5
    streams: int = 5_000
    agents: int = 50
    sends: int = 15_000
    bulk: int = 100_000
    sizes: tuple[int, ...] = (10_000, 1_000_000)
    pages: int = 300


TINY = Scale(
    repeats=1, arrivals=200, seconds=0.5, streams=40, agents=3, sends=2000, bulk=300, sizes=(500, 1_000), pages=10
)

LARGE = Scale(sizes=(10_000, 1_000_000, 10_000_000))


def alternate(repeats: int, limit: Callable[[], float], ours: Callable[[], float]) -> tuple[Series, Series]:
    """Limit and ours in turn, A B A B: whatever else the machine does meets both."""
    pairs = [(limit(), ours()) for _ in range(repeats)]
    return Series(tuple(pair[0] for pair in pairs)), Series(tuple(pair[1] for pair in pairs))


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` (0.99) of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def table(rows: Sequence[Row]) -> str:
    """For people, as Markdown."""
    lines = [
        "| path | unit | ours | limit beside it | ratio | must | aim | reached |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        limit = f"{row.limit.words()} {row.limit_is}" if row.limit else row.limit_is or "–"
        sign = "≥" if row.better == "more" else "≤"
        goals = ["–" if goal is None else f"{sign} {_number(goal)}" for goal in (row.must, row.aim)]
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
        cells = [row.path, row.unit, row.ours.words(), limit, ratio, *goals, row.verdict() or "–"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
