"""A file that could not be fetched is tried again: its platform may have it now, or somebody has mended the account."""

from uuid import UUID

from duologue.conversations import store_again
from duologue.errors import Conflict, NotFound
from duologue.kernel.journal import Entry
from duologue.kernel.work import Work


async def again(work: Work, file: UUID) -> UUID:
    """The message that the file is of. What waits already goes on waiting. Raises `NotFound`, `Conflict`."""
    place = await store_again.locked(work.tx, file)
    if place is None:
        raise NotFound("There is no such file.")
    if place.state == "stored":
        raise Conflict("This file is here already.")
    if place.state == "failed":
        await store_again.wait_again(work.tx, file, work.now)
        await work.tell(Entry(kind="message.file", conversation_id=place.conversation_id, message_id=place.message_id))
        work.wake_after("files")
    return place.message_id
