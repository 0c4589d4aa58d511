"""What every platform must come through, whatever it is: each double that the registry finds, against the whole house.

A double says which misfortunes its platform can come to (`commands`, by the names in `simulation.COMMON`); for each of
these the house must do the right thing. A new platform joins by being there.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec
import pytest
import uvicorn

from duologue.accounts import settings as account_settings
from duologue.accounts.connected import Accounts, Connected
from duologue.accounts.model import State
from duologue.channels.contract import Kind
from duologue.channels.simulation import COMMON, Caller, Simulator, simulators
from duologue.conversations import show
from duologue.conversations.model import Bubble, Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.clock import Turned, now
from duologue.kernel.house import House
from duologue.kernel.tasks import end
from duologue.kernel.work import work
from duologue.mailroom.deliver import Deliverer
from duologue.mailroom.fetch import Fetcher
from duologue.mailroom.listen import Listeners
from duologue.mailroom.model import opened
from duologue.mailroom.receive import Door
from duologue.mailroom.sort import Sorter
from duologue.mailroom.webhook import Webhook

KINDS = sorted(simulators())
ARRIVED = {Status.SENT, Status.DELIVERED, Status.READ}


SHORTEST_BUDGET = 2.0  # seconds in which the most impatient platform wants its call answered


class Timed:
    """Measures how long each call of the webhook waits for its answer."""

    def __init__(self, webhook: Webhook) -> None:
        self.took: list[float] = []
        self._webhook = webhook

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began = monotonic()
        await self._webhook(scope, receive, send)
        self.took.append(monotonic() - began)


class Stage:
    """One platform's double and the house, connected; the test takes the steps."""

    def __init__(
        self, house: House, double: Simulator, connected: Connected, accounts: Accounts, webhook: Timed
    ) -> None:
        self.webhook = webhook
        self.house, self.double, self.connected, self.accounts = house, double, connected, accounts
        self.workspace, self.channel = connected.workspace_id, connected.account.id
        self.sorter, self.deliverer = Sorter(house, accounts), Deliverer(house, accounts)
        self.people: list[Caller] = list(double.people())

    def needs(self, *commands: str) -> None:
        """Skips what this platform cannot come to."""
        if missing := [one for one in commands if one not in self.double.commands()]:
            pytest.skip(f"this platform cannot come to {missing[0]}")

    async def until(self, true: Callable[[list[Bubble]], bool], what: str, seconds: float = 20) -> list[Bubble]:
        """Sorts what comes in until it is so."""
        async with asyncio.timeout(seconds):
            while True:
                while await self.sorter.sort():
                    pass
                if true(found := await self.bubbles()):
                    return found
                await asyncio.sleep(0.02)
        raise AssertionError(what)

    async def bubbles(self) -> list[Bubble]:
        async with work(self.house, self.workspace) as open_work:
            rows, _ = await show.rows(open_work, "all", member=None, most=500)
            pages = [(await show.page(open_work, row.id, before=None, most=5000))[0] for row in rows]
        return [bubble for page in pages for bubble in page]

    async def say(self, text: str, person: int = 0) -> Bubble:
        """Somebody writes, and it is in the inbox."""
        await self.double.say(self.people[person].id, text)
        found = await self.until(lambda all_of_it: text in _texts(all_of_it, "in"), f"{text!r} in the inbox")
        return next(one for one in found if one.direction == "in" and _first_line(one) == text)

    async def answer(self, to: Bubble, text: str) -> UUID:
        async with work(self.house, self.workspace) as open_work:
            draft = Draft(key=ids.new(), text=text)
            (message,) = await reply(open_work, to.conversation_id, draft, Sender(), self.connected.channel.abilities)
        return message

    async def deliver(self) -> None:
        """Sends what may leave now, to the end."""
        await self.deliverer._start(await self.deliverer.claim())
        while self.deliverer._under_way:
            await asyncio.gather(*self.deliverer._under_way)
            await asyncio.sleep(0)

    async def state(self, message: UUID) -> Bubble:
        return next(one for one in await self.bubbles() if one.id == message)

    async def account(self) -> Connected:
        self.accounts.forget()
        found = await self.accounts.get(self.channel)
        assert found
        return found

    def on_the_phone(self, text: str, person: int = 0) -> int:
        shown = self.double.screen(self.people[person].id)
        return sum(one.by == "brand" and text in one.text for one in {one.id: one for one in shown}.values())


