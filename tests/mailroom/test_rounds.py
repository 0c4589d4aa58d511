# ruff: noqa: F811 (fixtures are asked for by name)
"""Accounts are looked after: what no webhook brought comes in, keys are renewed, and how an account is can be seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from duologue.accounts import store as accounts_store
from duologue.channels.contract import Sign
from duologue.conversations import show
from duologue.kernel.clock import Turned
from duologue.kernel.egress import NoAnswer
from duologue.kernel.work import work
from duologue.mailroom.rounds import EVERY, Rounds, silence
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _body(*lines: dict[str, object]) -> bytes:
    return b"\n".join(msgspec.json.encode(line) for line in lines)


@pytest.fixture
def rounds(mailroom: Mailroom) -> Rounds:
    return Rounds(mailroom.house, mailroom.accounts)


async def _unread(room: Mailroom) -> int:
    await room.sort()
    async with work(room.house, room.workspace) as open_work:
        return sum(row.unread for row in (await show.rows(open_work, "all", member=None))[0])


async def test_what_no_webhook_brought_comes_in_and_what_is_here_does_not_come_again(
    mailroom: Mailroom, parrot: Any, rounds: Rounds, clock: Turned
) -> None:
    await mailroom.arrive(squawk("1", at=clock()))
    parrot.HISTORY += [_body(squawk("1", at=clock())), _body(squawk("1", at=clock()), squawk("2", at=clock()))]
    clock.turn(minutes=3)
    assert await rounds.go() == 1
    assert await _unread(mailroom) == 2
    clock.turn(hours=1)
    await rounds.go()
    assert await _unread(mailroom) == 2
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        assert await tx.row(int, "SELECT count(*)::int FROM arrival") == 2, "what was known was not even kept"


async def test_each_account_is_looked_at_once_an_hour_by_one_process(
    mailroom: Mailroom, rounds: Rounds, clock: Turned
) -> None:
    other = Rounds(mailroom.house, mailroom.accounts)
    assert (await rounds.go(), await other.go()) == (1, 0)
    clock.turn(seconds=EVERY.total_seconds() - 1)
    assert await rounds.go() == 0
    clock.turn(seconds=1)
    assert (await other.go(), await rounds.go()) == (1, 0)


async def test_how_an_account_is_can_be_seen_the_worst_first(mailroom: Mailroom, parrot: Any, rounds: Rounds) -> None:
    parrot.SIGNS += [
        Sign(name="Quality", words="High"),
        Sign(name="Token", words="Ends soon", level="warn", until=NOON),
    ]
    await rounds.go()
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        signs = await accounts_store.signs(tx, mailroom.channel)
    assert [(one.name, one.level, one.until) for one in signs] == [
        ("Token", "warn", NOON),
        ("Answers", "good", None),
        ("Calls", "good", None),
        ("Quality", "good", None),
        ("Silence", "good", None),
    ]


async def test_a_key_that_was_renewed_is_used_from_then_on(mailroom: Mailroom, parrot: Any, rounds: Rounds) -> None:
    parrot.FRESH.append("a new word")
    await rounds.go()
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    assert connected.account.settings.word == "a new word"


async def test_settings_that_somebody_changed_meanwhile_are_not_overwritten(
    mailroom: Mailroom, parrot: Any, rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = await mailroom.accounts.get(mailroom.channel)
    assert stale
    older = msgspec.structs.replace(stale.account, settings=parrot.Settings(word="what it was before"))
    parrot.FRESH.append("renewed from what it was before")
    await rounds.look(msgspec.structs.replace(stale, account=older))
    mailroom.accounts.forget()
    now = await mailroom.accounts.get(mailroom.channel)
    assert now
    assert now.account.settings.word == "hello"


async def test_that_a_platform_does_not_answer_is_seen_and_it_is_asked_again_next_time(
    mailroom: Mailroom, parrot: Any, rounds: Rounds, clock: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[list[Sign]] = [[Sign(name="Quality", words="High")]]

    async def health(account: Any) -> list[Sign]:
        if clock() < first + HOUR:
            raise NoAnswer("parrots sleep", sent=False)
        return answers[0]

    first = clock()
    sleeping = msgspec.structs.replace(parrot.CHANNEL, health=health)
    all_of = mailroom.accounts.all

    async def with_sleeping(kind: str | None = None) -> list[Any]:
        return [msgspec.structs.replace(one, channel=sleeping) for one in await all_of(kind)]

    monkeypatch.setattr(mailroom.accounts, "all", with_sleeping)
    assert await rounds.go() == 1
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        (only,) = await accounts_store.signs(tx, mailroom.channel)
    assert (only.name, only.level) == ("Answers", "bad")
    assert "parrots sleep" in only.words
    clock.turn(hours=1)
    assert await rounds.go() == 1
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        signs = await accounts_store.signs(tx, mailroom.channel)
    assert [(one.name, one.level) for one in signs if one.name in {"Answers", "Quality"}] == [
        ("Answers", "good"),
        ("Quality", "good"),
    ]


@pytest.mark.parametrize(
    ("quiet", "longest", "level"),
    [
        (5 * HOUR, HOUR, "good"),  # never told before six hours
        (7 * HOUR, HOUR, "warn"),
        (20 * HOUR, 12 * HOUR, "good"),  # nights are quiet here
        (25 * HOUR, 12 * HOUR, "warn"),
        (500 * HOUR, None, "good"),  # too little is known
    ],
)
def test_a_silence_is_told_where_it_is_unusual(quiet: timedelta, longest: timedelta | None, level: str) -> None:
    assert silence(NOON - quiet, longest, NOON).level == level
