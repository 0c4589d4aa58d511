"""The buttons of the playground: ways to misbehave, and back again."""

from duologue.channels.meta.double.templates import pending
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import COMMON
from duologue.channels.whatsapp.simulate.brand import Brand
from duologue.channels.whatsapp.simulate.phone import Phone
from duologue.channels.whatsapp.simulate.stage import Stage

_OWN_COMMANDS = {
    "late_errors": "Refusals come as a status after the send, until all of this ends",
    "held_back": "The next message is held back as marketing (131049)",
    "stop_marketing": "Rafael Costa wants no marketing messages any more",
    "in_app": "Somebody answers Greta Lindner in the app on a phone",
    "new_number": "Chidi Okafor has a new phone number",
    "pause_template": "The template order_ready is paused because of its quality",
    "reinstate_template": "The template order_ready may be sent again",
    "approve_templates": "Every template that waits is approved",
    "reject_templates": "Every template that waits is rejected",
    "judge_templates": "Templates are looked at as they come, by what they say, until all of this ends",
    "low_quality": "The number's quality falls",
    "account_error": "The account's payment fails",
    "dashboard_test": "The dashboard's test button is used",
}
COMMANDS = COMMON | _OWN_COMMANDS


async def do(name: str, stage: Stage, brand: Brand, port: Port) -> None:
    """Does what the button says."""
    match name:
        case "deliver_twice":
            stage.faults.switch("twice")
        case "reorder" | "early_echo" | "slow":
            stage.faults.switch(name)
        case "lost_response" | "dropped" | "bad_signature" | "malformed" | "held_back":
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
            stage.world.revoked = stage.world.late_errors = stage.world.judges = False
            await port.listen()
        case _:
            _do_with_people(name, stage, brand)


def _do_with_people(name: str, stage: Stage, brand: Brand) -> None:
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
            for file in stage.world.files.values():
                file.url_until = None
        case _:
            _do_own(name, stage, brand)


def _do_own(name: str, stage: Stage, brand: Brand) -> None:
    match name:
        case "late_errors":
            stage.world.late_errors = True
        case "stop_marketing":
            Phone(stage.world.thread("Rafael Costa"), stage).stops_marketing()
        case "in_app":
            brand.answers_in_app("Greta Lindner", "Hello from the app.")
        case "new_number":
            chidi = stage.world.thread("Chidi Okafor")
            Phone(chidi, stage).changes_number(stage.world.number("phone")[:12], f"NG.3{stage.world.number('user')}")
        case "pause_template":
            about = {"title": "FIRST_PAUSE", "description": "Paused for 3 hours"}
            brand.judges("order_ready", "PAUSED", other_info=about)
        case "reinstate_template":
            brand.judges("order_ready", "REINSTATED")
        case "approve_templates" | "reject_templates" | "judge_templates":
            _judge(name, stage, brand)
        case "low_quality":
            stage.world.quality = "RED"
            brand.reports("phone_number_quality_update", event="FLAGGED", current_limit="TIER_2K")
        case "account_error":
            brand.fails(131042, "Business eligibility payment issue")
        case "dashboard_test":
            brand.tests_hook()


def _judge(name: str, stage: Stage, brand: Brand) -> None:
    stage.world.judges = stage.world.judges or name == "judge_templates"
    for row in pending(stage.world):
        if name == "judge_templates":
            brand.looks_at(row)
        elif name == "approve_templates":
            brand.judges(row["name"], "APPROVED")
        else:
            brand.judges(row["name"], "REJECTED", "INCORRECT_CATEGORY")


def _say_much(stage: Stage, count: int) -> None:
    people = list(stage.world.threads.values())
    with stage.hooks.together():
        for number in range(count):
            Phone(people[number % len(people)], stage).says(f"Message {number + 1} of {count}")
