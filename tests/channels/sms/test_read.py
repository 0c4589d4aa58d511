"""What comes in: every kind of message, keyword and status, in forms, in JSON and in the history."""

import base64
import json
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.channels.contract import Event, Kind, Opted, Progress, Raw, Said, Unreadable
from duologue.channels.sms.errors import _CODES_IN_WORDS
from duologue.channels.sms.read import read
from duologue.channels.sms.settings import Settings

SID, WHO, US = "AC" + "0" * 32, "+14155550100", "+14155550199"
OURS = Settings(account_sid=SID, auth_token="t", sender=US)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HELLO = {
    "ToCountry": "US", "SmsMessageSid": "SM1", "NumMedia": "0", "SmsSid": "SM1", "SmsStatus": "received",
    "NumSegments": "1", "Body": "Hello",
    "To": US, "MessageSid": "SM1", "AccountSid": SID, "From": WHO, "ApiVersion": "2010-04-01",
}  # fmt: skip
DELIVERED = {
    "SmsSid": "SM2", "SmsStatus": "delivered", "MessageStatus": "delivered", "To": WHO, "MessageSid": "SM2",
    "AccountSid": SID, "From": US, "ApiVersion": "2010-04-01", "RawDlrDoneDate": "2611240900",
}  # fmt: skip
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM1/Media/ME1"


def form(query: str = "", **params: str) -> Raw:
    body = urlencode(params).encode()
    return Raw(body=body, kind="form", headers={"at": AT.isoformat(), "query": query})


def said(**more: str) -> Said:
    (found, *_) = read(OURS, form(**HELLO | more))
    assert isinstance(found, Said), found
    return found


def status(query: str = "", **more: str) -> Progress:
    (found, *_) = read(OURS, form(query, **DELIVERED | more))
    assert isinstance(found, Progress), found
    return found


def test_a_text_is_a_text():
    found = said()
    assert (found.id, found.address, found.at, found.by) == ("SM1", WHO, AT, "person")
    assert (found.content.kind, found.content.text, found.person.phone, found.warning) == (
        Kind.TEXT,
        "Hello",
        WHO,
        None,
    )


@pytest.mark.parametrize(
    ("mime", "kind", "file"),
    [
        ("image/jpeg", Kind.IMAGE, Kind.IMAGE),
        ("video/3gpp", Kind.VIDEO, Kind.VIDEO),
        ("audio/amr", Kind.AUDIO, Kind.AUDIO),
        ("application/pdf", Kind.FILE, Kind.FILE),
        ("text/vcard", Kind.CARD, Kind.FILE),
        ("", Kind.FILE, Kind.FILE),
    ],
)
def test_a_file_is_what_its_type_says(mime: str, kind: Kind, file: Kind):
    found = said(Body="", NumMedia="1", MediaUrl0=MEDIA, MediaContentType0=mime).content
    assert (found.kind, found.text, [one.kind for one in found.media]) == (kind, None, [file])
    assert [(one.url, one.mime) for one in found.media] == [(MEDIA, mime or None)]


def test_ten_files_come_in_one_message_with_their_words():
    more = {f"MediaUrl{n}": f"{MEDIA}{n}" for n in range(10)} | {f"MediaContentType{n}": "image/png" for n in range(10)}
    found = said(NumMedia="10", **more).content
    assert (found.text, [one.url for one in found.media]) == ("Hello", [f"{MEDIA}{n}" for n in range(10)])


def test_files_whose_place_is_not_told_are_counted():
    assert said(NumMedia="3").content.facts == {"files": "3"}


def test_a_nul_in_the_words_is_taken_out():
    assert said(Body="a\x00b").content.text == "ab"


def test_a_long_text_in_base64_is_decoded_and_others_are_left():
    words = "Is the blue one still there? I would take two of them, in 42 and 43."
    encoded = base64.b64encode(words.encode()).decode()
    assert said(Body=encoded).content.text == words
    for plain in ("aGVsbG8=", "x" * 64, base64.b64encode(bytes(range(60))).decode(), "deadbeef" * 10):
        assert said(Body=plain).content.text == plain


