"""The doubles run, and an account is connected to each; on later starts they are found again at their new ports."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

from msgspec import Struct

from duologue.accounts import connect, store
from duologue.accounts.model import AccountRow, Unusable, Wanted
from duologue.accounts.settings import opened
from duologue.channels.contract import Channel
from duologue.channels.registry import channels
from duologue.channels.simulation import Simulator, simulators
from duologue.demo.cast import BRAND
from duologue.kernel.clock import Clock
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.web import forms


class Place(Struct, frozen=True):
    """A connected account of the demo, and the double behind it; none where the channel is its own platform."""

    id: UUID
    channel: Channel
    double: Simulator | None


async def start(stack: AsyncExitStack, clock: Clock) -> dict[str, Simulator]:
    """Every double there is, on a free port of this machine, until `stack` is left."""
    running: dict[str, Simulator] = {}
    for kind, make in simulators().items():
        double = make(clock)
        await double.start()
        stack.push_async_callback(double.close)
        running[kind] = double
    return running


async def accounts(house: House, workspace: UUID, doubles: Mapping[str, Simulator]) -> list[Place]:
    """One account of each channel that can be shown without a real platform."""
    found: list[Place] = []
    async with work(house, workspace) as open_work:
        known = await store.all_of(open_work.tx)
        for kind, double in doubles.items():
            channel = channels()[kind]
            found.append(Place(await _doubled(open_work, channel, double, known), channel, double))
        carrier = next((place for place in found if place.channel.abilities.carries), None)
        for kind, channel in channels().items():
            if kind not in doubles and channel.app:
                found.append(Place(await _own(open_work, channel, known, carrier), channel, None))
    return found


async def _doubled(open_work: Work, channel: Channel, double: Simulator, known: Sequence[AccountRow]) -> UUID:
    """The account that is connected to the double; an account of a real platform is never touched."""
    settings, places = double.settings(), tuple(double.places())
    for row in known:
        if row.kind == channel.kind and _same(open_work, row, settings):
            await connect.change(open_work, row.id, "", _fields_of(channel, settings), by=None)
            await connect.allow(open_work, row.id, places)
            return row.id
    wanted = Wanted(kind=channel.kind, name=channel.title, given=_all_fields(channel, settings), allow=places)
    return (await connect.make(open_work, wanted, by=None)).id


async def _own(open_work: Work, channel: Channel, known: Sequence[AccountRow], carrier: Place | None) -> UUID:
    """The brand's own chat; what people do not see there goes after them by the carrier, soon enough to be watched."""
    for row in known:
        if row.kind == channel.kind:
            return row.id
    given = {"title": BRAND, **_goes_on(channel, carrier)}
    return (await connect.make(open_work, Wanted(kind=channel.kind, name=channel.title, given=given), by=None)).id


def _goes_on(channel: Channel, carrier: Place | None) -> dict[str, str]:
    chosen = [field.name for field in forms.fields(channel.settings) if field.account]
    if not chosen or carrier is None or carrier.double is None:
        return {}
    somebody = carrier.double.people()[1]
    hint = f"This is a demo: as {somebody.id}, close the page, and a minute later you have the answer by mail."
    return {
        **dict.fromkeys(chosen, str(carrier.id)), "onward_minutes": "1", "ask_name": "optional",
        "ask_email": "optional", "privacy": hint,
    }  # fmt: skip


def _same(open_work: Work, row: AccountRow, settings: Struct) -> bool:
    try:
        channel, stored = opened(open_work.safe, row)
    except Unusable:
        return False
    return channel.own_address is not None and channel.own_address(stored) == channel.own_address(settings)


def _open_fields(channel: Channel, settings: Struct) -> dict[str, str]:
    """As text, without the secrets: those of a double stay the same, and those we made ourselves are kept."""
    return {field.name: field.value for field in forms.fields(channel.settings, settings) if not field.secret}


def _fields_of(channel: Channel, settings: Struct) -> dict[str, str]:
    """The same, with what is sent to the double: it stands at another place at each start, and wants that anew."""
    sent = {name for field in forms.fields(channel.settings) for name in field.takes}
    return {name: text for name, text in _all_fields(channel, settings).items() if name in sent} | _open_fields(
        channel, settings
    )


def _all_fields(channel: Channel, settings: Struct) -> dict[str, str]:
    secrets = {f.name: str(getattr(settings, f.name)) for f in forms.fields(channel.settings, settings) if f.secret}
    return {**_open_fields(channel, settings), **secrets}
