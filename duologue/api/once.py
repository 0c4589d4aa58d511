"""A request that is repeated under its own key is done once, however often and however fast it is repeated.

Whoever writes the key down first does it; the others wait for that transaction, then are given the same message. What
failed was rolled back with its key, and may be tried again under it.
"""

from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.api import store
from duologue.conversations.reply import Draft
from duologue.errors import Invalid
from duologue.kernel.vault import Safe
from duologue.kernel.work import Work

NAME = "Idempotency-Key"
LONGEST = 255
OTHER = "This Idempotency-Key was used for another request. Choose a new one for every message."


class Once(Struct, frozen=True):
    """A key and what is asked under it, both as keyed hashes: what people write is not kept here."""

    key: bytes
    request: bytes

    @property
    def draft_key(self) -> UUID:
        """The same for the same request, so that the messages that came of it are found again."""
        return UUID(bytes=sha256(self.key + self.request).digest()[:16], version=5)


def once(safe: Safe, key: str, conversation: UUID, draft: Draft, author: UUID | None) -> Once:
    """Raises `Invalid` for a key that is empty or too long."""
    if not 0 < len(key) <= LONGEST:
        raise Invalid(f"An Idempotency-Key has 1 to {LONGEST} characters.", NAME)
    files = [[file.name, file.mime, sha256(file.data or b"").hexdigest()] for file in draft.files]
    asked = msgspec.json.encode(
        [conversation, draft.text, draft.choices, draft.reply_to, author, files, draft.template]
    )
    return Once(safe.sign("idempotency key", key.encode()), safe.sign("idempotency request", asked))


async def first(work: Work, once: Once) -> bool:
    """Whether it has not been done yet. Raises `Invalid` where the key stands for something else."""
    if await store.claim(work.tx, once.key, once.request, once.draft_key):
        return True
    if await store.request_under(work.tx, once.key) != once.request:
        raise Invalid(OTHER, NAME)
    return False
