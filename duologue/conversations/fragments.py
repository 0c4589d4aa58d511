"""What changed in a conversation, drawn for the screens that are open: the same templates as the page's own."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from duologue.conversations import about, show, store_views
from duologue.conversations.model import Bubble
from duologue.kernel.house import House
from duologue.kernel.journal import Told
from duologue.kernel.work import Work, work
from duologue.live.hub import Event, Look
from duologue.web import render

COUNTED = 1000
"""Badges count no further."""
QUOTED = 200
"""So many messages are drawn anew because what they quote says something else now."""
BESIDE = 100
"""So many conversations are drawn anew because the same person has been heard of elsewhere."""
_REWORDED = {"message.edited", "message.unsent"}
_SAME_RIGHT = {"message.edited", "message.unsent", "message.reacted", "message.file", "message.gone"}
_MOVED_ON = {"sending", "sent", "delivered", "read"}
"""What has no bearing on whether one may write: these kinds, and statuses that only move on."""
AROUND = {
    "member.changed": {"joined", "came_back", "profile_changed", "deactivated", "activated"},
    "channel.changed": {
        "connected",
        "settings_changed",
        "paused",
        "resumed",
        "disconnected",
        "broke",
        "mended",
        "signed_in",
    },
}
"""Acts that show in many places at once, on whatever page: names of colleagues, the names and states of accounts."""


class Fragments:
    """Draws journal entries of one workspace."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, workspace: UUID, entries: Sequence[Told], look: Look) -> list[Event]:
        """One swap with everything that these entries changed, after what has gone; then "again", to look anew.

        Only the last event bears a position: who is cut off before it asks for all of them again.
        """
        gone = [entry for entry in entries if entry.kind == "message.gone"]
        events = [Event(name="gone", data=f"msg-{entry.message_id}") for entry in gone]
        if drawn := await self._swap(workspace, entries, look):
            events.append(Event(name="swap", data="\n".join(drawn)))
        if around := [entry for entry in entries if entry.state in AROUND.get(entry.kind, ())]:
            events.append(Event(name="again", data=" ".join(sorted({str(entry.subject_id) for entry in around}))))
        return [*events[:-1], replace(events[-1], position=entries[-1].position)] if events else []

    async def _swap(self, workspace: UUID, entries: Sequence[Told], look: Look) -> list[str]:
        messages = {e.message_id for e in entries if e.message_id and e.kind != "message.gone"}
        reworded = [e.message_id for e in entries if e.message_id and e.kind in _REWORDED]
        conversations = {entry.conversation_id for entry in entries if entry.conversation_id}
        contacts = {e.subject_id for e in entries if e.kind == "contact.changed" and e.subject_id}
        if not conversations and not contacts:
            return []
        async with work(self._house, workspace) as open_work:
            tx = open_work.tx
            if reworded:
                messages.update(await store_views.quoting(tx, reworded, QUOTED))
            written, beside, (numbers,), shares = await tx.all(
                store_views.written(tx, list(messages)),
                store_views.beside(tx, list(conversations), list(contacts), BESIDE),
                store_views.numbers(tx, workspace, COUNTED),
                store_views.shares(tx, COUNTED),
            )
            bubbles = await show.bubbles_of(open_work, written)
            parts = await self._conversations(open_work, _parts(entries, beside if contacts else ()), look)
            parts += await self._abouts(open_work, beside, look)
        counts = render.Counts(open=numbers.open, mine=0, unassigned=numbers.unassigned, unread=numbers.unread)
        return [
            *(_draw("conversations/bubble.html", look, self._house, b=bubble) for bubble in _in_order(bubbles)),
            *parts,
            _draw("web/pip.html", look, self._house, counts=counts),
            _draw("conversations/open_count.html", look, self._house, counts=counts),
            _draw("conversations/tab_count.html", look, self._house, counts=counts, name="unassigned"),
            *(self._share(one, look) for one in shares),
        ]

    async def _abouts(self, open_work: Work, conversations: Sequence[UUID], look: Look) -> list[str]:
        """The panes that tell of a person beside other conversations with them."""
        rows = await show.rows_of(open_work, conversations) if conversations else []
        people = await about.people(open_work, {row.id: row.contact_id for row in rows}) if rows else {}
        return [
            _draw("conversations/about.html", look, self._house, row=row, contact=people[row.id])
            for row in rows
            if row.id in people
        ]

    def _share(self, one: store_views.Share, look: Look) -> str:
        """How many are a member's own; the element bears their id, so everybody may be sent it."""
        counts = render.Counts(open=0, mine=one.count, unassigned=0, unread=0)
        return _draw("conversations/tab_count.html", look, self._house, counts=counts, name="mine", whose=one.id)

    async def _conversations(self, open_work: Work, wanted: Mapping[UUID, "_Parts"], look: Look) -> list[str]:
        """The row of each, and what else may have changed of it; whoever does not show one ignores it."""
        drawn: list[str] = []
        tx = open_work.tx
        listed, team = await tx.all(store_views.by_ids(tx, list(wanted)), store_views.team(tx))
        for row, address, verdict in show.stand(open_work, listed):
            parts = wanted[row.id]
            drawn.append(_draw("conversations/row.html", look, self._house, row=row))
            if parts.head:
                drawn += [
                    _draw("conversations/head.html", look, self._house, row=row, address=address, team=team),
                    _draw("conversations/wish.html", look, self._house, row=row),
                ]
            if parts.verdict:
                drawn.append(
                    _draw("conversations/verdict.html", look, self._house, verdict=verdict, conversation=row.id)
                )
        return drawn


class _Parts(Struct, frozen=True):
    """Of a conversation, beside its row: what has to be drawn anew."""

    head: bool = False  # and what the person wishes
    verdict: bool = False


def _parts(entries: Sequence[Told], beside: Sequence[UUID]) -> dict[UUID, _Parts]:
    """What these entries may have changed of each conversation; everything of those in `beside`."""
    heads = {entry.conversation_id for entry in entries if not entry.kind.startswith("message.")} | set(beside)
    rights = {entry.conversation_id for entry in entries if not _keeps_right(entry)} | set(beside)
    touched = {entry.conversation_id for entry in entries} | set(beside)
    return {one: _Parts(head=one in heads, verdict=one in rights) for one in touched if one}


def _keeps_right(entry: Told) -> bool:
    return entry.kind in _SAME_RIGHT or (entry.kind == "message.status" and entry.state in _MOVED_ON)


def _in_order(bubbles: Sequence[Bubble]) -> list[Bubble]:
    return sorted(bubbles, key=lambda bubble: bubble.spot)


def _draw(template: str, look: Look, house: House, **context: Any) -> str:
    return render.fragment(template, now=house.now(), locale=look.locale, zone=look.zone, **context)