def _first_line(bubble: Bubble) -> str:
    return (bubble.text or "").strip().split("\n")[0]


def _texts(bubbles: list[Bubble], direction: str) -> Counter[str]:
    return Counter(_first_line(one) for one in bubbles if one.direction == direction)


@pytest.fixture(params=KINDS)
async def stage(request: pytest.FixtureRequest, house: House, workspace: UUID, clock: Turned) -> AsyncIterator[Stage]:
    kind: str = request.param
    double, accounts, door = simulators()[kind](house.now), Accounts(house), Door(house)
    await double.start()
    channel, safe = ids.new(), await house.safe(workspace)
    async with house.db.workspace(workspace) as tx:
        await tx.run(
            """
            INSERT INTO channel (workspace_id, id, kind, name, state, settings_sealed, allow)
            VALUES (%(workspace)s, %(id)s, %(kind)s, 'Theirs', 'active', %(sealed)s, %(allow)s)
            """,
            {"workspace": workspace, "id": channel, "kind": kind, "allow": list(double.places()),
             "sealed": account_settings.sealed(safe, channel, double.settings())},
        )  # fmt: skip
    connected = await accounts.get(channel)
    assert connected
    door.open()
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        webhook = Timed(Webhook(door, accounts))
        config = uvicorn.Config(webhook, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        polling = asyncio.create_task(Listeners(house, accounts).run())
        await double.point(f"http://127.0.0.1:{listening.getsockname()[1]}/in/{channel}")
        yield Stage(house, double, connected, accounts, webhook)
        await end([polling])
        await double.close()
        server.should_exit = True
        await serving
    await door.close()
    await accounts.close()


def test_doubles_use_the_common_names_for_common_misfortunes() -> None:
    assert COMMON
    for kind, make in simulators().items():
        assert set(make(Turned()).commands()) & set(COMMON), kind


async def test_a_message_comes_in_and_its_answer_arrives(stage: Stage) -> None:
    heard = await stage.say("Is it still there?")
    answer = await stage.answer(heard, "It is.")
    await stage.deliver()
    assert (await stage.state(answer)).status in ARRIVED
    assert stage.on_the_phone("It is.") == 1


async def test_what_is_told_twice_is_there_once(stage: Stage) -> None:
    stage.needs("deliver_twice")
    heard = await stage.say("Told once")
    await stage.double.command("deliver_twice")
    await stage.say("Told twice")
    assert max(_texts(await stage.bubbles(), "in").values()) == 1
    assert heard.conversation_id


async def test_a_report_that_comes_before_the_answer_of_the_send_makes_no_second_message(stage: Stage) -> None:
    stage.needs("early_echo")
    heard = await stage.say("Hello")
    await stage.double.command("early_echo")
    await stage.answer(heard, "Reported early")
    await stage.deliver()
    found = await stage.until(lambda bubbles: "Reported early" in _texts(bubbles, "out"), "the answer")
    assert _texts(found, "out")["Reported early"] == 1


async def test_an_answer_whose_fate_is_unknown_is_not_sent_again(stage: Stage) -> None:
    stage.needs("lost_response")
    heard = await stage.say("Hello")
    await stage.double.command("lost_response")
    answer = await stage.answer(heard, "Did this arrive?")
    await stage.deliver()
    for _ in range(3):
        stage.house.now.turn(minutes=5)  # pyrefly: ignore
        await stage.deliver()
    assert stage.on_the_phone("Did this arrive?") == 1
    await stage.until(lambda bubbles: all(one.status is not Status.SENDING for one in bubbles), "an end")
    assert (await stage.state(answer)).status in ARRIVED | {Status.UNKNOWN}


async def test_a_platform_that_asks_to_wait_is_waited_for(stage: Stage) -> None:
    stage.needs("throttle")
    heard = await stage.say("Hello")
    await stage.double.command("throttle")
    answer = await stage.answer(heard, "When you are ready")
    await stage.deliver()
    assert (await stage.state(answer)).status is Status.QUEUED
    for _ in range(12):
        stage.house.now.turn(hours=1)  # pyrefly: ignore
        async with stage.house.db.hall() as tx:
            await tx.run("UPDATE pace SET held_until = NULL")
        await stage.deliver()
        if (await stage.state(answer)).status in ARRIVED:
            break
    assert stage.on_the_phone("When you are ready") == 1


async def test_a_key_that_is_refused_stops_the_account_and_keeps_what_waits(stage: Stage) -> None:
    stage.needs("revoke_token", "restore_token")
    heard = await stage.say("Hello")
    await stage.double.command("revoke_token")
    answer = await stage.answer(heard, "Kept until then")
    await stage.deliver()
    assert (await stage.account()).state is State.BROKEN
    assert (await stage.state(answer)).status is Status.QUEUED
    await stage.double.command("restore_token")
    await stage.accounts.well(stage.workspace, stage.channel)
    await stage.account()
    stage.house.now.turn(hours=1)  # pyrefly: ignore
    await stage.deliver()
    assert stage.on_the_phone("Kept until then") == 1


async def test_a_window_that_closed_in_the_meantime_fails_with_its_reason(stage: Stage) -> None:
    stage.needs("close_windows")
    heard = await stage.say("Hello")
    answer = await stage.answer(heard, "Too late")
    await stage.double.command("close_windows")
    await stage.deliver()
    state = await stage.state(answer)
    assert (state.status, bool(state.reason)) == (Status.FAILED, True)
    assert stage.on_the_phone("Too late") == 0


async def test_somebody_who_has_blocked_the_brand_cannot_be_reached_and_that_is_told(stage: Stage) -> None:
    stage.needs("block", "unblock")
    heard = await stage.say("Hello", person=-1)
    await stage.double.command("block")
    answer = await stage.answer(heard, "Are you there?")
    await stage.deliver()
    found = await stage.until(lambda _: True, "a look")
    state = next(one for one in found if one.id == answer)
    assert state.status is Status.FAILED or (await stage.state(answer)).status in ARRIVED
    if state.status is Status.FAILED:
        assert state.reason
        assert stage.on_the_phone("Are you there?", person=-1) == 0


async def test_an_item_that_cannot_be_understood_takes_no_neighbour_with_it(stage: Stage) -> None:
    stage.needs("malformed")
    await stage.double.command("malformed")
    await stage.say("Beside something odd")
    async with stage.house.db.hall() as tx:
        assert await tx.row(int, "SELECT count(*)::int FROM arrival WHERE state = 'pending'") == 0


async def test_a_wrong_signature_leaves_nothing_behind(stage: Stage) -> None:
    stage.needs("bad_signature")
    await stage.double.command("bad_signature")
    await stage.say("Signed rightly the second time")
    found = await stage.bubbles()
    assert _texts(found, "in") == Counter(["Signed rightly the second time"])


async def test_a_thousand_at_once_are_all_there(stage: Stage) -> None:
    stage.needs("huge_batch")
    await stage.double.command("huge_batch")
    said = sum(sum(one.by == "person" for one in stage.double.screen(who.id)) for who in stage.people)
    assert said >= 100
    found = await stage.until(lambda bubbles: sum(_texts(bubbles, "in").values()) >= said, "all of them", seconds=60)
    assert sum(_texts(found, "in").values()) == said


async def test_a_thousand_with_a_broken_one_among_them_are_answered_in_time_and_nothing_is_lost(stage: Stage) -> None:
    stage.needs("huge_batch", "malformed")
    if stage.connected.channel.verify is None:
        pytest.skip("this platform is polled")
    await stage.double.command("malformed")
    await stage.double.command("huge_batch")

    def said() -> int:
        return sum(sum(one.by == "person" for one in stage.double.screen(who.id)) for who in stage.people)

    found = await stage.until(lambda bubbles: sum(_texts(bubbles, "in").values()) >= said(), "all of them", seconds=60)
    assert sum(_texts(found, "in").values()) == said() >= 100
    async with stage.house.db.hall() as tx:
        assert await tx.row(int, "SELECT count(*)::int FROM arrival WHERE state = 'pending'") == 0
    assert 0 < max(stage.webhook.took) < SHORTEST_BUDGET


async def test_every_kind_that_a_phone_can_send_is_shown_as_what_it_is(stage: Stage) -> None:
    kinds = getattr(stage.double, "kinds", list)()
    if not kinds:
        pytest.skip("this platform's people send text alone")
    for kind in kinds:
        await stage.double.send(stage.people[0].id, kind)
    found = await stage.until(lambda bubbles: len([b for b in bubbles if b.direction == "in"]) >= len(kinds), "each")
    shown = {Kind(one.kind) for one in found} | {Kind.LINK for one in found if one.link}  # a link may come with words
    shown |= {Kind(file.kind) for one in found for file in one.files}  # and so may a file
    assert shown >= set(kinds)


async def test_files_are_fetched_and_kept_or_told_to_be_gone(stage: Stage) -> None:
    kinds = [one for one in getattr(stage.double, "kinds", list)() if one in {Kind.IMAGE, Kind.FILE}]
    if not kinds:
        pytest.skip("this platform's people send no files")
    await stage.double.send(stage.people[0].id, kinds[0])
    await stage.until(lambda bubbles: any(one.files for one in bubbles), "the message")
    fetcher = Fetcher(stage.house, stage.accounts)
    for _ in range(5):
        if not await fetcher.fetch():
            break
    (file,) = next(one.files for one in await stage.bubbles() if one.files)
    assert file.state == "stored"
    assert file.size > 0
    if "expire_media" in stage.double.commands():
        await stage.double.send(stage.people[0].id, kinds[0])
        await stage.double.command("expire_media")
        await stage.until(lambda bubbles: sum(bool(one.files) for one in bubbles) == 2, "the second message")
        behind = now() - stage.house.now()  # when a file came is written by the database's own clock
        for _ in range(40):
            stage.house.now.turn(seconds=behind.total_seconds() / 40 + 300)  # pyrefly: ignore
            if not any(f.state == "pending" for one in await stage.bubbles() for f in one.files):
                break
            async with stage.house.db.workspace(stage.workspace) as tx:
                await tx.run("UPDATE attachment SET tried_at = NULL WHERE state = 'pending'")
            await fetcher.fetch()
        states = sorted(one.state for bubble in await stage.bubbles() for one in bubble.files)
        assert states in (["failed", "stored"], ["stored", "stored"])


async def test_its_checks_pass_where_all_is_well_and_say_what_to_do_where_not(stage: Stage) -> None:
    channel = stage.connected.channel
    if channel.check is None:
        pytest.skip("there is nothing to be checked")
    assert all(one.ok for one in await channel.check(stage.connected.account)), "all is well"
    if "revoke_token" in stage.double.commands():
        await stage.double.command("revoke_token")
        failing = [one for one in await channel.check(stage.connected.account) if not one.ok]
        assert failing
        assert all(one.todo for one in failing)


async def test_reading_a_mutilated_arrival_never_raises(stage: Stage) -> None:
    await stage.say("Something real")
    async with stage.house.db.workspace(stage.workspace) as tx:
        sealed = await tx.rows(bytes, "SELECT body_sealed FROM arrival ORDER BY id")
        arrivals = await tx.rows(UUID, "SELECT id FROM arrival ORDER BY id")
    safe = await stage.house.safe(stage.workspace)
    raw = opened(safe, arrivals[-1], sealed[-1])
    for cut in range(0, len(raw.body), max(1, len(raw.body) // 60)):
        for body in (raw.body[:cut], raw.body[:cut] + b"\x00\xff" + raw.body[cut:], raw.body[cut:]):
            read = stage.connected.channel.read(
                stage.connected.account.settings, msgspec.structs.replace(raw, body=body)
            )
            assert isinstance(read, list)
