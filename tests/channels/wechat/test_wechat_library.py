"""The best-kept library for WeChat (wechatpy) talks to the double, parses what it tells, and its crypto judges ours."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from aiohttp import web

from duologue.channels.contract import Accepted, Account, Reply, Request, Said
from duologue.channels.wechat import CHANNEL
from duologue.channels.wechat.crypto import signed
from duologue.channels.wechat.simulate.double import SETTINGS, Double
from duologue.channels.wechat.simulate.world import PICTURE, TEMPLATE_ID
from duologue.kernel import clock
from tests.channels.wechat.conftest import BO, LAN, MEI

pytest.importorskip("wechatpy")

from wechatpy import WeChatClient, parse_message
from wechatpy.client.api.base import BaseWeChatAPI
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import (
    APILimitedException,
    InvalidAppIdException,
    InvalidSignatureException,
    WeChatClientException,
)
from wechatpy.utils import check_signature

CRYPTO = WeChatCrypto(SETTINGS.token, SETTINGS.aes_key, SETTINGS.app_id)


@pytest.fixture
def client(double: Double) -> WeChatClient:
    """The library, turned to the double: the address of keys stands in its code."""
    base = f"{double.settings().base_url}/cgi-bin/"

    class Turned(WeChatClient):
        API_BASE_URL = base

        def fetch_access_token(self) -> Any:
            about = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            return self._fetch_access_token(f"{base}token", about)

    assert not hasattr(BaseWeChatAPI, "API_BASE_URL")
    return Turned(SETTINGS.app_id, SETTINGS.app_secret)


async def run(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """The library waits for its answers, so it stands in a thread."""
    return await asyncio.to_thread(call, *args, **named)


async def refusal(call: Callable[..., Any], *args: Any, **named: Any) -> int | None:
    with pytest.raises(WeChatClientException) as refused:
        await run(call, *args, **named)
    return refused.value.errcode


def kept(double: Double, mime: str = "image/png") -> str:
    return double.world.keep(PICTURE, mime)


ARTICLE = {"title": "Runner", "description": "Light", "url": "https://lume.example", "image": "https://lume.example/a"}
PAGE = {"title": "Shop", "appid": "wx1", "pagepath": "index", "thumb_media_id": "t"}
MENU = {
    "head_content": "42码？",
    "list": [{"id": "1", "content": "有"}, {"id": "2", "content": "没有"}],
    "tail_content": "",
}
SENDS: dict[str, tuple[Callable[[Any, Double], tuple[Any, ...]], str]] = {
    "text": (lambda m, _: (m.send_text, MEI, '您好 "Lume" \\ 🙂'), '您好 "Lume" \\ 🙂'),
    "text of a desk": (lambda m, _: (m.send_text, MEI, "您好", "anna@lume"), "您好"),
    "image": (lambda m, d: (m.send_image, MEI, kept(d)), "🖼"),
    "voice": (lambda m, d: (m.send_voice, MEI, kept(d, "audio/amr")), "🎤"),
    "video": (lambda m, d: (m.send_video, MEI, kept(d, "video/mp4"), "Film", "Short"), "🎬"),
    "music": (lambda m, d: (m.send_music, MEI, "https://x.test/a", "https://x.test/b", kept(d), "Song"), "📎 Song"),
    "article": (lambda m, _: (m.send_articles, MEI, [ARTICLE]), "📰 Runner"),
    "own article": (lambda m, d: (m.send_articles, MEI, kept(d)), "📰"),
    "link": (lambda m, _: (m.send_link, MEI, ARTICLE), "📎 Runner"),
    "card": (lambda m, _: (m.send_card, MEI, "card-1", {"code": ""}), "🎫"),
    "mini program": (
        lambda m, d: (m.send_mini_program_page, MEI, PAGE | {"thumb_media_id": kept(d)}),
        "📎 Shop",
    ),
    "menu": (lambda m, _: (m.send_msg_menu, MEI, MENU), "42码？\n[有]\n[没有]"),
}


@pytest.mark.parametrize("name", list(SENDS))
async def test_every_kind_that_it_sends_is_on_the_phone(double: Double, client: WeChatClient, name: str):
    send, shown = SENDS[name]
    await double.say(MEI, "你好")
    call, *args = send(client.message, double)
    assert await run(call, *args) == {"errcode": 0, "errmsg": "ok"}
    assert [one.text for one in double.screen(MEI)] == ["你好", shown]


async def test_it_sends_a_template_and_hears_that_it_came(double: Double, client: WeChatClient, hears: "Hears"):
    data = {"thing1": {"value": "Lume Runner"}, "character_string2": {"value": "LM1001"}}
    told = await run(client.message.send_template, MEI, TEMPLATE_ID, data, url="https://lume.example")
    await double.hook.told()
    (event,) = hears.parsed
    assert (event.event, event.id, event.status) == ("templatesendjobfinish", told["msgid"], "success")
    listed = await run(client.template.get_all_private_template)
    assert listed["template_list"][0]["template_id"] == TEMPLATE_ID
    assert await refusal(client.message.send_template, MEI, "none", data) == 40037


async def test_it_understands_every_refusal(double: Double, client: WeChatClient):
    say = client.message.send_text
    assert await refusal(say, MEI, "您好") == 45015
    await double.say(MEI, "你好")
    assert await refusal(say, "oNobody", "您好") == 40003
    assert await refusal(say, MEI, "好" * 683) == 45002
    assert await refusal(client.message.send_image, MEI, "gone") == 40007
    assert await refusal(client.message.send_articles, MEI, [ARTICLE, ARTICLE]) == 45008
    for _ in range(5):
        await run(say, MEI, "您好")
    assert await refusal(say, MEI, "您好") == 45047
    await double.command("block")
    assert await refusal(say, LAN, "您好") == 43004
    double.server.planned = [45009]
    with pytest.raises(APILimitedException):
        await run(say, MEI, "您好")
    for code in (-1, 40008, 43019, 45011, 48001, 48002, 50002, 87014):
        double.server.planned = [code]
        assert await refusal(say, MEI, "您好") == code


async def test_a_key_that_ended_is_fetched_again_and_each_ends_the_one_before(double: Double, client: WeChatClient):
    await double.say(MEI, "你好")
    await run(client.message.send_text, MEI, "一")
    first = double.world.key
    double.world.turn(hours=3)
    await run(client.message.send_text, MEI, "二")
    assert double.world.key != first
    second = double.world.key
    await run(client.fetch_access_token)
    assert double.world.key != second
    client.session.set(client.access_token_key, second)
    await run(client.message.send_text, MEI, "三")
    assert [one.text for one in double.screen(MEI)] == ["你好", "一", "二", "三"]
    client.secret = "wrong"
    assert await refusal(client.fetch_access_token) == 40125


async def test_it_brings_files_and_gets_them_until_they_end(double: Double, client: WeChatClient):
    told = await run(client.media.upload, "image", ("photo.png", BytesIO(PICTURE), "image/png"))
    got = await run(client.media.download, told["media_id"])
    assert (got.content, got.headers["Content-Type"]) == (PICTURE, "image/png")
    film = double.world.keep(b"\0\0\0\x18ftypmp42", "video/mp4")
    assert (await run(client.media.download, film))["video_url"].startswith(double.settings().base_url)
    await double.command("expire_media")
    assert await refusal(client.media.download, told["media_id"]) == 40007
    assert await refusal(client.media.upload, "hologram", ("a", BytesIO(b"1"), "x/y")) == 40004


async def test_it_knows_the_account_its_followers_and_its_menu(double: Double, client: WeChatClient):
    assert await run(lambda: list(client.user.iter_followers())) == [MEI, BO, LAN]
    about = await run(client.user.get, MEI)
    assert (about["subscribe"], "nickname" in about) == (1, False)
    assert await run(client.menu.get) is None
    await run(client.menu.create, {"button": [{"type": "click", "name": "尺码", "key": "SIZES"}]})
    assert (await run(client.menu.get))["menu"]["button"][0]["key"] == "SIZES"
    await run(client.menu.delete)
    assert await run(client.menu.get) is None
    assert await run(client.misc.get_wechat_ips) == ["203.0.113.10", "203.0.113.11"]
    assert await run(client.customservice.get_accounts) == []


class Hears:
    """A server as the library's users build it: signature first, then the envelope, then the message."""

    def __init__(self) -> None:
        self.parsed: list[Any] = []
        self.words: list[str] = []
        app = web.Application()
        app.router.add_route("*", "/hook", self._take)
        self._runner = web.AppRunner(app)

    async def open(self) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def close(self) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        asked, body = request.query, await request.read()
        try:
            check_signature(SETTINGS.token, asked["signature"], asked["timestamp"], asked["nonce"])
            if request.method == "GET":
                return web.Response(text=asked["echostr"])
            if "msg_signature" in asked:
                about: Any = json.loads(body) if body.startswith(b"{") else body
                args = asked["msg_signature"], asked["timestamp"], asked["nonce"]
                words = CRYPTO.decrypt_message(about, *args)
            else:
                words = body.decode()
        except InvalidSignatureException:
            return web.Response(status=403)
        self.words.append(words)
        if not words.startswith("{"):
            self.parsed.append(parse_message(words))
        return web.Response(text="success")


