"""Messages that a platform has approved beforehand: which there are, and new ones put before it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from duologue.accounts.model import Connected
from duologue.channels.contract import Filled, Template
from duologue.channels.proposal import Flaw, NotTaken, Proposal, Proposals, flaws
from duologue.errors import Conflict, Invalid
from duologue.kernel.acts import Act, note
from duologue.kernel.clock import Clock
from duologue.kernel.egress import Blocked, NoAnswer
from duologue.kernel.house import House

FRESH = timedelta(minutes=5)  # a template that was paused a moment ago is refused by the platform itself
TOLD = "templates"  # the call by which every process forgets what an account's platform has told
_BLANK = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class Flawed(Invalid):
    """A proposal that the platform would turn down; `flaws` says why, field by field."""

    def __init__(self, found: Sequence[Flaw]) -> None:
        super().__init__(found[0].reason, found[0].field)
        self.flaws = tuple(found)


class Shelf:
    """The templates of each account, as its platform told them in the last minutes."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._kept: dict[UUID, tuple[datetime, list[Template]]] = {}

    async def of(self, connected: Connected) -> list[Template]:
        """All of them, those that can be used first. Raises `Conflict` where there are none, or nobody answers."""
        if connected.channel.templates is None:
            raise Conflict("This platform has no templates.")
        told = self._kept.get(connected.account.id)
        if told and self._now() - told[0] < FRESH:
            return told[1]
        try:
            found = await connected.channel.templates(connected.account)
        except (Blocked, NoAnswer) as error:
            raise Conflict(f"The templates cannot be had now: {error}") from error
        ordered = sorted(found, key=lambda one: (not one.usable, one.name, one.language))
        self._kept[connected.account.id] = (self._now(), ordered)
        return ordered

    async def one(self, connected: Connected, wanted: Filled) -> Template:
        """Raises `Invalid` for one that is not there or cannot be used."""
        one = await self.any(connected, wanted)
        if not one.usable:
            raise Invalid(one.reason or "This template cannot be used now.", "template")
        return one

    async def any(self, connected: Connected, wanted: Filled) -> Template:
        """In whatever state. Raises `Invalid` for one that is not there."""
        for one in await self.of(connected):
            if (one.id, one.language) == (wanted.id, wanted.language):
                return one
        raise Invalid("There is no such template.", "template")

    def forget(self, channel: str) -> None:
        """What was told of this account is no longer true."""
        self._kept.pop(UUID(channel), None)


def preview(template: Template, values: Mapping[str, str] | None = None) -> str:
    """How it reads, filled in; with the template's own examples where nothing is given."""
    known = {blank.name: (values or {}).get(blank.name) or blank.example or blank.title for blank in template.blanks}
    return _BLANK.sub(lambda found: known.get(found[1], found[0]), template.text)


def wrong(connected: Connected, given: Proposal) -> list[Flaw]:
    """Everything for which the platform would turn a proposal down, as far as its rules are known here."""
    desk = proposals(connected)
    found = flaws(desk.takes, given)
    more = desk.flaws(connected.account.settings, given) if desk.flaws else []
    return found + [one for one in more if one.field not in {earlier.field for earlier in found}]


async def propose(house: House, connected: Connected, given: Proposal, *, by: UUID) -> Template:
    """Puts it before the platform; the template as it stands now. Raises `Flawed`, `Conflict`."""
    if found := wrong(connected, given):
        raise Flawed(found)
    try:
        made = await proposals(connected).propose(connected.account, given)
    except NotTaken as error:
        raise Conflict(str(error)) from error
    except (Blocked, NoAnswer) as error:
        raise Conflict(f"The platform gave no answer: {error}. Look at the list before you try again.") from error
    await _written(house, connected, "template.proposed", by)
    return made


async def withdraw(house: House, connected: Connected, template: Template, *, by: UUID) -> None:
    """Takes it away, in its one language. Raises `Conflict`."""
    try:
        await proposals(connected).withdraw(connected.account, template)
    except NotTaken as error:
        raise Conflict(str(error)) from error
    except (Blocked, NoAnswer) as error:
        raise Conflict(f"The platform gave no answer: {error}. Look at the list before you try again.") from error
    await _written(house, connected, "template.withdrawn", by)


def proposals(connected: Connected) -> Proposals:
    """Raises `Conflict` where the platform takes none from here."""
    if connected.channel.proposals is None:
        raise Conflict("Templates of this platform are not made here.")
    return connected.channel.proposals


async def _written(house: House, connected: Connected, action: str, by: UUID) -> None:
    async with house.db.workspace(connected.workspace_id) as tx:
        await note(tx, Act(by=by, now=house.now(), wake=house.wake), action, connected.account.id)
        tx.after_commit(lambda: house.wake.call(TOLD, str(connected.account.id)))
