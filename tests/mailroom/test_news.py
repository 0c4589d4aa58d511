"""News about a message: in any order, before its message or after, the newest holds and none is lost."""

import asyncio
import functools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duologue.channels.contract import (
    Content,
    Edited,
    Event,
    Kind,
    Media,
    Progress,
    Reacted,
    Receipt,
    Said,
    Unsent,
)
from duologue.conversations import receive, settle, show
from duologue.conversations.model import RANK, Bubble, Row, Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.work import work
from duologue.mailroom import store_upkeep
from tests.parrot import Mailroom

WAYS = ("ids", "correlation", "until")
TRIED = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


class Talk:
    """Somebody's conversation on the parrot, one event at a time."""

    def __init__(self, room: Mailroom, who: str) -> None:
        self.room = room
        self.who = who
        self.now = room.house.now()

    def said(self, id: str, text: str = "Hello", **more: Any) -> Said:
        return Said(id=self.id(id), address=self.who, at=self.now, content=Content(text=text), **more)

    def id(self, name: str) -> str:
        return f"{self.who}-{name}"

    async def hear(self, *events: Event) -> None:
        connected = await self.room.accounts.get(self.room.channel)
        assert connected
        source = receive.Source(self.room.channel, connected.channel.abilities)
        async with work(self.room.house, self.room.workspace) as open_work:
            await receive.receive(
                open_work, source, [receive.Item(one, await self._arrival(open_work)) for one in events]
            )

    async def _arrival(self, open_work: Any) -> UUID:
        found = await open_work.tx.rows(UUID, "SELECT id FROM arrival LIMIT 1")
        if not found:
            await self.room.keep(b"")
            found = await open_work.tx.rows(UUID, "SELECT id FROM arrival LIMIT 1")
        return found[0]

    async def row(self) -> Row:
        async with work(self.room.house, self.room.workspace) as open_work:
            rows, _ = await show.rows(open_work, "all", member=None, most=500)
        return next(row for row in rows if row.contact_name == self.who)

    async def bubbles(self) -> Sequence[Bubble]:
        row = await self.row()
        async with work(self.room.house, self.room.workspace) as open_work:
            return (await show.page(open_work, row.id, before=None))[0]

    async def bubble(self) -> Bubble:
        """The newest message."""
        return (await self.bubbles())[-1]

    async def status(self, message: UUID) -> Status:
        async with self.room.house.db.workspace(self.room.workspace) as tx:
            (found,) = await tx.rows(str, "SELECT status FROM message WHERE id = %(id)s", {"id": message})
        return Status(found)

    async def answer(self) -> UUID:
        row = await self.row()
        async with work(self.room.house, self.room.workspace) as open_work:
            abilities = await show.abilities(open_work, row.id)
            (message,) = await reply(open_work, row.id, Draft(key=ids.new(), text="Yes"), Sender(), abilities)
        return message

    async def taken(self, message: UUID) -> settle.Settled:
        """The answer goes out; what the platform says to it comes later."""
        claimed = next(one for one in await self.room.deliverer.claim() if one.id == message)
        return settle.Settled(
            message, claimed.conversation_id, claimed.channel_id, claimed.attempt, Receipt(id=self.id("p"))
        )

    async def settle(self, outcome: settle.Settled) -> None:
        async with work(self.room.house, self.room.workspace) as open_work:
            await settle.settle(open_work, [outcome])


@pytest.fixture
async def talk(mailroom: Mailroom) -> Talk:
    talk = Talk(mailroom, "mia")
    await talk.hear(talk.said("a"))
    return talk


async def _parked(room: Mailroom) -> int:
    async with room.house.db.workspace(room.workspace) as tx:
        (found,) = await tx.rows(int, "SELECT count(*)::int FROM parked")
    return found


# ------------------------------------------------------------------------------------------------ before its message


async def test_news_that_comes_first_waits_and_is_applied(talk: Talk) -> None:
    await talk.hear(Edited(id=talk.id("b"), address="mia", at=talk.now, text="Hello you"))
    await talk.hear(Reacted(id=talk.id("b"), address="mia", at=talk.now, emoji="🌻"))
    assert await _parked(talk.room) == 2
    await talk.hear(talk.said("b"))
    bubble = await talk.bubble()
    assert (bubble.text, bubble.edited) == ("Hello you", ("Hello",))
    assert [one.emoji for one in bubble.reactions] == ["🌻"]
    assert (await talk.row()).last_text == "Hello you"
    assert await _parked(talk.room) == 0


