"""Everything that can happen in conversations, at random: people write and change their minds, the team answers."""

import asyncio
import random
from typing import Any

from tests.torture import rig

PEOPLE = (("says", 50), ("edits", 12), ("takes_back", 5), ("reacts", 8), ("unreacts", 4), ("reads", 3))
TEAM = (("answers", 10), ("assign", 3), ("close", 2), ("reopen", 1), ("read", 2))
STEPS = (*PEOPLE, *TEAM)
EMOJI = ("❤️", "👍", "😮", "🌻")


class Storm:
    """One double's people and the team behind the API. `step` lets one thing happen."""

    def __init__(self, doubles: rig.Doubles, api: rig.Api, chance: random.Random) -> None:
        self.doubles, self.api, self._chance = doubles, api, chance
        self.double: Any = doubles.of["messenger"]
        self.members: list[str] = []
        self.conversations: list[str] = []
        self.happened: dict[str, int] = {}

    async def step(self, number: int) -> None:
        (what,) = self._chance.choices([name for name, _ in STEPS], [weight for _, weight in STEPS])
        self.happened[what] = self.happened.get(what, 0) + 1
        if what in dict(TEAM):
            await asyncio.to_thread(self._team, what, number, self._chance.choice(self.conversations))
        else:
            person = self._chance.choice(self.double.people()).id
            await asyncio.to_thread(self.doubles.run, self._person(what, person, number))

    async def _person(self, what: str, person: str, number: int) -> None:
        phone = self.double.phone(person)
        mine = [one.id for one in phone.thread.messages[-30:] if one.by == "person" and not one.gone]
        if what == "reads":
            phone.reads()
        elif what == "says" or not mine:
            quoted = self._chance.choice(mine) if mine and not number % 5 else None
            phone.says(f"lume {number}", reply_to=quoted)
        else:
            words = {"edits": [f"lume {number}, no"], "reacts": [self._chance.choice(EMOJI)]}.get(what, [])
            getattr(phone, what)(self._chance.choice(mine), *words)

    def _team(self, what: str, number: int, conversation: str) -> None:
        verb, body, more = what, {}, {}
        if what == "answers":
            verb, body, more = "messages", {"text": f"answer {number}"}, {"idempotency_key": f"storm-{number}"}
        elif what == "assign":
            body = {"assignee": self._chance.choice([*self.members, None])}
        status, said = self.api.post(f"/conversations/{conversation}/{verb}", body, **more)
        assert status in (200, 201, 409, 429), (verb, status, said)
