"""The buttons of the playground: ways to misbehave, and back again."""

from duologue.channels.messenger.simulate.page import Page
from duologue.channels.messenger.simulate.phone import Phone
from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.meta.double import commands
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
    if not await commands.do(name, stage, Phone, port):
        await _do_own(name, stage, page)


async def _do_own(name: str, stage: Stage, page: Page) -> None:
    match name:
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
