"""The buttons of the playground: ways to misbehave, and back again."""

from duologue.channels.instagram.simulate.brand import Brand
from duologue.channels.instagram.simulate.phone import Phone
from duologue.channels.instagram.simulate.stage import Stage
from duologue.channels.meta.double import commands
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
    if not await commands.do(name, stage, Phone, port):
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