@pytest.fixture
async def hears(double: Double) -> AsyncIterator[Hears]:
    hears = Hears()
    await double.point(await hears.open())
    yield hears
    await double.hook.close()
    await hears.close()


def told(double: Double, about: dict[str, Any]) -> None:
    double.hook.tell(double.server.told(double.world.people[MEI], about))


def event(name: str, **about: Any) -> dict[str, Any]:
    return {"MsgType": "event", "Event": name, **about}


SCAN = {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "LM1001"}, "EventKey": "K"}
PICS = {"SendPicsInfo": {"Count": 1, "PicList": {"item": {"PicMd5Sum": "0" * 32}}}, "EventKey": "K"}
PLACE = {"Location_X": "31.2", "Location_Y": "121.4", "Scale": "15", "Label": "上海", "Poiname": ""}
HEARD: dict[str, tuple[dict[str, Any], Callable[[Any], bool]]] = {
    "text": ({"MsgType": "text", "Content": "有 & <42>？]]>"}, lambda one: one.content == "有 & <42>？]]>"),
    "image": ({"MsgType": "image", "PicUrl": "http://x.test/0", "MediaId": "m"}, lambda one: one.media_id == "m"),
    "voice": (
        {"MsgType": "voice", "Format": "amr", "MediaId": "m", "Recognition": "有吗"},
        lambda one: (one.format, one.recognition) == ("amr", "有吗"),
    ),
    "video": ({"MsgType": "video", "MediaId": "m", "ThumbMediaId": "t"}, lambda one: one.thumb_media_id == "t"),
    "shortvideo": ({"MsgType": "shortvideo", "MediaId": "m", "ThumbMediaId": "t"}, lambda one: one.media_id == "m"),
    "location": (
        {"MsgType": "location", "Location_X": 31.2304, "Location_Y": 121.4737, "Scale": 15, "Label": "上海"},
        lambda one: (one.location, one.label) == (("31.2304", "121.4737"), "上海"),
    ),
    "link": (
        {"MsgType": "link", "Title": "Runner", "Description": "Light", "Url": "https://lume.example"},
        lambda one: one.url == "https://lume.example",
    ),
    "subscribe": (event("subscribe", EventKey=""), lambda one: one.event == "subscribe"),
    "subscribe by a code": (
        event("subscribe", EventKey="qrscene_shop-1", Ticket="t"),
        lambda one: (one.event, one.scene_id, one.ticket) == ("subscribe_scan", "shop-1", "t"),
    ),
    "unsubscribe": (event("unsubscribe"), lambda one: one.event == "unsubscribe"),
    "scan": (event("SCAN", EventKey="shop-1", Ticket="t"), lambda one: one.scene_id == "shop-1"),
    "place": (
        event("LOCATION", Latitude=31.2, Longitude=121.4, Precision=40),
        lambda one: (one.latitude, one.precision) == (31.2, 40.0),
    ),
    "click": (event("CLICK", EventKey="SIZES"), lambda one: one.key == "SIZES"),
    "view": (event("VIEW", EventKey="https://lume.example", MenuId=7), lambda one: one.url == "https://lume.example"),
    "scan and push": (event("scancode_push", **SCAN), lambda one: one.scan_result == "LM1001"),
    "scan and wait": (event("scancode_waitmsg", **SCAN), lambda one: one.scan_type == "qrcode"),
    "photo": (event("pic_sysphoto", **PICS), lambda one: one.count == 1),
    "photo or album": (event("pic_photo_or_album", **PICS), lambda one: one.count == 1),
    "album": (event("pic_weixin", **PICS), lambda one: one.count == 1),
    "place chosen": (
        event("location_select", EventKey="K", SendLocationInfo=PLACE),
        lambda one: one.location == ("31.2", "121.4"),
    ),
    "template": (
        event("TEMPLATESENDJOBFINISH", MsgID=70001234, Status="failed:user block"),
        lambda one: (one.id, one.status) == (70001234, "failed:user block"),
    ),
    "mass": (
        event(
            "MASSSENDJOBFINISH", MsgID=1, Status="send success", TotalCount=5, FilterCount=5, SentCount=4, ErrorCount=1
        ),
        lambda one: (one.total_count, one.error_count) == (5, 1),
    ),
    "desk took": (event("kf_create_session", KfAccount="a@lume"), lambda one: one.account == "a@lume"),
    "desk ended": (event("kf_close_session", KfAccount="a@lume"), lambda one: one.account == "a@lume"),
    "desk passed on": (
        event("kf_switch_session", FromKfAccount="a@lume", ToKfAccount="b@lume"),
        lambda one: (one.from_account, one.to_account) == ("a@lume", "b@lume"),
    ),
    "mini program": (event("user_enter_tempsession", SessionFrom="shop"), lambda one: one.session_from == "shop"),
}


