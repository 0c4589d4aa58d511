"""A process is killed with a letter in its hands: nothing is sent twice, and what certainly did not leave, leaves."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from duologue.channels.email.simulate import MailSimulator
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from tests.cast import Colleague
from tests.mailroom.leaving import Chat

PLACES = ("letters.begun", "letters.sent", "letters.settled")  # where a process dies in these tests
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def chat(house: House, workspace: UUID, clock: Turned) -> AsyncIterator[Chat]:
    mail = MailSimulator(clock)
    await mail.start()
    made = Chat(house, workspace, clock, mail)
    await made.begin()
    yield made
    await made.accounts.close()
    await mail.close()


async def killed(chat: Chat, place: str) -> None:
    """Another process comes upon the letter and dies with it at this place."""
    house = chat.house
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.mailroom.dying", house.db.url, str(house.settings.data),
        house.vault._master.hex(), house.now().isoformat(), cwd=ROOT,
        env=os.environ | {"DUOLOGUE_CRASH": place},
    )  # fmt: skip
    assert await asyncio.wait_for(child.wait(), 60) == -signal.SIGKILL


async def waits(chat: Chat, ana: Colleague, text: str) -> None:
    await chat.answer(text, ana.id)
    chat.clock.turn(minutes=11)


async def settled(chat: Chat) -> list[str]:
    """So much later that everything that can be found out has been."""
    for _ in range(6):
        await chat.later(5)
    return await chat.states()


async def test_killed_after_the_call_it_is_found_and_not_sent_again(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await waits(chat, ana, "Yes.")
    await killed(chat, "letters.sent")
    assert await chat.states() == ["sending"], "written down before the call, by a process that is dead"
    assert await settled(chat) == ["sent"]
    assert len(chat.letters()) == len(chat.mail.brand.sent.mails) == 1


async def test_killed_after_the_call_where_no_copy_is_kept_it_is_not_sent_again(chat: Chat, ana: Colleague) -> None:
    chat.mail.keeps_sent = False
    await chat.say()
    await waits(chat, ana, "Yes.")
    await killed(chat, "letters.sent")
    assert await settled(chat) == ["unknown"]
    assert len(chat.letters()) == 1


async def test_killed_before_the_call_it_leaves_once_the_server_shows_that_it_did_not(
    chat: Chat, ana: Colleague
) -> None:
    await chat.say()
    await chat.answer("First.", ana.id)
    await chat.later()
    await waits(chat, ana, "Second.")
    await killed(chat, "letters.begun")
    assert await settled(chat) == ["sent", "sent"]
    assert [("First." in one.text, "Second." in one.text) for one in chat.letters()] == [(True, False), (False, True)]


async def test_killed_when_all_is_recorded_nothing_is_left_to_do(chat: Chat, ana: Colleague) -> None:
    await chat.say()
    await waits(chat, ana, "Yes.")
    await killed(chat, "letters.settled")
    assert await chat.states() == ["sent"]
    assert await settled(chat) == ["sent"]
    assert len(chat.letters()) == len(chat.mail.brand.sent.mails) == 1


@pytest.mark.parametrize("place", PLACES)
async def test_killed_anywhere_time_after_time_nobody_gets_it_twice(chat: Chat, ana: Colleague, place: str) -> None:
    """A mail server that keeps no copies, so that nothing can be looked up: unknown is not sent again on a guess."""
    chat.mail.keeps_sent = False
    await chat.say()
    await waits(chat, ana, "Yes.")
    await killed(chat, place)
    await settled(chat)
    assert len(chat.letters()) == (0 if place == "letters.begun" else 1)
