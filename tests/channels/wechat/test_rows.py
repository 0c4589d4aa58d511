"""Every row of what WeChat tells and of what it refuses, as its reference lists them: one row here for each of its own.

Source of the rows: developers.weixin.qq.com, "Receiving messages and events", "Send a customer-service message" and
"Global return codes" (August 2026). Shapes are as recorded; ids and words are made up.
"""

from datetime import timedelta
from typing import Any

import pytest

from duologue.channels.contract import (
    Account,
    Event,
    Kind,
    Opted,
    Outcome,
    Progress,
    Raw,
    Receipt,
    Refusal,
    Refused,
    Said,
    Sign,
    TryLater,
)
from duologue.channels.wechat import CHANNEL
from duologue.channels.wechat.errors import judge
from duologue.channels.wechat.people import typing
from duologue.channels.wechat.read import read
from duologue.channels.wechat.send import send
from duologue.channels.wechat.simulate.double import SETTINGS, Double
from duologue.channels.wechat.simulate.hook import xml
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Answer
from tests.channels.wechat.conftest import MEI, outgoing

MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>"
    "<FromUserName><![CDATA[oUser-OpenId-0001]]></FromUserName>"
    "<CreateTime>1767225600</CreateTime><MsgType><![CDATA[{}]]></MsgType>{}</xml>"
)
GET = SETTINGS.base_url + "/cgi-bin/media/get?media_id="
NUMBER = "<MsgId>24681012141618</MsgId>"


def said(kind: str, inner: str) -> bytes:
    return MESSAGE.format(kind, inner + NUMBER).encode()


def event(name: str, inner: str = "") -> bytes:
    return MESSAGE.format("event", f"<Event><![CDATA[{name}]]></Event>{inner}").encode()


SCAN = (
    "<EventKey><![CDATA[K]]></EventKey><ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType>"
    "<ScanResult><![CDATA[LM1001]]></ScanResult></ScanCodeInfo>"
)
PICTURES = (
    "<EventKey><![CDATA[K]]></EventKey><SendPicsInfo><Count>2</Count><PicList>"
    "<item><PicMd5Sum><![CDATA[1b5f]]></PicMd5Sum></item><item><PicMd5Sum><![CDATA[2b5f]]></PicMd5Sum></item>"
    "</PicList></SendPicsInfo>"
)
PLACE = (
    "<EventKey><![CDATA[K]]></EventKey><SendLocationInfo><Location_X><![CDATA[31.2]]></Location_X>"
    "<Location_Y><![CDATA[121.4]]></Location_Y><Scale><![CDATA[15]]></Scale><Label><![CDATA[上海]]></Label>"
    "<Poiname><![CDATA[]]></Poiname></SendLocationInfo>"
)