@pytest.mark.parametrize("name", list(HEARD))
async def test_it_parses_everything_that_the_double_tells(double: Double, hears: Hears, name: str):
    about, holds = HEARD[name]
    more = {} if about["MsgType"] == "event" else {"MsgId": 24681012141618}
    told(double, about | more)
    await double.hook.told()
    (one,) = hears.parsed
    assert type(one).__name__ != "UnknownMessage"
    assert (one.source, one.target) == (MEI, SETTINGS.account_id)
    assert holds(one)


async def test_what_phones_send_is_parsed_as_what_it_is(double: Double, hears: Hears):
    for kind in double.kinds():
        await double.send(MEI, kind)
    await double.hook.told()
    names = [getattr(one, "event", None) or one.type for one in hears.parsed]
    assert names == ["image", "voice", "video", "location", "link", "click", "scan"]


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_its_crypto_opens_what_the_double_sealed(double: Double, hears: Hears, mode: str):
    double.hook.mode = mode
    await double.say(MEI, "你好 🙂")
    await double.hook.told()
    assert await double.hook.shake() == (200, "5838479218127813673")
    (one,) = hears.parsed
    assert (one.content, one.id) == ("你好 🙂", int(double.screen(MEI)[0].id))


async def test_its_crypto_opens_the_json_form_too(double: Double, hears: Hears):
    double.hook.mode = "json"
    await double.say(MEI, "你好")
    await double.hook.told()
    assert json.loads(hears.words[0])["Content"] == "你好"


