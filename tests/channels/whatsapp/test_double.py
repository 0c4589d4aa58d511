"""The double: what its people do arrives, signed; what it is told to do wrong, it does."""

import asyncio
import json
import sys
from datetime import timedelta

import aiohttp
import pytest

from duologue.channels.contract import (
    Account,
    Edited,
    Kind,
    Moved,
    Progress,
    Reacted,
    Receipt,
    Said,
    Sign,
    Trouble,
    Unreadable,
    Unsent,
)
from duologue.channels.simulation import COMMON, Bubble
from duologue.channels.whatsapp import CHANNEL
from duologue.channels.whatsapp.send import send
from duologue.channels.whatsapp.settings import Settings
from duologue.channels.whatsapp.simulate import SIMULATOR
from duologue.channels.whatsapp.simulate.double import Double
from duologue.kernel.clock import Turned

from .conftest import GRETA, GRETA_PHONE, YUKI, House


def said(house: House) -> list[Said]:
    return [event for event in house.events if isinstance(event, Said)]


async def test_everything_that_a_person_can_do_is_understood(double: Double, house: House):
    greta = double.phone(GRETA)
    first = greta.says("Hello", referral={"source_type": "ad", "headline": "Spring"})
    greta.edits(first, "Hello!")
    greta.reacts(first)
    greta.reacts(first, None)
    greta.places(1.0, 2.0)
    greta.gives_card("Bo", "+49")
    greta.fills_in('{"when":"Monday"}')
    greta.orders({"product_retailer_id": "SKU1", "quantity": 1})
    greta.sends_unsupported()
    greta.calls()
    greta.takes_back(first)
    double.brand.tells_history(GRETA, ("person", "Before"), ("brand", "Indeed"))
    await double.settled()
    assert house.of(Unreadable) == []
    assert [event.content.kind for event in said(house)] == [
        Kind.TEXT,
        Kind.LOCATION,
        Kind.CARD,
        Kind.TAP,
        Kind.CARD,
        Kind.UNKNOWN,
        Kind.CALL,
        Kind.CALL,
        Kind.TEXT,
        Kind.TEXT,
    ]
    assert [event.by for event in said(house)][-2:] == ["person", "brand"]
    assert [len(house.of(kind)) for kind in (Edited, Reacted, Unsent)] == [1, 2, 1]


async def test_each_person_is_known_by_what_they_share(double: Double, house: House):
    for person in double.people():
        await double.say(person.id, "Hello")
    await double.settled()
    assert [(one.address, one.aliases) for one in said(house)][:1] == [(GRETA, (GRETA_PHONE,))]
    assert [one.aliases for one in said(house) if one.address == YUKI] == [()]
    assert [one.address for one in said(house)] == [one.id for one in double.people()]


async def test_somebody_gets_a_new_number_and_can_be_written_to_there(
    double: Double, house: House, account: Account, answer
):
    await double.say("Chidi Okafor", "Hello")
    old = double.people()[-1].id
    await double.command("new_number")
    await double.settled()
    new = double.people()[-1].id
    moved = [event for event in house.of(Moved) if isinstance(event, Moved)]
    assert [(one.address, one.to) for one in moved] == [(old, new), ("2348031230004", new)]
    assert isinstance(await send(account, answer(address=new)), Receipt)


async def test_an_edit_is_told_before_its_message(double: Double, house: House):
    name = double.phone(GRETA).says_and_edits("Helo", "Hello")
    await double.settled()
    assert [(type(event).__name__, event.id) for event in house.events] == [("Edited", name), ("Said", name)]  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", Double(Turned()).kinds())
async def test_a_sample_of_each_kind_arrives_as_that_kind(double: Double, house: House, kind: Kind):
    name = await double.send(GRETA, kind)
    await double.settled()
    (event,) = said(house)
    assert (event.id, event.content.kind) == (name, kind)
    assert double.screen(GRETA)[-1].id == name


async def test_no_other_kinds_are_sent(double: Double):
    with pytest.raises(KeyError):
        await double.send(GRETA, Kind.STORY)


@pytest.mark.parametrize("command", ["deliver_twice", "reorder", "bad_signature", "malformed"])
async def test_however_it_is_delivered_nothing_is_missing(double: Double, house: House, command: str):
    await double.command(command)
    with double.hooks.together():
        for number in range(5):
            await double.say(GRETA, str(number))
    await double.settled()
    assert {event.content.text for event in said(house)} == {str(number) for number in range(5)}
    assert len(house.of(Unreadable)) == (command == "malformed")
    assert (403 in house.replies) is (command == "bad_signature")


async def test_a_thousand_come_in_one_call(double: Double, house: House):
    await double.command("huge_batch")
    await double.settled()
    assert len(double.hooks.attempts) == 1
    assert len({event.id for event in said(house)}) == 1000


async def test_what_is_for_other_numbers_is_kept_nowhere(double: Double, house: House):
    double.faults.next("foreign_number")
    await double.say(GRETA, "Hello")
    await double.settled()
    assert len(house.events) == 1


async def test_what_is_told_about_the_account_arrives(double: Double, house: House):
    for command in ("dashboard_test", "low_quality", "account_error"):
        await double.command(command)
    await double.settled()
    assert [type(event) for event in house.events] == [Sign, Sign, Sign, Trouble]


