"""The double keeps the platform's promises, and breaks them when told. The connector sees only HTTP."""

import asyncio
import json
import sys
from datetime import timedelta

import aiohttp
import pytest
from msgspec.structs import replace

from duologue.channels.contract import (
    Account,
    Kind,
    Progress,
    Reacted,
    Receipt,
    Said,
    Trouble,
    TryLater,
    Unknown,
    Unreadable,
    Unsent,
)
from duologue.channels.messenger import CHANNEL
from duologue.channels.messenger.send import send
from duologue.channels.messenger.settings import Settings
from duologue.channels.messenger.simulate import SIMULATOR
from duologue.channels.messenger.simulate.double import Double
from duologue.channels.policy import EVERYBODY, Writer
from duologue.channels.simulation import Simulator
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress

from .conftest import MIA, TOM, House


def said(house: House, by: str = "person") -> list[Said]:
    return [one for one in house.of(Said) if one.by == by]


async def test_what_a_person_writes_comes_in_signed_and_escaped(double: Double, house: House):
    await double.say(MIA, "Grüße 😀")
    await double.settled()
    (event,) = house.events
    assert isinstance(event, Said)
    assert (event.address, event.content.text, event.id) == (MIA, "Grüße 😀", double.screen(MIA)[0].id)
    assert b"\\ud83d\\ude00" in double.hooks.attempts[0].body
    assert house.replies == [200]


async def test_everything_that_a_person_can_do_is_understood(double: Double, house: House):
    mia = double.phone("Mia Santos")
    mid = mia.says("Is it opn?")
    mia.edits(mid, "Is it open?")
    mia.sends("image", b"\xff\xd8\xff", mime="image/jpeg", name="door.jpg", text="this door")
    mia.says("Yes", tapped="ANS_YES")
    mia.attaches({"type": "ig_reel", "payload": {"url": "/reel/1/"}})
    mia.reacts(mid)
    mia.unreacts(mid)
    mia.taps("Start", "GET_STARTED", with_id=False)
    mia.comes_from(ref="spring")
    mia.opts_in(title="News")
    mia.rates(mid, "Good response")
    mia.comments("price?")
    mia.does(hologram={"x": 1})
    mia.takes_back(mid)
    double.enforce("warning", "spam")
    double.hand_over(MIA, 1)
    mia.says("to the other app")
    await double.settled()
    assert house.of(Unreadable) == []
    assert [event.content.kind for event in said(house)] == [
        Kind.TEXT,
        Kind.IMAGE,
        Kind.TAP,
        Kind.LINK,
        Kind.TAP,
        Kind.NOTICE,
        Kind.NOTICE,
        Kind.NOTICE,
        Kind.COMMENT,
        Kind.UNKNOWN,
        Kind.TEXT,
    ]
    assert said(house)[-1].warning
    assert said(house, "brand")[0].content.raw_kind == "pass_thread_control"
    assert [len(house.of(kind)) for kind in (Reacted, Unsent, Trouble)] == [2, 1, 1]


async def test_an_answer_is_reported_delivered_read_and_echoed(double: Double, account: Account, answer, house: House):
    await double.say(MIA, "Hello?")
    out = answer("Hello!")
    outcome = await send(account, out)
    assert isinstance(outcome, Receipt)
    double.phone(MIA).reads()
    await double.settled()
    (echo,) = said(house, "brand")
    assert (echo.id, echo.correlation, echo.address) == (outcome.id, out.id, MIA)
    delivered, read = house.of(Progress)
    assert isinstance(delivered, Progress)
    assert isinstance(read, Progress)
    assert (delivered.status, delivered.ids) == ("delivered", (outcome.id,))
    assert read.status == "read"
    assert read.until
    assert read.until >= echo.at


async def test_somebody_answers_in_the_pages_own_inbox(double: Double, house: House):
    await double.command("page_inbox")
    await double.settled()
    (echo,) = said(house, "brand")
    assert (echo.content.facts, echo.correlation) == ({"sent with": "Page inbox"}, None)


async def test_delivered_twice_is_the_same_twice(double: Double, house: House):
    await double.command("deliver_twice")
    double.phone(MIA).taps("Start", "GET_STARTED", with_id=False)
    await double.settled()
    first, second = house.events
    assert first == second


