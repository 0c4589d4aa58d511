"""What a visitor does in a conversation: writes, reads back, types, ticks, opens a file. Only ever their own."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from duologue.channels.contract import Line, Raw
from duologue.channels.web.questions import LONGEST_ANSWER, own
from duologue.channels.web.server.answers import demand
from duologue.channels.web.server.call import Answer, nothing, says
from duologue.channels.web.server.limits import MESSAGE_LIMIT, TEXT_LIMIT, TooLarge
from duologue.channels.web.server.lines import shown
from duologue.channels.web.server.origins import own_origin, page_of
from duologue.channels.web.server.tokens import Visitor
from duologue.channels.web.server.upload import is_form, parts
from duologue.channels.web.server.visit import Visit
from duologue.channels.web.wire import MESSAGE, RECEIPT, Ticked, Written, WrittenFile
from duologue.errors import Invalid, NotFound

MOST_LINES = 500
_FAR = {"queued": 0, "sent": 1, "delivered": 2, "read": 3}


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id` is made by the visitor's side and stays the same however often the message is sent."""

    id: UUID
    text: str = ""
    page: Annotated[str, Meta(max_length=2000)] | None = None
    answer: Annotated[str, Meta(max_length=LONGEST_ANSWER)] = ""  # to the administrator's own question


Marks = Annotated[int, Meta(ge=0)] | Annotated[tuple[UUID, ...], Meta(max_length=100)]


class Ticks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ids of answers, or the `seq` up to which all of them count."""

    delivered: Marks | None = None
    read: Marks | None = None


async def write(visit: Visit) -> Answer:
    """Takes a message. It is durable before 202 is given; twice under one id is once."""
    visit.take("message")
    visit.take_from_where("message from one place")
    message, files = await _message(visit)
    _judge(message, files)
    await demand(visit)
    visitor, asked = visit.visitor, own(visit.settings)
    written = Written(
        id=message.id,
        address=visitor.address,
        at=visit.now(),
        text=message.text.replace("\x00", "\ufffd"),
        files=files,
        page=page_of(message.page, places=visit.places, own=own_origin(visit.account.public_url)),
        name=visitor.name,
        email=visitor.email,
        phone=visitor.phone,
        typed=_unproven(visitor),
        locale=visitor.locale,
        verified=visitor.verified,
        question=asked if message.answer else "",
        answer=" ".join(message.answer.replace("\x00", "\ufffd").split()) if asked else "",
    )
    await visit.lobby.accept(visit.account, [Raw(kind=MESSAGE, body=msgspec.json.encode(written))])
    return says({"id": message.id}, status=202)


async def history(visit: Visit) -> Answer:
    """The newest lines after a `seq`, oldest first; `more` where older ones may have been left out."""
    visit.take("history")
    after, most = (
        visit.call.whole("after", otherwise=0),
        visit.call.whole("most", otherwise=100, least=1, most=MOST_LINES),
    )
    lines = await visit.lobby.lines(visit.account, visit.visitor.address, after=after, most=most)
    return says({"lines": [shown(line) for line in lines], "more": bool(lines) and lines[0].seq > after + 1})


async def typing(visit: Visit) -> Answer:
    visit.take("typing")
    await visit.lobby.typing(visit.account, visit.visitor.address)
    return nothing()


async def tick(visit: Visit) -> Answer:
    """Delivered and read, of answers in this visitor's own conversation; ids of others are passed over."""
    visit.take("receipt")
    ticks = await visit.call.json(Ticks)
    address = visit.visitor.address
    lines = await visit.lobby.lines(visit.account, address, after=0, most=100)
    raws = []
    for status, marks in (("delivered", ticks.delivered), ("read", ticks.read)):
        ids = tuple(line.id for line in lines if marks is not None and _is_news(line, status, marks))
        if ids:
            ticked = Ticked(address=address, at=visit.now(), status=status, ids=ids)
            raws.append(Raw(kind=RECEIPT, body=msgspec.json.encode(ticked)))
    if raws:
        await visit.lobby.accept(visit.account, raws)
    return nothing()


async def file(visit: Visit, id: UUID) -> Answer:
    """A file of this conversation, as a download that no browser opens in our name."""
    visit.take("file")
    found = await visit.lobby.file(visit.account, visit.visitor.address, id)
    if found is None:
        raise NotFound("There is no such file in this conversation.")
    line, data = found
    headers = {
        "content-type": "application/octet-stream",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(line.name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, no-store",
    }
    return Answer(body=data, headers=headers)


def _unproven(visitor: Visitor) -> tuple[str, ...]:
    """Which of the ways to reach them nobody vouches for."""
    if visitor.verified:
        return tuple(name for name in visitor.typed if name != "name")
    return tuple(name for name in ("email", "phone") if getattr(visitor, name))


async def _message(visit: Visit) -> tuple[Message, tuple[WrittenFile, ...]]:
    content_type = visit.call.headers.get("content-type", "")
    if not is_form(content_type):
        return await visit.call.json(Message), ()
    claimed = visit.call.headers.get("content-length", "")
    visit.take("upload", cost=int(claimed) if claimed.isdigit() and len(claimed) < 12 else MESSAGE_LIMIT)
    fields, files = parts(content_type, await visit.call.body(MESSAGE_LIMIT, seconds=300))
    try:
        return msgspec.convert(fields, Message), files
    except msgspec.ValidationError as error:
        raise Invalid(str(error)) from None


def _judge(message: Message, files: tuple[WrittenFile, ...]) -> None:
    if len(message.text) > TEXT_LIMIT:
        raise TooLarge(f"A message may have at most {TEXT_LIMIT:,} characters.")
    if not message.text.strip() and not files:
        raise Invalid("This message is empty.", field="text")


def _is_news(line: Line, status: str, marks: int | tuple[UUID, ...]) -> bool:
    meant = line.seq <= marks if isinstance(marks, int) else line.id in marks
    return line.by == "brand" and meant and _FAR.get(line.status, 0) < _FAR[status]
