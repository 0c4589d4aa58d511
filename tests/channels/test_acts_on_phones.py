"""What is done to messages that were sent, at every platform that lets us: the person's phone shows it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Account, Act, Channel, Content, Kind, Media, Outgoing, Receipt, Refused
from duologue.channels.registry import channels
from duologue.channels.simulation import Bubble, simulators
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress
from tests.pictures import picture

ABLE = sorted(
    kind for kind, one in channels().items() if kind in simulators() and (one.edit or one.unsend or one.react)
)


class Rig:
    """One person's phone, and the account that talks to it."""

    def __init__(self, channel: Channel, double: Any, account: Account) -> None:
        self.channel, self.double, self.account = channel, double, account
        self.person = double.people()[0].id

    def screen(self) -> list[Bubble]:
        return list(self.double.screen(self.person))

    def shown(self, id: str) -> Bubble | None:
        return next((one for one in self.screen() if one.id == id), None)

    async def says(self) -> Bubble:
        await self.double.say(self.person, "Hello")
        return self.screen()[-1]

    async def answers(self, **content: Any) -> tuple[Receipt, Content]:
        said = Content(**({"text": "At nine"} | content))
        now = self.account.clock()
        out = Outgoing(
            id=ids.new(), conversation=ids.new(), address=self.person, content=said, attempt=1, last_in_at=now,
            queued_at=now,
        )  # fmt: skip
        receipt = await self.channel.send(self.account, out)
        assert isinstance(receipt, Receipt)
        return receipt, said

    def act(self, receipt: Receipt | str, content: Content = Content(text="At nine"), **more: Any) -> Act:  # noqa: B008
        named = (receipt, ()) if isinstance(receipt, str) else (receipt.id or "", receipt.also)
        by = "person" if isinstance(receipt, str) else "brand"
        return Act(
            id=ids.new(), address=self.person, message=named[0], also=named[1], by=by, content=content,
            said_at=self.account.clock(), **more,
        )  # fmt: skip


@pytest.fixture(params=ABLE)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    clock = Turned()
    double = simulators()[request.param](clock)
    await double.start()
    async with Egress(allow=double.places()) as egress:
        account = Account(
            id=ids.new(), workspace=ids.new(), name="Lume", settings=double.settings(), egress=egress, clock=clock,
            public_url="https://dm.example.test",
        )  # fmt: skip
        yield Rig(channels()[request.param], double, account)
    await double.close()


def test_the_platforms_that_can_are_known() -> None:
    able = {kind: (bool(one.edit), bool(one.unsend), bool(one.react)) for kind, one in channels().items()}
    assert {kind for kind, can in able.items() if can == (True, True, True)} == {"telegram", "bridge", "web"}
    assert {kind for kind, can in able.items() if can == (False, False, True)} == {"messenger", "instagram", "whatsapp"}
    for kind, one in channels().items():
        told = (bool(one.abilities.edits), one.abilities.unsends, bool(one.abilities.reactions))
        assert told == able[kind], kind


async def test_a_sign_stands_on_the_persons_message_and_goes_again(rig: Rig) -> None:
    theirs = await rig.says()
    assert rig.channel.react
    for sign in (*rig.channel.abilities.reactions, None, None):
        assert isinstance(await rig.channel.react(rig.account, rig.act(theirs.id, emoji=sign)), Receipt)
        found = rig.shown(theirs.id)
        assert found
        assert found.sign == (sign or "")
    assert [one.text for one in rig.screen()] == ["Hello"]


async def test_a_sign_on_nothing_is_refused_or_seen_by_nobody(rig: Rig) -> None:
    theirs = await rig.says()
    assert rig.channel.react
    await rig.channel.react(rig.account, rig.act("nothing", emoji=rig.channel.abilities.reactions[0]))
    assert [one.sign for one in rig.screen()] == [""]
    assert theirs


async def test_other_words_are_on_the_phone_and_twice_is_once(rig: Rig) -> None:
    if not rig.channel.edit:
        pytest.skip("the platform has no such thing")
    await rig.says()
    receipt, said = await rig.answers()
    act = rig.act(receipt, said, text="At ten")
    for _ in range(2):
        assert isinstance(await rig.channel.edit(rig.account, act), Receipt)
        shown = rig.shown(receipt.id or "")
        assert shown
        assert shown.text == "At ten"


async def test_taken_back_it_is_gone_from_the_phone_with_all_its_parts_and_twice_is_once(rig: Rig) -> None:
    if not rig.channel.unsend:
        pytest.skip("the platform has no such thing")
    await rig.says()
    before = len(rig.screen())
    media = tuple(Media(kind=Kind.IMAGE, name="a.png", mime="image/png", data=picture(), url="x") for _ in range(2))
    receipt, said = await rig.answers(media=media, kind=Kind.IMAGE)
    assert len(rig.screen()) > before
    act = rig.act(receipt, said)
    for _ in range(2):
        assert isinstance(await rig.channel.unsend(rig.account, act), Receipt)
        assert len(rig.screen()) == before


async def test_where_a_platform_is_away_nobody_knows_and_nothing_is_claimed(rig: Rig) -> None:
    theirs = await rig.says()
    assert rig.channel.react
    await rig.double.command("down")
    told = await rig.channel.react(rig.account, rig.act(theirs.id, emoji=rig.channel.abilities.reactions[0]))
    assert not isinstance(told, Receipt | Refused)


async def test_below_an_album_the_words_are_changed_where_they_stand(rig: Rig) -> None:
    if rig.channel.kind != ABLE[ABLE.index("telegram")]:
        pytest.skip("others have one text")
    await rig.says()
    assert rig.channel.edit
    media = tuple(Media(kind=Kind.IMAGE, name="a.png", mime="image/png", data=picture()) for _ in range(2))
    for text in ("short", "x" * 1100):  # below the first picture, or above as a message of its own
        receipt, said = await rig.answers(media=media, kind=Kind.IMAGE, text=text)
        assert isinstance(await rig.channel.edit(rig.account, rig.act(receipt, said, text="new")), Receipt)
        assert any("new" in (one.text or "").split("\n")[0] for one in rig.screen() if one.id in receipt.also)


async def test_too_late_to_be_deleted_is_said_as_it_is(rig: Rig) -> None:
    if not (rig.channel.unsend and rig.channel.abilities.unsend_within):
        pytest.skip("the platform has no such time")
    await rig.says()
    receipt, said = await rig.answers()
    clock: Any = rig.account.clock
    clock.turn(seconds=(rig.channel.abilities.unsend_within + timedelta(hours=1)).total_seconds())
    told = await rig.channel.unsend(rig.account, replace(rig.act(receipt, said), said_at=clock()))
    assert isinstance(told, Refused)
    assert rig.shown(receipt.id or "")
