"""The buttons of the playground: ways to misbehave, and back again."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duologue.channels.messenger.simulate.double import Double

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


async def do(double: "Double", name: str) -> None:
    """Does what the button says."""
    match name:
        case "deliver_twice":
            double.faults.switch("twice")
        case "reorder" | "early_echo" | "slow":
            double.faults.switch(name)
        case "lost_response" | "dropped" | "bad_signature":
            double.faults.next(name)
        case "throttle":
            double.faults.next("throttle", 5)
        case "broken":
            double.faults.next("broken", 3)
        case "down":
            await double.hang_up()
        case "up":
            await double.listen()
        case "calm":
            double.faults.calm()
            double.world.revoked = False
            await double.listen()
        case _:
            await _do_with_people(double, name)


async def _do_with_people(double: "Double", name: str) -> None:
    match name:
        case "close_windows":
            for thread in double.world.threads.values():
                thread.open_since = None
        case "revoke_token" | "restore_token":
            double.world.revoked = name == "revoke_token"
        case "block" | "unblock":
            double.world.thread("Tom Reed").blocked = name == "block"
        case "huge_batch":
            _say_much(double, 500)
        case "they_read":
            for thread in double.world.threads.values():
                double.phone(thread.id).reads()
        case "page_inbox":
            await double.answer_elsewhere("Mia Santos", "Hello from the page's own inbox.")


def _say_much(double: "Double", count: int) -> None:
    people = list(double.world.threads)
    with double.hooks.together():
        for number in range(count):
            double.phone(people[number % len(people)]).says(f"Message {number + 1} of {count}")