async def test_the_app_on_a_phone_answers_edits_and_takes_back(double: Double, house: House):
    name = double.brand.answers_in_app(GRETA, "Hello from the app")
    double.brand.edits_in_app(GRETA, name, "Hello!")
    double.brand.takes_back_in_app(GRETA, name)
    await double.settled()
    (echo,) = said(house)
    assert (echo.by, echo.address, echo.id) == ("brand", GRETA, name)
    assert [type(event) for event in house.events[1:]] == [Edited, Unsent]


async def test_statuses_come_in_order_and_reading_too(double: Double, account: Account, answer, house: House):
    await double.say(GRETA, "Hello")
    await double.command("early_echo")
    outcome = await send(account, answer())
    await double.command("they_read")
    await double.settled()
    told = [event for event in house.of(Progress) if isinstance(event, Progress)]
    assert isinstance(outcome, Receipt)
    assert {one.ids for one in told} == {(outcome.id,)}
    assert [one.status for one in told] == ["sent", "sent", "delivered", "read"]
    assert told[0].facts["billed"] == "no"


async def test_a_hook_that_fails_is_tried_for_a_week(double: Double, house: House):
    house.away = True
    await double.say(GRETA, "Hello")
    await house.called(2)
    double.world.turn(days=6)
    await house.called(4)
    assert double.hooks.enabled
    double.world.turn(days=2)
    await double.settled()
    assert not double.hooks.enabled
    assert house.events == []


def body(**more: object) -> dict:
    return {"messaging_product": "whatsapp", "to": GRETA_PHONE, "type": "text", "text": {"body": "x"}, **more}


@pytest.mark.parametrize(
    "asked, code",
    [
        (body(colour=1), 100),
        (body(messaging_product="telegram"), 100),
        (body(recipient=GRETA), 131008),
        (body(to="abc"), 131009),
        (body(type="dance"), 131009),
        (body(text={}), 131008),
        (body(text={"body": "x" * 4097}), 100),
        (body(type="image", image={"id": "1"}), 100),
        ({key: value for key, value in body(type="image", image={"id": "1"}).items() if key != "text"}, 131009),
        (body(to="14155559999"), 131026),
        (body(biz_opaque_callback_data="x" * 513), 131009),
        ({"messaging_product": "whatsapp", "status": "read", "message_id": "x"}, 131009),
    ],
)
async def test_it_is_strict(double: Double, account: Account, asked: dict, code: int):
    await double.say(GRETA, "Hello")
    headers = {"Authorization": f"Bearer {double.world.token}", "Content-Type": "application/json"}
    found = await account.egress.request(
        "POST", f"{double.base}/v26.0/900100200300/messages", headers=headers, body=json.dumps(asked).encode()
    )
    assert (found.status, found.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    "path, token, code",
    [
        ("/v3.0/900100200300", "own", 2500),
        ("/v26.0/900100200300", "", 104),
        ("/v26.0/900100200300", "x", 190),
        ("/v26.0/1200300400/phone_numbers", "own", 100),
    ],
)
async def test_it_knows_who_may_call(double: Double, account: Account, path: str, token: str, code: int):
    given = double.world.token if token == "own" else token
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    found = await account.egress.request("GET", double.base + path, headers=headers)
    assert found.json()["error"]["code"] == code


async def test_a_template_is_made_judged_and_dropped(double: Double, account: Account):
    headers = {"Authorization": f"Bearer {double.world.token}", "Content-Type": "application/json"}
    place = f"{double.base}/v26.0/800100200300/message_templates"

    async def make(text: str, name: str = "new_one") -> dict:
        part = {"type": "body", "text": text, "example": {"body_text": [["Ana"]]}}
        wanted = {"name": name, "language": "en", "category": "utility", "components": [part]}
        answer = await account.egress.request("POST", place, headers=headers, body=json.dumps(wanted).encode())
        return answer.json()

    assert (await make("Hello {{1}}"))["error"]["error_subcode"] == 2388299
    assert (await make("Hello {{1}}!"))["status"] == "PENDING"
    assert (await make("Hello {{1}}!"))["error"]["error_subcode"] == 2388024
    double.brand.judges("new_one", "APPROVED")
    assert "APPROVED" in [row["status"] for row in double.world.templates.values() if row["name"] == "new_one"]
    gone = await account.egress.request("DELETE", f"{place}?name=new_one", headers=headers)
    assert gone.json() == {"success": True}


async def test_a_number_in_brazil_has_two_ways_to_be_written(double: Double, account: Account, answer):
    await double.say("Rafael Costa", "Hello")
    assert isinstance(await send(account, answer(address="5511991234002")), Receipt)
    assert double.screen("Rafael Costa")[-1].by == "brand"


async def test_it_has_all_that_a_double_needs(double: Double, house: House):
    assert SIMULATOR is Double
    assert CHANNEL.missing(double.settings()) == []
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
    before = Bubble(id="wamid.old", by="person", text="Old", at=clock() - timedelta(hours=2))
    double.remember(YUKI, [before])
    assert [bubble.text for bubble in double.screen("Yuki Tanaka")] == ["Old"]
    assert isinstance(await send(account, answer(address=YUKI)), Receipt)


async def test_it_runs_by_itself(house: House):
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "duologue.channels.whatsapp.simulate", "--seed", "1", "--webhook", house.url,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert program.stdout
        told = json.loads(await program.stdout.readline())
        assert Settings(**told["settings"]).phone_id == "900100200300"
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{told['control']}/say", json={"person": GRETA, "text": "Hello"}) as found:
                assert found.status == 200
            async with session.get(f"{told['control']}/screen", params={"person": GRETA}) as found:
                assert [bubble["text"] for bubble in await found.json()] == ["Hello"]
    finally:
        program.terminate()
        await program.wait()
