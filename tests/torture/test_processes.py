"""Two that answer people and platforms, two that sort and send, on one database: nobody notices that they are four.

Once with the database as the carrier of wake-ups, once with NATS, which dies and comes back meanwhile.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from time import monotonic

import httpx
import pytest
from msgspec import Struct

from duologue.install import only_workspace
from duologue.kernel import journal
from duologue.kernel.journal import Position
from duologue.run import house_of
from duologue.settings import Settings
from duologue.web import sessions
from tests import cast
from tests.own_postgres import Databases
from tests.program import Program
from tests.torture import rig
from tests.torture.conftest import NatsServer
from tests.torture.streams import Heard, Listener

MESSAGES, BURST = rig.scale(60, 6_000), rig.scale(15, 60)  # written by people; each third is answered
STREAMS, DEATHS = rig.scale(3, 20), rig.scale(2, 20)  # on each program that serves; of the carrier
KINDS = ["instagram", "messenger"]  # one delivers to the one program that serves, one to the other
SOON = rig.scale(8.0, 3.0)  # seconds, in which a message is on all screens while the carrier is away
LONGEST = 120 + MESSAGES / 10 + DEATHS * 10
pytestmark = [pytest.mark.program, pytest.mark.timeout(LONGEST + 60)]


class Screen(Listener):
    """Hears typing too."""

    def __init__(self, port: int, cookie: str, position: Position) -> None:
        super().__init__(port, cookie, position, rig.dice("screens"))
        self.typing = 0

    def ids(self) -> set[str]:
        """Of the messages it shows; an element may be named before its message has an id."""
        return {found[1] for html in self.messages.values() if (found := re.search(r'data-id="([^"]+)"', html))}

    def _take(self, heard: Heard) -> None:
        self.typing += heard.name == "typing"
        super()._take(heard)


class Site(Struct):
    """The installation: four processes, two platforms, and a member of the team who is signed in at both ends."""

    serves: list[Program]
    doubles: rig.Doubles
    apis: list[rig.Api]
    cookie: str
    here: Position
    sent: list[str] = []

    def screens(self) -> list[Screen]:
        return [Screen(one.port, self.cookie, self.here) for one in self.serves for _ in range(STREAMS)]


@pytest.mark.parametrize("carrier", ["the database", "nats"])
async def test_every_event_reaches_every_screen_once(
    databases: Databases,
    programs: Callable[..., Program],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    carrier: str,
) -> None:
    began, env = monotonic(), databases()
    nats = request.getfixturevalue("nats") if carrier == "nats" else None
    if nats:
        env |= {"DUOLOGUE_NATS_URL": nats.url}
    async with _site(programs, tmp_path / "data", env) as site:
        screens = site.screens()
        listening = [asyncio.create_task(one.run()) for one in screens]
        await _until(lambda: all(one.open for one in screens), 30, "every stream")
        dying = asyncio.create_task(_dies_again_and_again(nats)) if nats else None
        conversations = await _talk(site)
        if dying:
            await dying
        slowest = await _while_it_is_away(site, screens, nats) if nats else 0.0
        usual = await _on_all_screens(site, screens, "when all is well")
        await _typing_is_seen_at_the_other_end(site, screens, conversations)
        await _compare(site, screens)
        for one in screens:
            one.end()
        await asyncio.gather(*listening)
    name = "processes-nats" if nats else "processes-database"
    rig.result(
        name, "Many processes", began, messages=MESSAGES, answers=len(site.sent),
        streams=len(screens), carrier_deaths=DEATHS if nats else 0, lost=0, doubled=0,
        on_all_screens_ms=round(usual * 1000), while_away_ms=round(slowest * 1000),
    )  # fmt: skip


@asynccontextmanager
async def _site(programs: Callable[..., Program], data: Path, env: dict[str, str]) -> AsyncIterator[Site]:
    serves = [programs(data, env=env, verb="serve") for _ in range(2)]
    for one in serves:
        await asyncio.to_thread(one.start)
    for _ in range(2):
        programs(data, env=env, verb="work").launch()
    doubles = await asyncio.to_thread(rig.Doubles, serves[0], KINDS)
    try:
        await asyncio.to_thread(
            doubles.run, doubles.of[KINDS[1]].point(f"{serves[1].url}/in/{doubles.channels[KINDS[1]]}")
        )
        apis = [await asyncio.to_thread(rig.Api, one) for one in serves]
        settings = Settings(data=data, public_url=serves[0].url, database_url=env["DATABASE_URL"])
        async with house_of(settings, env["DATABASE_URL"]) as house:
            async with house.db.workspace(await only_workspace(house)) as tx:
                mia = await cast.join(tx, "Mia", "mia@lume.example", "agent")
                member = sessions.Member(mia.id, cast.password_hash())
                token = await sessions.begin(tx, member, device="a proof", now=house.now())
            async with house.db.hall() as tx:
                here = await journal.here(tx)
            yield Site(serves, doubles, apis, f"{sessions.cookie_name(settings)}={token}", here)
    finally:
        await asyncio.to_thread(doubles.close)


async def _dies_again_and_again(nats: NatsServer) -> None:
    chance = rig.dice("nats")
    for _ in range(DEATHS):
        await asyncio.sleep(chance.uniform(0.3, 1.5))
        await asyncio.to_thread(nats.stop)
        await asyncio.sleep(chance.uniform(0.1, 2))
        await asyncio.to_thread(nats.start)


async def _talk(site: Site) -> list[str]:
    """People write in bursts; as soon as their conversations are there, they are answered at one end or the other."""
    conversations: list[str] = []
    for number in range(MESSAGES):
        await asyncio.to_thread(site.doubles.say, KINDS[number % 2], number)
        if number % BURST == BURST - 1:
            api = site.apis[number // BURST % 2]
            found = await asyncio.to_thread(list, api.all("/conversations?filter=all"))
            conversations = [one["id"] for one in found]
            await asyncio.to_thread(_answer, site, conversations, BURST // 3)
    return conversations


def _answer(site: Site, conversations: Sequence[str], count: int) -> None:
    """Each is said at both ends under one key, as by a program that got no answer from the first."""
    for _ in range(count if conversations else 0):
        number = len(site.sent)
        text, where = f"answer {number}", conversations[number % len(conversations)]
        for api in (site.apis[number % 2], site.apis[1 - number % 2]):
            status, _ = api.post(f"/conversations/{where}/messages", {"text": text}, idempotency_key=f"a-{number}")
            assert status in (200, 201), status
        site.sent.append(text)


async def _while_it_is_away(site: Site, screens: Sequence[Screen], nats: NatsServer) -> float:
    """How long a message takes while nobody is told of anything."""
    await asyncio.to_thread(nats.stop)
    slowest = max([await _on_all_screens(site, screens, f"when it is away {time}") for time in range(3)])
    await asyncio.to_thread(nats.start)
    assert slowest < SOON
    return slowest


async def _on_all_screens(site: Site, screens: Sequence[Screen], words: str) -> float:
    """Somebody writes: seconds until it stands on every screen."""
    double = site.doubles.of[KINDS[0]]
    began = monotonic()
    await asyncio.to_thread(site.doubles.run, double.say(double.people()[0].id, words))
    await _until(lambda: all(words in "".join(one.messages.values()) for one in screens), 60, words)
    return monotonic() - began


async def _typing_is_seen_at_the_other_end(site: Site, screens: Sequence[Screen], conversations: Sequence[str]) -> None:
    """Nothing is kept of it, so the carrier must be there: it is told until it is heard."""
    headers = {"Cookie": site.cookie, "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=site.serves[0].url, headers=headers) as browser:
        end = monotonic() + 20
        while not all(one.typing for one in screens):
            assert (await browser.post(f"/c/{conversations[0]}/typing")).status_code == 204
            await asyncio.sleep(0.3)
            assert monotonic() < end, [one.typing for one in screens]


async def _compare(site: Site, screens: Sequence[Screen]) -> None:
    """What platforms, database and screens have, against what was said."""
    program = site.serves[0]
    busy = (
        "SELECT (SELECT count(*) FROM arrival WHERE state = 'pending') + (SELECT count(*) FROM message"
        " WHERE status IN ('held', 'queued', 'sending', 'unknown'))"
    )
    await _until(lambda: program.query(busy) == [(0,)], LONGEST, "all to be sorted and sent")
    there = {str(row[0]) for row in program.query("SELECT id FROM message")}
    with suppress(AssertionError):  # it is said below what is missing
        await _until(lambda: all(one.ids() >= there for one in screens), 30, "all on all screens")
    for one in screens:
        assert not there - one.ids(), "some never came"
        assert not one.ids() - there, "some are there that nobody wrote"
        assert len(one.messages) == len(there), "some stand there twice"
        assert (one.again, one.reloads) == (0, [])
    messages = await asyncio.to_thread(site.apis[1].messages)
    said = {text for texts in site.doubles.said.values() for text in texts}
    found, answered = rig.texts(messages), rig.texts(messages, "out")
    assert {text: found[text] for text in said} == dict.fromkeys(said, 1)
    assert answered == Counter(site.sent)
    phones = [double.screen(one.id) for double in site.doubles.of.values() for one in double.people()]
    taken = [[int(one.text.split()[1]) for one in phone if one.by == "brand"] for phone in phones]
    assert Counter(number for numbers in taken for number in numbers) == Counter(range(len(site.sent)))
    assert all(earlier < later for numbers in taken for earlier, later in pairwise(numbers)), "out of order"
    by_conversation: dict[str, list[int]] = defaultdict(list)
    for one in reversed(messages):  # each conversation's came with the newest first
        if (text := (one["text"] or "").strip()) in said:
            by_conversation[one["conversation_id"]].append(int(text.split()[1]))
    turned = [pair for numbers in by_conversation.values() for pair in pairwise(numbers) if pair[0] > pair[1]]
    assert not turned, "people wrote in another order"
    rig.equation_holds(program)


async def _until(true: Callable[[], bool], seconds: float, what: str) -> None:
    end = monotonic() + seconds
    while not await asyncio.to_thread(true):
        assert monotonic() < end, f"waited {seconds} s for {what}"
        await asyncio.sleep(0.05)
