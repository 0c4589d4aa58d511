"""The double and the channel together: events in, files, the checks, health, and LINE's own strictness."""

import json
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Account, Kind, Media, Opted, Said, Unreadable, Unsent
from duologue.channels.line.connection import check, health
from duologue.channels.line.files import fetch
from duologue.channels.line.simulate.double import Double
from duologue.channels.line.simulate.samples import SAMPLES
from duologue.channels.line.tokens import unpacked
from duologue.channels.simulation import Bubble
from duologue.kernel.clock import Turned
from duologue.kernel.egress import NoAnswer
from tests.channels.line.conftest import House

WHO = "Haruka Sato"


def texts(house: House) -> list[str | None]:
    return [one.content.text for one in house.of(Said)]


async def post(account: Account, path: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    every = {"Authorization": f"Bearer {account.settings.access_token}", "Content-Type": "application/json", **headers}
    url = f"{account.settings.base_url}/v2/bot/{path}"
    answer = await account.egress.request("POST", url, headers=every, body=json.dumps(body).encode())
    return answer.status, answer.json()


@pytest.mark.parametrize("kind", list(SAMPLES))
async def test_each_kind_that_a_phone_sends_is_read_as_that(double: Double, house: House, kind: Kind):
    await double.send(WHO, kind)
    await double.settled()
    (said,) = house.events
    assert isinstance(said, Said)
    assert said.content.kind is kind


async def test_a_call_that_failed_comes_again_and_is_marked_as_such(double: Double, house: House):
    house.away = 2
    await double.say(WHO, "Hi")
    await double.settled()
    tried = [json.loads(one.body)["events"][0] for one in double.hooks.attempts]
    assert [one.status for one in double.hooks.attempts] == [503, 503, 200]
    assert [one["deliveryContext"]["isRedelivery"] for one in tried] == [False, True, True]
    assert len({one["webhookEventId"] for one in tried}) == 1
    assert texts(house) == ["Hi"]


async def test_told_twice_it_has_one_id(double: Double, house: House):
    await double.command("deliver_twice")
    await double.say(WHO, "Hi")
    await double.settled()
    assert texts(house) == ["Hi", "Hi"]
    assert len({one.id for one in house.of(Said)}) == 1


async def test_a_wrong_signature_is_turned_away_and_a_broken_item_stands_alone(double: Double, house: House):
    await double.command("bad_signature")
    await double.command("malformed")
    with double.hooks.together():
        await double.say(WHO, "One")
        await double.say(WHO, "Two")
    await double.settled()
    assert house.replies == [403, 200]
    assert texts(house) == ["One", "Two"]
    assert len(house.of(Unreadable)) == 1


async def test_blocking_and_coming_back_are_told(double: Double, house: House):
    await double.command("block")
    await double.command("unblock")
    await double.settled()
    assert [one.stopped for one in house.of(Opted)] == [True, False]
    assert {one.address for one in house.of(Opted)} == {double.people()[-1].id}


async def test_what_is_taken_back_is_gone_with_its_file(account: Account, double: Double, house: House):
    sent = await double.send(WHO, Kind.IMAGE)
    await double.settled()
    (media,) = house.of(Said)[0].content.media
    assert (await fetch(account, media)).data
    await double.command("unsend")
    await double.settled()
    assert [one.id for one in house.of(Unsent)] == [sent]
    assert (await fetch(account, media)).data is None


async def test_in_standby_there_is_no_token(double: Double, house: House):
    await double.command("standby")
    await double.say(WHO, "Hi")
    await double.settled()
    (said,) = house.of(Said)
    tokens = unpacked(said.content.token)
    assert (tokens.reply, tokens.read, bool(said.warning)) == ("", "", True)


async def test_a_thousand_in_one_call_are_all_there(double: Double, house: House):
    await double.command("huge_batch")
    await double.settled()
    assert len(house.of(Said)) == 1000
    assert len(double.hooks.attempts) == 1


async def test_a_video_that_is_being_prepared_is_asked_for_again(account: Account, double: Double, house: House):
    await double.send(WHO, Kind.VIDEO)
    await double.settled()
    (media,) = house.of(Said)[0].content.media
    await double.command("preparing")
    with pytest.raises(NoAnswer, match="preparing"):
        await fetch(account, media)
    await double.command("calm")
    fetched = await fetch(account, media)
    assert (fetched.mime, bool(fetched.data)) == ("video/mp4", True)


async def test_a_conversion_that_failed_gives_no_file(account: Account, double: Double, house: House):
    sent = await double.send(WHO, Kind.VIDEO)
    await double.settled()
    (media,) = house.of(Said)[0].content.media
    double.world.files[sent].state = "failed"
    assert (await fetch(account, media)).data is None


async def test_the_token_goes_to_no_other_server(account: Account, double: Double):
    elsewhere = replace(account, settings=replace(account.settings, data_url="https://data.test"))
    with pytest.raises(NoAnswer, match="401"):
        await fetch(elsewhere, Media(kind=Kind.IMAGE, url=f"{double.settings().base_url}/v2/bot/message/1/content"))


async def test_all_checks_pass_where_all_is_well(account: Account, double: Double, house: House):
    found = await check(account)
    assert [(one.name, one.ok) for one in found] == [("Access token", True), ("Webhook", True), ("Test call", True)]
    assert house.replies == [200]  # the test call itself
    assert house.events == []


async def test_an_address_that_leads_elsewhere_is_replaced_by_ours(account: Account, double: Double):
    double.world.endpoint = "https://old.example/hook"
    found = await check(account)
    assert double.world.endpoint == f"https://dm.example.test/in/{account.id}"
    assert found[1].ok
    assert not found[2].ok  # nobody is there
    assert found[2].todo


@pytest.mark.parametrize(
    ("broken", "name"),
    [({"access_token": "x"}, "Access token"), ({"bot_id": "U1"}, "Access token"), ({"channel_secret": ""}, "Settings")],
)
async def test_a_wrong_setting_is_told_with_what_to_do(account: Account, house: House, broken: dict, name: str):
    found = await check(replace(account, settings=replace(account.settings, **broken)))
    assert [(one.name, one.ok, bool(one.todo)) for one in found] == [(name, False, True)]


async def test_an_address_that_is_not_used_or_not_https_is_told(account: Account, double: Double, house: House):
    double.world.active = False
    webhook = (await check(account))[1]
    assert (webhook.ok, "Use webhook" in (webhook.todo or "")) == (False, True)
    double.world.endpoint = ""
    inside = replace(account, public_url="http://inside.test")
    assert "https" in ((await check(inside))[1].todo or "")


async def test_where_line_is_away_the_check_says_so(account: Account, double: Double):
    await double.command("down")
    (found,) = await check(account)
    assert (found.name, found.ok) == ("Connection", False)
    await double.command("up")


@pytest.mark.parametrize(("used", "level"), [(10, "good"), (400, "warn"), (500, "bad")])
async def test_health_tells_what_is_left_of_the_month(account: Account, double: Double, house: House, used, level):
    double.world.used = used
    quota, webhook = await health(account)
    assert (quota.level, webhook.level) == (level, "good")
    assert quota.words.startswith(f"{used} of 500 ")


async def test_health_without_a_limit_and_without_calls(account: Account, double: Double, house: House):
    double.world.quota, double.world.active = None, False
    quota, webhook = await health(account)
    assert (quota.level, webhook.level) == ("good", "bad")


TEXT = {"type": "text", "text": "x"}


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [TEXT] * 6},
        {"messages": []},
        {"messages": [TEXT], "extra": 1},
        {"messages": [TEXT | {"extra": 1}]},
        {"messages": [{"type": "document"}]},
        {"messages": [{"type": "text", "text": "x" * 5001}]},
        {
            "messages": [
                {"type": "image", "originalContentUrl": "http://x.test/a", "previewImageUrl": "https://x.test/a"}
            ]
        },
        {"messages": [TEXT | {"sender": {"name": "My LINE"}}]},
        {"messages": [TEXT | {"quickReply": {"items": [{"type": "action", "action": {"label": "x" * 21}}]}}]},
    ],
)
async def test_the_double_is_as_strict_as_line(account: Account, double: Double, body: dict[str, Any]):
    status, words = await post(account, "message/push", {"to": double.people()[0].id, **body})
    assert (status, "error" in words["message"]) == (400, True)
    assert double.screen(WHO) == []


