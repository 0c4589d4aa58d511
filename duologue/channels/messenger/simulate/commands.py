"""The buttons of the playground: ways to misbehave, and back again."""

from duologue.channels.messenger.simulate.page import Page
from duologue.channels.messenger.simulate.phone import Phone
from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.meta.double.http import Port

COMMANDS = {
    "deliver_twice": "Deliver everything twice",
    "reorder": "Deliver in the wrong order",
    "early_echo": "Report a message back before its send is answered",
    "lost_response": "Take the next message, lose the answer",
    "dropped": "Hang up on the next message before taking it",
    "throttle": "Say “too many requests” five times",
    "broken": "Answer three times with an error page",
    "slow": "Take three seconds for every answer",
    "down": "The platform is down",
    "up": "The platform is up again",
    "close_windows": "Close every reply window",
    "revoke_token": "Revoke the access token",
    "restore_token": "Accept the access token again",
    "block": "Tom Reed blocks the page",
    "unblock": "Tom Reed unblocks the page",
    "huge_batch": "Deliver 500 messages in one batch",
    "bad_signature": "Send the next event with a wrong signature first",
    "they_read": "Everybody reads everything",
    "page_inbox": "Somebody answers Mia Santos in the page's own inbox",
    "calm": "Behave again",
}


async def do(name: str, stage: Stage, page: Page, port: Port) -> None:
    """Does what the button says."""
    match name:
        case "deliver_twice":
            stage.faults.switch("twice")
        case "reorder" | "early_echo" | "slow":
            stage.faults.switch(name)
        case "lost_response" | "dropped" | "bad_signature":
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
            stage.world.revoked = False
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
            stage.world.thread("Tom Reed").blocked = name == "block"
        case "huge_batch":
            _say_much(stage, 500)
        case "they_read":
            for thread in stage.world.threads.values():
                Phone(thread, stage).reads()
        case "page_inbox":
            await page.answers_elsewhere("Mia Santos", "Hello from the page's own inbox.")


def _say_much(stage: Stage, count: int) -> None:
    people = list(stage.world.threads.values())
    with stage.hooks.together():
        for number in range(count):
            Phone(people[number % len(people)], stage).says(f"Message {number + 1} of {count}")
