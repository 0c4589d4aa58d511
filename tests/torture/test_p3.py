"""A reply leaves once, or it is said that nobody knows: on bad roads, under kills, with senders that oversleep."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
import pytest
from msgspec import Struct

from duologue.channels.registry import channels
from duologue.channels.simulation import Simulator
from tests.own_postgres import Databases
from tests.program import Program, until
from tests.torture import rig
from tests.torture.proxy import HttpRoad, MailRoad, Weather

SENDS, KILLS = rig.scale(80, 5_000), rig.scale(2, 100)
WORKERS, ZOMBIES = rig.scale(2, 5), rig.scale(1, 20)
ASLEEP = rig.scale(
    1.5, 125.0
)  # seconds; past their lease in the full profile, and the leases are ended in the quick one
KINDS = rig.scale(["email", "instagram", "telegram"], None)  # all in the full profile
CROWD = rig.scale(6, 60)  # people on each platform
CHANCES = {"cut": 0.10, "refused": 0.02, "throttled": 0.003, "broken": 0.01, "late": 0.05, "drip": 0.005}
DRIP = rig.scale(0.01, 1.0)  # seconds for a byte
WITHIN = 120  # seconds, after which it is shown at the latest that nobody knows
MOST_HELD = 3600  # seconds; no platform's word stops an account for longer
LONGEST = 150 + SENDS / 4 + KILLS * 3 + ZOMBIES / (WORKERS - 1) * ASLEEP + rig.scale(0, WITHIN * 6)
pytestmark = [pytest.mark.program, pytest.mark.timeout(LONGEST + 60)]
ARRIVED = {"sent", "delivered", "read"}
TRIES = "SELECT count(*) FROM attempt"
UNDER_WAY = "SELECT count(*) FROM message WHERE direction = 'out' AND status IN ('held', 'queued', 'sending')"


class Talk(Struct, frozen=True):
    kind: str
    person: str
    conversation: str


def test_every_reply_leaves_once_or_is_shown_as_unknown(
    databases: Databases, programs: Callable[..., Program], tmp_path: Path
) -> None:
    began, env = monotonic(), databases()
    serve = programs(tmp_path / "data", env=env, verb="serve")
    serve.start()
    workers = [programs(tmp_path / "data", env=env, verb="work") for _ in range(WORKERS)]
    for one in workers:
        one.launch()
    doubles, api, watch = rig.Doubles(serve, KINDS), rig.Api(serve), Watch(serve)
    roads: dict[str, HttpRoad | MailRoad] = {}
    try:
        talks = _conversations(doubles, serve, api)
        roads = _roads(doubles, serve)
        with watch.running(), _mischief(serve, workers):
            sent = _answer_everybody(api, talks)
        with watch.running():
            _everything_ends(serve)
        shown = api.messages()
        states = {_first(one["text"]): one["status"] for one in shown if one["direction"] == "out"}
        accepted = _accepted(doubles, talks)
    finally:
        for road in roads.values():
            doubles.run(road.close())
        doubles.close()

    assert set(states) == set(sent), "every answer is there, and nothing else"
    there = rig.texts(shown, "out")
    assert [text for text, times in there.items() if times > 1 and channels()[sent[text]].history] == [], "shown twice"
    assert max(accepted.values()) == 1, f"sent twice: {[text for text, times in accepted.items() if times > 1]}"
    arrived = {text for text, state in states.items() if state in ARRIVED}
    assert arrived <= set(accepted), "nothing is shown as sent that the platform does not have"
    rest = Counter(states[text] for text in states if text not in arrived)
    assert set(rest) <= {"unknown", "failed"}, rest
    assert not [text for text in accepted if states[text] == "failed"], "it is said to have failed, and is there"
    unknown_though_there = Counter(sent[text] for text in accepted if text not in arrived)
    assert not [kind for kind in unknown_though_there if channels()[kind].history], unknown_though_there
    assert watch.longest <= WITHIN, f"{watch.longest} s in a dead sender's hands"
    assert watch.held <= MOST_HELD
    met = sum((road.met for road in roads.values()), Counter[str]())
    assert met["cut"], "the road was never bad"
    faults = met.total() - met["cut"] - met["none"]
    rig.result(
        "p3", "P3", began, sends=len(sent), kinds=len(roads), kills=KILLS, zombies=ZOMBIES,
        cut_after_acceptance=met["cut"], other_faults=faults, arrived=len(arrived), unknown=rest["unknown"],
        failed=rest["failed"], longest_until_shown=round(watch.longest, 1), lost=0, doubled=0,
    )  # fmt: skip


def _conversations(doubles: rig.Doubles, serve: Program, api: rig.Api) -> list[Talk]:
    """A crowd on every platform, of whom each has written once."""
    who: dict[str, tuple[str, str]] = {}
    for kind, double in doubles.of.items():
        for number, person in enumerate(_crowd(double)):
            text = f"{kind} {number} writes"
            doubles.run(double.say(person, text))
            who[text] = (kind, person)
    until(lambda: serve.query("SELECT count(*) FROM conversation") == [(len(who),)], 90, "everybody's conversation")
    return [Talk(*who[text], one["conversation_id"]) for one in api.messages() if (text := _first(one["text"])) in who]


def _crowd(double: Simulator) -> list[str]:
    """People of this double; more of them than it has by itself, made like its first one."""
    world = getattr(double, "world", None)
    known: dict[Any, Any] = getattr(world, "threads", None) or getattr(world, "chats", None) or {}
    if not known and channels()[double.kind].abilities.threads:
        return [f"person{number}@crowd.example" for number in range(CROWD)]  # whoever writes a mail exists
    first = next(iter(known.values()), None)
    if first is None or not str(first.id).isdigit():
        return [one.id for one in double.people()]  # who somebody is there is more than a number
    for number in range(CROWD - len(known)):
        id_ = type(first.id)(int(first.id) + 1000 + number)
        known[id_] = msgspec.structs.replace(first, id=id_, messages=[])
    return [str(one.id) for one in known.values()]


def _roads(doubles: rig.Doubles, serve: Program) -> dict[str, HttpRoad | MailRoad]:
    """From now on what leaves takes a bad road."""
    roads: dict[str, HttpRoad | MailRoad] = {}
    for kind, double in doubles.of.items():
        settings: Any = double.settings()
        weather = Weather(rig.dice(f"road {kind}"), CHANCES, DRIP)
        if smtp := getattr(settings, "smtp_port", 0):
            road = roads[kind] = MailRoad(smtp, weather)
            doubles.run(road.start())
            change = {"smtp_port": str(road.port)}
        else:
            name = "base_url" if hasattr(settings, "base_url") else "url"
            goal = urlsplit(getattr(settings, name))
            road = roads[kind] = HttpRoad(f"{goal.scheme}://{goal.netloc}", weather, b"answer")
            doubles.run(road.start())
            change = {name: f"{road.url}{goal.path}"}
        whole = rig.typed(double) | change  # secrets go to another place only where they are entered again
        pairs = [part for name, value in whole.items() for part in ("--set", f"{name}={value}")]
        serve.command("channel", "set", doubles.channels[kind], *pairs)
    return roads


def _answer_everybody(api: rig.Api, talks: list[Talk]) -> dict[str, str]:
    """Text -> platform of each answer. Each gets as many as its pace and its people bear; those to one in order."""
    people = Counter(one.kind for one in talks)
    pace = {kind: min(40.0, channels()[kind].abilities.sends_per_second, people[kind]) for kind in people}
    turns: list[tuple[Talk, str]] = []
    for kind in sorted(pace):
        own = [one for one in talks if one.kind == kind]
        share = min(people[kind] * rig.allowed(kind, SENDS), round(SENDS * pace[kind] / sum(pace.values())))
        turns += [(own[number % len(own)], f"answer {number} to {kind}") for number in range(share)]
    rig.dice("turns").shuffle(talks)
    by_talk = [[text for talk, text in turns if talk is one] for one in talks]

    def answers(talk: Talk, texts: list[str]) -> None:
        for text in texts:
            _insist(api, talk.conversation, text)

    with ThreadPoolExecutor(8) as desk:
        for done in [desk.submit(answers, *each) for each in zip(talks, by_talk, strict=True)]:
            done.result()
    return {text: talk.kind for talk, text in turns}


def _insist(api: rig.Api, conversation: str, text: str) -> None:
    """Under the same key, until it is taken."""
    while True:
        with suppress(OSError):
            key = f"p3-{text}"
            status, said = api.post(f"/conversations/{conversation}/messages", {"text": text}, idempotency_key=key)
            if status in (200, 201):
                return
            assert status in (429, 503), (status, said)
        sleep(0.3)


@contextmanager
def _mischief(serve: Program, workers: list[Program]) -> Iterator[None]:
    """Kills and naps while it lasts; it ends when all of them have been."""
    failed: list[BaseException] = []

    def mischief() -> None:
        try:
            _kill(serve, workers)
            _put_to_sleep(serve, workers)
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=mischief)
    thread.start()
    yield
    thread.join(LONGEST)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


def _kill(serve: Program, workers: list[Program]) -> None:
    """Each at its share of the way, so that there is something in hand."""
    chance = rig.dice("p3")
    for number in range(KILLS):
        share = SENDS * 0.9 * (number + 1) / (KILLS + 1)
        until(lambda share=share: _ask(serve, TRIES)[0][0] >= share, LONGEST, f"the {share:.0f}th send")
        sleep(chance.uniform(0, 0.3))
        victim = workers[number % len(workers)]
        victim.kill()
        victim.launch()


def _put_to_sleep(serve: Program, workers: list[Program]) -> None:
    """All but one at a time, past their lease."""
    sleepers, slept = workers[:-1], 0
    while slept < ZOMBIES:
        for one in sleepers:
            one.pause()
        sleep(ASLEEP)
        if not rig.FULL:
            _leases_end(serve)
        for one in sleepers:
            one.wake()
        slept += len(sleepers)
        sleep(rig.scale(0, 10))


def _everything_ends(serve: Program) -> None:
    """Nothing is under way any more, and whatever the platforms can be asked about has been asked."""

    def ended() -> bool:
        if not rig.FULL:
            _leases_end(serve)
        return _ask(serve, UNDER_WAY) == [(0,)]

    until(ended, LONGEST, "every answer to have ended in some way")
    rounds = "SELECT count(*) FROM message WHERE status = 'unknown'"
    before, end = _ask(serve, rounds), monotonic() + rig.scale(20, 120)
    while before != [(0,)] and monotonic() < end:
        _let_go(serve, "status = 'unknown'", "lease_until")
        sleep(rig.scale(2, 20))
        if (after := _ask(serve, rounds)) == before:
            return
        before = after


def _ask(serve: Program, sql: str) -> list[tuple[Any, ...]]:
    """Looks into the database; where those who were killed still hold its last connection, as soon as it lets us in."""
    end = monotonic() + 60
    while True:
        try:
            return serve.query(sql)
        except psycopg.OperationalError:
            assert monotonic() < end
            sleep(1)


def _leases_end(serve: Program) -> None:
    """Two minutes pass for whoever holds a message: what a dead sender had in hand is looked at now."""
    _let_go(serve, "status = 'sending'", "lease_until")


def _let_go(serve: Program, which: str, what: str) -> None:
    """A time that lies in the future has come, for every message that nobody has under the pen."""
    _ask(
        serve,
        f"UPDATE message SET {what} = now() WHERE {what} > now() AND id IN"
        f" (SELECT id FROM message WHERE {which} FOR UPDATE SKIP LOCKED) RETURNING id",
    )


class Watch:
    """What can only be seen while it lasts: how long anything was in hand, how long an account was told to wait.

    Waits that platforms ask for pass at once.
    """

    def __init__(self, serve: Program) -> None:
        self.longest = self.held = 0.0  # seconds
        self._serve = serve

    @contextmanager
    def running(self) -> Iterator[None]:
        over = Event()
        thread = Thread(target=self._watch, args=(over,))
        thread.start()
        yield
        assert thread.is_alive(), "nobody watched"
        over.set()
        thread.join(90)

    def _watch(self, over: Event) -> None:
        while not over.wait(0.5):
            ((longest, held),) = _ask(
                self._serve,
                "SELECT (SELECT coalesce(max(extract(epoch FROM now() - started_at)), 0)::float8 FROM message"
                "   JOIN attempt ON message_id = message.id AND number = attempt WHERE status = 'sending'),"
                " (SELECT coalesce(max(extract(epoch FROM held_until - now())), 0)::float8 FROM pace)",
            )
            self.longest, self.held = max(self.longest, float(longest)), max(self.held, float(held))
            _ask(self._serve, "UPDATE pace SET held_until = now() WHERE held_until > now() RETURNING channel_id")
            _let_go(self._serve, "status = 'queued'", "due_at")


def _accepted(doubles: rig.Doubles, talks: list[Talk]) -> Counter[str]:
    """How often a platform took each text; and it took each person's in the order in which they were written."""
    taken: Counter[str] = Counter()
    for talk in talks:
        screen = doubles.of[talk.kind].screen(talk.person)
        texts = [_first(one.text) for one in screen if one.by == "brand"]
        numbers = [int(text.split()[1]) for text in texts]
        assert all(earlier < later for earlier, later in pairwise(numbers)), f"{talk}: out of order {numbers}"
        taken.update(texts)
    return taken


def _first(text: str | None) -> str:
    return (text or "").strip().split("\n")[0].strip()
