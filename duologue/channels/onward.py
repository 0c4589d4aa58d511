"""How a conversation goes on when the person has left the place where it began."""

from datetime import timedelta
from uuid import UUID

from msgspec import Struct


class Onward(Struct, frozen=True, kw_only=True):
    """Answers that were not seen go on by another account of the same workspace, one that `carries`."""

    through: UUID
    after: timedelta  # since they were sent, or since the person was last seen looking
