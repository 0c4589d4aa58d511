"""What every platform must come through, whatever it is: each double that the registry finds, against the whole house.

A double says which misfortunes its platform can come to (`commands`, by the names in `simulation.COMMON`); for each of
these the house must do the right thing. A new platform joins by being there.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import msgspec
import pytest

from duologue.accounts.model import State
from duologue.channels.contract import Kind
from duologue.channels.policy import Writer
from duologue.channels.simulation import COMMON, simulators
from duologue.conversations.model import Status
from duologue.kernel import crash
from duologue.kernel.clock import Turned, now
from duologue.kernel.house import House
from duologue.mailroom.deliver import Deliverer
from duologue.mailroom.fetch import Fetcher
from duologue.mailroom.model import opened
from tests.channels.stage import ARRIVED, Stage, on_stage, texts

SHORTEST_BUDGET = 2.0  # seconds in which the most impatient platform wants its call answered


@pytest.fixture(params=sorted(simulators()))
async def stage(request: pytest.FixtureRequest, house: House, workspace: UUID, clock: Turned) -> AsyncIterator[Stage]:
    async with on_stage(house, workspace, simulators()[request.param](house.now)) as its:
        yield its


def test_doubles_use_the_common_names_for_common_misfortunes() -> None:
    assert COMMON
    for kind, make in simulators().items():
        assert set(make(Turned()).commands()) & set(COMMON), kind


# ----------------------------------------------------------------------------------------------------- in, once, whole


async def test_a_message_comes_in_and_its_answer_arrives(stage: Stage) -> None:
    heard = await stage.say("Is it still there?")
    answer = await stage.answer(heard, "It is.")
    await stage.deliver()
    assert (await stage.state(answer)).status in ARRIVED
    assert stage.on_the_phone("It is.") == 1


async def test_what_is_told_three_times_is_there_once(stage: Stage) -> None:
    """One after the other, and at the same time; each is answered as if it were the first."""
    stage.needs_calls()
    await stage.say("Told three times")
    (told,) = [call for call in stage.hook.calls if call.scope["method"] == "POST"]
    assert await stage.hook.again(told) == 200
    assert await asyncio.gather(stage.hook.again(told), stage.hook.again(told)) == [200, 200]
    await stage.sort()
    assert texts(await stage.bubbles(), "in") == Counter(["Told three times"])
    assert await stage.count("arrival WHERE state = 'sorted'") == 4
    assert await stage.count("message") == 1


async def test_what_the_platform_tells_twice_by_itself_is_there_once(stage: Stage) -> None:
    stage.needs("deliver_twice")
    await stage.say("Told once")
    await stage.double.command("deliver_twice")
    for number in range(4):  # what is told twice is told before what is said next
        await stage.say(f"Told twice, {number}")
    found = texts(await stage.bubbles(), "in")
    assert found == Counter(["Told once", *(f"Told twice, {number}" for number in range(4))])


async def test_a_call_whose_answer_was_lost_is_taken_again_and_there_once(stage: Stage) -> None:
    """The program was ended when it had kept what it was told, before it could say so."""
    stage.needs_calls()
    stage.hook.loses = 1
    await stage.say("Kept, and not acknowledged")
    assert stage.hook.loses == 0
    assert await stage.hook.again(stage.hook.calls[-1]) == 200
    await stage.say("And then")
    assert texts(await stage.bubbles(), "in") == Counter(["Kept, and not acknowledged", "And then"])


async def test_news_of_messages_that_come_later_is_applied_to_them(stage: Stage) -> None:
    """Changed, taken back, reacted to: told in the wrong order, it is the same in the end."""
    if not hasattr(stage.double, "phone"):
        pytest.skip("on this platform a message stays as it was said")
    phone = stage.double.phone(stage.people[0].id)
    stage.hook.keeps_back, before = True, len(stage.hook.calls)
    said = {text: phone.says(text) for text in ("Before", "Taken back", "Signed")}
    told = set()
    for step, text, *with_ in (("edits", "Before", "After"), ("takes_back", "Taken back"), ("reacts", "Signed", "👍")):
        await stage.double.settled()
        calls = len(stage.hook.calls)
        if does := getattr(phone, step, None):
            does(said[text], *with_)
        await stage.double.settled()
        told |= {step} if len(stage.hook.calls) > calls else set()
    assert told, "a platform whose messages never change needs no phone of its own"
    stage.hook.keeps_back = False
    for call in reversed(stage.hook.calls[before:]):
        assert await stage.hook.again(call) == 200
        await stage.sort()
    changed = [one for one in await stage.bubbles() if one.text in {"Before", "After"}]
    assert [(one.text, one.edited) for one in changed] == [
        ("After", ("Before",)) if "edits" in told else ("Before", ())
    ]
    signed = [one for one in await stage.bubbles() if one.text == "Signed"]
    assert [[each.emoji for each in one.reactions] for one in signed] == [["👍"] if "reacts" in told else []]
    gone = [one for one in await stage.bubbles() if one not in [*changed, *signed]]
    assert [(one.unsent_at is not None, one.text) for one in gone] == [
        (True, None) if "takes_back" in told else (False, "Taken back")
    ]
    assert await stage.count("parked") == 0


async def test_a_report_that_comes_before_the_answer_of_the_send_makes_no_second_message(stage: Stage) -> None:
    stage.needs("early_echo")
    heard = await stage.say("Hello")
    await stage.double.command("early_echo")
    calls = len(stage.hook.calls)
    answer = await stage.answer(heard, "Reported early")
    await stage.deliver()
    await stage.called(calls + 1)
    assert texts(await stage.bubbles(), "out") == Counter(["Reported early"])
    assert (await stage.state(answer)).status in ARRIVED
    assert stage.on_the_phone("Reported early") == 1


# --------------------------------------------------------------------------------------------------------------- out


async def test_an_answer_whose_fate_is_unknown_is_not_sent_again(stage: Stage) -> None:
    stage.needs("lost_response")
    heard = await stage.say("Hello")
    await stage.double.command("lost_response")
    answer = await stage.answer(heard, "Did this arrive?")
    await stage.deliver()
    await _is_cleared_up(stage, answer, "Did this arrive?")


async def test_who_dies_between_sending_and_recording_it_sends_nothing_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = await stage.say("Hello")
    answer = await stage.answer(heard, "Sent, and not recorded")
    monkeypatch.setattr(crash, "point", _dies_at("outbox.sent"))
    with pytest.raises(Died):
        await stage.deliver()
    monkeypatch.undo()
    assert stage.on_the_phone("Sent, and not recorded") == 1
    assert (await stage.state(answer)).status is Status.SENDING or "early_echo" in stage.double.commands()
    stage.deliverer = Deliverer(stage.house, stage.accounts)  # somebody starts the program again
    await _is_cleared_up(stage, answer, "Sent, and not recorded")


class Died(Exception):
    pass


def _dies_at(place: str) -> Callable[[str], None]:
    def point(name: str) -> None:
        if name == place:
            raise Died

    assert place in crash.POINTS
    return point


async def _is_cleared_up(stage: Stage, answer: UUID, text: str) -> None:
    """It is on the phone once, whoever looks after it; what the platform keeps a history of is known in the end."""
    for _ in range(4):
        await stage.sort()
        await stage.look()
        await stage.deliver()
    assert stage.on_the_phone(text) == 1
    its, channel = await stage.state(answer), stage.connected.channel
    assert its.status in ARRIVED | {Status.UNKNOWN}
    if channel.abilities.resend_is_safe or (channel.find and channel.history):
        assert its.status in ARRIVED
    assert its.status in ARRIVED or its.reason, "a person is told why nobody knows"


async def test_a_platform_that_asks_to_wait_is_waited_for_and_no_other_account_waits(
    stage: Stage, house: House, workspace: UUID
) -> None:
    stage.needs("throttle")
    heard = await stage.say("Hello")
    await stage.double.command("throttle")
    answer = await stage.answer(heard, "When you are ready")
    await stage.deliver()
    assert (await stage.state(answer)).status is Status.QUEUED
    other = simulators()[stage.connected.kind](house.now)
    async with on_stage(house, workspace, other) as beside:
        calm = await beside.say("Hello from beside")
        await beside.answer(calm, "At once")
        await beside.deliver()
        assert beside.on_the_phone("At once") == 1
    assert stage.on_the_phone("When you are ready") == 0
    for _ in range(12):
        stage.turn(hours=1)
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
    stage.turn(hours=1)
    await stage.deliver()
    assert (await stage.state(answer)).status is Status.QUEUED
    await stage.double.command("restore_token")
    await stage.accounts.well(stage.workspace, stage.channel)
    await stage.account()
    await stage.deliver()
    assert stage.on_the_phone("Kept until then") == 1
    assert (await stage.state(answer)).status in ARRIVED


async def test_a_window_that_closed_in_the_meantime_fails_with_its_reason(stage: Stage) -> None:
    """Known to the platform alone."""
    stage.needs("close_windows")
    heard = await stage.say("Hello")
    answer = await stage.answer(heard, "Too late")
    await stage.double.command("close_windows")
    await stage.deliver()
    state = await stage.state(answer)
    assert (state.status, bool(state.reason)) == (Status.FAILED, True)
    assert stage.on_the_phone("Too late") == 0


async def test_a_window_that_closes_with_time_lets_nothing_through(stage: Stage) -> None:
    """Known here: the platform is not even asked."""
    rules = [one for one in stage.connected.channel.abilities.policy.of(Writer.PERSON, "message") if not one.template]
    spans = [one.within for one in rules if one.within]
    if len(spans) < len(rules):
        pytest.skip("this platform's window never closes")
    heard = await stage.say("Hello")
    answer = await stage.answer(heard, "A moment too late")
    stage.turn(seconds=max(spans).total_seconds() + 1)
    await stage.deliver()
    state = await stage.state(answer)
    assert (state.status, bool(state.reason)) == (Status.FAILED, True)
    assert stage.on_the_phone("A moment too late") == 0


async def test_somebody_who_has_blocked_the_brand_is_not_reached_and_that_is_told(stage: Stage) -> None:
    """At once, or by a later report; a platform may keep it to itself, but nothing is on the phone then either."""
    stage.needs("block", "unblock")
    heard = await stage.say("Hello", person=-1)
    await stage.double.command("block")
    answer = await stage.answer(heard, "Are you there?")
    await stage.deliver()
    await stage.sort()
    state = await stage.state(answer)
    assert stage.on_the_phone("Are you there?", person=-1) == 0
    assert state.status is Status.FAILED or state.status in ARRIVED - {Status.DELIVERED, Status.READ}
    assert state.status is not Status.FAILED or state.reason
    await stage.double.command("unblock")
    again = await stage.answer(await stage.say("Here I am again", person=-1), "Good to hear")
    await stage.deliver()
    assert stage.on_the_phone("Good to hear", person=-1) == 1, (await stage.state(again)).reason


# --------------------------------------------------------------------------------------------- odd, wrong, very many


async def test_an_item_that_cannot_be_understood_is_kept_aside_and_takes_no_neighbour_with_it(stage: Stage) -> None:
    stage.needs("malformed")
    await stage.double.command("malformed")
    await stage.say("Beside something odd")
    assert await stage.count("arrival WHERE state = 'pending'") == 0
    assert await stage.count("arrival WHERE set_aside > 0 OR state = 'quarantined'") == 1
    assert {call.status for call in stage.hook.calls} == {200}, "it is not to be told again"


async def test_a_wrong_signature_leaves_nothing_behind(stage: Stage) -> None:
    stage.needs("bad_signature")
    calls = len(stage.hook.calls)
    await stage.double.command("bad_signature")
    await stage.say("Signed rightly the second time")
    assert texts(await stage.bubbles(), "in") == Counter(["Signed rightly the second time"])
    statuses = Counter(call.status for call in stage.hook.calls[calls:])
    assert statuses.keys() <= {200, 401, 403}
    assert statuses[401] + statuses[403] >= 1
    assert await stage.count("arrival") <= sum(call.status == 200 for call in stage.hook.calls)


async def test_a_thousand_at_once_are_all_there(stage: Stage) -> None:
    stage.needs("huge_batch")
    await stage.double.command("huge_batch")
    said = stage.said()
    assert said >= 100
    found = await stage.until(lambda bubbles: texts(bubbles, "in").total() >= said, "all of them", seconds=60)
    assert texts(found, "in").total() == said


async def test_a_thousand_with_a_broken_one_among_them_are_answered_in_time_and_nothing_is_lost(stage: Stage) -> None:
    stage.needs("huge_batch", "malformed")
    stage.needs_calls()
    await stage.double.command("malformed")
    await stage.double.command("huge_batch")
    found = await stage.until(lambda bubbles: texts(bubbles, "in").total() >= stage.said(), "all", seconds=60)
    assert texts(found, "in").total() == stage.said() >= 100
    assert await stage.count("arrival WHERE state = 'pending'") == 0
    assert 0 < max(call.took for call in stage.hook.calls) < SHORTEST_BUDGET


# ----------------------------------------------------------------------------------------------------- kinds and files


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
            stage.turn(seconds=behind.total_seconds() / 40 + 300)
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
