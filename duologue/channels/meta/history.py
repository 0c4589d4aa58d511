"""What the conversations API still knows: the newest messages of each conversation, with either side's words.

It promises little: the 20 newest messages of a conversation, two calls a second, and no word of ours beside them.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from duologue.channels.contract import Content, Event, Kind, Media, Person, Raw, Said, Unreadable
from duologue.channels.meta.content import MediaKind
from duologue.channels.meta.errors import fault
from duologue.channels.meta.graph import Graph, facts, rows
from duologue.channels.meta.parties import person_id
from duologue.channels.shared.guard import guarded
from duologue.channels.shared.strict import (
    Object,
    Odd,
    address,
    clean,
    message_id,
    parse,
    thing,
    things,
    words,
)
from duologue.kernel.egress import Answer, NoAnswer

NEWEST = 20  # no more of a conversation can be read
PAGES = 20  # of conversations at a time: whatever is older than these has had its poll before
KIND = "history"  # of the raws made here
_FIELDS = "id,created_time,from,to,message,attachments,shares,is_unsupported"
_MEDIA: tuple[tuple[str, MediaKind], ...] = (
    ("image_data", Kind.IMAGE),
    ("video_data", Kind.VIDEO),
    ("audio_data", Kind.AUDIO),
    ("file_url", Kind.FILE),
)


async def since(graph: Graph, node: str, platform: str, at: datetime) -> AsyncIterator[Raw]:
    """Conversations in which something was said since then, newest first. Raises `Blocked`, `NoAnswer`."""
    asked = {"platform": platform, "fields": "id,updated_time", "limit": "25"}
    for _ in range(PAGES):
        listed = await _told(await graph.get(f"{node}/conversations", **asked))
        for conversation in rows(listed):
            changed = time(conversation.get("updated_time"))
            if changed is not None and changed < at:
                return
            yield await _conversation(graph, str(conversation.get("id")), at)
        after = _after(listed)
        if not after:
            return
        asked["after"] = after


async def newest(graph: Graph, node: str, platform: str, person: str) -> list[dict[str, Any]]:
    """The newest messages of the conversation with this person; none where the platform does not tell."""
    listed = await graph.get(f"{node}/conversations", platform=platform, user_id=person, fields="id")
    for conversation in rows(facts(listed))[:1]:
        fields = f"messages.limit({NEWEST}){{id,created_time,from,to,message}}"
        messages = facts(await graph.get(str(conversation.get("id")), fields=fields)).get("messages")
        return rows(messages) if isinstance(messages, dict) else []
    return []


def lines(own: frozenset[str], raw: Raw) -> list[Event]:
    """What a raw made here holds. Never raises: what cannot be understood is set aside alone."""
    try:
        told = parse(raw.body)
    except (ValueError, RecursionError) as error:
        return [Unreadable(reason=f"not JSON: {str(error)[:200]}", item=raw.body)]
    found = told.get("messages") if isinstance(told, dict) else None
    if not isinstance(found, list):
        return [Unreadable(reason="not a batch of events", item=raw.body)]
    return [event for row in found for event in guarded(partial(line, own, row), row)]


def line(own: frozenset[str], row: Object) -> list[Event]:
    """One message of the history; nothing where it is between nobody and the brand. Raises `Odd`."""
    sender, mid, at = person_id(row, "from"), message_id(row, "id"), time(row.get("created_time"))
    if mid is None or at is None or sender is None:
        raise Odd("a message of the history lacks its id, its time or its sender")
    by_brand = sender in own
    others = [person_id({"to": one}, "to") for one in things(thing(row, "to"), "data")]
    person = next((one for one in others if one not in own), None) if by_brand else sender
    if person is None:
        return []
    name = None if by_brand else words(thing(row, "from"), "name") or words(thing(row, "from"), "username")
    return [
        Said(
            id=mid,
            address=person,
            at=at,
            by="brand" if by_brand else "person",
            content=_content(row),
            person=Person(name=name),
        )
    ]


def time(value: object) -> datetime | None:
    """ "2026-11-24T09:00:00+0000"."""
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z") if isinstance(value, str) else None
    except ValueError:
        return None


async def _conversation(graph: Graph, id: str, at: datetime) -> Raw:
    fields = f"messages.limit({NEWEST}){{{_FIELDS}}}"
    found = await _told(await graph.get(id, fields=fields))
    messages = found.get("messages")
    fresh = [
        row
        for row in (rows(messages) if isinstance(messages, dict) else [])
        if (said := time(row.get("created_time"))) is None or said >= at
    ]
    return Raw(body=msgspec.json.encode({"messages": fresh[::-1]}), kind=KIND)


async def _told(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        found = fault(answer)
        raise NoAnswer(f"the history cannot be read: {found.told if found else answer.status}", sent=True)
    return facts(answer)


def _after(listed: dict[str, Any]) -> str | None:
    paging = listed.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None


def _content(row: Object) -> Content:
    text = words(row, "message")
    media = tuple(found for one in things(thing(row, "attachments"), "data") if (found := _media(one)))
    shared = things(thing(row, "shares"), "data")
    link = next((found for one in shared if (found := address(one.get("link")))), None)
    if media:
        return Content(kind=media[0].kind, text=text, media=media, link=link)
    if text:
        return Content(text=text, link=link)
    if link:
        return Content(kind=Kind.LINK, link=link)
    return Content(kind=Kind.UNKNOWN, raw_kind="unsupported" if row.get("is_unsupported") is True else "message")


def _media(given: Object) -> Media | None:
    for name, kind in _MEDIA:
        found = given.get(name)
        url = address(found.get("url") if isinstance(found, dict) else found)
        if url:
            title = given.get("name")
            return Media(kind=kind, url=url, name=clean(title)[:200] if isinstance(title, str) and title else None)
    return None
