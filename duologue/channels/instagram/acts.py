"""A heart on what the person said (Instagram Platform, reactions, 2 July 2026). No changing, no taking back."""

from duologue.channels.contract import Account, Act, Outcome
from duologue.channels.instagram.errors import TABLE
from duologue.channels.instagram.graph import graph, node
from duologue.channels.meta import acts
from duologue.channels.meta.send import Courier

NAMES = {"❤️": "love"}


async def react(account: Account, act: Act) -> Outcome:
    courier = Courier(graph=graph(account), node=node(account.settings), table=TABLE)
    return await acts.react(courier, {"id": act.address}, act, NAMES)