async def test_reply_tokens_and_retry_keys_live_as_long_as_lines(account: Account, double: Double, clock: Turned):
    who, key = double.people()[0].id, str(uuid4())
    reply = {"replyToken": double.world.reply_token(who), "messages": [TEXT]}
    assert (await post(account, "message/reply", reply, **{"X-Line-Retry-Key": key}))[0] == 400
    assert (await post(account, "message/reply", reply))[0] == 200
    assert await post(account, "message/reply", reply) == (400, {"message": "Invalid reply token"})
    late = {"replyToken": double.world.reply_token(who), "messages": [TEXT]}
    push = {"to": who, "messages": [TEXT]}
    first = await post(account, "message/push", push, **{"X-Line-Retry-Key": key})
    clock.turn(seconds=61)
    assert (await post(account, "message/reply", late))[0] == 400
    again = await post(account, "message/push", push, **{"X-Line-Retry-Key": key})
    assert (first[0], again[0]) == (200, 409)
    assert again[1]["sentMessages"] == first[1]["sentMessages"]
    clock.turn(hours=24)
    assert (await post(account, "message/push", push, **{"X-Line-Retry-Key": key}))[0] == 200
    assert len(double.screen(WHO)) == 3


def test_a_phone_remembers_what_was_said_before(double: Double, clock: Turned):
    before = [Bubble(id="1", by="brand", text="Earlier", at=clock())]
    double.remember(WHO, before)
    assert [one.text for one in double.screen(WHO)] == ["Earlier"]
