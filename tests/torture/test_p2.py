"""Nothing appears twice: every event told several times, in any order, to several processes that work at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from tests.own_postgres import Databases
from tests.program import Page, Program, until
from tests.torture import rig

EVENTS, PEOPLE, WORKERS = rig.scale(500, 10_000), rig.scale(20, 20), rig.scale(2, 4)
TIMES = 3  # each event is told so often
LONGEST = 90 + EVENTS // 20
pytestmark = [pytest.mark.program, pytest.mark.timeout(LONGEST + 60)]


def test_events_told_three_times_to_many_workers_are_there_once(
    databases: Databases, programs: Callable[..., Program], tmp_path: Path
) -> None:
    began, env = monotonic(), databases()
    serve = programs(tmp_path / "data", env=env, verb="serve")
    serve.start()
    page = Page(serve)
    workers = [programs(tmp_path / "data", env=env, verb="work") for _ in range(WORKERS)]
    for one in workers:
        one.launch()
    tellings = [number for number in range(EVENTS) for _ in range(TIMES)]
    rig.dice("p2").shuffle(tellings)

    with ThreadPoolExecutor(8) as platform:
        assert all(platform.map(page.say, tellings))
    until(lambda: serve.query("SELECT count(*) FROM arrival WHERE state = 'pending'") == [(0,)], LONGEST, "the sorting")

    told = Counter(str(row[0]) for row in serve.query("SELECT external_id FROM message"))
    assert told == Counter(f"m_{number}" for number in range(EVENTS)), f"seed {rig.SEED}"
    one_of_each = (
        "SELECT (SELECT count(*) FROM contact), (SELECT count(*) FROM address), (SELECT count(*) FROM conversation)"
    )
    assert serve.query(one_of_each) == [(PEOPLE, PEOPLE, PEOPLE)]
    assert serve.query("SELECT count(*) FROM journal WHERE kind = 'message.received'") == [(EVENTS,)]
    assert serve.query("SELECT count(*) FROM journal WHERE kind = 'conversation.created'") == [(PEOPLE,)]
    assert serve.query("SELECT sum(unread)::int FROM conversation") == [(EVENTS,)]
    rig.equation_holds(serve)
    rig.result("p2", "P2", began, events=EVENTS, posts=len(tellings), workers=WORKERS, messages=len(told), extra=0)