async def test_in_the_wrong_order_nothing_is_missing(double: Double, house: House):
    await double.command("reorder")
    for number in range(20):
        await double.say(MIA, str(number))
    await double.settled()
    texts = [event.content.text for event in said(house)]
    assert texts != [str(number) for number in range(20)]
    assert sorted(texts, key=lambda text: int(text or "")) == [str(number) for number in range(20)]


async def test_an_early_echo_comes_before_the_answer(double: Double, account: Account, answer, house: House):
    await double.say(MIA, "Hello?")
    await double.settled()
    await double.command("early_echo")
    out = answer()
    await send(account, out)
    assert [echo.correlation for echo in said(house, "brand")] == [out.id]


async def test_a_huge_batch_comes_in_one_call(double: Double, house: House):
    await double.command("huge_batch")
    await double.settled()
    assert len(double.hooks.attempts) == 1
    assert len({event.id for event in said(house)}) == 1000


async def test_a_forged_or_cut_event_leaves_nothing_behind(double: Double, house: House):
    await double.command("bad_signature")
    double.faults.next("truncated")
    await double.say(MIA, "Hello?")
    await double.settled()
    assert house.replies == [403, 403, 200]
    assert len(house.events) == 1


async def test_a_batch_with_another_pages_entry_leaves_only_ours(double: Double, house: House):
    double.faults.next("foreign_entry")
    await double.say(MIA, "Hello?")
    await double.settled()
    assert b"9900300400" in double.hooks.attempts[0].body
    assert len(house.events) == 1


async def test_what_is_not_subscribed_to_does_not_come(double: Double, account: Account, house: House):
    assert CHANNEL.check
    await CHANNEL.check(account)
    double.world.subscribed.discard("feed")
    double.phone(MIA).comments("price?")
    await double.say(MIA, "Hello?")
    await double.settled()
    assert len(double.hooks.attempts) == 1
    double.world.subscribed = set()
    await double.say(MIA, "Anybody?")
    await double.settled()
    assert len(double.hooks.attempts) == 1


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_what_is_reported_is_what_is_on_the_phone(clock: Turned, answer, seed: int):
    """60 answers under every fault at once: nothing is there twice, and no certain outcome is untrue."""
    chaos = dict.fromkeys(("lost_response", "dropped", "throttle", "broken", "early_echo", "bad_signature"), 0.15)
    double = Double(
        clock, seed=seed, chaos=chaos | {"twice": 0.3, "reorder": 0.2, "truncated": 0.1, "foreign_entry": 0.1}
    )
    double.faults.pace = 0.001
    house = House(double)
    await double.start()
    await house.open()
    try:
        await double.point(house.url)
        await double.say(MIA, "Hello?")
        async with Egress(allow=double.places()) as egress:
            account = Account(
                id=answer().id,
                workspace=answer().id,
                name="x",
                settings=double.settings(),
                egress=egress,
                clock=clock,
                public_url="",
            )
            outcomes = {}
            for number in range(60):
                out = answer(f"answer {number}")
                outcomes[out.id] = (out, await send(account, out))
        await double.settled()
    finally:
        await double.close()
        await house.close()
    shown = [bubble.text for bubble in double.screen(MIA) if bubble.by == "brand"]
    assert len(shown) == len(set(shown))
    echoed = {echo.correlation: echo.id for echo in said(house, "brand")}
    kinds = set()
    for mid, (out, outcome) in outcomes.items():
        kinds.add(type(outcome))
        arrived = out.content.text in shown
        assert arrived is (mid in echoed)
        if isinstance(outcome, Receipt):
            assert echoed[mid] == outcome.id
        elif not isinstance(outcome, Unknown):
            assert not arrived
    assert {Receipt, TryLater, Unknown} <= kinds


async def test_it_insists_until_it_is_heard(double: Double, house: House):
    house.away = True
    await double.say(MIA, "Hello?")
    await house.called(3)
    assert house.events == []
    house.away = False
    await double.settled()
    assert len(house.events) == 1


async def test_after_an_hour_of_failure_it_stops_and_events_are_lost(double: Double, house: House):
    house.away = True
    await double.say(MIA, "Hello?")
    await house.called(1)
    double.world.turn(hours=1, seconds=1)
    await double.settled()
    assert not double.hooks.enabled
    house.away = False
    await double.say(MIA, "Anybody?")
    await double.settled()
    assert house.events == []


async def test_a_hook_that_cannot_shake_hands_is_not_taken(double: Double, house: House):
    with pytest.raises(ValueError, match="challenge"):
        await double.point(house.url + "/elsewhere")


