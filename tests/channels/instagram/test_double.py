"""The double: what its people do arrives, signed; what it is told to do wrong, it does."""

import asyncio
import json
import sys
from datetime import timedelta

import aiohttp
import pytest

from duologue.channels.contract import Account, Edited, Kind, Reacted, Receipt, Said, Sign, Unreadable, Unsent
from duologue.channels.instagram import CHANNEL
from duologue.channels.instagram.send import send
from duologue.channels.instagram.settings import Settings
from duologue.channels.instagram.simulate import SIMULATOR
from duologue.channels.instagram.simulate.double import Double
from duologue.channels.simulation import COMMON, Bubble
from duologue.kernel.clock import Turned

from .conftest import KOFI, LENA, House


def said(house: House) -> list[Said]:
    return [event for event in house.events if isinstance(event, Said)]


async def test_everything_that_a_person_can_do_is_understood(double: Double, house: House):
    lena = double.phone(LENA)
    mid = lena.says("Hello")
    lena.edits(mid, "Hello!")
    lena.reacts(mid)
    lena.unreacts(mid)
    lena.answers_story("Which pair?")
    lena.mentions_in_story()
    lena.shares_post("Tea", twice=True)
    lena.shares_reel("Steam")
    lena.likes()
    lena.sends_unsupported()
    lena.taps("Prices", "ICE_1", with_id=False)
    lena.comes_from("bio")
    lena.comes_from_ad("Hi", ad_title="Spring")
    lena.opts_in(title="News")
    lena.comments("price?")
    lena.comments("price?", flat=True)
    lena.takes_back(mid)
    double.brand.notes("milk")
    double.hand_over(LENA, 1)
    lena.says("to the other app")
    await double.settled()
    assert house.of(Unreadable) == []
    assert [event.content.kind for event in said(house)] == [
        Kind.TEXT,
        Kind.STORY,
        Kind.STORY,
        Kind.LINK,
        Kind.LINK,
        Kind.STICKER,
        Kind.UNKNOWN,
        Kind.TAP,
        Kind.NOTICE,
        Kind.TEXT,
        Kind.NOTICE,
        Kind.COMMENT,
        Kind.COMMENT,
        Kind.NOTICE,
        Kind.TEXT,
    ]
    assert said(house)[-1].warning
    assert [len(house.of(kind)) for kind in (Edited, Reacted, Unsent)] == [1, 2, 1]


async def test_an_edit_is_told_before_its_message(double: Double, house: House):
    mid = double.phone(LENA).says_and_edits("Helo", "Hello")
    await double.settled()
    assert [(type(event).__name__, event.id) for event in house.events] == [("Edited", mid), ("Said", mid)]  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", Double(Turned()).kinds())
async def test_a_sample_of_each_kind_arrives_as_that_kind(double: Double, house: House, kind: Kind):
    mid = await double.send(LENA, kind)
    await double.settled()
    (event,) = said(house)
    assert (event.id, event.content.kind) == (mid, kind)
    assert double.screen(LENA)[-1].id == mid


async def test_no_other_kinds_are_sent(double: Double):
    with pytest.raises(KeyError):
        await double.send(LENA, Kind.CALL)


@pytest.mark.parametrize("command", ["deliver_twice", "reorder", "bad_signature", "malformed", "other_secret"])
async def test_however_it_is_delivered_nothing_is_missing(double: Double, house: House, command: str):
    await double.command(command)
    with double.hooks.together():
        for number in range(5):
            await double.say(LENA, str(number))
    await double.settled()
    assert {event.content.text for event in said(house)} == {str(number) for number in range(5)}
    assert len(house.of(Unreadable)) == (command == "malformed")
    assert (403 in house.replies) is (command == "bad_signature")


async def test_a_thousand_come_in_one_call(double: Double, house: House):
    await double.command("huge_batch")
    await double.settled()
    assert len(double.hooks.attempts) == 1
    assert len({event.id for event in said(house)}) == 1000


async def test_entries_of_other_accounts_are_kept_nowhere(double: Double, house: House):
    double.faults.next("foreign_entry")
    await double.say(LENA, "Hello")
    await double.settled()
    assert len(house.events) == 1


async def test_the_dashboards_test_arrives_as_a_sign(double: Double, house: House):
    await double.command("dashboard_test")
    await double.settled()
    assert [type(event) for event in house.events] == [Sign]