def test_other_messengers_of_the_account_keep_their_prefix():
    found = said(From="whatsapp:+14155550100", To="whatsapp:" + US, ProfileName="Maya Brooks", WaId="14155550100")
    assert (found.address, found.person.name, found.person.phone) == ("whatsapp:+14155550100", "Maya Brooks", WHO)
    assert found.warning is None


def test_a_tap_bears_the_developers_word():
    found = said(ButtonText="Size 42", ButtonPayload="size=42", Body="Size 42").content
    assert (found.kind, found.text, found.payload) == (Kind.TAP, "Size 42", "size=42")


def test_a_place_is_a_place():
    found = said(Body="", Latitude="37.7", Longitude="-122.4", Label="Lume", Address="Market St 1").content
    assert found.place
    assert (found.kind, found.place.latitude, found.place.label) == (Kind.LOCATION, 37.7, "Lume, Market St 1")
    assert said(Latitude="x", Longitude="1").content.kind is Kind.TEXT
    assert said(Latitude="nan", Longitude="1").content.kind is Kind.TEXT


def test_what_is_not_known_is_shown_with_twilios_own_word():
    found = said(Body="", MessageType="order").content
    assert (found.kind, found.raw_kind) == (Kind.UNKNOWN, "order")


def test_somebody_who_calls_the_number_is_told():
    (found,) = read(OURS, form(CallSid="CA1", AccountSid=SID, From=WHO, To=US, CallStatus="ringing"))
    assert isinstance(found, Said)
    assert (found.id, found.content.kind, found.content.facts) == ("CA1", Kind.CALL, {"status": "ringing"})


def test_what_was_written_to_another_number_is_here_with_a_warning():
    assert said(To="+13125550000").warning == f"This was written to +13125550000; the answer comes from {US}."


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "UNSUBSCRIBE", "quit", "OPTOUT", "Revoke!"])
def test_a_word_that_stops_is_kept_and_obeyed(word: str):
    first, wish = read(OURS, form(**HELLO | {"Body": word}))
    assert isinstance(first, Said)
    assert first.content.facts == {"keyword": "STOP"}
    assert wish == Opted(address=WHO, at=AT, stopped=True, scope="all", word=word)


@pytest.mark.parametrize("word", ["START", "unstop"])
def test_a_word_that_starts_again(word: str):
    _, wish = read(OURS, form(**HELLO | {"Body": word}))
    assert isinstance(wish, Opted)
    assert not wish.stopped


@pytest.mark.parametrize("word", ["Please stop by on Monday", "YES", "stop it", "HELP", "", "Restart"])
def test_other_words_wish_nothing(word: str):
    assert [type(one) for one in read(OURS, form(**HELLO | {"Body": word}))] == [Said]


@pytest.mark.parametrize(
    ("told", "wanted"), [("STOP", [True]), ("START", [False]), ("HELP", []), ("stop", [True]), ("NEW", [])]
)
def test_what_twilio_has_acted_upon_counts_whatever_the_word(told: str, wanted: list[bool]):
    found = read(OURS, form(**HELLO | {"Body": "BASTA", "OptOutType": told}))
    assert [one.stopped for one in found if isinstance(one, Opted)] == wanted


@pytest.mark.parametrize(
    ("word", "step"),
    [
        ("accepted", "sent"), ("scheduled", "sent"), ("queued", "sent"), ("sending", "sent"), ("sent", "sent"),
        ("partially_delivered", "sent"), ("delivered", "delivered"), ("read", "read"), ("undelivered", "failed"),
        ("failed", "failed"), ("canceled", "failed"),
    ],
)  # fmt: skip
def test_each_status_is_a_step_of_our_message(word: str, step: str):
    ours = uuid4()
    found = status(f"m={ours}", MessageStatus=word, SmsStatus=word)
    assert (found.status, found.ids, found.correlation, found.at) == (step, ("SM2",), ours, AT)
    assert bool(found.reason) is (step == "failed")


