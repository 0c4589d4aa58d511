# ruff: noqa: F811 (fixtures are asked for by name)
"""Some chats of an account belong to somebody else, with rules of their own, who may shut them to us."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Branch, Event, Raw
from duologue.channels.policy import Policy, Rule
from duologue.channels.registry import channels
from duologue.consent.verdict import Verdict
from duologue.conversations import show
from duologue.conversations.model import Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.errors import Conflict
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

RULES = Policy(rules=(Rule(source="of our own"), Rule(branch=True, within=timedelta(hours=24), source="of theirs")))
OWN, THEIRS = "mia", "shop:mia"


def _branch(address: str) -> str:
    return address.partition(":")[0] if ":" in address else ""


@pytest.fixture
async def split(mailroom: Mailroom, parrot: Any, clock: Turned, monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    """The made-up platform, where chats of shops are the shops'; a line `shut shop` or `open shop` is their word."""

    def read(settings: Any, raw: Raw) -> list[Event]:
        word, _, name = raw.body.decode().partition(" ")
        if word in {"shut", "open"}:
            return [Branch(name=name, at=clock(), open=word == "open")]
        return original(settings, raw)

    original = parrot.read
    able = replace(parrot.CHANNEL.abilities, policy=RULES)
    monkeypatch.setattr(parrot, "CHANNEL", replace(parrot.CHANNEL, abilities=able, branch=_branch, read=read))
    channels.cache_clear()
    return mailroom


async def _verdicts(room: Mailroom) -> dict[str, Verdict]:
    async with work(room.house, room.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
        found = await show.standings(open_work, [row.id for row in rows])
    return {address: verdict for _, address, verdict in found}


async def _write(room: Mailroom, address: str) -> Any:
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
        found = {where: row.id for row, where, _ in await show.standings(open_work, [row.id for row in rows])}
        draft = Draft(key=ids.new(), text="Yes")
        return (await reply(open_work, found[address], draft, Sender(), connected.channel.abilities))[0]


async def test_a_branch_has_a_window_and_the_account_s_own_chats_have_none(split: Mailroom, clock: Turned) -> None:
    await split.arrive(squawk("1", who=OWN, at=clock()), squawk("2", who=THEIRS, at=clock()))
    found = await _verdicts(split)
    assert (found[OWN].code, found[OWN].source) == ("free", "of our own")
    assert (found[THEIRS].code, found[THEIRS].until) == ("open", clock() + timedelta(hours=24))
    async with work(split.house, split.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
    assert sorted(str(row.window_closes_at) for row in rows) == sorted([str(clock() + timedelta(hours=24)), "None"])
    message = await _write(split, THEIRS)
    clock.turn(hours=25)
    assert {address: one.code for address, one in (await _verdicts(split)).items()} == {OWN: "free", THEIRS: "closed"}
    with pytest.raises(Conflict, match="time to answer ended"):
        await _write(split, THEIRS)
    await _write(split, OWN)
    while await split.deliver():
        pass
    async with work(split.house, split.workspace) as open_work:
        (late,) = await show.bubbles(open_work, [message])
    assert late.status is Status.FAILED


async def test_a_branch_that_is_shut_is_not_answered_in_until_it_is_open_again(
    split: Mailroom, parrot: Any, clock: Turned
) -> None:
    await split.arrive(
        squawk("1", who=OWN, at=clock()), squawk("2", who=THEIRS, at=clock()), squawk("3", who="inn:mia", at=clock())
    )
    for body in (b"shut shop", b"shut shop", b"shut other"):
        await split.keep(body)
    await split.sort()
    codes = {address: one.code for address, one in (await _verdicts(split)).items()}
    assert codes == {OWN: "free", THEIRS: "shut", "inn:mia": "open"}
    with pytest.raises(Conflict, match="does not let you answer"):
        await _write(split, THEIRS)
    await split.keep(b"open shop")
    await split.sort()
    assert (await _verdicts(split))[THEIRS].code == "open"
    await _write(split, THEIRS)
    await split.deliver()
    assert [one.address for one in parrot.SENT] == [THEIRS]
