"""The double and the channel together: messages in, files, history, checks, health, and Twilio's own strictness."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Account, Kind, Media, Opted, Said, Unreadable
from duologue.channels.simulation import Bubble
from duologue.channels.sms import CHANNEL
from duologue.channels.sms.api import api, authorization, facts
from duologue.channels.sms.connection import check, health
from duologue.channels.sms.files import fetch
from duologue.channels.sms.past import history
from duologue.channels.sms.simulate.double import BATCH, Double
from duologue.channels.sms.simulate.samples import SAMPLES
from duologue.kernel.clock import Turned
from duologue.kernel.egress import NoAnswer
from tests.channels.sms.conftest import OUTSIDE, House

WHO = "Maya Brooks"


def texts(house: House) -> list[str | None]:
    return [one.content.text for one in house.of(Said) if isinstance(one, Said)]


async def media(house: House) -> Media:
    (said,) = house.of(Said)
    assert isinstance(said, Said)
    (one,) = said.content.media
    return one


@pytest.mark.parametrize("kind", list(SAMPLES))
async def test_each_kind_that_a_phone_sends_is_read_and_fetched(
    account: Account, double: Double, house: House, kind: Kind
):
    await double.send(WHO, kind)
    await double.settled()
    (said,) = house.events
    assert isinstance(said, Said)
    assert said.content.kind is kind
    fetched = await fetch(account, await media(house))
    assert (fetched.data, fetched.mime) == SAMPLES[kind]


async def test_told_twice_it_has_one_id(double: Double, house: House):
    await double.command("deliver_twice")
    await double.say(WHO, "Hi")
    await double.settled()
    assert texts(house) == ["Hi", "Hi"]
    assert len({one.id for one in house.of(Said)}) == 1  # type: ignore[union-attr]


async def test_a_wrong_signature_is_turned_away_and_a_broken_call_stands_alone(double: Double, house: House):
    await double.command("bad_signature")
    await double.command("malformed")
    await double.say(WHO, "One")
    await double.say(WHO, "Two")
    await double.settled()
    assert house.replies == [200, 403, 200, 200]
    assert texts(house) == ["One", "Two"]
    assert len(house.of(Unreadable)) == 1


async def test_behind_a_proxy_the_public_address_is_signed(double: Double, house: House):
    """The call goes to the inside place, signed for the address that the account has at Twilio."""
    double.world.hook = double.world.hook.replace(house.base, OUTSIDE)
    await double.say(WHO, "Hi")
    await double.settled()
    assert texts(house) == ["Hi"]
    assert double.hooks.attempts[0].url.startswith("https://dm.example.test/in/")


async def test_twilio_repeats_a_call_only_where_the_address_asks_for_it(double: Double, house: House):
    double.hooks.patient = False
    house.away = 1
    await double.say(WHO, "Lost")
    await double.settled()
    double.world.hook += "#rc=2&rp=all"
    house.away = 2
    await double.say(WHO, "Kept")
    await double.settled()
    assert texts(house) == ["Kept"]
    assert [one.status for one in double.hooks.attempts] == [503, 503, 503, 200]


async def test_stopping_and_starting_are_told_and_twilio_answers_them(double: Double, house: House):
    await double.command("block")
    await double.command("unblock")
    await double.settled()
    assert [one.stopped for one in house.of(Opted)] == [True, False]  # type: ignore[union-attr]
    assert ["unsubscribed" in one.text for one in double.screen(double.people()[-1].id) if one.by == "brand"] == [
        True,
        False,
    ]


async def test_with_advanced_opt_out_twilio_says_what_it_understood(double: Double, house: House):
    await double.command("advanced")
    await double.say(WHO, "HELP")
    await double.say(WHO, "YES")
    await double.settled()
    assert [one.content.facts for one in house.of(Said)] == [{"keyword": "HELP"}, {"keyword": "START"}]  # type: ignore[union-attr]
    assert [one.stopped for one in house.of(Opted)] == [False]  # type: ignore[union-attr]


async def test_many_at_once_are_all_there(double: Double, house: House):
    await double.command("huge_batch")
    await double.settled()
    assert len({one.id for one in house.of(Said)}) == BATCH  # type: ignore[union-attr]
    assert double.hooks.said == []  # and no answer of ours made Twilio send anything


# ----------------------------------------------------------------------------------------------------------- files


async def test_a_file_that_was_deleted_is_gone_and_keys_that_are_refused_are_tried_again(
    account, double: Double, house
):
    await double.send(WHO, Kind.IMAGE)
    await double.settled()
    one = await media(house)
    await double.command("revoke_token")
    with pytest.raises(NoAnswer, match="401"):
        await fetch(account, one)
    await double.command("restore_token")
    await double.command("expire_media")
    assert (await fetch(account, one)).data is None


async def test_the_keys_go_to_no_other_server(account: Account, double: Double, house: House):
    await double.send(WHO, Kind.IMAGE)
    await double.settled()
    elsewhere = replace(account, settings=replace(account.settings, base_url="https://api.elsewhere.test"))
    with pytest.raises(NoAnswer, match="401"):
        await fetch(elsewhere, await media(house))


async def test_a_signed_address_ends_after_four_hours(account: Account, double: Double, house: House, clock: Turned):
    await double.send(WHO, Kind.IMAGE)
    await double.settled()
    where = (await media(house)).url or ""
    keys = {"Authorization": authorization(account.settings)}
    answer = await account.egress.request("GET", where, headers=keys)
    link = double.settings().base_url + answer.headers["location"]
    assert (await account.egress.request("GET", link)).status == 200
    assert (await account.egress.request("GET", link, headers=keys)).status == 400
    clock.turn(hours=4)
    assert (await account.egress.request("GET", link)).status == 403


# --------------------------------------------------------------------------------------------------------- history


async def test_what_no_call_brought_is_in_the_history(account: Account, double: Double, clock: Turned):
    await double.say(WHO, "Too old")
    clock.turn(hours=2)
    since = clock() - timedelta(minutes=1)
    await double.say(WHO, "Missed")
    await double.send(WHO, Kind.IMAGE)
    double.world.rows[-1].created += timedelta(seconds=1)
    await double.say("Diego Ramos", "To another number")
    double.world.rows[-1].to = "+13125550000"
    found = [event async for raw in history(account, since) for event in CHANNEL.read(account.settings, raw)]
    picture, text = found
    assert isinstance(picture, Said)
    assert isinstance(text, Said)
    assert (text.content.text, text.at) == ("Missed", clock())
    fetched = await fetch(account, picture.content.media[0])
    assert fetched.data == SAMPLES[Kind.IMAGE][0]


async def test_the_history_of_many_pages_is_read_to_its_end(account: Account, double: Double, clock: Turned):
    for number in range(450):
        double.carrier.says(double.world.person(WHO), f"{number}")
    raws = [raw async for raw in history(account, clock() - timedelta(minutes=1))]
    found = [event for raw in raws for event in CHANNEL.read(account.settings, raw)]
    assert (len(raws), len({one.id for one in found if isinstance(one, Said)})) == (3, 450)


async def test_a_services_history_is_told_by_the_service(account: Account, double: Double, clock: Turned):
    await double.say(WHO, "Hello")
    service = replace(account, settings=replace(account.settings, sender=double.world.service))
    assert len([raw async for raw in history(service, clock())]) == 1
    other = replace(account, settings=replace(account.settings, sender="MG" + "0" * 32))
    assert [raw async for raw in history(other, clock())] == []


async def test_a_history_that_is_refused_is_asked_for_again_later(account: Account, double: Double, clock: Turned):
    await double.command("revoke_token")
    with pytest.raises(NoAnswer, match="401"):
        [raw async for raw in history(account, clock())]


# ------------------------------------------------------------------------------------------------ checks and health


async def test_all_checks_pass_where_all_is_well(account: Account, double: Double):
    double.world.hook = f"https://dm.example.test/in/{account.id}#rc=5"
    found = await check(account)
    assert [(one.name, one.ok) for one in found] == [("Keys", True), ("Sender", True), ("Webhook", True)]


@pytest.mark.parametrize("before", ["", "https://demo.twilio.com/welcome/sms/reply"])
async def test_the_address_is_entered_where_none_is_yet(account: Account, double: Double, before: str):
    double.world.hook = before
    assert (await check(account))[-1].ok
    assert double.world.hook == f"https://dm.example.test/in/{account.id}#rc=5&rp=all"


async def test_an_address_of_somebody_elses_is_left_and_told(account: Account, double: Double):
    double.world.hook = "https://other.example/hook"
    last = (await check(account))[-1]
    assert (last.ok, bool(last.todo), double.world.hook) == (False, True, "https://other.example/hook")


async def test_a_service_is_looked_up_and_its_address_entered(account: Account, double: Double):
    service = replace(account, settings=replace(account.settings, sender=double.world.service))
    assert all(one.ok for one in await check(service))
    assert double.world.service_hook.startswith(f"https://dm.example.test/in/{account.id}")


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ({"auth_token": "x"}, "Keys"),
        ({"account_sid": "AC" + "9" * 32}, "Keys"),
        ({"sender": ""}, "Settings"),
        ({"sender": "+13125550000"}, "Sender"),
        ({"sender": "MG" + "0" * 32}, "Sender"),
        ({"base_url": "http://10.0.0.1"}, "Connection"),
    ],
)
async def test_a_wrong_setting_is_told_with_what_to_do(account: Account, broken: dict[str, str], name: str):
    last = (await check(replace(account, settings=replace(account.settings, **broken))))[-1]
    assert (last.name, last.ok, bool(last.todo)) == (name, False, True)


async def test_trial_and_suspended_accounts_are_told(account: Account, double: Double):
    await double.command("trial")
    assert "trial" in (await check(account))[0].words
    await double.command("suspended")
    assert not (await check(account))[0].ok


@pytest.mark.parametrize(("left", "level"), [(42.5, "good"), (9.99, "warn"), (0.0, "bad")])
async def test_health_tells_the_balance(account: Account, double: Double, house: House, left: float, level: str):
    double.world.balance = left
    state, balance, webhook = await health(account)
    assert (state.level, balance.level, webhook.level) == ("good", level, "good")
    assert balance.words == f"{left:.2f} USD are left."


async def test_health_tells_a_trial_a_lost_webhook_and_refused_keys(account: Account, double: Double):
    await double.command("trial")
    state, _, webhook = await health(account)
    assert (state.level, webhook.level) == ("warn", "bad")
    await double.command("revoke_token")
    (refused,) = await health(account)
    assert refused.level == "bad"


# ------------------------------------------------------------------------------------------------------ strictness

GOOD = {"To": "+14155550100", "From": "+14155550199", "Body": "x"}


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (GOOD | {"Extra": "1"}, 20001),
        (GOOD | {"To": ""}, 21604),
        (GOOD | {"To": "4155550100"}, 21211),
        (GOOD | {"From": ""}, 21603),
        (GOOD | {"From": "+13125550000"}, 21659),
        (GOOD | {"Body": ""}, 21602),
        (GOOD | {"Body": "x" * 1601}, 21617),
        (GOOD | {"MediaUrl": "ftp://x.test"}, 21620),
        (GOOD | {"StatusCallback": "nowhere"}, 21609),
        (GOOD | {"MessagingServiceSid": "MG9"}, 20404),
    ],
)
async def test_the_double_is_as_strict_as_twilio(account: Account, double: Double, form: dict[str, str], code: int):
    answer = await api(account).post("/Messages.json", list(form.items()))
    assert (facts(answer)["code"], double.screen(WHO)) == (code, [])


async def test_the_double_wants_forms_and_the_keys_as_twilio_does(account: Account, double: Double):
    url = f"{double.settings().base_url}/2010-04-01/Accounts/{double.world.account}/Messages.json"
    keys = {"Authorization": authorization(account.settings)}
    body = urlencode(GOOD).encode()
    assert (await account.egress.request("POST", url, body=body)).status == 401
    bearer = {"Authorization": f"Bearer {double.world.token}"}
    assert (await account.egress.request("POST", url, headers=bearer, body=body)).status == 401
    json = keys | {"Content-Type": "application/json"}
    assert (await account.egress.request("POST", url, headers=json, body=b"{}")).status == 415


def test_a_phone_remembers_what_was_said_before(double: Double, clock: Turned):
    double.remember(WHO, [Bubble(id="1", by="brand", text="Earlier", at=clock())])
    assert [one.text for one in double.screen(WHO)] == ["Earlier"]


@pytest.mark.parametrize("name", ["down", "slow", "broken", "poor", "no_news"])
async def test_every_trouble_ends_with_calm(account: Account, double: Double, house: House, name: str):
    await double.command(name)
    await double.command("calm")
    assert [one.level for one in await health(account)] == ["good", "good", "good"]
    answer = await api(account).post("/Messages.json", list(GOOD.items()))
    assert answer.status == 201
