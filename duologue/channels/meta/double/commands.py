"""The buttons of the playground that do the same on each of these platforms."""

from collections.abc import Callable
from typing import Any, Protocol

from duologue.channels.meta.double.stage import Stage
from duologue.channels.shared.double.port import Port


class Person(Protocol):
    """Somebody with a phone, as far as buttons touch it."""

    def says(self, text: str) -> str: ...

    def reads(self) -> None: ...


Phones = Callable[[Any, Any], Person]
"""Makes somebody's phone, of a thread and the stage."""


async def do(name: str, stage: Stage[Any, Any], phones: Phones, port: Port) -> bool:
    """Does what the button says; False where it is one of the platform's own."""
    return _misbehave(name, stage) or await _hang_up(name, stage, port) or _do_with_people(name, stage, phones)


def _misbehave(name: str, stage: Stage[Any, Any]) -> bool:
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
        case _:
            return False
    return True


async def _hang_up(name: str, stage: Stage[Any, Any], port: Port) -> bool:
    match name:
        case "down":
            await port.hang_up()
        case "up":
            await port.listen()
        case "calm":
            stage.faults.calm()
            stage.world.calm()
            await port.listen()
        case _:
            return False
    return True


def _do_with_people(name: str, stage: Stage[Any, Any], phones: Phones) -> bool:
    match name:
        case "close_windows":
            for thread in stage.world.threads.values():
                thread.open_since = None
        case "revoke_token" | "restore_token":
            stage.world.revoked = name == "revoke_token"
        case "block" | "unblock":
            stage.world.last.blocked = name == "block"
        case "huge_batch":
            _say_much(stage, phones, 1000)
        case "they_read":
            for thread in stage.world.threads.values():
                phones(thread, stage).reads()
        case "expire_media":
            stage.world.expire_files()
        case _:
            return False
    return True


def _say_much(stage: Stage[Any, Any], phones: Phones, count: int) -> None:
    people = list(stage.world.threads.values())
    with stage.hooks.together():
        for number in range(count):
            phones(people[number % len(people)], stage).says(f"Message {number + 1} of {count}")
