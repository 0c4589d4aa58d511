"""The buttons of the playground: ways to misbehave, and back again."""

from datetime import timedelta

from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import COMMON
from duologue.channels.telegram.simulate.phone import Phone, connects
from duologue.channels.telegram.simulate.stage import Stage
from duologue.channels.telegram.simulate.world import BotError

_NOT_HERE = {"reorder", "early_echo", "close_windows", "they_read"}
_OWN_COMMANDS = {
    "pace": "More than one message a second to one person is told to come later, until all of this ends",
    "foreign_webhook": "Another program has set a webhook for this bot",
    "business": "A business account lets the bot into its chats, and Nadia Petrova writes there",
    "long_silence": "Numbers of updates begin anew, as after a week of silence",
}
COMMANDS = {name: words for name, words in COMMON.items() if name not in _NOT_HERE} | _OWN_COMMANDS
BATCH = 100  # as many as getUpdates gives at once


async def do(name: str, stage: Stage, port: Port) -> None:
    """Does what the button says."""
    match name:
        case "deliver_twice":
            stage.faults.switch("twice")
        case "slow":
            stage.faults.switch(name)
        case "lost_response" | "dropped" | "bad_signature" | "malformed":
            stage.faults.next(name)
        case "throttle":
            stage.planned += [BotError(429, "Too Many Requests: retry after 1", retry_after=1) for _ in range(5)]
        case "broken":
            stage.faults.next("broken", 3)
        case "down":
            await port.hang_up()
        case "up":
            await port.listen()
        case "calm":
            stage.faults.calm()
            stage.planned.clear()
            stage.pace.on = stage.world.revoked = False
            await port.listen()
        case _:
            await _more(name, stage)


async def _more(name: str, stage: Stage) -> None:
    world = stage.world
    match name:
        case "revoke_token" | "restore_token":
            world.revoked = name == "revoke_token"
        case "block":
            Phone(world.last, stage).blocks()
        case "unblock":
            Phone(world.last, stage).unblocks()
        case "huge_batch":
            people = list(world.chats.values())
            for number in range(BATCH):
                Phone(people[number % len(people)], stage).says(f"Message {number + 1} of {BATCH}")
        case "expire_media":
            for file in world.files.values():
                file.until = world.now() - timedelta(seconds=1)
        case "pace":
            stage.pace.on = True
        case "foreign_webhook":
            await stage.hooks.point("https://bots.elsewhere.example/hook", secret="theirs")  # noqa: S106
        case "business":
            connects(stage)
            Phone(next(iter(world.business.values())), stage).says("Hello, is this the tea house itself?")
        case "long_silence":
            world.update = max(1, world.update // 2)
