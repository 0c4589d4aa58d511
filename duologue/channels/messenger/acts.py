"""A sign on what the person said (Send API, sender actions, March to June 2026). No changing, no taking back."""

from duologue.channels.contract import Account, Act, Outcome
from duologue.channels.messenger.send import courier, recipient
from duologue.channels.meta import acts

NAMES = {"❤️": "love", "😆": "smile", "😮": "wow", "😢": "sad", "😠": "angry", "👍": "like", "👎": "dislike"}


async def react(account: Account, act: Act) -> Outcome:
    return await acts.react(courier(account), recipient(act.address), act, NAMES)