# name of the row, as it is told, its kind, and what of it must be seen: a path into the content and its value
SAID: list[tuple[str, bytes, Kind, dict[str, Any]]] = [
    ("text", said("text", "<Content><![CDATA[你好]]></Content>"), Kind.TEXT, {"text": "你好"}),
    ("text below an article", said("text", "<Content>hi</Content><MsgDataId>77</MsgDataId><Idx>1</Idx>"), Kind.TEXT,
     {"text": "hi"}),
    ("text, msgmenu tapped", said("text", "<Content>42</Content><bizmsgmenuid>2</bizmsgmenuid>"), Kind.TAP,
     {"text": "42", "payload": "2"}),
    ("image", said("image", "<PicUrl><![CDATA[http://mmbiz.qpic.cn/x/0]]></PicUrl><MediaId><![CDATA[m1]]></MediaId>"),
     Kind.IMAGE, {"file": (Kind.IMAGE, GET + "m1", None)}),
    ("voice", said("voice", "<MediaId>m2</MediaId><Format>amr</Format><MediaId16K>m3</MediaId16K>"), Kind.AUDIO,
     {"file": (Kind.AUDIO, GET + "m2", "audio/amr")}),
    ("voice with its words", said("voice", "<MediaId>m2</MediaId><Format>speex</Format><Recognition>有</Recognition>"),
     Kind.AUDIO, {"file": (Kind.AUDIO, GET + "m2", "audio/speex"), "text": "有"}),
    ("video", said("video", "<MediaId>m4</MediaId><ThumbMediaId>m5</ThumbMediaId>"), Kind.VIDEO,
     {"file": (Kind.VIDEO, GET + "m4", None)}),
    ("shortvideo", said("shortvideo", "<MediaId>m4</MediaId><ThumbMediaId>m5</ThumbMediaId>"), Kind.VIDEO,
     {"file": (Kind.VIDEO, GET + "m4", None)}),
    ("location", said("location", "<Location_X>31.2</Location_X><Location_Y>121.4</Location_Y><Scale>15</Scale>"
                      "<Label><![CDATA[上海市]]></Label>"), Kind.LOCATION, {"place": (31.2, 121.4, "上海市")}),
    ("link", said("link", "<Title>Runner</Title><Description>Light</Description><Url>https://lume.example/r</Url>"),
     Kind.LINK, {"text": "Runner\nLight", "link": "https://lume.example/r"}),
    ("event SCAN", event("SCAN", "<EventKey>shop-1</EventKey><Ticket>gQ</Ticket>"), Kind.NOTICE,
     {"payload": "shop-1", "raw_kind": "SCAN"}),
    ("event LOCATION", event("LOCATION", "<Latitude>31.2</Latitude><Longitude>121.4</Longitude>"
                             "<Precision>40.0</Precision>"), Kind.NOTICE, {"place": (31.2, 121.4, None)}),
    ("event CLICK", event("CLICK", "<EventKey>SIZES</EventKey>"), Kind.TAP, {"payload": "SIZES"}),
    ("event VIEW", event("VIEW", "<EventKey>https://lume.example/</EventKey><MenuId>7</MenuId>"), Kind.TAP,
     {"link": "https://lume.example/"}),
    ("event scancode_push", event("scancode_push", SCAN), Kind.TAP, {"text": "LM1001", "payload": "K"}),
    ("event scancode_waitmsg", event("scancode_waitmsg", SCAN), Kind.TAP, {"text": "LM1001", "payload": "K"}),
    ("event pic_sysphoto", event("pic_sysphoto", PICTURES), Kind.TAP, {"facts": {"pictures": "2"}}),
    ("event pic_photo_or_album", event("pic_photo_or_album", PICTURES), Kind.TAP, {"facts": {"pictures": "2"}}),
    ("event pic_weixin", event("pic_weixin", PICTURES), Kind.TAP, {"facts": {"pictures": "2"}}),
    ("event location_select", event("location_select", PLACE), Kind.TAP, {"place": (31.2, 121.4, "上海")}),
    ("event kf_create_session", event("kf_create_session", "<KfAccount>a@lume</KfAccount>"), Kind.NOTICE,
     {"facts": {"desk": "a@lume"}}),
    ("event kf_close_session", event("kf_close_session", "<KfAccount>a@lume</KfAccount>"), Kind.NOTICE,
     {"facts": {"desk": "a@lume"}}),
    ("event kf_switch_session", event("kf_switch_session", "<FromKfAccount>a@lume</FromKfAccount>"
                                      "<ToKfAccount>b@lume</ToKfAccount>"), Kind.NOTICE,
     {"facts": {"from": "a@lume", "to": "b@lume"}}),
    ("event user_enter_tempsession", event("user_enter_tempsession", "<SessionFrom>shop</SessionFrom>"), Kind.NOTICE,
     {"facts": {"from": "shop"}}),
    ("a kind not listed", said("hologram", "<Content>?</Content>"), Kind.UNKNOWN, {"raw_kind": "hologram"}),
    ("an event not listed", event("brand_new"), Kind.UNKNOWN, {"raw_kind": "brand_new"}),
]  # fmt: skip


def told(body: bytes) -> list[Event]:
    return read(SETTINGS, Raw(body=body))