async def test_what_was_taken_back_before_it_came_is_never_seen(talk: Talk) -> None:
    await talk.hear(Unsent(id=talk.id("b"), address="mia", at=talk.now))
    secret = Content(kind=Kind.FILE, text="secret", media=(Media(kind=Kind.FILE, name="secret.txt", data=b"secret"),))
    await talk.hear(Said(id=talk.id("b"), address="mia", at=talk.now, content=secret))
    bubble = await talk.bubble()
    assert (bubble.text, bubble.files) == (None, ())
    assert bubble.unsent_at == talk.now
    assert (await talk.row()).last_text is None
    assert not [path for path in (talk.room.house.settings.data / "files").rglob("*") if path.is_file()]


async def test_news_by_a_further_id_of_the_person_is_heard_and_that_of_a_stranger_is_not(talk: Talk) -> None:
    further = Said(id=talk.id("b"), address="US.77", aliases=("mia",), at=talk.now, content=Content(text="Me again"))
    await talk.hear(further)
    await talk.hear(Unsent(id=talk.id("a"), address="US.88", at=talk.now))
    assert not (await talk.bubbles())[0].unsent_at
    await talk.hear(Unsent(id=talk.id("a"), address="US.77", at=talk.now))
    assert (await talk.bubbles())[0].unsent_at


async def test_an_edit_that_comes_after_taking_back_brings_nothing_back(talk: Talk) -> None:
    await talk.hear(Unsent(id=talk.id("a"), address="mia", at=talk.now))
    await talk.hear(Edited(id=talk.id("a"), address="mia", at=talk.now, text="secret"))
    bubble = await talk.bubble()
    assert (bubble.text, bubble.edited) == (None, ())
    assert bubble.unsent_at


async def test_progress_that_comes_before_the_outcome_waits(talk: Talk) -> None:
    message = await talk.answer()
    outcome = await talk.taken(message)
    await talk.hear(Progress(status="read", at=talk.now, address="mia", ids=(talk.id("p"),)))
    assert await talk.status(message) is Status.SENDING
    await talk.settle(outcome)
    assert await talk.status(message) is Status.READ
    assert await _parked(talk.room) == 0


async def test_news_that_never_finds_its_message_is_forgotten_in_the_end(talk: Talk) -> None:
    await talk.hear(Edited(id="never", address="mia", at=talk.now, text="?"))
    async with talk.room.house.db.workspace(talk.room.workspace) as tx:
        assert await store_upkeep.forget_parked(tx, 7) == 0
        await tx.run("UPDATE parked SET at = now() - interval '8 days'")
        assert await store_upkeep.forget_parked(tx, 7) == 1


# -------------------------------------------------------------------------------------------------------- whose it is


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("kind", [Edited, Unsent, Reacted])
async def test_news_of_another_address_changes_nothing(talk: Talk, kind: Any, early: bool) -> None:
    more = {Edited: {"text": "hacked"}, Unsent: {}, Reacted: {"emoji": "👎"}}[kind]
    foreign = kind(id=talk.id("b"), address="jonas", at=talk.now, **more)
    events = [talk.said("b"), foreign]
    for event in reversed(events) if early else events:
        await talk.hear(event)
    bubble = await talk.bubble()
    assert (bubble.text, bubble.edited, bubble.unsent_at, bubble.reactions) == ("Hello", (), None, ())


async def test_progress_of_another_address_moves_nothing(talk: Talk) -> None:
    message = await talk.answer()
    await talk.settle(await talk.taken(message))
    later = talk.now + timedelta(days=1)
    await talk.hear(Progress(status="read", at=talk.now, address="jonas", ids=(talk.id("p"),)))
    await talk.hear(Progress(status="read", at=talk.now, address="jonas", until=later))
    assert await talk.status(message) is Status.SENT
    await talk.hear(Progress(status="read", at=talk.now, address="mia", until=later))
    assert await talk.status(message) is Status.READ


async def test_a_watermark_reaches_what_was_sent_until_then_and_nothing_after(talk: Talk) -> None:
    messages = []
    for number in range(3):
        message = await talk.answer()
        outcome = await talk.taken(message)
        receipt = Receipt(id=talk.id(f"p{number}"))
        await talk.settle(settle.Settled(message, outcome.conversation, outcome.channel, outcome.attempt, receipt))
        messages.append(message)
        talk.room.house.now.turn(minutes=10)  # type: ignore[attr-defined]
    await talk.hear(Progress(status="read", at=talk.now, address="mia", until=talk.now + timedelta(minutes=10)))
    assert [await talk.status(message) for message in messages] == [Status.READ, Status.READ, Status.SENT]
    await talk.hear(Progress(status="delivered", at=talk.now, address="mia", until=talk.now + timedelta(hours=1)))
    assert [await talk.status(message) for message in messages] == [Status.READ, Status.READ, Status.DELIVERED]


async def test_a_persons_own_message_has_no_progress(talk: Talk) -> None:
    await talk.hear(Progress(status="failed", at=talk.now, address="mia", ids=(talk.id("a"),), reason="forged"))
    bubble = await talk.bubble()
    assert (bubble.status, bubble.reason) == (Status.RECEIVED, None)


