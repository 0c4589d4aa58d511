"""A message that a platform has approved beforehand, filled in."""

from collections.abc import Mapping

from duologue.accounts.templates import preview
from duologue.channels.contract import Content, Filled, Kind, Template
from duologue.errors import Invalid

LONGEST = 1000  # characters of one blank


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