def test_a_status_not_known_here_stands_alone():
    (found,) = read(OURS, form(**DELIVERED | {"MessageStatus": "teleported"}))
    assert isinstance(found, Unreadable)
    assert "teleported" in found.reason


@pytest.mark.parametrize("code", sorted(_CODES_IN_WORDS))
def test_every_code_is_told_in_words_with_its_number(code: int):
    reason = status(MessageStatus="undelivered", ErrorCode=str(code)).reason
    assert reason
    assert reason.endswith(f" (Twilio {code})")


def test_codes_not_known_here_are_told_with_their_number():
    assert status(MessageStatus="failed", ErrorCode="39999").reason == (
        "Twilio or the carrier did not take it (error 39999)"
    )


def test_a_carriers_word_that_somebody_stopped_is_written_down():
    _, wish = read(OURS, form(**DELIVERED | {"MessageStatus": "undelivered", "ErrorCode": "21610"}))
    assert wish == Opted(address=WHO, at=AT, stopped=True, scope="all", via="platform")


@pytest.mark.parametrize("query", ["", "m=", "m=x", "n=1", "m=%00"])
def test_an_address_without_our_id_correlates_nothing(query: str):
    assert status(query).correlation is None


# ------------------------------------------------------------------------------------------------------------ JSON


def of_json(thing: Any, kind: str = "json") -> list[Event]:
    body = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
    return read(OURS, Raw(body=body, kind=kind, headers={"at": AT.isoformat(), "query": ""}))


def streamed(**data: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "type": "com.twilio.messaging.inbound-message.received", "data": data}


def test_an_event_stream_brings_batches_with_times_of_their_own():
    inbound = streamed(
        messageSid="SM7", accountSid=SID, to=US, body="Hi", numMedia=0, timestamp="2026-11-24T08:00:00.000Z",
        eventName="com.twilio.messaging.inbound-message.received", **{"from": WHO},
    )  # fmt: skip
    outbound = streamed(messageSid="SM8", accountSid=SID, eventName="com.twilio.messaging.message.delivered", to=WHO)
    first, second = of_json([inbound, outbound])
    assert isinstance(first, Said)
    assert isinstance(second, Progress)
    assert (first.content.text, first.at.hour, second.status, second.ids) == ("Hi", 8, "delivered", ("SM8",))


def test_an_event_of_another_account_is_not_ours():
    assert of_json([streamed(messageSid="SM7", accountSid="AC9", body="Hi", **{"from": WHO})]) == []


def test_a_call_in_json_is_read_like_a_form():
    (found,) = of_json(HELLO)
    assert isinstance(found, Said)
    assert found.content.text == "Hello"


def test_a_thousand_in_one_call_are_all_there_and_the_broken_one_alone():
    items: list[Any] = [HELLO | {"MessageSid": f"SM{n}"} for n in range(1000)]
    items[500] = {"data": "?"}
    found = of_json(items)
    assert len([one for one in found if isinstance(one, Said)]) == 999
    assert [json.loads(one.item) for one in found if isinstance(one, Unreadable)] == [items[500]]


# --------------------------------------------------------------------------------------------------------- history

ROW = {
    "sid": "SM1", "direction": "inbound", "from": WHO, "to": US, "body": "Hello", "num_media": "0",
    "status": "received",
    "date_sent": "Tue, 24 Nov 2026 08:30:00 +0000", "date_created": "Tue, 24 Nov 2026 08:29:00 +0000",
}  # fmt: skip


def listed(*rows: Any) -> list[Event]:
    return of_json({"messages": list(rows)}, kind="history")


