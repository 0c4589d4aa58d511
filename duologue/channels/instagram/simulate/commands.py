"""The buttons of the playground: ways to misbehave, and back again."""

from duologue.channels.instagram.simulate.brand import Brand
from duologue.channels.instagram.simulate.phone import Phone
from duologue.channels.instagram.simulate.stage import Stage
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import COMMON

_OWN = {
    "story_mention": "Ana Ribeiro mentions the account in a story",
    "in_app": "Somebody answers Ana Ribeiro in the Instagram app",
    "other_secret": "Events are signed with the other of the two secrets, until all of this ends",
    "messages_off": "The owner switches access to messages off, until all of this ends",
    "dashboard_test": "The dashboard's test button is used",
}
COMMANDS = COMMON | _OWN


async def do(name: str, stage: Stage, brand: Brand, port: Port) -> None:
    """Does what the button says."""
    match name:
        case "deliver_twice":
            stage.faults.switch("twice")
        case "reorder" | "early_echo" | "slow":
            stage.faults.switch(name)
        case "lost_response" | "dropped" | "bad_signature" | "malformed":
            stage.faults.next(name)
        case "throttle":
            stage.faults.next("throttle", 5)
        case "broken":
            stage.faults.next("broken", 3)
        case "down":
            await port.hang_up()
        case "up":
            await port.listen()
        case "calm":
            stage.faults.calm()
            stage.world.revoked = stage.world.signs_basic = stage.world.messages_off = False
            await port.listen()
        case _:
            await _do_with_people(name, stage, brand)


async def _do_with_people(name: str, stage: Stage, brand: Brand) -> None:
    match name:
        case "close_windows":
            for thread in stage.world.threads.values():
                thread.open_since = None
        case "revoke_token" | "restore_token":
            stage.world.revoked = name == "revoke_token"
        case "block" | "unblock":
            stage.world.last.blocked = name == "block"
        case "huge_batch":
            _say_much(stage, 1000)
        case "they_read":
            for thread in stage.world.threads.values():
                Phone(thread, stage).reads()
        case "expire_media":
            stage.world.shelf.expire()
        case _:
            await _do_own(name, stage, brand)


async def _do_own(name: str, stage: Stage, brand: Brand) -> None:
    match name:
        case "story_mention":
            Phone(stage.world.thread("Ana Ribeiro"), stage).mentions_in_story()
        case "in_app":
            await brand.answers_elsewhere("Ana Ribeiro", "Hello from the app.")
        case "other_secret":
            stage.world.signs_basic = True
        case "messages_off":
            stage.world.messages_off = True
        case "dashboard_test":
            brand.tests_hook()


def _say_much(stage: Stage, count: int) -> None:
    people = list(stage.world.threads.values())
    with stage.hooks.together():
        for number in range(count):
            Phone(people[number % len(people)], stage).says(f"Message {number + 1} of {count}")
