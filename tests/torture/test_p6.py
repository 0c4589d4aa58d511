"""Whatever order events come in: messages stand as they were said, no status goes back, no edit is lost."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import psycopg
import pytest
from msgspec import Struct

from duologue.channels.contract import Event, Receipt
from duologue.conversations import receive, reply, settle, show
from duologue.conversations.model import Bubble
from duologue.kernel import ids
from duologue.kernel.work import work
from tests.parrot import Mailroom
from tests.torture import rig
from tests.torture.disorder import BATCH, SKEW, Answer, Disorder, Telling

CONVERSATIONS = rig.scale(40, 1_000)
TOGETHER = 25  # conversations that go on at the same time
RANK = ["sent", "failed", "delivered", "read"]
"""Delivery outweighs failure: what has been seen was not lost."""
pytestmark = pytest.mark.timeout(120 + CONVERSATIONS)


class Happening(Struct, frozen=True, order=True):
    """Something at its time by our clock. `number` keeps the order of those at the same time."""

    at: datetime
    number: int


class Run:
    """Some conversations side by side, on one clock."""

    def __init__(self, room: Mailroom, number: int) -> None:
        self.room, self.chance = room, rig.dice(f"p6 {number}")
        begin = room.house.now() + SKEW
        self.talks = [Disorder(f"p{number}x{one}", begin, self.chance) for one in range(TOGETHER)]
        self.events = sum(len(one.tellings) for one in self.talks)
        self._names: dict[UUID, tuple[Disorder, Answer]] = {}
        self._agenda: list[tuple[Happening, Disorder, Telling | Answer | settle.Settled]] = []
        for talk in self.talks:
            for one in (*talk.tellings, *talk.answers):
                self._at(one.at, talk, one)

    def _at(self, at: datetime, talk: Disorder, what: Telling | Answer | settle.Settled) -> None:
        self._agenda.append((Happening(at, len(self._agenda)), talk, what))

    async def go(self) -> None:
        """Lets everything happen in the order of our clock; what the platform tells comes in batches of any size."""
        while self._agenda:
            self._agenda.sort(key=lambda one: one[0], reverse=True)
            when, talk, what = self._agenda.pop()
            self._clock(when.at)
            if isinstance(what, Answer):
                await self._answer(talk, what)
            elif isinstance(what, settle.Settled):
                async with work(self.room.house, self.room.workspace) as open_work:
                    await settle.settle(open_work, [what])
                await self._leave()
            else:
                await self._hear([what.event, *self._more()])

    def _more(self) -> list[Event]:
        """What comes in the same batch: whatever is told next, in whichever order the platform put it there."""
        batch: list[Event] = []
        since = self.room.house.now()
        for _ in range(self.chance.choice([0, 0, 2, 5, 20])):
            if not self._agenda or not isinstance(what := self._agenda[-1][2], Telling) or what.at > since + BATCH:
                break
            self._clock(self._agenda.pop()[0].at)
            batch.append(what.event)
        self.chance.shuffle(batch)
        return batch

    def _clock(self, at: datetime) -> None:
        now = self.room.house.now
        now.turn(seconds=max(0.0, (at - now()).total_seconds()))  # type: ignore[attr-defined]

    async def _hear(self, events: Sequence[Event]) -> None:
        connected = await self.room.accounts.get(self.room.channel)
        assert connected
        source = receive.Source(self.room.channel, connected.channel.abilities)
        async with work(self.room.house, self.room.workspace) as open_work:
            (arrival,) = await open_work.tx.rows(UUID, "SELECT id FROM arrival LIMIT 1")
            await receive.receive(open_work, source, [receive.Item(one, arrival) for one in events])

    async def _answer(self, talk: Disorder, answer: Answer) -> None:
        """Written where there is something to answer; what the platform tells of it comes when it likes."""
        conversation = (await self._conversations()).get(talk.who)
        if conversation is None or not await self._may(conversation):
            answer.at += timedelta(minutes=1)
            self._at(answer.at, talk, answer)
            return
        async with work(self.room.house, self.room.workspace) as open_work:
            shown, _ = await show.page(open_work, conversation, before=None, most=100)
            abilities = await show.abilities(open_work, conversation)
            draft = reply.Draft(key=ids.new(), text=answer.text)
            (answer.id,) = await reply.reply(open_work, conversation, draft, reply.Sender(), abilities)
        answer.before = [str(one.external_id or one.id) for one in shown]
        self._names[answer.id] = (talk, answer)
        await self._leave()

    async def _may(self, conversation: UUID) -> bool:
        """Not before the person has been heard, where only the brand's other program was."""
        async with work(self.room.house, self.room.workspace) as open_work:
            _, _, verdict = await show.standing(open_work, conversation)
        return verdict.may == "yes"

    async def _leave(self) -> None:
        """Whatever may leave now does; how that went is known up to minutes later."""
        for one in await self.room.deliverer.claim():
            talk, answer = self._names[one.id]
            answer.at = self.room.house.now()
            outcome = settle.Settled(one.id, one.conversation_id, one.channel_id, one.attempt, Receipt(id=answer.name))
            self._at(answer.at + self.chance.random() * timedelta(minutes=3), talk, outcome)
            for telling in talk.reports(answer):
                self._at(telling.at, talk, telling)

    async def _conversations(self) -> dict[str, UUID]:
        """By the person's name."""
        async with work(self.room.house, self.room.workspace) as open_work:
            rows, _ = await show.rows(open_work, "all", member=None, most=2 * TOGETHER)
        return {row.contact_name: row.id for row in rows}

    async def shown(self) -> list[tuple[Disorder, list[Bubble]]]:
        found = await self._conversations()
        async with work(self.room.house, self.room.workspace) as open_work:
            return [
                (talk, (await show.page(open_work, found[talk.who], before=None, most=100))[0]) for talk in self.talks
            ]