# --------------------------------------------------------------------------------------------------- in whatever order

progress = st.lists(
    st.tuples(st.sampled_from(["sent", "delivered", "read", "failed"]), st.sampled_from(WAYS)), min_size=1, max_size=6
)
_ORDER = ["sent", "failed", "delivered", "read"]
"""Delivery outweighs failure: what has been seen was not lost."""


async def test_status_never_goes_backwards(mailroom: Mailroom) -> None:
    @TRIED
    @given(events=progress, early=st.integers(0, 6))
    async def orders(events: list[tuple[str, str]], early: int) -> None:
        talk = Talk(mailroom, f"p{ids.new().hex}")
        await talk.hear(talk.said("a"))
        message = await talk.answer()
        outcome = await talk.taken(message)
        seen = [await talk.status(message)]
        for number, (status, way) in enumerate(events):
            if number == early:
                await talk.settle(outcome)
            await talk.hear(_progress(talk, status, way, message))
            seen.append(await talk.status(message))
        if early >= len(events):
            await talk.settle(outcome)
        seen.append(await talk.status(message))
        named = {"sent"} | {status for status, way in events if way != "until"}
        passed = {status for status, way in events if way == "until"} & {"delivered", "read"}
        furthest = {max(named | passed, key=_ORDER.index)}
        if "failed" in named:  # that others came through says nothing about one that is known to have failed
            furthest.add(max(named, key=_ORDER.index))
        assert seen[-1] in furthest
        ranks = [_rank(status) for status in seen]
        assert ranks == sorted(ranks)

    await _run(orders)


def _progress(talk: Talk, status: Any, way: str, message: UUID) -> Progress:
    if way == "ids":
        return Progress(status=status, at=talk.now, address=talk.who, ids=(talk.id("p"),))
    if way == "correlation":
        return Progress(status=status, at=talk.now, address=talk.who, correlation=message)
    watermark = talk.now + timedelta(days=365) if status in {"delivered", "read"} else None
    return Progress(status=status, at=talk.now, address=talk.who, until=watermark)


def _rank(status: Status) -> int:
    return _ORDER.index(status) if status in _ORDER else -10 + RANK[status]


async def test_of_edits_in_any_order_the_newest_stands_and_none_is_lost(mailroom: Mailroom) -> None:
    @TRIED
    @given(order=st.permutations(range(1, 5)), early=st.integers(0, 8), again=st.lists(st.integers(1, 4), max_size=4))
    async def orders(order: list[int], early: int, again: list[int]) -> None:
        talk = Talk(mailroom, f"e{ids.new().hex}")
        for position, number in enumerate([*order, *again]):
            if position == early:
                await talk.hear(talk.said("a", "0"))
            await talk.hear(_edit(talk, number))
        if early >= len(order) + len(again):
            await talk.hear(talk.said("a", "0"))
        bubble = await talk.bubble()
        assert bubble.text == "4"
        assert bubble.edited == ("0", "1", "2", "3")  # each once, in the order in which they were said
        assert (await talk.row()).last_text == "4"

    await _run(orders)


def _edit(talk: Talk, number: int) -> Edited:
    return Edited(id=talk.id("a"), address=talk.who, at=talk.now + timedelta(seconds=number), text=str(number))


async def test_of_reactions_in_any_order_the_newest_stands(mailroom: Mailroom) -> None:
    @TRIED
    @given(
        emojis=st.lists(st.sampled_from(["👍", "🌻", None]), min_size=1, max_size=4),
        order=st.randoms(use_true_random=False),
        early=st.integers(0, 4),
    )
    async def orders(emojis: list[str | None], order: Any, early: int) -> None:
        talk = Talk(mailroom, f"r{ids.new().hex}")
        events = [
            Reacted(id=talk.id("a"), address=talk.who, at=talk.now + timedelta(seconds=number), emoji=emoji)
            for number, emoji in enumerate(emojis)
        ]
        order.shuffle(events)
        await talk.hear(*events[:early])
        await talk.hear(talk.said("a"))
        await talk.hear(*events[early:])
        assert [one.emoji for one in (await talk.bubble()).reactions] == [one for one in emojis[-1:] if one]

    await _run(orders)


async def _run(orders: Any) -> None:
    """Hypothesis calls from a thread of its own; what it tries runs here, on the loop of the database."""
    loop = asyncio.get_running_loop()
    inner = orders.hypothesis.inner_test

    @functools.wraps(inner)
    def here(*args: Any, **given_: Any) -> None:
        asyncio.run_coroutine_threadsafe(inner(*args, **given_), loop).result(30)

    orders.hypothesis.inner_test = here
    await asyncio.to_thread(orders)
