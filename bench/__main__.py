"""`bin/bench [name …]`: measures, prints a table and JSON. `--write` makes docs/benchmarks.md of it."""

import argparse
import importlib
import sys
from time import perf_counter

import msgspec

from bench.result import Row, Scale, TINY, table

NAMES = ("idle", "arrivals", "seen", "streams", "deliver", "bulk", "pages", "screen")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], default=[])
    parser.add_argument("--tiny", action="store_true", help="only shows that it works")
    given = parser.parse_args()
    scale = TINY if given.tiny else Scale()
    rows: list[Row] = []
    for name in given.names or NAMES:
        begun = perf_counter()
        rows += importlib.import_module(f"bench.measures.{name}").measure(scale)
        print(f"{name}: {perf_counter() - begun:.0f} s", file=sys.stderr)
    print(table(rows))
    print(msgspec.json.encode(rows).decode())


main()
