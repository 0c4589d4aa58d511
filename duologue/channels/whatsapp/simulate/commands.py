"""The buttons of the playground: ways to misbehave, and back again."""

from duologue.channels.meta.double import commands
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
    if not await commands.do(name, stage, Phone, port):
        _do_own(name, stage, brand)


def _do_own(name: str, stage: Stage, brand: Brand) -> None:
    match name:
        case "held_back":
            stage.faults.next("held_back")
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
