"""Calls that never come: a platform with a history is compared with what is here, on every such platform there is."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from duologue.channels.contract import Sign
from duologue.channels.registry import channels
from duologue.channels.simulation import simulators
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.mailroom.rounds import LEAST_SILENCE, ON_ITS_WAY, Rounds
from tests.channels.stage import Stage, first_line, on_stage

REMEMBERS = sorted(kind for kind in simulators() if channels()[kind].history)
CALLS = sorted(kind for kind in simulators() if channels()[kind].verify)


@pytest.fixture
async def stage(request: pytest.FixtureRequest, house: House, workspace: UUID, clock: Turned) -> AsyncIterator[Stage]:
    async with on_stage(house, workspace, simulators()[request.param](house.now)) as its:
        yield its


async def lost(stage: Stage, *texts: str) -> None:
    """People say it, and the calls that tell of it come nowhere."""
    stage.hook.keeps_back = True
    for text in texts:
        stage.turn(seconds=20)
        before = len(stage.hook.calls)
        await stage.double.say(stage.people[0].id, text)
        await stage.called(before + 1)
    stage.hook.keeps_back = False


async def heard(stage: Stage) -> list[str]:
    return [first_line(one) for one in await stage.bubbles() if one.direction == "in"]


def sign(signs: list[Sign], name: str) -> Sign:
    (found,) = [one for one in signs if one.name == name]
    return found


@pytest.mark.parametrize("stage", REMEMBERS, indirect=True)
async def test_what_no_call_brought_comes_by_the_poll_once_and_in_its_place(stage: Stage) -> None:
    rounds = Rounds(stage.house, stage.accounts)
    await stage.say("First")
    await lost(stage, "Lost one", "Lost two")
    stage.turn(seconds=20)
    await stage.say("After")
    stage.turn(minutes=3)
    assert await heard(stage) == ["First", "After"]
    looked = await rounds.look(stage.connected)
    assert (looked.brought, sign(looked.signs, "Calls").level) == (2, "warn")
    await stage.until(lambda found: len([one for one in found if one.direction == "in"]) == 4, "what was lost")
    assert await heard(stage) == ["First", "Lost one", "Lost two", "After"]
    kept = await stage.count("arrival")
    for call in [one for one in stage.hook.calls if not one.status]:
        assert await stage.hook.again(call) == 200, "a call that comes after all"
    await stage.sort()
    stage.turn(minutes=3)
    looked = await rounds.look(stage.connected)
    assert (looked.brought, sign(looked.signs, "Calls").level) == (0, "good")
    assert await heard(stage) == ["First", "Lost one", "Lost two", "After"]
    assert await stage.count("arrival") <= kept + 2, "the poll brings nothing that is here"


@pytest.mark.parametrize("stage", REMEMBERS, indirect=True)
async def test_what_is_on_its_way_is_waited_for_and_no_reason_to_warn(stage: Stage) -> None:
    """A history tells its time to the second only: taken from there too soon, it would stand before its neighbours."""
    await stage.say("First")
    await lost(stage, "Just now")
    assert timedelta(seconds=20) < ON_ITS_WAY
    looked = await Rounds(stage.house, stage.accounts).look(stage.connected)
    assert (looked.brought, sign(looked.signs, "Calls").level) == (0, "good")
    await stage.sort()
    assert await heard(stage) == ["First"]
    stage.turn(minutes=3)
    assert (await Rounds(stage.house, stage.accounts).look(stage.connected)).brought == 1
    await stage.until(lambda found: len([one for one in found if one.direction == "in"]) == 2, "it came after all")


@pytest.mark.parametrize("stage", REMEMBERS, indirect=True)
async def test_answers_of_ours_that_no_call_reported_are_not_there_twice(stage: Stage) -> None:
    to = await stage.say("Is it still there?")
    stage.hook.keeps_back = True
    answer = await stage.answer(to, "It is.")
    await stage.deliver()
    stage.turn(minutes=3)
    await Rounds(stage.house, stage.accounts).look(stage.connected)
    await stage.sort()
    assert [one.id for one in await stage.bubbles() if one.direction == "out"] == [answer]


@pytest.mark.parametrize("stage", CALLS, indirect=True)
async def test_an_unusual_silence_is_told(stage: Stage) -> None:
    for number in range(12):
        await stage.say(f"As usual {number}")
    rounds = Rounds(stage.house, stage.accounts)
    assert sign((await rounds.look(stage.connected)).signs, "Silence").level == "good"
    stage.turn(seconds=LEAST_SILENCE.total_seconds() + 3600)
    quiet = sign((await rounds.look(stage.connected)).signs, "Silence")
    assert quiet.level == "warn"
    assert "unusual here" in quiet.words