@pytest.mark.parametrize(("body", "kind", "seen"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_every_row_of_what_is_told(body: bytes, kind: Kind, seen: dict[str, Any]) -> None:
    [found] = told(body)
    assert isinstance(found, Said), found
    assert (found.address, found.at.year, found.by) == ("oUser-OpenId-0001", 2026, "person")
    content = found.content
    file, place = (content.media or (None,))[0], content.place
    shown = {name: getattr(content, name) for name in ("text", "payload", "link", "raw_kind", "facts")}
    shown["file"] = (file.kind, file.url, file.mime) if file else None
    shown["place"] = (place.latitude, place.longitude, place.label) if place else None
    assert (content.kind, {name: shown[name] for name in seen}) == (kind, seen)


OPTED = [
    ("event subscribe", event("subscribe", "<EventKey></EventKey>"), False, None),
    ("event subscribe by a code", event("subscribe", "<EventKey>qrscene_shop-1</EventKey><Ticket>gQ</Ticket>"), False,
     "shop-1"),
    ("event unsubscribe", event("unsubscribe", "<EventKey></EventKey>"), True, None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "stopped", "code"), [row[1:] for row in OPTED], ids=[row[0] for row in OPTED])
def test_every_row_of_following(body: bytes, stopped: bool, code: str | None) -> None:
    notice, opted = told(body)
    assert isinstance(notice, Said)
    assert isinstance(opted, Opted)
    assert (notice.content.kind, notice.content.payload) == (Kind.NOTICE, code)
    assert (opted.stopped, opted.scope, opted.address) == (stopped, "all", "oUser-OpenId-0001")


ENDS = [("success", "delivered"), ("failed:user block", "failed"), ("failed: system failed", "failed")]


@pytest.mark.parametrize(("status", "state"), ENDS)
def test_every_end_of_a_template(status: str, state: str) -> None:
    [found] = told(event("TEMPLATESENDJOBFINISH", f"<MsgID>70001234</MsgID><Status><![CDATA[{status}]]></Status>"))
    assert isinstance(found, Progress)
    assert (found.status, found.ids, found.reason is None) == (state, ("template:70001234",), state == "delivered")


def test_the_row_of_a_broadcast() -> None:
    totals = "<TotalCount>9</TotalCount><FilterCount>9</FilterCount><SentCount>8</SentCount><ErrorCount>1</ErrorCount>"
    [found] = told(event("MASSSENDJOBFINISH", f"<MsgID>1</MsgID><Status>sendsuccess</Status>{totals}"))
    assert isinstance(found, Sign)
    assert "8 of 9 sent, 1 failed" in found.words


# code, what it decides, and what its words say to do (or why nothing can be done)
REFUSED: list[tuple[int, Refusal, str]] = [
    (40001, Refusal.AUTH, "copy both again"),
    (40014, Refusal.AUTH, "copy both again"),
    (42001, Refusal.AUTH, "copy both again"),
    (40003, Refusal.NO_SUCH_PERSON, "no such person"),
    (40007, Refusal.MEDIA, "attach it again"),
    (40008, Refusal.MEDIA, "does not take this kind"),
    (40164, Refusal.AUTH, "allow-list"),
    (41001, Refusal.BAD_REQUEST, "does not take this message"),
    (41006, Refusal.BAD_REQUEST, "does not take this message"),
    (43002, Refusal.BAD_REQUEST, "does not take this message"),
    (44002, Refusal.BAD_REQUEST, "does not take this message"),
    (44004, Refusal.BAD_REQUEST, "does not take this message"),
    (47001, Refusal.BAD_REQUEST, "does not take this message"),
    (43004, Refusal.UNREACHABLE, "do not follow"),
    (43019, Refusal.UNREACHABLE, "take them off it"),
    (45002, Refusal.CONTENT, "in parts"),
    (45015, Refusal.WINDOW_CLOSED, "send a template"),
    (45047, Refusal.WINDOW_CLOSED, "wait until the person writes"),
    (48001, Refusal.PERMISSION, "verified service account"),
    (48002, Refusal.UNREACHABLE, "only they can change that"),
    (50002, Refusal.RESTRICTED, "see the notices"),
    (87014, Refusal.CONTENT, "word it otherwise"),
]
AFTER = {-1: (30, False), 45009: (7 * 3600 + 60, True), 45011: (60, True)}  # nine o'clock is five in China
TYPING = (45072, 45080, 45081)


def answered(code: int) -> Outcome:
    body = b'{"errcode":%d,"errmsg":"as WeChat words it rid: 66a0-1"}' % code
    return judge(Answer(200, {}, body), 2, Turned()())


@pytest.mark.parametrize(("code", "why", "words"), REFUSED)
def test_every_row_of_refusals(code: int, why: Refusal, words: str) -> None:
    found = answered(code)
    assert isinstance(found, Refused)
    assert (found.why, words in found.reason, f"{code} as WeChat words it rid: 66a0-1" in found.reason) == (
        why,
        True,
        True,
    ), found.reason
    assert found.stopped == ("all" if code == 43004 else "")


@pytest.mark.parametrize(("code", "wait"), AFTER.items())
def test_every_row_that_is_to_be_tried_later(code: int, wait: tuple[float, bool]) -> None:
    found = answered(code)
    assert isinstance(found, TryLater)
    assert (found.after, found.whole_account) == wait


@pytest.mark.parametrize("code", TYPING)
async def test_every_row_of_typing_is_of_no_consequence(double: Double, account: Account, code: int) -> None:
    await double.say(MEI, "hi")
    double.server.planned = [code]
    await typing(account, MEI)
    assert [name for name, _ in double.server.asked] == ["typing"]
    assert await send(account, outgoing("您好")) == Receipt(id=None)


async def test_typing_that_is_shown_already_is_not_shown_anew(double: Double, account: Account, turned: Turned) -> None:
    await double.say(MEI, "hi")
    for _ in range(2):
        await typing(account, MEI)
    first = double.world.people[MEI].typing
    turned.turn(seconds=16)
    await typing(account, MEI)
    again = double.world.people[MEI].typing
    assert first
    assert again
    assert (again - first).total_seconds() == 16


OPENS = {"text": "", "text, msgmenu tapped": "tap", "event CLICK": "tap", "event scancode_push": "tap",
         "event scancode_waitmsg": "tap", "event SCAN": "tap", "event VIEW": "nothing", "event LOCATION": "nothing",
         "event pic_weixin": "nothing", "event kf_close_session": "nothing", "image": ""}  # fmt: skip


@pytest.mark.parametrize(("name", "opens"), OPENS.items())
def test_what_each_row_lets_one_answer(name: str, opens: str) -> None:
    [body] = [row[1] for row in SAID if row[0] == name]
    [found] = told(body)
    assert isinstance(found, Said)
    assert found.opens == opens


def test_a_follow_lets_one_answer_and_leaving_does_not() -> None:
    follow, leave = told(OPTED[0][1])[0], told(OPTED[2][1])[0]
    assert isinstance(follow, Said)
    assert isinstance(leave, Said)
    assert (follow.opens, leave.opens) == ("tap", "nothing")


async def test_the_rules_of_taps_are_wechat_s_own(double: Double, account: Account, turned: Turned) -> None:
    """What the policy says and what the platform does are the same: three in a minute, beside five in two days."""
    await double.send(MEI, Kind.TAP)
    outcomes = [await send(account, outgoing(str(n))) for n in range(4)]
    assert [type(one) for one in outcomes] == [Receipt] * 3 + [Refused]
    await double.send(MEI, Kind.NOTICE)
    turned.turn(seconds=61)
    late = await send(account, outgoing("late"))
    assert isinstance(late, Refused)
    assert "45015" in late.reason
    await double.say(MEI, "hi")
    turned.turn(hours=1)
    await double.send(MEI, Kind.TAP)
    turned.turn(minutes=2)
    assert isinstance(await send(account, outgoing("within the message's two days")), Receipt)
    rules = {rule.after: (rule.within, rule.most) for rule in CHANNEL.abilities.policy.rules if not rule.template}
    assert rules == {"message": (timedelta(hours=48), 5), "tap": (timedelta(minutes=1), 3)}


async def test_a_choice_below_a_message_is_tapped_and_told_with_its_number(double: Double, account: Account) -> None:
    await double.say(MEI, "hi")
    await send(account, outgoing("Which size?", choices=("41", "42")))
    heard: list[bytes | Any] = []
    double.hook.tell = heard.append  # type: ignore[method-assign]
    double.world.people[MEI].message = None
    await double.say(MEI, "42")
    [found] = told(xml(heard[0]))
    assert isinstance(found, Said)
    assert (found.content.kind, found.content.text, found.content.payload, found.opens) == (Kind.TAP, "42", "2", "tap")
    assert [one.left for one in double.world.people[MEI].grants(double.world.now())] == [3]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_stale_key_is_renewed_once_and_then_the_account_stands_still(
    double: Double, account: Account, code: int
) -> None:
    await double.say(MEI, "hi")
    double.server.planned = [code]
    assert await send(account, outgoing("one")) == Receipt(id=None)
    double.server.planned = [code, code, code]
    found = await send(account, outgoing("two"))
    assert isinstance(found, Refused)
    assert (found.why, len(double.server.planned)) == (Refusal.AUTH, 1)
