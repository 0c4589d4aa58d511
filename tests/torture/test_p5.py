"""An answer goes to the address that the agent sees, whoever else claims, copies, forges or moves whatever address."""

from collections import Counter
from time import monotonic
from typing import Any

import pytest

from tests.parrot import Mailroom
from tests.torture import rig
from tests.torture.addresses import World

STEPS = rig.scale(300, 10_000)
VERBS = {
    World.writes: 14, World.is_called_otherwise: 5, World.moves: 3, World.stops_or_goes_on: 6,
    World.brand_speaks_elsewhere: 3, World.echoes: 4, World.mails_us: 10, World.answers_us: 8, World.copies: 8,
    World.lies_about_the_sender: 4, World.brand_mails_by_hand: 4, World.comes_again: 3, World.agent_answers: 20,
    World.leaves: 12, World.somebody_decides: 2,
}  # fmt: skip
pytestmark = pytest.mark.timeout(120 + STEPS / 4)


async def test_no_answer_goes_anywhere_but_where_the_agent_saw_that_it_would(mailroom: Mailroom, parrot: Any) -> None:
    began, chance = monotonic(), rig.dice("p5")
    world, done = World(mailroom, parrot, chance), Counter[str]()
    await world.open()
    try:
        for number in range(STEPS):
            (verb,) = chance.choices(list(VERBS), list(VERBS.values()))
            done[verb.__name__] += 1
            await verb(world)
            if number % 500 == 499:
                assert world.misdirected() == [], f"seed {rig.SEED}, step {number}"
        await mailroom.sort()
        mailroom.house.now.turn(hours=1)  # type: ignore[attr-defined]
        await world.leaves()
    finally:
        await world.close()
    misdirected = world.misdirected()
    assert not misdirected, f"seed {rig.SEED}: " + "\n".join(misdirected)
    misplaced = await world.misplaced()
    assert not misplaced, f"seed {rig.SEED}: " + "\n".join(misplaced)
    assert not world.refused & world.delivered.keys(), "what was refused has left"
    assert min(done[verb.__name__] for verb in VERBS) > 0
    assert len(world.delivered) > STEPS / 12
    rig.result(
        "p5", "P5", began, steps=STEPS, said=len(world.said), answers=len(world.shown), refused=len(world.refused),
        delivered=sum(map(len, world.delivered.values())), misdirected=0, misplaced=0,
    )  # fmt: skip