async def test_its_clock_closes_windows_and_addresses_of_files(double: Double, account: Account, answer, house: House):
    double.phone(MIA).sends("file", b"%PDF", mime="application/pdf", name="menu.pdf")
    await double.settled()
    (event,) = said(house)
    assert CHANNEL.fetch
    media = event.content.media[0]
    fetched = await CHANNEL.fetch(account, media)
    assert (fetched.data, fetched.mime, fetched.name) == (b"%PDF", "application/pdf", "menu.pdf")
    double.world.turn(days=3)
    with pytest.raises(Exception, match="not there any more: 403"):
        await CHANNEL.fetch(account, media)
    assert not isinstance(await send(account, answer()), Receipt)
    assert isinstance(await send(account, answer(last_in_at=account.clock() - days(3))), Receipt)


def days(count: int) -> timedelta:
    return timedelta(days=count)


@pytest.mark.parametrize(
    "body",
    [
        {"message": {"text": "x"}, "messaging_type": "RESPONSE"},
        {"recipient": {"id": MIA, "user_ref": "x"}, "message": {"text": "x"}, "messaging_type": "RESPONSE"},
        {"recipient": {"id": MIA}, "message": {"text": "x"}},
        {"recipient": {"id": MIA}, "message": {"text": "x"}, "messaging_type": "RESPONSE", "colour": "red"},
        {"recipient": {"id": MIA}, "message": {"text": "x", "html": "y"}, "messaging_type": "RESPONSE"},
        {"recipient": {"id": MIA}, "message": {"text": "x", "attachment": {}}, "messaging_type": "RESPONSE"},
        {"recipient": {"id": MIA}, "message": {"text": " "}, "messaging_type": "RESPONSE"},
        {"recipient": {"id": MIA}, "message": {"text": "x" * 2001}, "messaging_type": "RESPONSE"},
        {"recipient": {"id": MIA}, "message": {"text": "x", "metadata": "x" * 1001}, "messaging_type": "RESPONSE"},
        {"recipient": {"id": MIA}, "message": {"text": "x", "quick_replies": [{}] * 14}, "messaging_type": "RESPONSE"},
        {"recipient": {"id": MIA}, "message": {"text": "x"}, "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"},
        {"recipient": {"id": MIA}, "message": {"text": "x"}, "messaging_type": "RESPONSE", "reply_to": {"mid": "m_0"}},
        {"recipient": {"id": MIA}, "sender_action": "dance"},
        {"recipient": {"id": MIA}, "sender_action": "mark_seen", "message": {"text": "x"}},
    ],
)
async def test_it_takes_nothing_that_the_platform_would_not(double: Double, body: dict):
    await double.say(MIA, "Hello?")
    status, told = await call(double, body)
    assert (status, told["error"]["code"]) == (400, 100)
    assert len(double.screen(MIA)) == 1


@pytest.mark.parametrize("authorization, code", [("", 104), ("Bearer wrong", 190), ("Basic x", 104)])
async def test_nobody_calls_without_the_token(double: Double, authorization: str, code: int):
    status, told = await call(double, {}, authorization=authorization)
    assert (status, told["error"]["code"]) == (400, code)


async def call(double: Double, body: dict, authorization: str | None = None) -> tuple[int, dict]:
    headers = {"Authorization": f"Bearer {double.world.token}" if authorization is None else authorization}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{double.base}/v26.0/me/messages", json=body, headers=headers) as found,
    ):
        return found.status, await found.json()


async def test_every_button_works_and_no_other(double: Double, house: House):
    heard: list[int] = []
    double.watch(lambda: heard.append(1))
    for name in double.commands():
        assert await double.command(name)
    assert len(heard) >= len(double.commands())
    with pytest.raises(KeyError):
        await double.command("sing")
    await double.say("Tom Reed", "Still alive")
    await double.settled()
    assert [event.address for event in said(house) if event.content.text == "Still alive"] == [TOM]


async def test_the_same_seed_misbehaves_the_same_way():
    async def run() -> list[bool]:
        double = Double(Turned(), seed=7, chaos={"throttle": 0.5})
        return [double.faults.now("throttle") for _ in range(40)]

    first = await run()
    assert first == await run()
    assert {True, False} == set(first)


async def test_it_is_a_simulator_as_the_house_knows_them(double: Double):
    simulator: Simulator = SIMULATOR(Turned())
    assert simulator.kind == CHANNEL.kind
    assert isinstance(double.settings(), CHANNEL.settings)
    assert CHANNEL.missing(double.settings()) == []
    assert double.places() == [double.base.removeprefix("http://")]
    assert [caller.name for caller in double.people()][:2] == ["Mia Santos", "Tom Reed"]


