# ruff: noqa: F811 (fixtures are asked for by name)
"""Those who work on the same conversations at the same time wait for each other; none of them has to begin anew."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from duologue.channels.contract import Content, Event, Progress, Receipt, Said
from duologue.conversations import receive, show
from duologue.conversations.reply import Draft, Sender, reply
from duologue.conversations.settle import Settled, settle
from duologue.kernel import ids
from duologue.kernel.work import work
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

TIMES = 8


@pytest.fixture
async def talks(mailroom: Mailroom) -> dict[str, UUID]:
    """A conversation with each of two people."""
    now = mailroom.house.now()
    await mailroom.arrive(squawk("a0", who="ana", name="ana", at=now), squawk("b0", who="ben", name="ben", at=now))
    async with work(mailroom.house, mailroom.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
    return {row.contact_name: row.id for row in rows}


async def _hear(room: Mailroom, events: Sequence[Event]) -> None:
    connected = await room.accounts.get(room.channel)
    assert connected
    source = receive.Source(room.channel, connected.channel.abilities)
    async with work(room.house, room.workspace) as open_work:
        arrivals = await open_work.tx.rows(UUID, "SELECT id FROM arrival LIMIT 1")
        await receive.receive(open_work, source, [receive.Item(one, arrivals[0]) for one in events])


def _said(room: Mailroom, who: str, number: int) -> Said:
    return Said(id=f"{who}{number}", address=who, at=room.house.now(), content=Content(text="Hello"))


def _read(room: Mailroom, who: str) -> Progress:
    return Progress(status="read", at=room.house.now(), until=room.house.now(), address=who)


async def test_batches_that_tell_of_the_same_people_in_another_order_both_go_through(
    mailroom: Mailroom, parrot: Any, talks: dict[str, UUID]
) -> None:
    for number in range(1, TIMES):
        await asyncio.gather(
            _hear(mailroom, [_said(mailroom, "ana", number), _read(mailroom, "ben")]),
            _hear(mailroom, [_said(mailroom, "ben", number), _read(mailroom, "ana")]),
            _hear(mailroom, [_read(mailroom, "ben"), _read(mailroom, "ana")]),
        )


async def test_outcomes_and_reports_of_the_same_answers_both_go_through(
    mailroom: Mailroom, parrot: Any, talks: dict[str, UUID]
) -> None:
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    for number in range(TIMES):
        async with work(mailroom.house, mailroom.workspace) as open_work:
            for who in ("ana", "ben"):
                draft = Draft(key=ids.new(), text=f"answer {number}")
                await reply(open_work, talks[who], draft, Sender(), connected.channel.abilities)
        claimed = await mailroom.deliverer.claim()
        assert len(claimed) == 2
        echoes = [
            Said(id=f"echo-{one.id}", address=who, at=mailroom.house.now(), content=Content(text="x"), by="brand")
            for who, one in zip(
                ("ana", "ben"), sorted(claimed, key=lambda one: one.conversation_id != talks["ana"]), strict=True
            )
        ]
        await _hear(mailroom, echoes)  # the platform reports them back before it answers
        outcomes = [
            Settled(one.id, one.conversation_id, one.channel_id, one.attempt, Receipt(id=f"echo-{one.id}"))
            for one in claimed
        ]
        await asyncio.gather(
            _settle(mailroom, outcomes),
            _hear(mailroom, [_said(mailroom, "ben", 100 + number), _read(mailroom, "ana"), _read(mailroom, "ben")]),
            _hear(mailroom, [_said(mailroom, "ana", 100 + number), _read(mailroom, "ben"), _read(mailroom, "ana")]),
        )


async def _settle(room: Mailroom, outcomes: Sequence[Settled]) -> None:
    async with work(room.house, room.workspace) as open_work:
        await settle(open_work, outcomes)
