"""The buttons of the playground: ways to misbehave, and back again."""

from datetime import timedelta

from duologue.channels.line.simulate.hooks import Hooks
from duologue.channels.line.simulate.phone import Phone
from duologue.channels.line.simulate.world import REPLY_LIFE, World
from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import COMMON

_NOT_HERE = {"early_echo", "close_windows", "they_read"}  # no echo, no windows, no receipts
_OWN_COMMANDS = {
    "quota_spent": "The month's messages are used up, until all of this ends",
    "old_tokens": "The reply tokens given so far are too old",
    "standby": "Another module has the chats, until all of this ends",
    "preparing": "Videos and recordings are still being prepared, until all of this ends",
    "unsend": "The newest message of everybody is taken back",
}
COMMANDS = {name: words for name, words in COMMON.items() if name not in _NOT_HERE} | _OWN_COMMANDS


class Buttons:
    """Does what a button says."""

    def __init__(self, world: World, faults: Faults, hooks: Hooks, port: Port) -> None:
        self._world, self._faults, self._hooks, self._port = world, faults, hooks, port

    async def press(self, name: str) -> None:
        match name:
            case "deliver_twice":
                self._faults.switch("twice")
            case "reorder" | "slow" | "preparing":
                self._faults.switch(name)
            case "lost_response" | "dropped" | "bad_signature" | "malformed":
                self._faults.next(name)
            case "throttle":
                self._faults.next(name, 5)
            case "broken":
                self._faults.next(name, 3)
            case "down":
                await self._port.hang_up()
            case "up":
                await self._port.listen()
            case "calm":
                await self._calm()
            case _:
                self._in_the_world(name)

    async def _calm(self) -> None:
        self._faults.calm()
        self._world.revoked = self._world.standby = False
        self._world.used = 0
        await self._port.listen()

    def _in_the_world(self, name: str) -> None:
        world = self._world
        match name:
            case "revoke_token" | "restore_token":
                world.revoked = name == "revoke_token"
            case "block":
                Phone(world.last, world, self._hooks).blocks()
            case "unblock":
                Phone(world.last, world, self._hooks).unblocks()
            case "huge_batch":
                self._say_much(1000)
            case "expire_media":
                world.files.clear()
            case "quota_spent":
                world.used = max(world.used, world.quota or 0)
            case "standby":
                world.standby = True
            case "old_tokens":
                for token in world.replies.values():
                    token.at -= REPLY_LIFE + timedelta(seconds=1)
            case "unsend":
                self._unsend()

    def _say_much(self, count: int) -> None:
        people = list(self._world.friends.values())
        with self._hooks.together():
            for number in range(count):
                phone = Phone(people[number % len(people)], self._world, self._hooks)
                phone.says(f"Message {number + 1} of {count}")

    def _unsend(self) -> None:
        for friend in self._world.friends.values():
            theirs = [one for one in friend.messages if one.by == "person" and not one.gone]
            if theirs:
                Phone(friend, self._world, self._hooks).takes_back(theirs[-1].id)
