"""Whatever a platform sends, spoiled in whatever way: nothing breaks, what can be kept is kept, neighbours go through.

What is spoiled is what the doubles really send, of every platform that has one. `DUOLOGUE_FUZZ=full` spoils more.
"""

import copy
import json
import os
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from duologue.accounts import settings as account_settings
from duologue.accounts.connected import Accounts
from duologue.channels.contract import Event, Raw, Said, Unreadable
from duologue.channels.simulation import simulators
from duologue.kernel import ids
from duologue.kernel.house import House
from duologue.mailroom.model import arrival
from duologue.mailroom.sort import Sorter
from duologue.mailroom.store import write_down
from tests.attacks.payloads import Taken, of_json, spoiled, taken, torn

FULL = os.environ.get("DUOLOGUE_FUZZ") == "full"
KINDS = sorted(simulators())
bounded = settings(
    max_examples=4000 if FULL else 250, deadline=None, database=None, derandomize=not FULL,
    phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
)  # fmt: skip
_TAKEN: dict[str, Taken] = {}


@pytest.fixture(params=KINDS)
async def platform(request: pytest.FixtureRequest) -> Taken:
    kind: str = request.param
    if kind not in _TAKEN:
        _TAKEN[kind] = await taken(kind)
    return _TAKEN[kind]


def test_what_the_doubles_send_is_read_before_it_is_spoiled(platform: Taken) -> None:
    found = [event for raw in platform.raws for event in platform.read(raw.body, raw)]
    assert any(isinstance(one, Said) and one.content.text for one in found)


def test_nothing_spoiled_breaks_the_reader(platform: Taken) -> None:
    @bounded
    @given(bodies(platform))
    def spoil(one: tuple[Raw, bytes]) -> None:
        for event in platform.read(one[1], one[0]):
            assert isinstance(event, get_args(Event))
            if not isinstance(event, Unreadable):  # its reason may repeat anything
                fit(event)

    spoil()


def bodies(platform: Taken) -> st.SearchStrategy[tuple[Raw, bytes]]:
    """A raw, and its body spoiled."""

    def spoil(raw: Raw) -> st.SearchStrategy[tuple[Raw, bytes]]:
        thing = of_json(raw.body)
        by_thing = spoiled(thing).map(written) if thing is not None else st.nothing()
        return st.one_of(by_thing, torn(raw.body)).map(lambda body: (raw, body))

    return st.sampled_from(platform.raws).flatmap(spoil)


def written(thing: Any) -> bytes:
    return json.dumps(thing).encode()


def fit(thing: Any) -> None:
    """Fails for text that no database keeps, and for a moment without a zone."""
    match thing:
        case str():
            assert "\x00" not in thing
            thing.encode()
        case datetime():
            assert thing.tzinfo is not None
        case msgspec.Struct():
            for name in thing.__struct_fields__:
                fit(getattr(thing, name))
        case dict():
            fit([*thing, *thing.values()])
        case list() | tuple() | set() | frozenset():
            for one in thing:
                fit(one)


# ---------------------------------------------------------------------------------------------------------- neighbours


def lists(thing: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where it has lists of objects: all that are reached by the first of each."""
    steps = thing.items() if isinstance(thing, dict) else enumerate(thing[:1]) if isinstance(thing, list) else ()
    here = [at] if isinstance(thing, list) and thing and all(isinstance(one, dict) for one in thing) else []
    return here + [one for step, value in steps for one in lists(value, (*at, step))]


def inside(thing: Any, at: tuple[Any, ...]) -> Any:
    for step in at:
        thing = thing[step]
    return thing


def said(events: list[Any]) -> set[str]:
    return {one.id for one in events if isinstance(one, Said)}


def batches(platform: Taken) -> list[tuple[Any, ...]]:
    """Lists whose items are what was said: with the list of another call in its place, a call says what that did."""
    things = [(raw, thing) for raw in platform.raws if (thing := of_json(raw.body)) is not None]
    found = []
    for at in sorted({at for _, thing in things for at in lists(thing)}, key=str):
        fit_for = [(raw, thing) for raw, thing in things if at in lists(thing) and said(platform.read(raw.body, raw))]
        if len(fit_for) < 2:
            continue
        (like, first), (other, last) = copy.deepcopy(fit_for[0]), fit_for[-1]
        inside(first, at)[:] = inside(last, at)
        if said(platform.read(written(first), like)) == said(platform.read(other.body, other)):
            found.append(at)
    return found


def test_every_platform_that_sends_batches_is_proven_with_them(platform: Taken) -> None:
    texts = [thing for raw in platform.raws if (thing := of_json(raw.body)) is not None]
    outermost = {at for thing in texts for at in lists(thing) if len(at) == 1}
    assert outermost <= set(batches(platform))


def test_a_spoiled_item_takes_no_neighbour_along(platform: Taken) -> None:
    found = batches(platform)
    for at in found:
        _beside(platform, at, bounded.max_examples // len(found))


def _beside(platform: Taken, at: tuple[Any, ...], examples: int) -> None:
    """The good raws are put together with a spoiled item between them; all that was said in them is still heard."""
    things = [(raw, of_json(raw.body)) for raw in platform.raws]
    fit_for = [(raw, thing) for raw, thing in things if at in lists(thing) and said(platform.read(raw.body, raw))]
    (like, first), (_, last) = fit_for[0], fit_for[-1]
    wanted = said(platform.read(like.body, like)) | said(platform.read(written(last), like))
    assert len(wanted) > 1

    @settings(bounded, max_examples=examples)
    @given(st.sampled_from(fit_for).flatmap(lambda one: spoiled(inside(one[1], at)[0])), st.booleans())
    def spoil(item: Any, first_of_all: bool) -> None:
        whole = copy.deepcopy(first)
        good = [*inside(first, at), *inside(last, at)]
        inside(whole, at)[:] = [item, *good] if first_of_all else [good[0], item, *good[1:]]
        assert wanted <= said(platform.read(written(whole), like))

    spoil()


# ------------------------------------------------------------------------------------------------------ into the house


async def test_whatever_was_read_can_be_kept(platform: Taken, house: House, workspace: UUID) -> None:
    """Spoiled arrivals go the whole way: each is sorted, none breaks its batch, all that was said is there."""
    found: list[tuple[Raw, bytes]] = []

    @settings(bounded, max_examples=2000 if FULL else 120)
    @given(bodies(platform))
    def gather(one: tuple[Raw, bytes]) -> None:
        found.append(one)

    gather()
    channel, safe, accounts = ids.new(), await house.safe(workspace), Accounts(house)
    async with house.db.workspace(workspace) as tx:
        await tx.run(
            """
            INSERT INTO channel (workspace_id, id, kind, name, state, settings_sealed)
            VALUES (%(workspace)s, %(id)s, %(kind)s, 'Theirs', 'active', %(sealed)s)
            """,
            {"workspace": workspace, "id": channel, "kind": platform.kind,
             "sealed": account_settings.sealed(safe, channel, platform.settings)},
        )  # fmt: skip
    async with house.db.door() as tx:
        raws = [Raw(body=body, kind=like.kind, headers=like.headers) for like, body in found]
        await write_down(tx, [arrival(safe, channel, raw, house.now()) for raw in raws])
    while await Sorter(house, accounts).sort():
        pass
    async with house.db.workspace(workspace) as tx:
        why = await tx.rows(str, "SELECT reason FROM arrival WHERE state = 'quarantined'")
        kept = set(await tx.rows(str, "SELECT external_id FROM message"))
    assert why == []
    assert kept == set().union(*(said(platform.read(body, like)) for like, body in found))
    await accounts.close()