async def test_a_wrong_signature_is_turned_away(double: Double, hears: Hears):
    await double.command("bad_signature")
    await double.say(MEI, "你好")
    await double.hook.told()
    assert double.hook.statuses == [403, 200]
    assert len(hears.parsed) == 1


def by_library(message: str, crypto: WeChatCrypto = CRYPTO) -> Request:
    """A call that the library has sealed and signed, as a relay of somebody's would make it."""
    at, nonce = str(int(clock.now().timestamp())), uuid4().hex
    sealed = crypto.encrypt_message(message, nonce, at)
    signature = sealed.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
    query = {"signature": signed(SETTINGS.token, at, nonce), "timestamp": at, "nonce": nonce}
    query |= {"encrypt_type": "aes", "msg_signature": signature}
    return Request(method="POST", path="/", query=urlencode(query).encode(), headers={}, body=sealed.encode())


MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[oUser-1]]></FromUserName>"
    "<CreateTime>1767225600</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{}]]></Content>"
    "<MsgId>24681012141618</MsgId></xml>"
)


@pytest.mark.parametrize("words", ["你好", "x", "好" * 600, "<&>\r\n🙂"])
async def test_our_door_opens_what_its_crypto_sealed(account: Account, words: str):
    assert CHANNEL.verify
    found = CHANNEL.verify(account.settings, by_library(MESSAGE.format(words)))
    assert isinstance(found, Accepted)
    (said,) = CHANNEL.read(account.settings, found.raws[0])
    assert isinstance(said, Said)
    assert said.content.text == words.replace("\r\n", "\n")


async def test_our_door_refuses_what_it_sealed_for_others(account: Account):
    assert CHANNEL.verify
    for crypto in (
        WeChatCrypto("other-token", SETTINGS.aes_key, SETTINGS.app_id),
        WeChatCrypto(SETTINGS.token, "Z" * 42 + "A", SETTINGS.app_id),
        WeChatCrypto(SETTINGS.token, SETTINGS.aes_key, "wxother"),
    ):
        found = CHANNEL.verify(account.settings, by_library(MESSAGE.format("x"), crypto))
        assert isinstance(found, Reply)
        assert found.status == 403


async def test_its_crypto_refuses_what_is_for_another(double: Double):
    query, body = double.hook.call(b"<xml/>")
    args = query["msg_signature"], query["timestamp"], query["nonce"]
    assert CRYPTO.decrypt_message(body, *args) == "<xml/>"
    with pytest.raises(InvalidAppIdException):
        WeChatCrypto(SETTINGS.token, SETTINGS.aes_key, "wxother").decrypt_message(body, *args)
    with pytest.raises(InvalidSignatureException):
        WeChatCrypto("other", SETTINGS.aes_key, SETTINGS.app_id).decrypt_message(body, *args)
