"""Whatever comes, however often, in whatever order and to however many sorters: each message once, all counted."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from duologue.accounts.connected import Accounts
from duologue.channels.contract import Content, Edited, Event, Progress, Reacted, Receipt, Said, Trouble, Unreadable
from duologue.channels.registry import channels
from duologue.conversations import show
from duologue.conversations.receive import receive
from duologue.conversations.reply import Draft, Sender, reply
from duologue.conversations.settle import Settled, settle
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from duologue.mailroom import store_upkeep
from duologue.mailroom.sort import Sorter
from tests.parrot import Mailroom, connect, squawk

NAMES = ("mia", "jonas", "aiko", "omar", "zoe", "kim", "lea")
EVERYTHING = Said | Edited | Reacted | Progress | Trouble | Unreadable


async def _whole(room: Mailroom) -> store_upkeep.Count:
    """The count of this moment; what came in and where it is must be equal."""
    async with room.house.db.workspace(room.workspace) as tx:
        counted = await store_upkeep.count(tx)
    assert counted.arrivals == counted.pending + counted.sorted + counted.quarantined + counted.discarded
    assert counted.items == counted.messages + counted.duplicates + counted.others + counted.set_aside
    assert counted.messages == counted.message_rows
    assert counted.set_aside == counted.set_aside_rows
    return counted


async def _drain(room: Mailroom, sorter: Sorter) -> None:
    while await sorter.sort(20):
        pass


def _says_anything(monkeypatch: pytest.MonkeyPatch, parrot: Any) -> None:
    """A line of the parrot may be any event of the contract."""

    def read(settings: Any, raw: Any) -> list[Event]:
        if raw.body == b"poison":
            raise ValueError("poison")
        return [msgspec.json.decode(line, type=EVERYTHING) for line in raw.body.splitlines()]

    channel = msgspec.structs.replace(parrot.CHANNEL, read=read)
    monkeypatch.setattr(parrot, "CHANNEL", channel)
    channels.cache_clear()


@pytest.mark.parametrize("seed", [1, 2])
async def test_four_sorters_over_the_same_people_make_exactly_what_was_said(mailroom: Mailroom, seed: int) -> None:
    dice, now = random.Random(seed), mailroom.house.now()
    said = {f"m{number}": dice.choice(NAMES) for number in range(300)}
    posts = [squawk(one, who=who, text=one, at=now) for one, who in said.items() for _ in range(dice.randint(1, 3))]
    dice.shuffle(posts)
    while posts:
        several, posts = posts[: (most := dice.randint(1, 5))], posts[most:]
        await mailroom.keep(b"\n".join(msgspec.json.encode(one) for one in several))
    sorters = [Sorter(mailroom.house, Accounts(mailroom.house)) for _ in range(4)]
    watching = asyncio.create_task(_watch(mailroom))
    await asyncio.gather(*(_drain(mailroom, sorter) for sorter in sorters))
    await mailroom.sort()  # what somebody gave back because another held it
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    await asyncio.gather(*(sorter._accounts.close() for sorter in sorters))

    counted = await _whole(mailroom)
    assert (counted.pending, counted.quarantined, counted.messages, counted.set_aside) == (0, 0, 300, 0)
    async with work(mailroom.house, mailroom.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
        talks = {row.contact_name: await show.page(open_work, row.id, before=None, most=400) for row in rows}
        contacts = await open_work.tx.rows(int, "SELECT count(*)::int FROM contact")
    expected = Counter(said.values())
    assert contacts == [len(expected)]
    assert {row.contact_name: row.unread for row in rows} == expected
    for name, (bubbles, _) in talks.items():
        assert sorted(b.external_id for b in bubbles) == sorted(one for one, who in said.items() if who == name)
        assert [bubble.seq for bubble in bubbles] == list(range(1, len(bubbles) + 1))


async def _watch(room: Mailroom) -> None:
    """The equation is true while they work, not only at the end."""
    while True:
        await _whole(room)


async def test_the_journal_tells_of_each_message_once(mailroom: Mailroom) -> None:
    now = mailroom.house.now()
    for number in (*range(20), *range(20)):
        await mailroom.keep(msgspec.json.encode(squawk(f"m{number}", who=NAMES[number % 3], at=now)))
    sorters = [Sorter(mailroom.house, mailroom.accounts) for _ in range(3)]
    await asyncio.gather(*(_drain(mailroom, sorter) for sorter in sorters))
    await mailroom.sort()
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        told = await tx.rows(UUID, "SELECT message_id FROM journal WHERE kind = 'message.received'")
        there = await tx.rows(UUID, "SELECT id FROM message")
    assert sorted(told) == sorted(there)
    assert len(there) == 20


async def test_every_kind_of_event_is_counted(mailroom: Mailroom, parrot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _says_anything(monkeypatch, parrot)
    now = mailroom.house.now()
    hello = Said(id="a", address="mia", at=now, content=Content(text="Hello"))
    events = [
        hello, hello, Edited(id="a", address="mia", at=now, text="Hi"),
        Edited(id="later", address="mia", at=now, text=""),
        Reacted(id="a", address="mia", at=now, emoji="👍"), Progress(status="read", at=now, address="mia", until=now),
        Trouble(reason="the token is about to end"), Unreadable(reason="nobody knows", item=b"?"),
    ]  # fmt: skip
    await mailroom.keep(b"\n".join(map(msgspec.json.encode, events)))
    await mailroom.keep(b"poison")
    assert (await _whole(mailroom)).pending == 2
    await mailroom.sort()
    counted = await _whole(mailroom)
    assert (counted.messages, counted.duplicates, counted.others, counted.set_aside) == (1, 1, 5, 1)
    assert (counted.sorted, counted.quarantined) == (1, 1)


@pytest.mark.parametrize("first", ["echo", "outcome"])
async def test_an_echo_that_is_merged_leaves_the_count_true(mailroom: Mailroom, first: str) -> None:
    now = mailroom.house.now()
    await mailroom.arrive(squawk("a", at=now))
    async with work(mailroom.house, mailroom.workspace) as open_work:
        ((row,), _) = await show.rows(open_work, "open", member=None)
        abilities = await show.abilities(open_work, row.id)
        await reply(open_work, row.id, Draft(key=ids.new(), text="Yes"), Sender(), abilities)
    (claimed,) = await mailroom.deliverer.claim()
    outcome = Settled(claimed.id, claimed.conversation_id, claimed.channel_id, claimed.attempt, Receipt(id="p1"))
    echo = squawk("p1", at=now, text="Yes", ours=True)
    for step in ("echo", "outcome") if first == "echo" else ("outcome", "echo"):
        if step == "echo":
            await mailroom.arrive(echo)
        else:
            async with work(mailroom.house, mailroom.workspace) as open_work:
                await settle(open_work, [outcome])
        await _whole(mailroom)
    await mailroom.arrive(echo)
    counted = await _whole(mailroom)
    assert (counted.items, counted.messages, counted.duplicates) == (3, 1, 2)


async def test_what_breaks_the_batch_is_found_and_all_others_go_through(mailroom: Mailroom) -> None:
    now = mailroom.house.now()
    for number in range(30):
        await mailroom.keep(b"poison" if number % 10 == 3 else msgspec.json.encode(squawk(f"m{number}", at=now)))
    await mailroom.sort()
    counted = await _whole(mailroom)
    assert (counted.messages, counted.quarantined, counted.pending) == (27, 3, 0)


async def test_a_crash_in_the_middle_leaves_everything_pending(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mailroom.keep(msgspec.json.encode(squawk("a", at=mailroom.house.now())))

    async def killed(*args: Any, **more: Any) -> Any:
        await receive(*args, **more)
        raise asyncio.CancelledError

    with monkeypatch.context() as dying:
        dying.setattr("duologue.mailroom.sort.receive", killed)
        with pytest.raises(asyncio.CancelledError):
            await mailroom.sorter.sort()
    counted = await _whole(mailroom)
    assert (counted.pending, counted.messages) == (1, 0)
    await mailroom.sort()
    assert (await _whole(mailroom)).messages == 1


async def test_workspaces_are_sorted_apart(mailroom: Mailroom, other_workspace: UUID) -> None:
    now = mailroom.house.now()
    theirs = Mailroom(
        mailroom.house, other_workspace, await connect(mailroom.house, other_workspace), mailroom.accounts
    )
    for number in range(10):
        await (mailroom, theirs)[number % 2].keep(msgspec.json.encode(squawk(f"m{number}", at=now)))
    await mailroom.sort()
    assert (await _whole(mailroom)).messages == (await _whole(theirs)).messages == 5


async def test_what_waited_long_to_be_sorted_stands_where_it_came(mailroom: Mailroom, clock: Turned) -> None:
    """After an outage of half an hour one sorter may overtake another: what people wrote stands as they wrote it."""
    for number in range(2):
        await mailroom.keep(msgspec.json.encode(squawk(f"m{number}", text=f"<{number}>", at=clock())))
        clock.turn(minutes=1)
    clock.turn(minutes=30)
    async with mailroom.house.db.hall() as tx:
        await tx.run("SELECT FROM arrival ORDER BY id LIMIT 1 FOR UPDATE")  # another sorter has it in hand
        await mailroom.sort()
    await mailroom.sort()
    async with work(mailroom.house, mailroom.workspace) as open_work:
        (row,), _ = await show.rows(open_work, "all", member=None)
        bubbles, _ = await show.page(open_work, row.id, before=None)
    assert [bubble.text for bubble in bubbles] == ["<0>", "<1>"]
    assert [bubble.received_time for bubble in bubbles] == [
        clock() - timedelta(minutes=32),
        clock() - timedelta(minutes=31),
    ]
