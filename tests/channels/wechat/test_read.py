"""Every kind that WeChat tells, and what nobody should tell."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.channels.contract import Event, Kind, Opted, Progress, Raw, Said, Sign, Unreadable
from duologue.channels.wechat.read import read
from duologue.channels.wechat.simulate.double import SETTINGS
from duologue.channels.wechat.simulate.hook import xml

AROUND = {"ToUserName": "gh_0123456789ab", "FromUserName": "oUser-OpenId-0001", "CreateTime": 1767225600}


def told(**about: Any) -> list[Event]:
    return read(SETTINGS, Raw(body=xml({**AROUND, **about})))


def said(**about: Any) -> Said:
    found = told(**about)[0]
    assert isinstance(found, Said), found
    return found


def event(name: str, **about: Any) -> list[Event]:
    return told(MsgType="event", Event=name, **about)


def test_words() -> None:
    found = said(MsgType="text", Content="你好 <b>", MsgId=24681012141618)
    assert (found.id, found.address, found.at.year) == ("24681012141618", "oUser-OpenId-0001", 2026)
    assert (found.content.kind, found.content.text) == (Kind.TEXT, "你好 <b>")


def test_a_tap_on_our_menu_bears_its_number() -> None:
    found = said(MsgType="text", Content="Size 42", bizmsgmenuid="2", MsgId=1).content
    assert (found.kind, found.text, found.payload) == (Kind.TAP, "Size 42", "2")


@pytest.mark.parametrize(
    ("type", "kind"),
    [("image", Kind.IMAGE), ("voice", Kind.AUDIO), ("video", Kind.VIDEO), ("shortvideo", Kind.VIDEO)],
)
def test_files_are_asked_for_by_their_number(type: str, kind: Kind) -> None:
    found = said(MsgType=type, MediaId="a/b c", Format="amr", Recognition="有吗", MsgId=1).content
    assert (found.kind, found.media[0].kind) == (kind, kind)
    assert found.media[0].url == "https://api.weixin.qq.com/cgi-bin/media/get?media_id=a%2Fb%20c"
    assert found.text == "有吗"


def test_a_place_and_a_link() -> None:
    place = said(MsgType="location", Location_X="31.23", Location_Y=121.47, Label="上海", MsgId=1).content.place
    assert place
    assert (place.latitude, place.longitude, place.label) == (31.23, 121.47, "上海")
    link = said(MsgType="link", Title="Runner", Description="Light", Url="https://lume.example/r", MsgId=1).content
    assert (link.kind, link.text, link.link) == (Kind.LINK, "Runner\nLight", "https://lume.example/r")
    assert isinstance(told(MsgType="location", Location_X="nan", Location_Y=1, MsgId=1)[0], Unreadable)


def test_a_kind_not_known_is_shown_with_its_name() -> None:
    found = said(MsgType="hologram", MsgId=1).content
    assert (found.kind, found.raw_kind) == (Kind.UNKNOWN, "hologram")
    [other] = event("brand_new_thing")
    assert isinstance(other, Said)
    assert (other.content.kind, other.content.raw_kind) == (Kind.UNKNOWN, "brand_new_thing")


@pytest.mark.parametrize(("name", "stopped"), [("subscribe", False), ("unsubscribe", True)])
def test_following_says_whether_one_may_write(name: str, stopped: bool) -> None:
    notice, opted = event(name, EventKey="qrscene_shop-1", Ticket="gQ")
    assert isinstance(notice, Said)
    assert (notice.content.kind, notice.content.payload) == (Kind.NOTICE, "shop-1")
    assert isinstance(opted, Opted)
    assert (opted.stopped, opted.scope) == (stopped, "all")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SCAN", Kind.NOTICE),
        ("CLICK", Kind.TAP),
        ("VIEW", Kind.TAP),
        ("scancode_waitmsg", Kind.TAP),
        ("pic_weixin", Kind.TAP),
        ("kf_create_session", Kind.NOTICE),
        ("kf_switch_session", Kind.NOTICE),
        ("user_enter_tempsession", Kind.NOTICE),
    ],
)
def test_events_are_shown_as_what_they_are(name: str, kind: Kind) -> None:
    [found] = event(name, EventKey="https://lume.example/尺码")
    assert isinstance(found, Said)
    assert (found.content.kind, found.content.raw_kind) == (kind, name)


def test_what_a_menu_entry_brought_is_told() -> None:
    [scan] = event("scancode_push", EventKey="k", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": "LM1001"})
    [where] = event(
        "location_select", EventKey="k", SendLocationInfo={"Location_X": 31, "Location_Y": 121, "Label": "上海"}
    )
    [here] = event("LOCATION", Latitude=31.2, Longitude=121.4, Precision=40)
    assert isinstance(scan, Said)
    assert isinstance(where, Said)
    assert isinstance(here, Said)
    assert (scan.content.text, scan.content.payload) == ("LM1001", "k")
    assert where.content.place
    assert where.content.place.label == "上海"
    assert here.content.place
    assert here.content.place.longitude == 121.4


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        ("success", "delivered", None),
        ("failed:user block", "failed", "this person does not take"),
        ("failed: system failed", "failed", "WeChat could not deliver"),
    ],
)
def test_the_end_of_a_template_is_told_by_its_number(status: str, state: str, words: str | None) -> None:
    [found] = event("TEMPLATESENDJOBFINISH", MsgID=70001234, Status=status)
    assert isinstance(found, Progress)
    assert (found.status, found.ids) == (state, ("template:70001234",))
    assert (words or "") in (found.reason or "")


def test_a_broadcast_belongs_to_no_conversation() -> None:
    [found] = event("MASSSENDJOBFINISH", Status="send success", TotalCount=9, SentCount=8, ErrorCount=1)
    assert isinstance(found, Sign)
    assert "8 of 9" in found.words


def test_an_event_told_again_has_the_same_id_and_another_key_another() -> None:
    ids = [one.id for key in ("a", "a", "b") for one in event("CLICK", EventKey=key) if isinstance(one, Said)]
    assert (ids[0] == ids[1], ids[1] == ids[2]) == (True, False)


def test_json_is_read_as_well() -> None:
    body = b'{"FromUserName":"o1","CreateTime":1767225600123,"MsgType":"text","Content":"hi","MsgId":7}'
    [found] = read(SETTINGS, Raw(body=body))
    assert isinstance(found, Said)
    assert (found.id, found.at.year) == ("7", 2026)


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><xml><MsgType>&b;</MsgType></xml>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB.encode(),
        b"\xff\xfe" + BOMB.encode("utf-16-le"),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        b"<a>" * 5000,
        b"<xml>" + b"<a/>" * 5000 + b"</xml>",
        b"",
        b"\x00",
        b"{",
        b"[1]",
        b'{"a":' * 5000,
    ],
)
def test_hostile_bodies_are_set_aside(body: bytes) -> None:
    [found] = read(SETTINGS, Raw(body=body))
    assert isinstance(found, Unreadable)
    assert found.item == body


_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_NAMES = ["MsgType", "Event", "EventKey", "FromUserName", "MsgId", "MediaId", "Content", "ScanCodeInfo", "Status",
          "SendLocationInfo", "Location_X", "Location_Y", "CreateTime", "Url", "Format", "bizmsgmenuid"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(_NAMES), _VALUE), st.sampled_from(["text", "voice", "event", "location"]))
def test_whatever_stands_in_it_one_event_comes_of_it(odd: dict[str, Any], kind: str) -> None:
    body = json.dumps({**AROUND, "MsgType": kind, "MsgId": 1, "Event": "CLICK", **odd}).encode()
    found = read(SETTINGS, Raw(body=body))
    assert found
    assert not any(isinstance(one, Unreadable) and "not foreseen" in one.reason for one in found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 300))
def test_mutilated_xml_never_raises(noise: bytes, at: int) -> None:
    whole = xml({**AROUND, "MsgType": "text", "Content": "hello", "MsgId": 1})
    assert len(read(SETTINGS, Raw(body=whole[:at] + noise + whole[at:]))) == 1
