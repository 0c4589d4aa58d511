"""What is known of a person who may leave, and what a letter is."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from duologue.kernel.vault import Safe

OLDEST = timedelta(hours=24)
"""What was answered longer ago goes after nobody: switching it on brings up no old stories."""
PATIENCE = 3
"""While the team goes on writing a letter waits, but no longer than so many times the usual time."""
FROM_MAIL = "letter/"
"""How the id of a message of the chat begins that was answered to a letter."""
TYPED_A_DAY, PROVEN_A_DAY = 5, 20
"""Letters to one mail address in a day: one that anybody may have typed, and one the brand's website vouches for."""


class Told(Struct, frozen=True, kw_only=True):
    """Where somebody may be written to, and where they were."""

    email: str
    page: str | None = None
    locale: str | None = None


class Written(Struct, frozen=True, kw_only=True):
    """A letter, ready to leave; the same at each attempt."""

    to: str
    subject: str
    text: str
    author: str | None
    stop: str  # where whoever reads it says that they want no more


class Home(Struct, frozen=True, kw_only=True):
    """The conversation that a letter belongs to."""

    letter_id: UUID
    to_index: bytes
    state: str
    conversation_id: UUID
    channel_id: UUID
    address_id: UUID
    contact_id: UUID
    external_sealed: bytes
    key_sealed: bytes | None


class Answer(Struct, frozen=True, kw_only=True):
    """An answer of the team's that was not seen."""

    id: UUID
    contact_id: UUID
    content_sealed: bytes | None
    key_sealed: bytes | None
    author_name: str | None
    files: int
    sent_at: datetime


def index(safe: Safe, email: str) -> bytes:
    """By which a mail address is found and counted, in whatever case it is written."""
    return safe.index("letter", email.strip().lower())


def came_by_mail(external_id: str | None) -> bool:
    """Whether a message of a chat was not written in it, but answered to a letter."""
    return (external_id or "").startswith(FROM_MAIL)