def test_the_history_tells_both_sides_with_twilios_times():
    ours = ROW | {"sid": "SM2", "direction": "outbound-api", "from": US, "to": WHO, "status": "delivered"}
    auto = ours | {"sid": "SM3", "direction": "outbound-reply", "status": "undelivered", "error_code": 30003}
    heard, spoken, delivered, answered, failed = listed(ROW, ours, auto)
    assert isinstance(heard, Said)
    assert isinstance(spoken, Said)
    assert isinstance(answered, Said)
    assert isinstance(delivered, Progress)
    assert isinstance(failed, Progress)
    assert (heard.by, heard.at.minute, heard.address) == ("person", 30, WHO)
    assert (spoken.by, spoken.address, spoken.automatic, answered.automatic) == ("brand", WHO, False, True)
    assert (delivered.status, failed.status, "30003" in (failed.reason or "")) == ("delivered", "failed", True)


def test_the_historys_files_have_their_addresses():
    (found,) = listed(ROW | {"num_media": "1", "files": [[MEDIA, "image/png"]]})
    assert isinstance(found, Said)
    assert [(one.kind, one.url) for one in found.content.media] == [(Kind.IMAGE, MEDIA)]


def test_a_thousand_rows_and_broken_ones_among_them():
    odd = [
        None,
        7,
        {},
        ROW | {"date_sent": "?", "date_created": None},
        ROW | {"from": "a b"},
        ROW | {"direction": "up"},
    ]
    found = listed(*[ROW | {"sid": f"SM{n}"} for n in range(1000)], *odd)
    assert len([one for one in found if isinstance(one, Said)]) == 1000
    assert len([one for one in found if isinstance(one, Unreadable)]) == len(odd)


# ----------------------------------------------------------------------------------------------------- what is odd


@pytest.mark.parametrize("gone", [{"MessageSid", "SmsSid", "SmsMessageSid"}, {"From"}])
def test_a_form_that_lacks_what_is_needed_is_set_aside_as_it_came(gone: set[str]):
    raw = form(**{name: value for name, value in HELLO.items() if name not in gone})
    (found,) = read(OURS, raw)
    assert isinstance(found, Unreadable)
    assert found.item == raw.body


def test_a_raw_without_its_time_is_set_aside():
    (found,) = read(OURS, Raw(body=urlencode(HELLO).encode(), kind="form"))
    assert isinstance(found, Unreadable)


@pytest.mark.parametrize("body", [b"", b"\xff{", b"[" * 100_000, b"null", b'"x"', b'{"messages": 7}'])
@pytest.mark.parametrize("kind", ["form", "json", "history"])
def test_what_is_nothing_at_all_never_raises(kind: str, body: bytes):
    assert all(isinstance(one, Unreadable) for one in of_json(body, kind))


_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.just("7" * 600), st.just("\ud800"),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.sampled_from(["json", "history", "form"]), st.data())
def test_nothing_spoiled_raises_or_takes_a_neighbour(kind: str, data: st.DataObject):
    plain: dict[str, Any] = (
        ROW | {"files": [[MEDIA, "image/png"]]} if kind == "history" else HELLO | {"MediaUrl0": MEDIA}
    )
    names = [*plain, "Latitude", "Longitude", "ButtonPayload", "OptOutType", "MessageStatus", "ErrorCode", "data"]
    spoiled = plain | data.draw(st.dictionaries(st.sampled_from(names), _ODD, max_size=4))
    if kind == "form":
        text = urlencode({name: str(value) for name, value in spoiled.items()}, errors="replace")
        found = read(OURS, Raw(body=text.encode(), kind="form", headers={"at": AT.isoformat(), "query": ""}))
        assert found
    else:
        items = [plain, spoiled, plain]
        found = of_json({"messages": items} if kind == "history" else items, kind)
        assert isinstance(found[0], Said)
        assert isinstance(found[-1], Said)
    assert all(isinstance(one, get_args(Event)) for one in found)
    for one in found:
        if isinstance(one, Said):
            assert "\x00" not in (one.content.text or "")
            (one.content.text or "").encode()
