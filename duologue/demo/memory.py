"""The doubles keep nothing over a restart; what was said is told to them again, so that phones show it and go on."""

from collections.abc import Sequence
from uuid import UUID

from duologue.channels.contract import Kind
from duologue.channels.simulation import Bubble as OnPhone
from duologue.conversations import show
from duologue.conversations.model import Bubble, Status
from duologue.demo.connect import Place
from duologue.demo.history import CHATS
from duologue.kernel.house import House
from duologue.kernel.work import Work, work

_MOST = 200  # conversations; a demo has two dozen
_ARRIVED = {Status.RECEIVED, Status.SENT, Status.DELIVERED, Status.READ}


async def remind(house: House, workspace: UUID, places: Sequence[Place]) -> None:
    """Tells every double what its people said and were told."""
    doubles = {place.id: place.double for place in places if place.double}
    for double in (place.double for place in places if place.double and place.channel.abilities.carries):
        for address in (chat.email for chat in CHATS if chat.email):
            double.remember(address, [])  # whoever gave an address has a mailbox there: chats go on by mail
    async with work(house, workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None, most=_MOST)
        for row, address, _ in await show.standings(open_work, [row.id for row in rows]):
            double = doubles.get(row.channel_id)
            if double and address in {one.id for one in double.people()}:
                double.remember(address, await _heard(open_work, row.id))


async def _heard(open_work: Work, conversation: UUID) -> list[OnPhone]:
    bubbles, _ = await show.page(open_work, conversation, before=None, most=_MOST)
    return [_on_phone(one) for one in bubbles if _is_on_phone(one)]


def _is_on_phone(one: Bubble) -> bool:
    return bool(one.status in _ARRIVED and one.external_id and not one.unsent_at and one.kind is not Kind.NOTICE)


def _on_phone(one: Bubble) -> OnPhone:
    words = one.text or (one.place.label if one.place else None) or (f"📎 {one.files[0].name}" if one.files else None)
    return OnPhone(
        id=one.external_id or "", by="person" if one.direction == "in" else "brand", text=words or one.raw_kind or "",
        at=one.provider_time, author=one.author_name,
    )  # fmt: skip
