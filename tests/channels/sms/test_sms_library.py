"""Twilio's own library for Python: its client talks to the double, and its validator agrees with our signatures."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from duologue.channels.contract import Accepted, Kind, Request, Said
from duologue.channels.sms.settings import Settings
from duologue.channels.sms.signature import sign
from duologue.channels.sms.simulate.double import Double
from duologue.channels.sms.verify import verify
from duologue.kernel.clock import Turned
from tests.channels.sms.conftest import House

WHO = "Maya Brooks"


class _Redirected(TwilioHttpClient):
    """Twilio's client, whose calls go to the double instead of Twilio's servers."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *given: Any, **more: Any) -> Any:
        for theirs in ("https://api.twilio.com", "https://messaging.twilio.com"):
            url = url.replace(theirs, self._base)
        return super().request(method, url, *given, **more)


@pytest.fixture
def client(double: Double) -> Client:
    return Client(double.world.account, double.world.token, http_client=_Redirected(double.settings().base_url))


async def test_it_sends_and_is_told_what_became_of_it(client: Client, double: Double):
    made = await asyncio.to_thread(
        client.messages.create,
        to="+14155550100",
        from_="+14155550199",
        body="Hello",
        media_url=["https://x.test/a.png"],
    )
    assert (made.status, made.num_media, made.direction, made.date_created is not None) == (
        "queued",
        "1",
        "outbound-api",
        True,
    )
    again = await asyncio.to_thread(client.messages(made.sid or "").fetch)
    assert (again.status, again.body, again.error_code) == ("delivered", "Hello", None)


async def test_it_pages_through_the_list(client: Client, double: Double, clock: Turned):
    for number in range(25):
        await double.say(WHO, f"{number}")
    await double.say("Diego Ramos", "Hi")
    since = (clock() - timedelta(days=1)).date()
    found = await asyncio.to_thread(client.messages.list, from_="+14155550100", date_sent_after=since, page_size=10)
    assert [one.body for one in found] == [str(number) for number in range(24, -1, -1)]
    assert {one.direction for one in found} == {"inbound"}


async def test_it_is_refused_in_twilios_own_words(client: Client, double: Double):
    await double.say(WHO, "STOP")
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(client.messages.create, to="+14155550100", from_="+14155550199", body="Hello")
    assert (refused.value.status, refused.value.code) == (400, 21610)


async def test_it_removes_a_text_and_a_file_and_a_message(client: Client, double: Double):
    sent = await double.send(WHO, Kind.IMAGE)
    (file,) = await asyncio.to_thread(client.messages(sent).media.list)
    assert (file.content_type, file.parent_sid) == ("image/png", sent)
    assert await asyncio.to_thread(client.messages(sent).media(file.sid or "").delete)
    said = await double.send(WHO, Kind.IMAGE)
    assert (await asyncio.to_thread(lambda: client.messages(said).update(body=""))).body == ""
    assert await asyncio.to_thread(client.messages(said).delete)
    with pytest.raises(TwilioRestException):
        await asyncio.to_thread(client.messages(said).fetch)


async def test_it_sees_account_balance_number_and_service(client: Client, double: Double):
    account = await asyncio.to_thread(client.api.accounts(double.world.account).fetch)
    assert (account.status, account.type) == ("active", "Full")
    assert (await asyncio.to_thread(client.balance.fetch)).balance == "42.50"
    (number,) = await asyncio.to_thread(lambda: client.incoming_phone_numbers.list(phone_number="+14155550199"))
    changed = await asyncio.to_thread(lambda: number.update(sms_url="https://dm.test/in/1"))
    assert (changed.sms_url, changed.capabilities["mms"]) == ("https://dm.test/in/1", True)  # type: ignore[index]
    service = await asyncio.to_thread(client.messaging.v1.services(double.world.service).fetch)
    assert service.friendly_name == "Lume"


async def test_its_validator_accepts_what_the_double_signs(double: Double, house: House):
    await double.say(WHO, "Größe 42? 🙂 & more=1")
    await double.send(WHO, Kind.IMAGE)
    await double.settled()
    assert len(house.of(Said)) == 2
    validator = RequestValidator(double.world.token)
    for one in double.hooks.attempts:
        params = dict(parse_qsl(one.body.decode(), keep_blank_values=True))
        assert validator.validate(one.url, params, one.signature)
        assert not validator.validate(one.url, params | {"Body": "?"}, one.signature)


def _asked(url: str, signature: str, body: bytes, kind: str) -> Request:
    _, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    headers = {"content-type": kind, "x-twilio-signature": signature}
    path = "/" + place.partition("/")[2]
    return Request(method="POST", path=path, query=query.encode(), headers=headers, body=body, url=url)


OURS = Settings(account_sid="AC1", auth_token="token-1", sender="+1")
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_PLACES = st.sampled_from(
    ["https://dm.test/in/1", "https://dm.test:8443/in/1?a=b", "http://dm.test/in/1", "https://dm.test:443/in/1"]
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(_PLACES, st.dictionaries(_TEXT.filter(bool), _TEXT, max_size=6), st.booleans())
def test_both_agree_on_every_form(url: str, params: Mapping[str, str], forged: bool):
    params = {name: value for name, value in params.items() if name != "AccountSid"}
    theirs = RequestValidator("token-1" if not forged else "token-2")
    signature = theirs.compute_signature(url, params)
    assert (signature == sign("token-1", url, list(params.items()))) is not forged
    asked = _asked(url, signature, urlencode(params).encode(), "application/x-www-form-urlencoded")
    assert isinstance(verify(OURS, asked), Accepted) is not forged
    assert RequestValidator("token-1").validate(url, params, signature) is not forged


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), st.booleans())
def test_both_agree_on_every_other_body(text: str, forged: bool):
    theirs = RequestValidator("token-1")
    url = f"https://dm.test/in/1?bodySHA256={theirs.compute_hash(text)}"
    signature, sent = theirs.compute_signature(url, {}), text + ("!" if forged else "")
    assert isinstance(verify(OURS, _asked(url, signature, sent.encode(), "application/json")), Accepted) is not forged
    assert theirs.validate(url, sent, signature) is not forged
