"""The demo fills a new installation once, leaves others alone, and its doors open on this machine only."""

from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import pytest

from duologue.accounts import store as accounts
from duologue.accounts.connected import account
from duologue.conversations import show
from duologue.conversations.model import Row
from duologue.demo import connect, memory
from duologue.demo.connect import Place
from duologue.demo.doors import Doors
from duologue.demo.history import CHATS
from duologue.demo.seed import seed
from duologue.errors import NotFound
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import store_upkeep
from duologue.team import store as team
from tests.cast import Colleague


@pytest.fixture
async def places(house: House, workspace: UUID):
    """Every double running, and an account connected to each."""
    async with AsyncExitStack() as stack:
        doubles = await connect.start(stack, house.now)
        yield await connect.accounts(house, workspace, doubles)


async def rows(house: House, workspace: UUID) -> list[Row]:
    async with work(house, workspace) as open_work:
        return (await show.rows(open_work, "all", member=None))[0]


async def test_a_new_installation_is_filled_once(house: House, workspace: UUID, places: list[Place]) -> None:
    await seed(house, workspace, places)
    first = await rows(house, workspace)
    await seed(house, workspace, places)
    assert [row.id for row in await rows(house, workspace)] == [row.id for row in first]
    assert len(first) == len(CHATS)


async def test_an_installation_that_somebody_has_joined_is_left_as_it_is(
    house: House, workspace: UUID, places: list[Place], ana: Colleague
) -> None:
    await seed(house, workspace, places)
    assert await rows(house, workspace) == []
    async with house.db.workspace(workspace) as tx:
        assert [one.email for one in await team.members(tx)] == [ana.email]


async def test_what_the_history_says_came_in_is_counted_as_arrived(
    house: House, workspace: UUID, places: list[Place]
) -> None:
    await seed(house, workspace, places)
    async with house.db.workspace(workspace) as tx:
        count = await store_upkeep.count(tx)
    assert count.pending == 0
    assert count.messages == count.message_rows > 30


async def test_the_websites_chat_goes_on_by_mail_to_whoever_gave_an_address(
    house: House, workspace: UUID, places: list[Place]
) -> None:
    await memory.remind(house, workspace, places)
    (chat,) = (place for place in places if place.double is None)
    connected = await account(house, workspace, chat.id)
    assert connected
    assert connected.channel.onward
    onward = connected.channel.onward(connected.account.settings)
    (carrier,) = (place for place in places if place.channel.abilities.carries)
    assert onward
    assert (onward.through, onward.after) == (carrier.id, timedelta(minutes=1))
    assert carrier.double
    boxes = {one.id for one in carrier.double.people()}
    assert {one.email for one in CHATS if one.email} <= boxes, "their mail has somewhere to go"


async def test_on_the_next_start_the_same_accounts_are_found_at_their_new_ports(
    house: House, workspace: UUID, places: list[Place]
) -> None:
    async with AsyncExitStack() as stack:
        doubles = await connect.start(stack, house.now)
        again = await connect.accounts(house, workspace, doubles)
        assert [place.id for place in again] == [place.id for place in places]
        async with work(house, workspace) as open_work:
            allowed = {row.kind: row.allow for row in await accounts.all_of(open_work.tx)}
        for kind, double in doubles.items():
            assert allowed[kind] == list(double.places())


async def test_a_double_is_told_what_was_said_before_it_was_started(
    house: House, workspace: UUID, places: list[Place]
) -> None:
    await seed(house, workspace, places)
    await memory.remind(house, workspace, places)
    told = [
        place.channel.abilities.threads
        for place in places
        if place.double and any(place.double.screen(one.id) for one in place.double.people())
    ]
    assert sorted(told) == [False, True]  # one platform of messages, one of letters: those that the history is told on


async def test_the_doors_are_for_this_machine_only(house: House, workspace: UUID, places: list[Place]) -> None:
    await seed(house, workspace, places)
    doors = Doors(house, workspace)
    token = (await doors.greeting()).split("/playground/enter/")[1].split()[0]
    here = {"client": ("127.0.0.1", 4000), "headers": []}
    assert await doors.enter(here, token)
    for scope, tried in [
        ({**here, "client": ("192.0.2.7", 4000)}, token),
        ({**here, "headers": [(b"x-forwarded-for", b"192.0.2.7")]}, token),
        (here, "guessed"),
    ]:
        with pytest.raises(NotFound):
            await doors.enter(scope, tried)
