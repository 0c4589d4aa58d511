"""The brand of the demo and the team that answers for it."""

from msgspec import Struct

from duologue.team.model import Role

BRAND = "Lume"


class Colleague(Struct, frozen=True):
    name: str
    email: str
    role: Role


ANA = Colleague("Ana Sol", "ana@lume.example", Role.ADMINISTRATOR)
BEN = Colleague("Ben Okoro", "ben@lume.example", Role.AGENT)
TEAM = (ANA, BEN)
"""Nobody can have an address under .example (RFC 2606), so these members are the demo's own wherever they are found."""