async def test_an_early_echo_comes_before_the_answer(double: Double, account: Account, answer, house: House):
    await double.say(LENA, "Hello")
    await double.settled()
    await double.command("early_echo")
    outcome = await send(account, answer())
    assert isinstance(outcome, Receipt)
    assert said(house)[-1].id == outcome.id


async def test_a_hook_that_fails_is_tried_for_a_day_and_a_half(double: Double, house: House):
    house.away = True
    await double.say(LENA, "Hello")
    await house.called(2)
    double.world.turn(hours=35)
    await house.called(4)
    assert double.hooks.enabled
    double.world.turn(hours=2)
    await double.settled()
    assert not double.hooks.enabled
    assert house.events == []


async def test_the_link_of_a_story_ends_after_a_day(double: Double, account: Account, house: House):
    await double.command("story_mention")
    await double.settled()
    link = said(house)[0].content.link
    assert link
    assert (await account.egress.request("GET", link)).status == 200
    double.world.turn(hours=25)
    assert (await account.egress.request("GET", link)).status == 403


@pytest.mark.parametrize(
    "body, words",
    [
        ({"recipient": {"id": LENA}, "message": {"text": "x"}, "colour": 1}, "Unexpected key"),
        ({"recipient": {"id": LENA}, "message": {"text": "x" * 1001}}, "1000 bytes"),
        ({"recipient": {"id": LENA, "comment_id": "1"}, "message": {"text": "x"}}, "exactly one"),
        ({"recipient": {"comment_id": "1"}, "message": {"text": "x"}}, "invalid for a private reply"),
        ({"recipient": {"id": LENA}, "message": {}}, "either text or an attachment"),
        (
            {
                "recipient": {"id": LENA},
                "messaging_type": "MESSAGE_TAG",
                "tag": "ACCOUNT_UPDATE",
                "message": {"text": "x"},
            },
            "tag",
        ),
        ({"recipient": {"id": LENA}, "sender_action": "dance"}, "sender_action"),
    ],
)
async def test_it_is_strict(double: Double, account: Account, body: dict, words: str):
    await double.say(LENA, "Hello")
    headers = {"Authorization": f"Bearer {double.world.token}", "Content-Type": "application/json"}
    found = await account.egress.request(
        "POST", f"{double.base}/v26.0/me/messages", headers=headers, body=json.dumps(body).encode()
    )
    assert found.status == 400
    assert words in found.json()["error"]["message"]


@pytest.mark.parametrize(
    "path, token, code",
    [
        ("/v3.0/me", "own", 2500),
        ("/v26.0/me", "", 104),
        ("/v26.0/me", "x", 190),
        ("/v26.0/1200300400/messages", "own", 190),
    ],
)
async def test_it_knows_who_may_call(double: Double, account: Account, path: str, token: str, code: int):
    given = double.world.token if token == "own" else token
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    method = "POST" if path.endswith("messages") else "GET"
    found = await account.egress.request(method, double.base + path, headers=headers)
    assert found.json()["error"]["code"] == code


async def test_it_has_all_that_a_double_needs(double: Double, house: House):
    assert SIMULATOR is Double
    assert CHANNEL.missing(double.settings()) == CHANNEL.missing(double.page_settings()) == []
    assert set(COMMON) <= set(double.commands())
    heard: list[int] = []
    double.watch(lambda: heard.append(1))
    for name in double.commands():
        assert await double.command(name)
    await double.command("calm")
    assert heard
    with pytest.raises(KeyError):
        await double.command("dance")


async def test_what_was_said_before_is_remembered(double: Double, account: Account, answer, clock: Turned):
    before = Bubble(id="aWdold", by="person", text="Old", at=clock() - timedelta(hours=2))
    double.remember(KOFI, [before])
    assert [bubble.text for bubble in double.screen("Kofi Mensah")] == ["Old"]
    assert isinstance(await send(account, answer(address=KOFI)), Receipt)


async def test_it_runs_by_itself(house: House):
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "duologue.channels.instagram.simulate", "--seed", "1", "--webhook", house.url,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert program.stdout
        told = json.loads(await program.stdout.readline())
        assert Settings(**told["settings"]).account_id == "17840001112223"
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{told['control']}/say", json={"person": LENA, "text": "Hello"}) as found:
                assert found.status == 200
            async with session.get(f"{told['control']}/screen", params={"person": LENA}) as found:
                assert [bubble["text"] for bubble in await found.json()] == ["Hello"]
    finally:
        program.terminate()
        await program.wait()
