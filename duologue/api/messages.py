"""What is said in a conversation, and saying something in it."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter
from msgspec.structs import replace

from duologue.accounts.templates import Shelf
from duologue.api import paging, views
from duologue.api import say as saying
from duologue.api.model import Message, Page, Said
from duologue.api.templates import filled
from duologue.conversations import reply, show
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.web.gate import KeyHolder

REPLAYED = "Idempotent-Replayed"
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="Your own name for this message, 1 to 255 characters, best a UUID: the same request under it is "
        "carried out once.",
    ),
]


@get("/conversations/{id:uuid}/messages")
async def messages(
    house: House, key: KeyHolder, id: UUID, limit: paging.Limit = 50, cursor: paging.Cursor = None
) -> Page[Message]:
    """The messages of a conversation, the newest first. What comes in while you page is on a fresh first page."""
    before = paging.place_of_seq("messages", cursor)
    async with work(house, key.workspace_id) as open_work:
        await show.abilities(open_work, id)
        found, more = await show.page(open_work, id, before=before, most=limit)
    items = [views.message_of(one) for one in reversed(found)]
    return Page(items=items, next=paging.cursor("messages", more) if more else None)


@post("/conversations/{id:uuid}/messages")
async def say(
    request: Request[Any, Any, Any], house: House, key: KeyHolder, shelf: Shelf, id: UUID, idempotency_key: Key = None
) -> Response[Said]:
    """Says something to the person. It is queued under the same rules as on the screens, and delivered from there.

    With `author`, the id of an active member, it is said in that member's name and like their own reply. Without one it
    is said by an automation: platforms let those answer for a shorter time, and people's replies go first.

    Give an `Idempotency-Key` and repeat the request as often as you like: it is carried out once, the same message is
    given again as it stands by then, and the header `Idempotent-Replayed: true` says so. Another request under a used
    key is refused with 422. A request that failed may be repeated under its key. The key counts for the whole
    workspace, whichever API key it comes by.

    409: it may not leave now; `detail` is the verdict's words, which `verdict` of the conversation gives beforehand.
    """
    asked = await saying.read(request)
    if asked.say.template:
        asked = replace(asked, template=await filled(house, key, shelf, id, asked.say.template))
    async with work(house, key.workspace_id) as open_work:
        said, before = await saying.say(open_work, id, asked, idempotency_key)
    headers = {"Location": f"/api/v1/messages/{said.id}"} | ({REPLAYED: "true"} if before else {})
    return Response(said, status_code=201, headers=headers)


@get("/messages/{id:uuid}")
async def message(house: House, key: KeyHolder, id: UUID) -> Message:
    """One message, as it stands now."""
    async with work(house, key.workspace_id) as open_work:
        return await views.message(open_work, id)


@post("/messages/{id:uuid}/retry", status_code=200)
async def retry(house: House, key: KeyHolder, id: UUID) -> Message:
    """Sends a message that failed once more. 409: it did not fail."""
    async with work(house, key.workspace_id) as open_work:
        await views.message(open_work, id)
        await reply.retry(open_work, id)
        return await views.message(open_work, id)


HANDLERS: list[HTTPRouteHandler] = [messages, say, message, retry]