async def test_a_later_run_has_the_same_keys_but_never_the_same_message_ids():
    first, second = Double(Turned()), Double(Turned())
    assert first.settings() == second.settings()
    assert first.phone(MIA).says("Hello") != second.phone(MIA).says("Hello")


async def test_it_runs_by_itself(house: House):
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "duologue.channels.messenger.simulate",
        "--seed",
        "1",
        "--webhook",
        house.url,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert program.stdout
        told = json.loads(await program.stdout.readline())
        assert Settings(**told["settings"]).page_id == "1200300400"
        async with aiohttp.ClientSession() as session:
            for name, body in (("say", {"person": MIA, "text": "Hello"}), ("command", {"name": "down"})):
                async with session.post(f"{told['control']}/{name}", json=body) as found:
                    assert found.status == 200
            async with session.get(f"{told['control']}/screen", params={"person": MIA}) as found:
                assert [bubble["text"] for bubble in await found.json()] == ["Hello"]
            async with session.post(f"{told['control']}/say", json={"person": "Nobody", "text": "x"}) as found:
                assert found.status == 404
    finally:
        program.terminate()
        await program.wait()


# ------------------------------------------------------------------------------------------------------ connection


async def test_a_connected_page_passes_every_step_and_is_subscribed_by_it(double: Double, account: Account):
    assert CHANNEL.check
    steps = await CHANNEL.check(account)
    assert [(step.name, step.ok) for step in steps] == [
        ("Access token", True),
        ("Subscription", True),
        ("Messages", True),
    ]
    assert {"messages", "message_echoes", "messaging_postbacks", "feed"} <= set(double.world.subscribed)


async def test_a_step_that_fails_says_what_to_do(double: Double, account: Account):
    assert CHANNEL.check
    cases = {
        "page_id": ("999", "another page"),
        "page_token": ("EAABwrong", "190"),
        "app_secret": ("wrong", "appsecret_proof"),
        "verify_token": ("", "verify_token"),
        "api_version": ("v3.0", "2500"),
    }
    for name, (value, words) in cases.items():
        (step,) = await CHANNEL.check(replace(account, settings=replace(account.settings, **{name: value})))
        assert (step.ok, words in step.words, bool(step.todo)) == (False, True, True), step
    await double.command("down")
    (step,) = await CHANNEL.check(account)
    assert (step.name, step.ok) == ("Connection", False)


async def test_the_persons_name_and_picture(double: Double, account: Account):
    assert CHANNEL.profile
    assert await CHANNEL.profile(account, MIA) is None  # never wrote
    await double.say(MIA, "Hello?")
    person = await CHANNEL.profile(account, MIA)
    assert person
    assert (person.name, person.verified) == ("Mia Santos", False)
    assert person.picture_url == f"{double.base}/picture/{MIA}.png"
    assert await CHANNEL.profile(account, "../me") is None
    assert await CHANNEL.profile(account, "user_ref:u-1") is None


async def test_typing_and_seen_reach_the_phone(double: Double, account: Account):
    assert CHANNEL.typing
    assert CHANNEL.seen
    await double.say(MIA, "Hello?")
    await CHANNEL.typing(account, MIA)
    assert double.world.thread(MIA).typing_until
    await CHANNEL.seen(account, MIA, "m_1")
    assert [bubble.status for bubble in double.screen(MIA)] == ["seen"]


async def test_courtesies_fail_in_silence(double: Double, account: Account):
    assert CHANNEL.typing
    await CHANNEL.typing(account, "1")
    await double.command("down")
    await CHANNEL.typing(account, MIA)
    async with Egress() as closed:
        await CHANNEL.typing(replace(account, egress=closed), MIA)


def test_the_channel_declares_its_windows_and_where_they_are_from():
    abilities = CHANNEL.abilities
    everybody, person, comment, template = abilities.policy.rules
    assert (comment.after, comment.most) == ("comment", 1)
    assert (template.template, template.first, template.within) == (True, False, None)
    assert (everybody.within, everybody.writers) == (days(1), EVERYBODY)
    assert (person.within, person.writers) == (days(7), {Writer.PERSON})
    assert "2026" in everybody.source
    assert not abilities.resend_is_safe
    assert "2026" in abilities.source
