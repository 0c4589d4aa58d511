"""Messages that a platform has approved beforehand: which there are, and one of them filled in."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from duologue.accounts.connected import Connected
from duologue.channels.contract import Content, Filled, Kind, Template
from duologue.errors import Conflict, Invalid
from duologue.kernel.clock import Clock
from duologue.kernel.egress import Blocked, NoAnswer

FRESH = timedelta(minutes=5)  # a template that was paused a moment ago is refused by the platform itself
LONGEST = 1000  # characters of one blank
_BLANK = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


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
        for one in await self.of(connected):
            if (one.id, one.language) == (wanted.id, wanted.language):
                if not one.usable:
                    raise Invalid(one.reason or "This template cannot be used now.", "template")
                return one
        raise Invalid("There is no such template.", "template")


def fill(template: Template, values: Mapping[str, str]) -> Content:
    """The message that this template becomes. Raises `Invalid` for a blank that is empty, too long, or not there."""
    names = {blank.name for blank in template.blanks}
    if unknown := sorted(set(values) - names):
        raise Invalid(f"This template has nothing to fill in named {unknown[0]}.", "values")
    given = {name: " ".join(values.get(name, "").split()) for name in names}
    for blank in template.blanks:
        if not given[blank.name]:
            raise Invalid(f"{blank.title} is still to be filled in.", blank.name)
        if len(given[blank.name]) > LONGEST:
            raise Invalid(f"{blank.title} is too long.", blank.name)
    filled = Filled(id=template.id, name=template.name, language=template.language, values=given)
    return Content(kind=Kind.TEMPLATE, text=preview(template, given), choices=template.buttons, template=filled)


def preview(template: Template, values: Mapping[str, str] | None = None) -> str:
    """How it reads, filled in; with the template's own examples where nothing is given."""
    known = {blank.name: (values or {}).get(blank.name) or blank.example or blank.title for blank in template.blanks}
    return _BLANK.sub(lambda found: known.get(found[1], found[0]), template.text)