async def test_events_in_any_order_end_as_they_happened_and_no_status_goes_back(
    mailroom: Mailroom, database_url: str
) -> None:
    began, events, messages, answers = monotonic(), 0, 0, 0
    await mailroom.keep(b"")
    for number in range(CONVERSATIONS // TOGETHER or 1):
        run = Run(mailroom, number)
        await run.go()
        _look_after(database_url)
        events += run.events
        for talk, bubbles in await run.shown():
            _order_is_that_of_the_platform(talk, bubbles)
            _nothing_is_lost_and_what_was_taken_back_is_gone(talk, bubbles)
            _answers_came_as_far_as_was_told(talk, bubbles)
            messages, answers = messages + len(talk.messages), answers + len(talk.answers)
    regressions = await _status_going_back(mailroom)
    assert not regressions, f"seed {rig.SEED}: {regressions}"
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        assert await tx.rows(int, "SELECT count(*)::int FROM parked") == [0]
        (edits,) = await tx.rows(int, "SELECT count(*)::int FROM journal WHERE kind = 'message.edited'")
    rig.result(
        "p6", "P6", began, conversations=CONVERSATIONS, events=events, messages=messages, answers=answers, edits=edits,
        order_errors=0, status_back=0, edits_lost=0,
    )  # fmt: skip


def _look_after(database_url: str) -> None:
    """As autovacuum would; the tests' server has none, and would keep the plans it made while there was nothing."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _order_is_that_of_the_platform(talk: Disorder, bubbles: Sequence[Bubble]) -> None:
    theirs = [one.external_id for one in bubbles if one.external_id in talk.messages]
    expected = sorted(talk.messages, key=lambda name: talk.messages[name].at)
    assert theirs == expected, f"seed {rig.SEED}, {talk.who}"
    place = {str(one.external_id or one.id): number for number, one in enumerate(bubbles)}
    for answer in talk.answers:
        late = [name for name in answer.before if name in place and place[name] > place[answer.name]]
        assert not late, f"seed {rig.SEED}: {answer.name} stands before what it answers, {late}"


def _nothing_is_lost_and_what_was_taken_back_is_gone(talk: Disorder, bubbles: Sequence[Bubble]) -> None:
    shown = {one.external_id: one for one in bubbles}
    for name, known in talk.messages.items():
        one = shown[name]
        reaction = one.reactions[0].emoji if one.reactions else None
        assert (one.text, one.edited, reaction) == known.stands(), f"seed {rig.SEED}, {name}"
        assert (one.unsent_at is not None) == known.gone


def _answers_came_as_far_as_was_told(talk: Disorder, bubbles: Sequence[Bubble]) -> None:
    shown = {one.external_id: one for one in bubbles}
    assert len(bubbles) == len(talk.messages) + len(talk.answers), f"seed {rig.SEED}, {talk.who}"
    for answer in talk.answers:
        furthest = {max({"sent"} | answer.reported, key=RANK.index)}
        if talk.all_read:  # that everything was read says nothing about one that is known to have failed
            furthest = {"read"} if "failed" not in answer.reported else {*furthest, "read"}
        assert shown[answer.name].status in furthest, f"seed {rig.SEED}, {answer.name}"


class Moved(Struct, frozen=True):
    message_id: UUID
    state: str


async def _status_going_back(room: Mailroom) -> list[tuple[UUID, list[str]]]:
    """Messages whose status, as the journal tells of it step by step, was ever less than before."""
    async with room.house.db.workspace(room.workspace) as tx:
        told = await tx.rows(
            Moved, "SELECT message_id, state FROM journal WHERE kind = 'message.status' ORDER BY journal.xid, id"
        )
    steps: dict[UUID, list[str]] = defaultdict(list)
    for one in told:
        steps[one.message_id].append(one.state)
    assert steps
    return [(one, states) for one, states in steps.items() if sorted(states, key=RANK.index) != states]
