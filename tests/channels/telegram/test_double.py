"""The double keeps the platform's own rules, so that what works against it works there."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from duologue.channels.contract import Edited, Kind, Opted, Reacted, Said, Unsent
from duologue.channels.shared.double.samples import PIXEL
from duologue.channels.simulation import COMMON, Bubble
from duologue.channels.telegram.simulate.double import Double
from duologue.kernel.clock import Turned

from .conftest import LEO, NADIA, House


class Client:
    """Speaks the Bot API as its libraries do: forms with JSON in their fields, or JSON."""

    def __init__(self, double: Double, session: aiohttp.ClientSession) -> None:
        self._double, self._session = double, session

    async def json(self, method: str, token: str | None = None, **params: Any) -> tuple[int, dict[str, Any]]:
        url = f"{self._double.base}/bot{token or self._double.world.token}/{method}"
        async with self._session.post(url, json=params) as answer:
            return answer.status, await answer.json()

    async def form(self, method: str, **params: Any) -> dict[str, Any]:
        form = aiohttp.FormData()
        for key, value in params.items():
            if isinstance(value, bytes):
                form.add_field(key, value, filename=f"{key}.bin", content_type="image/png")
            else:
                form.add_field(key, value if isinstance(value, str) else json.dumps(value))
        url = f"{self._double.base}/bot{self._double.world.token}/{method}"
        async with self._session.post(url, data=form) as answer:
            return await answer.json()


@pytest.fixture
async def client(double: Double) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(double, session)


async def test_what_people_do_arrives_as_what_it_is(double: Double, house: House):
    phone = double.phone(NADIA)
    number = phone.says("Two tins")
    phone.edits(number, "Three tins")
    phone.reacts(number, "👍")
    phone.reacts(number)
    phone.blocks()
    phone.unblocks()
    phone.starts("spring-tea")
    phone.sends_album(b"1", b"2", caption="Both")
    await double.settled()
    kinds = [type(one) for one in house.events]
    assert kinds == [Said, Edited, Reacted, Reacted, Said, Opted, Said, Opted, Said, Said, Said]
    assert [one.emoji for one in house.of(Reacted)] == ["👍", None]
    assert [one.stopped for one in house.of(Opted)] == [True, False]
    assert [one.content.text for one in house.of(Said)[-2:]] == ["Both", None]


async def test_an_ordinary_bot_hears_of_no_deletion_and_a_business_one_does(double: Double, house: House):
    phone, business = double.phone(NADIA), double.business_phone(NADIA)
    phone.takes_back(phone.says("Oops"))
    number = business.says("Oops")
    business.owner_says("We saw that")
    business.takes_back(number)
    await double.settled()
    assert [(one.by, one.address) for one in house.of(Said)] == [
        ("person", NADIA),
        ("person", f"business:bizconn0001:{NADIA}"),
        ("brand", f"business:bizconn0001:{NADIA}"),
    ]
    assert [one.id for one in house.of(Unsent)] == [f"business:bizconn0001:{NADIA}:{number}"]


async def test_every_kind_of_its_phones_is_read_as_that_kind(double: Double, house: House):
    for kind in double.kinds():
        await double.send(LEO, kind)
    await double.settled()
    assert [one.content.kind for one in house.of(Said)] == list(double.kinds())
    with pytest.raises(KeyError):
        await double.send(LEO, Kind.CALL)


async def test_one_chat_waits_for_itself_and_the_others_do_not(double: Double, house: House):
    double.faults.pace = 4  # long enough a wait for the others to pass
    house.say_no.append(web.Response(status=500))
    double.phone(NADIA).says("N1")
    double.phone(NADIA).says("N2")
    double.phone(LEO).says("L1")
    await double.settled()
    texts = [one.content.text for one in house.of(Said)]
    assert texts == ["L1", "N1", "N2"]
    assert [one.status for one in double.hooks.attempts] == [500, 200, 200, 200]


async def test_a_wait_that_the_hook_asks_for_is_kept(double: Double, house: House):
    double.faults.pace = 0.001
    house.say_no.append(web.Response(status=503, headers={"Retry-After": "100"}))
    began = asyncio.get_running_loop().time()
    double.phone(NADIA).says("Hello")
    await double.settled()
    assert asyncio.get_running_loop().time() - began >= 0.1
    assert len(house.of(Said)) == 1


async def test_a_hook_that_is_gone_is_left_alone_for_a_day(double: Double, house: House, clock: Turned):
    house.say_no.append(web.Response(status=410))
    double.phone(NADIA).says("Anybody?")
    while not double.hooks.attempts:
        await double.hooks.news(0.01)
    assert double.hooks._due(10**9) is None
    clock.turn(hours=23.5)
    assert double.hooks._due(10**9) is not None
    clock.turn(hours=1)
    assert double.hooks.take(None, 9) == []


async def test_a_reaction_is_not_told_to_who_did_not_ask(double: Double, house: House):
    await double.hooks.point(house.url, secret=double.world.secret)
    phone = double.phone(NADIA)
    phone.reacts(phone.says("Hi"), "👍")
    await double.settled()
    assert [type(one) for one in house.events] == [Said]


async def test_forged_and_doubled_calls(double: Double, house: House):
    await double.command("bad_signature")
    double.phone(NADIA).says("Once")
    await double.settled()
    assert house.replies == [403, 200]
    await double.command("deliver_twice")
    double.phone(NADIA).says("Twice")
    await double.settled()
    assert house.replies == [403, 200, 200, 200]
    assert len({one.id for one in house.of(Said)}) == 2
    await double.command("calm")
    double.phone(NADIA).says("Calm")
    await double.settled()
    assert len(house.replies) == 5


@pytest.mark.parametrize(
    ("method", "params", "code", "words"),
    [
        ("sendMessage", {"text": "x"}, 400, "chat_id is empty"),
        ("sendMessage", {"chat_id": 1, "text": "x"}, 400, "chat not found"),
        ("sendMessage", {"chat_id": int(NADIA), "text": " "}, 400, "message text is empty"),
        ("sendMessage", {"chat_id": int(NADIA), "text": "x" * 4097}, 400, "message is too long"),
        ("sendMessage", {"chat_id": int(NADIA), "text": "x", "txet": "y"}, 400, 'unknown parameter "txet"'),
        ("sendMessage", {"chat_id": "Nadia", "text": "x"}, 400, "invalid chat_id specified"),
        (
            "sendMessage",
            {"chat_id": int(NADIA), "text": "x", "reply_parameters": {"message_id": 77}},
            400,
            "message to be replied not found",
        ),
        (
            "sendMessage",
            {
                "chat_id": int(NADIA),
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "y", "callback_data": "z" * 65}]]},
            },
            400,
            "BUTTON_DATA_INVALID",
        ),
        ("sendPhoto", {"chat_id": int(NADIA), "photo": "nowhere"}, 400, "wrong file identifier"),
        ("sendPhoto", {"chat_id": int(NADIA), "photo": "x", "caption": "x" * 1025}, 400, "caption is too long"),
        ("sendMediaGroup", {"chat_id": int(NADIA), "media": [{"type": "photo", "media": "x"}]}, 400, "2-10 items"),
        (
            "sendMediaGroup",
            {"chat_id": int(NADIA), "media": [{"type": "photo", "media": "x"}, {"type": "audio", "media": "x"}]},
            400,
            "same type",
        ),
        ("sendLocation", {"chat_id": int(NADIA), "latitude": 91, "longitude": 0}, 400, "wrong latitude"),
        ("sendVenue", {"chat_id": int(NADIA), "latitude": 1, "longitude": 0, "title": "x"}, 400, "non-empty"),
        ("sendContact", {"chat_id": int(NADIA), "phone_number": "1"}, 400, "first name"),
        ("sendChatAction", {"chat_id": int(NADIA), "action": "dance"}, 400, "wrong parameter action"),
        ("answerCallbackQuery", {"callback_query_id": "1"}, 400, "query is too old"),
        ("getFile", {"file_id": "x"}, 400, "invalid file_id"),
        ("readBusinessMessage", {"chat_id": int(NADIA), "message_id": 1}, 400, "business connection not found"),
        ("setWebhook", {"url": "ftp://x"}, 400, "HTTPS URL"),
        ("setWebhook", {"url": "https://x.example", "secret_token": "ä"}, 400, "unallowed characters"),
        ("setWebhook", {"url": "https://x.example:9000"}, 400, "only on ports"),
        ("makeTea", {}, 404, "Not Found"),
    ],
)
async def test_it_is_as_strict_as_the_platform(
    double: Double, client: Client, method: str, params: dict[str, Any], code: int, words: str
):
    status, told = await client.json(method, **params)
    assert (status, told["ok"], told["error_code"]) == (code, False, code)
    assert words in told["description"]
    assert double.screen(NADIA) == []


async def test_the_token_opens_and_nothing_else_does(double: Double, client: Client):
    assert (await client.json("getMe"))[1]["result"]["username"] == "lume_tea_bot"
    assert (await client.json("getMe", token="1:" + "x" * 35))[0] == 401
    assert (await client.json("getMe", token="x"))[0] == 404
    async with aiohttp.ClientSession() as session, session.get(f"{double.base}/file/botx/documents/a") as answer:
        assert answer.status == 404


async def test_a_library_s_forms_are_read_as_well(double: Double, client: Client):
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    told = await client.form("sendMessage", chat_id=int(NADIA), text="More?", reply_markup=markup)
    assert told["result"]["text"] == "More?"
    media = [{"type": "photo", "media": "attach://file0"}, {"type": "photo", "media": "attach://file1"}]
    told = await client.form("sendMediaGroup", chat_id=NADIA, media=media, file0=PIXEL, file1=PIXEL)
    assert [one["message_id"] for one in told["result"]] == [3, 4]
    assert len({one["media_group_id"] for one in told["result"]}) == 1


async def test_what_was_said_can_be_changed_and_taken_back(double: Double, client: Client):
    await client.json("sendMessage", chat_id=int(NADIA), text="Hello")
    edit = {"chat_id": int(NADIA), "message_id": 2}
    assert (await client.json("editMessageText", **edit, text="Hello!"))[1]["ok"]
    assert "not modified" in (await client.json("editMessageText", **edit, text="Hello!"))[1]["description"]
    assert [one.text for one in double.screen(NADIA)] == ["Hello!"]
    reaction = [{"type": "emoji", "emoji": "👍"}]
    assert (await client.json("setMessageReaction", **edit, reaction=reaction))[1]["ok"]
    assert (await client.json("deleteMessage", **edit))[1]["ok"]
    assert double.screen(NADIA) == []


def test_the_same_seed_tells_the_same_and_without_one_numbers_go_on(clock: Turned):
    one, two = Double(clock, seed=4), Double(clock, seed=4)
    assert [one.phone(NADIA).sends_album(b"1") for _ in range(2)] == [
        two.phone(NADIA).sends_album(b"1") for _ in range(2)
    ]
    assert list(one.world.files) == list(two.world.files)
    earlier = Double(clock).phone(NADIA).says("Monday")
    clock.turn(days=1)
    assert Double(clock).phone(NADIA).says("Tuesday") > earlier + 1000
    assert Double(clock).settings().token == Double(clock).settings().token


def test_a_phone_remembers_and_goes_on_after_it(double: Double, clock: Turned):
    before = [
        Bubble(id=f"{NADIA}:900", by="person", text="Yesterday", at=clock()),
        Bubble(id="", by="brand", text="Indeed", at=clock()),
    ]
    double.remember(NADIA, before)
    assert [one.text for one in double.screen(NADIA)] == ["Yesterday", "Indeed"]
    assert double.phone(NADIA).says("Today") == 901


async def test_every_command_is_done_and_has_its_common_name(double: Double):
    assert set(double.commands()) - set(COMMON) == {"pace", "foreign_webhook", "business", "long_silence"}
    changes: list[int] = []
    double.watch(lambda: changes.append(1))
    for name in double.commands():
        assert (await double.command(name)).endswith("done.")
        assert changes
        changes.clear()
    await double.command("calm")
    with pytest.raises(KeyError):
        await double.command("make tea")


async def test_the_last_of_the_people_blocks(double: Double, client: Client):
    assert len(double.people()) >= 3
    last = int(double.people()[-1].id)
    await double.command("block")
    assert (await client.json("sendMessage", chat_id=last, text="x"))[0] == 403
    await double.command("unblock")
    assert (await client.json("sendMessage", chat_id=last, text="x"))[0] == 200
    double.world.chat(NADIA).deactivated = True
    assert "deactivated" in (await client.json("sendMessage", chat_id=int(NADIA), text="x"))[1]["description"]
