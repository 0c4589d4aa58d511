"""The buttons of the playground: ways to misbehave, and back again."""

from duologue.channels.messenger.simulate.page import Page
from duologue.channels.messenger.simulate.phone import Phone
from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.meta.double.templates import pending
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import COMMON

_OWN_COMMANDS = {
    "page_inbox": "Somebody answers Mia Santos in the page's own inbox",
    "hold_templates": "New templates wait to be looked at, until all of this ends",
    "approve_templates": "Every template that waits is approved",
    "reject_templates": "Every template that waits is rejected",
}
COMMANDS = COMMON | _OWN_COMMANDS


async def do(name: str, stage: Stage, page: Page, port: Port) -> None:
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
            stage.world.revoked = stage.world.hesitates = False
            await port.listen()
        case _:
            await _do_with_people(name, stage, page)


async def _do_with_people(name: str, stage: Stage, page: Page) -> None:
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
        case "page_inbox":
            await page.answers_elsewhere("Mia Santos", "Hello from the page's own inbox.")
        case "hold_templates":
            stage.world.hesitates = True
        case "approve_templates" | "reject_templates":
            for row in pending(stage.world):
                if name == "approve_templates":
                    page.judges(row, "APPROVED")
                else:
                    page.judges(row, "REJECTED", "TAG_SHOULD_BE_MARKETING")


def _say_much(stage: Stage, count: int) -> None:
    people = list(stage.world.threads.values())
    with stage.hooks.together():
        for number in range(count):
            Phone(people[number % len(people)], stage).says(f"Message {number + 1} of {count}")
