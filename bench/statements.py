"""The statements that the database spent most time on."""

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from bench.site import Site


class Statement(Struct, frozen=True):
    milliseconds: float
    calls: int
    mean: float
    words: str


OURS = (
    r"(bench_|pg_stat|^SELECT count\(\*\) FROM message WHERE status IN|"
    r"^(COMMIT|BEGIN|COPY|VACUUM|CHECKPOINT|CREATE|ALTER|DO|GRANT|TRUNCATE))"
)
"""What a benchmark itself asks, and what is no question."""


def slowest(site: "Site", most: int = 10) -> list[Statement]:
    """Of the program alone, in all their calls together."""
    found = site.run(
        """
        SELECT total_exec_time, calls, mean_exec_time, regexp_replace(query, '\\s+', ' ', 'g') FROM pg_stat_statements
        WHERE query !~* %s
        ORDER BY total_exec_time DESC LIMIT %s
        """,
        OURS,
        most,
    )
    return [Statement(round(total), calls, round(mean, 3), words.strip()[:110]) for total, calls, mean, words in found]


def listing(statements: list[Statement]) -> str:
    lines = ["| ms in all | calls | ms each | statement |", "|---|---|---|---|"]
    for one in statements:
        words = one.words.replace("|", "\\|")
        lines.append(f"| {one.milliseconds:,.0f} | {one.calls:,} | {one.mean} | `{words}` |")
    return "\n".join(lines)
