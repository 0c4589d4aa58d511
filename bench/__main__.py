"""Measures, and prints a table and JSON. Without names: everything but the soak."""

import argparse
import importlib
import sys
from time import perf_counter

import msgspec

from bench import statements
from bench.result import LARGE, TINY, Row, Scale, table
from bench.site import slow
from bench.soak import listing, soak
from bench.write import figures, last, run, with_some_anew, write

NAMES = ("idle", "arrivals", "answers", "seen", "streams", "deliver", "bulk", "pages", "screen")


def main() -> None:
    given = _given()
    if given.names == ["soak"]:
        _soak(given)
        return
    scale = TINY if given.tiny else LARGE if given.large else Scale()
    rows: list[Row] = []
    for name in given.names or NAMES:
        begun = perf_counter()
        rows += importlib.import_module(f"bench.measures.{name}").measure(scale)
        print(f"{name}: {perf_counter() - begun:.0f} s", file=sys.stderr)
    slowest = sorted(slow, key=lambda one: -one.milliseconds)[:10]
    print(table(rows), "", statements.listing(slowest), "", sep="\n")
    print(msgspec.json.encode({"rows": rows, "figures": figures(rows), "statements": slowest}).decode())
    if given.write:
        found = run("bin/bench " + " ".join(sys.argv[1:]), rows, slowest)
        whole = last() if given.names else None
        write(with_some_anew(whole, found) if whole else found)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"{', '.join(NAMES)}, or soak alone")
    parser.add_argument("--tiny", action="store_true", help="only shows that it works")
    parser.add_argument("--large", action="store_true", help="pages with 10,000,000 messages too")
    parser.add_argument("--write", action="store_true", help="makes docs/benchmarks.md of it")
    parser.add_argument("--minutes", type=float, default=20, help="how long to soak")
    parser.add_argument("--per-second", type=float, default=100, help="messages a second to soak in")
    given = parser.parse_args()
    if wrong := set(given.names) - {*NAMES, "soak"}:
        parser.error(f"there is no {', '.join(sorted(wrong))}")
    return given


def _soak(given: argparse.Namespace) -> None:
    looks, found = soak(given.minutes, given.per_second)
    words = f"`bin/bench soak`, {given.minutes:g} minutes, {given.per_second:g} messages a second, {len(looks)} looks."
    print(words, "", listing(found), "", msgspec.json.encode(looks).decode(), sep="\n")
    if given.write and (before := last()):
        write(msgspec.structs.replace(before, slopes=found, soaked=words))


if __name__ == "__main__":
    main()
