"""The steps of a connection, and how it is."""

from datetime import timedelta

import pytest
from aiohttp import web
from msgspec.structs import replace

from duologue.channels.contract import Account, Check, Sign
from duologue.channels.telegram.connection import check, health, hook
from duologue.channels.telegram.settings import Settings
from duologue.channels.telegram.simulate.double import Double
from duologue.channels.telegram.updates import ALLOWED
from duologue.kernel.clock import Turned

from .conftest import NADIA, House


def failing(checks: list[Check]) -> list[str]:
    assert all(one.ok or one.todo for one in checks)
    return [one.name for one in checks if not one.ok]


def levels(signs: list[Sign]) -> dict[str, str]:
    return {one.name: one.level for one in signs}


def with_(account: Account, **settings: object) -> Account:
    return replace(account, settings=replace(account.settings, **settings))


async def test_the_test_sets_the_webhook_with_its_secret_and_all_kinds(double: Double, account: Account):
    assert failing(await check(account)) == []
    assert double.hooks.url == hook(account) == f"https://dm.example.test/in/{account.id}"
    assert double.hooks.secret == account.settings.secret_token
    assert double.hooks.allowed == list(ALLOWED)
    assert levels(await health(account)) == {"Bot token": "good", "Webhook": "good", "Waiting": "good"}


async def test_the_newest_secret_is_the_one_that_is_told(double: Double, account: Account):
    await check(with_(account, secret_token="newer\nolder"))
    assert double.hooks.secret == "newer"


async def test_where_messages_are_fetched_our_webhook_goes(double: Double, account: Account):
    await check(account)
    polled = with_(account, poll=True)
    assert levels(await health(polled))["Webhook"] == "bad"
    assert failing(await check(polled)) == []
    assert double.hooks.url == ""
    assert levels(await health(polled))["Webhook"] == "good"
    assert levels(await health(account))["Webhook"] == "bad"


@pytest.mark.parametrize("poll", [True, False])
async def test_another_program_s_webhook_is_left_alone_until_told_otherwise(
    double: Double, account: Account, poll: bool
):
    await double.command("foreign_webhook")
    ours = with_(account, poll=poll)
    assert failing(await check(ours)) == ["Webhook"]
    assert "bots.elsewhere.example" in str(await check(ours))
    assert levels(await health(ours))["Webhook"] == "bad"
    assert double.hooks.url == "https://bots.elsewhere.example/hook"
    assert failing(await check(with_(ours, take_over=True))) == []
    assert double.hooks.url == ("" if poll else hook(account))


async def test_a_token_that_is_refused_or_wrong_says_what_to_do(double: Double, account: Account):
    await double.command("revoke_token")
    assert failing(await check(account)) == ["Bot token"]
    assert levels(await health(account)) == {"Bot token": "bad"}
    assert failing(await check(with_(account, token="no token"))) == ["Bot token"]


async def test_what_is_empty_is_named_and_nothing_is_asked(double: Double, account: Account):
    assert failing(await check(with_(account, token=""))) == ["Settings"]
    assert failing(await check(with_(account, secret_token=" \n"))) == ["Settings"]
    assert double.asked == []
    assert failing(await check(with_(account, secret_token="", poll=True))) == []


async def test_the_public_api_calls_no_plain_http(account: Account):
    from duologue.channels.telegram.connection import _set

    plain = replace(account, settings=Settings(token="1:x", secret_token="s"), public_url="http://duologue.test")
    assert (await _set(plain)).ok is False


async def test_a_port_that_is_never_called_is_refused_by_the_platform(double: Double, account: Account):
    assert failing(await check(replace(account, public_url="https://dm.example.test:9000"))) == ["Webhook"]


async def test_nobody_there_is_a_check_of_its_own(double: Double, account: Account):
    await double.command("down")
    assert failing(await check(account)) == ["Connection"]


async def test_calls_that_fail_and_what_waits_are_told(double: Double, account: Account, house: House, clock: Turned):
    double.faults.pace = 1000
    house.say_no += [web.Response(status=503)]
    await double.command("huge_batch")
    ours = replace(account, id=account.id)
    while double.hooks.last_error is None:
        await double.hooks.news(0.01)
    signs = await health(ours)
    assert levels(signs)["Last failed call"] == "warn"
    assert "503" in str(signs)
    clock.turn(hours=2)
    assert levels(await health(ours))["Last failed call"] == "good"


async def test_updates_that_pile_up_are_a_warning(double: Double, account: Account):
    await double.command("huge_batch")
    assert levels(await health(account))["Waiting"] == "warn"


async def test_kinds_that_do_not_come_are_named(double: Double, account: Account):
    await double.hooks.point(hook(account), secret="x", allowed=["message"])
    (sign,) = [one for one in await health(account) if one.name == "Webhook"]
    assert (sign.level, "message_reaction" in sign.words) == ("warn", True)


async def test_what_waits_longer_than_a_day_is_gone(double: Double, clock: Turned):
    double.phone(NADIA).says("Old")
    clock.moment += timedelta(hours=25)
    assert double.hooks.take(None, 100) == []
