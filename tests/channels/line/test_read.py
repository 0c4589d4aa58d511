"""What calls bring: every row of the table of events, and what cannot be understood."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.channels.contract import Content, Edited, Kind, Opted, Raw, Said, Unreadable, Unsent
from duologue.channels.line.read import read
from duologue.channels.line.settings import Settings
from duologue.channels.line.tokens import unpacked

OURS = Settings(
    channel_secret="s", access_token="t", data_url="https://data.test", sticker_url="https://s.test/{id}.png"
)
USER = "U" + "a" * 32
AT = datetime(2026, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)


def event(kind: str = "message", **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "mode": "active",
        "timestamp": 1767225600123,
        "webhookEventId": "01J0ZZZZZZZZZZZZZZZZZZZZZZ",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": USER},
        "replyToken": "r1",
    } | more


def message(**more: Any) -> dict[str, Any]:
    return event(message={"id": "5001", "type": "text", "text": "Hi"} | more)


def told(*events: Any) -> list[Any]:
    return read(OURS, Raw(body=json.dumps({"destination": "U0", "events": events}).encode()))


def said(item: dict[str, Any]) -> Said:
    (found,) = told(item)
    assert isinstance(found, Said)
    return found


def content(item: dict[str, Any]) -> Content:
    return said(item).content


def test_a_text_with_its_tokens():
    found = said(message(markAsReadToken="m1", quotedMessageId="4999"))
    assert (found.id, found.address, found.at, found.content.text) == ("5001", USER, AT, "Hi")
    assert found.reply_to == "4999"
    tokens = unpacked(found.content.token)
    assert (tokens.reply, tokens.read, tokens.at) == ("r1", "m1", AT.timestamp())


def test_times_in_seconds_are_understood_too():
    assert said(message() | {"timestamp": 1767225600}).at.year == 2026


@pytest.mark.parametrize(
    ("kind", "more", "name"),
    [
        ("image", {"contentProvider": {"type": "line"}}, None),
        ("video", {"contentProvider": {"type": "line"}, "duration": 60000}, None),
        ("audio", {"contentProvider": {"type": "line"}, "duration": 60000}, None),
        ("file", {"fileName": "a.pdf", "fileSize": 20480}, "a.pdf"),
    ],
)
def test_files_are_to_be_fetched_by_the_messages_id(kind: str, more: dict[str, Any], name: str | None):
    found = content(message(type=kind, **more))
    assert found.kind == Kind(kind)
    (media,) = found.media
    assert (media.kind, media.name) == (Kind(kind), name)
    assert media.url == "https://data.test/v2/bot/message/5001/content"


def test_a_file_that_its_sender_keeps_is_fetched_there():
    provider = {"type": "external", "originalContentUrl": "https://x.test/a.jpg", "previewImageUrl": "https://x.test/b"}
    (media,) = content(message(type="image", contentProvider=provider)).media
    assert media.url == "https://x.test/a.jpg"


def test_pictures_of_a_set_tell_their_place_in_it():
    found = content(message(type="image", imageSet={"id": "s", "index": 1, "total": 3}))
    assert found.facts == {"picture": "1/3"}


def test_a_location_with_and_without_its_name():
    named = content(message(type="location", title="Lume", address="Marunouchi 1", latitude=35.6, longitude=139.7))
    assert named.place
    assert (named.place.latitude, named.place.longitude, named.place.label) == (35.6, 139.7, "Lume, Marunouchi 1")
    bare = content(message(type="location", latitude=35, longitude=139))
    assert bare.place
    assert bare.place.label is None


def test_a_sticker_says_its_keywords():
    found = content(message(type="sticker", text=None, packageId="446", stickerId="1988", keywords=["hello", "hi"]))
    assert (found.kind, found.text, found.facts["sticker"]) == (Kind.STICKER, "hello, hi", "446/1988")
    assert found.media[0].url == "https://s.test/1988.png"


def test_a_postback_tells_the_button_and_the_time_picked():
    picked = said(event("postback", postback={"data": "a=1", "params": {"datetime": "2026-01-01T10:00"}}))
    assert (picked.content.kind, picked.content.payload) == (Kind.TAP, "a=1")
    assert (picked.content.text, picked.id) == ("2026-01-01T10:00", "01J0ZZZZZZZZZZZZZZZZZZZZZZ")
    menu = content(
        event("postback", postback={"data": "b", "params": {"newRichMenuAliasId": "m", "status": "SUCCESS"}})
    )
    assert (menu.text, menu.facts) == ("b", {"newRichMenuAliasId": "m", "status": "SUCCESS"})


@pytest.mark.parametrize(("kind", "stopped"), [("follow", False), ("unfollow", True)])
def test_following_allows_and_blocking_forbids_all(kind: str, stopped: bool):
    notice, opted = told(event(kind, follow={"isUnblocked": False}))
    assert isinstance(notice, Said)
    assert (notice.content.kind, notice.content.raw_kind) == (Kind.NOTICE, kind)
    assert opted == Opted(address=USER, at=AT, stopped=stopped, scope="all", word=kind)


def test_what_is_taken_back_goes():
    assert told(event("unsend", unsend={"messageId": "5001"})) == [Unsent(id="5001", address=USER, at=AT)]


def test_an_edit_where_it_holds_what_it_must():
    edited = told(event("messageEdited", message={"id": "5001", "text": "Hello"}))
    assert edited == [Edited(id="5001", address=USER, at=AT, text="Hello")]
    assert content(event("messageEdited", other={})).kind is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "item", "facts"),
    [
        ("join", {}, {}),
        ("leave", {}, {}),
        ("memberJoined", {"joined": {"members": [{"type": "user", "userId": "U1"}]}}, {"members": "U1"}),
        ("memberLeft", {"left": {"members": [{"type": "user", "userId": "U1"}]}}, {"members": "U1"}),
        ("videoPlayComplete", {"videoPlayComplete": {"trackingId": "t"}}, {"video": "t"}),
        ("beacon", {"beacon": {"hwid": "d41d", "type": "enter"}}, {"beacon": "d41d", "act": "enter"}),
        ("accountLink", {"link": {"result": "ok", "nonce": "n"}}, {"result": "ok"}),
        ("membership", {"membership": {"type": "joined", "membershipId": 3}}, {"act": "joined", "membership": "3"}),
    ],
)
def test_other_events_are_notices(kind: str, item: dict[str, Any], facts: dict[str, str]):
    found = content(event(kind, **item))
    assert (found.kind, found.raw_kind, found.facts) == (Kind.NOTICE, kind, facts)


def test_what_is_not_known_bears_its_own_name():
    assert content(event("hologram")).raw_kind == "hologram"
    found = content(message(type="hologram"))
    assert (found.kind, found.raw_kind) == (Kind.UNKNOWN, "hologram")


@pytest.mark.parametrize("kind", ["somethingElse", "moduleAttached"])
def test_news_of_the_account_alone_concern_no_conversation(kind: str):
    item = event(kind)
    del item["source"]
    assert told(item) == []


def test_in_standby_it_is_shown_and_lets_nothing_be_answered_for_nothing():
    found = said(message(markAsReadToken="m1") | {"mode": "standby"})
    assert found.warning
    assert found.content.token is None


@pytest.mark.parametrize("place", [{"type": "group", "groupId": "C1"}, {"type": "room", "roomId": "R1"}])
def test_a_group_is_one_conversation_that_tells_who_spoke(place: dict[str, str]):
    found = said(message() | {"source": place | {"userId": USER}})
    assert found.address == place.get("groupId", place.get("roomId"))
    assert found.content.facts == {"member": USER}


@pytest.mark.parametrize(
    "broken",
    [
        7,
        None,
        {},
        {"type": "message"},
        message() | {"timestamp": "soon"},
        message() | {"source": {"type": "user"}},
        message() | {"source": {"type": "planet", "userId": USER}},
        message(id=None),
        message(id={}),
        message(text=["Hi"]),
        message(type="location", latitude="north"),
        message(type="location", latitude=91, longitude=0),
        event("unsend", unsend={}),
        event("postback", postback=3),
    ],
)
def test_a_broken_event_is_set_aside_alone(broken: Any):
    before, odd, after = told(message(id="1"), broken, message(id="2"))
    assert isinstance(odd, Unreadable)
    assert odd.reason
    assert json.loads(odd.item) == broken
    assert (before.id, after.id) == ("1", "2")


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"events":{}}', b"{}", b"[" * 100_000])
def test_what_is_no_call_at_all_is_set_aside_whole(body: bytes):
    (found,) = read(OURS, Raw(body=body))
    assert isinstance(found, Unreadable)
    assert found.item == body


def test_of_a_thousand_with_a_broken_one_all_others_are_there():
    items: list[Any] = [message(id=str(number)) for number in range(1, 1001)]
    items[500] = {"type": 5}
    found = told(*items)
    assert [one.id for one in found if isinstance(one, Said)] == [str(n) for n in range(1, 1001) if n != 501]
    assert len(found) == 1000


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ROOTS = [
    message(),
    message(type="image", contentProvider={"type": "line"}, imageSet={"id": "s", "index": 1, "total": 3}),
    message(type="sticker", packageId="1", stickerId="2", keywords=["a"]),
    message(type="location", latitude=1.0, longitude=2.0),
    event("postback", postback={"data": "a", "params": {"date": "2026-01-01"}}),
    event("unsend", unsend={"messageId": "1"}),
    event("memberJoined", joined={"members": [{"userId": "U1"}]}),
]


@settings(max_examples=150, deadline=None)
@given(root=st.sampled_from(ROOTS), path=st.lists(st.integers(0, 9), min_size=1, max_size=3), value=ANYTHING)
def test_mutated_events_never_raise_and_never_take_a_neighbour_along(root: dict, path: list[int], value: object):
    mutant = json.loads(json.dumps(root))
    holder: Any = mutant
    for step in path:
        keys = sorted(holder)
        key = keys[step % len(keys)]
        if not isinstance(holder[key], dict) or not holder[key]:
            break
        holder, key = holder[key], sorted(holder[key])[step % len(holder[key])]
    holder[key if key in holder else sorted(holder)[0]] = value
    found = told(message(id="before"), mutant, message(id="after"))
    assert (found[0].id, found[-1].id) == ("before", "after")


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_at_all_never_raise(body: bytes):
    assert isinstance(read(OURS, Raw(body=body)), list)
