"""What the folder brings along besides code."""

from pathlib import Path

import msgspec
import pytest

import duologue.channels.sms
from duologue.channels.contract import Content
from duologue.channels.policy import Writer
from duologue.channels.sms import CHANNEL
from duologue.channels.sms.settings import Settings, is_service, missing, own_address
from duologue.web import render
from duologue.web.words import say

FOLDER = Path(duologue.channels.sms.__file__).parent


def test_the_guide_shows_the_hook_with_the_wish_to_be_called_again():
    shown = render.fragment(
        "guide/sms/connect.html", settings=Settings(), webhook_url="https://dm.test/in/1", channel=object()
    )
    assert "https://dm.test/in/1#rc=5&amp;rp=all" in shown


def test_secrets_are_marked_as_secrets():
    fields = msgspec.structs.fields(CHANNEL.settings)
    secret = {one.name for one in fields if (msgspec.inspect.type_info(one.type).extra or {}).get("secret")}  # type: ignore[union-attr]
    assert secret == {"auth_token", "api_secret", "shared_keys"}


def test_what_was_pasted_with_spaces_in_it_means_the_same():
    pasted = Settings(account_sid=" AC\n1 ", auth_token=" t \n", sender="+1 (415) 555-0199")
    assert (pasted.account_sid, pasted.sender, missing(pasted)) == ("AC1", "+14155550199", [])
    assert Settings(sender=" MG" + "0" * 32 + "\n").sender == "MG" + "0" * 32
    assert missing(Settings(auth_token=" ,\n")) == ["account_sid", "auth_token", "sender"]
    assert (own_address(pasted), own_address(Settings())) == ("+14155550199", "SMS")


@pytest.mark.parametrize(("sender", "service"), [("+14155550199", False), ("MG" + "0a" * 16, True), ("MG1", False)])
def test_a_service_is_known_by_its_sid(sender: str, service: bool):
    assert is_service(Settings(sender=sender)) is service


def test_a_person_may_write_first_and_a_campaign_only_to_who_has_written():
    rules = CHANNEL.abilities.policy.rules
    assert {writer: any(one.first for one in rules if writer in one.writers) for writer in Writer} == {
        Writer.PERSON: True,
        Writer.AUTOMATION: True,
        Writer.BULK: False,
    }
    assert all(one.source for one in rules)
    assert CHANNEL.abilities.policy.window() is None


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("x" * 200, "2 Segmente, etwa 0.02 USD"),
        ("x" * 100 + "🙂", "2 Segmente, etwa 0.02 USD; „🙂“ macht es länger"),
        ("x", "1 Segment, etwa 0.0083 USD"),
    ],
)
def test_what_it_comes_to_is_said_in_the_readers_language(text: str, german: str):
    assert CHANNEL.measure
    told = CHANNEL.measure(Settings(price="0.0083"), Content(text=text))
    assert say("de", told or "") == german
