"""LINE's own library for Python talks to the double, hears it, and judges our signatures, with its address turned."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from duologue.channels.contract import Accepted, Account, Request, Unsent
from duologue.channels.line import CHANNEL
from duologue.channels.line.simulate.double import Double
from duologue.channels.line.simulate.samples import CLIP
from duologue.channels.line.simulate.world import BOT, CHANNEL_ID
from duologue.channels.line.verify import sign
from duologue.channels.shared.double.samples import PAPER, PIXEL, SKETCH, TONE
from duologue.kernel.clock import Turned as TurnedClock
from tests.channels.line.conftest import House

pytest.importorskip("linebot")

from linebot.v3 import WebhookParser
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import (
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    MarkMessagesAsReadByTokenRequest,
    Message,
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    SetWebhookEndpointRequest,
    ShowLoadingAnimationRequest,
    ValidateMessageRequest,
)
from linebot.v3.messaging import TestWebhookEndpointRequest as Verify
from linebot.v3.messaging.exceptions import ApiException
from linebot.v3.oauth import AsyncApiClient as AsyncOauthClient
from linebot.v3.oauth import AsyncChannelAccessToken
from linebot.v3.oauth.exceptions import ApiException as OauthException

WHO = "Haruka Sato"
HTTPS = "https://lume.example/files"
TAP = {"type": "message", "label": "Yes", "text": "Yes"}
ACTIONS = [
    TAP,
    {"type": "postback", "label": "Size 42", "data": "size=42", "displayText": "Size 42"},
    {"type": "uri", "label": "Shop", "uri": "https://lume.example"},
    {"type": "datetimepicker", "label": "When?", "data": "when", "mode": "datetime"},
    {"type": "camera", "label": "Take one"},
    {"type": "cameraRoll", "label": "Choose one"},
    {"type": "location", "label": "Where?"},
    {"type": "clipboard", "label": "Copy", "clipboardText": "LM1001"},
]
COLUMN = {"title": "Runner", "text": "Light as a feather", "actions": ACTIONS[:2]}
BUBBLE = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "Hi"}]}}
KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": "Hello", "sender": {"name": "Anna"}},
    "text with emoji": {
        "type": "text",
        "text": "$ hi",
        "emojis": [{"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}],
    },
    "text with a mention": {
        "type": "textV2",
        "text": "Hi {who}",
        "substitution": {"who": {"type": "mention", "mentionee": {"type": "all"}}},
    },
    "short answers": {
        "type": "text",
        "text": "Which?",
        "quickReply": {"items": [{"type": "action", "action": one} for one in ACTIONS]},
    },
    "image": {"type": "image", "originalContentUrl": f"{HTTPS}/a.jpg", "previewImageUrl": f"{HTTPS}/b.jpg"},
    "video": {"type": "video", "originalContentUrl": f"{HTTPS}/a.mp4", "previewImageUrl": f"{HTTPS}/b.jpg"},
    "audio": {"type": "audio", "originalContentUrl": f"{HTTPS}/a.m4a", "duration": 1000},
    "location": {"type": "location", "title": "Lume", "address": "Marunouchi 1", "latitude": 35.68, "longitude": 139.7},
    "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    "buttons": {
        "type": "template",
        "altText": "Choose",
        "template": {"type": "buttons", "title": "Shoes", "text": "Which?", "actions": ACTIONS[:4]},
    },
    "confirm": {
        "type": "template",
        "altText": "Sure?",
        "template": {"type": "confirm", "text": "Sure?", "actions": [TAP, TAP]},
    },
    "carousel": {
        "type": "template",
        "altText": "Shoes",
        "template": {"type": "carousel", "columns": [COLUMN, COLUMN]},
    },
    "pictures": {
        "type": "template",
        "altText": "Pictures",
        "template": {"type": "image_carousel", "columns": [{"imageUrl": f"{HTTPS}/a.jpg", "action": TAP}]},
    },
    "bubble": {"type": "flex", "altText": "Order", "contents": BUBBLE},
    "bubbles": {"type": "flex", "altText": "Orders", "contents": {"type": "carousel", "contents": [BUBBLE, BUBBLE]}},
    "map": {
        "type": "imagemap",
        "altText": "Map",
        "baseUrl": f"{HTTPS}/map",
        "baseSize": {"width": 1040, "height": 585},
        "actions": [
            {"type": "message", "text": "Here", "area": {"x": 0, "y": 0, "width": 520, "height": 585}},
        ],
    },
    "coupon": {"type": "coupon", "couponId": "01JYNW8JMQVFBNWF1APF8Z3FS7"},
}


class Turned(AsyncApiClient):
    """The library's client, which asks the double whatever host it was to ask: that of files it names in its code."""

    base = ""

    def call_api(self, *args: Any, **named: Any) -> Any:
        return super().call_api(*args, **(named | {"_host": self.base}))


@pytest.fixture
async def client(double: Double) -> AsyncIterator[AsyncApiClient]:
    async with Turned(Configuration(access_token=double.world.token)) as made:
        made.base = double.settings().base_url
        yield made


@pytest.fixture
def api(client: AsyncApiClient) -> AsyncMessagingApi:
    return AsyncMessagingApi(client)


@pytest.fixture
def blob(client: AsyncApiClient) -> AsyncMessagingApiBlob:
    return AsyncMessagingApiBlob(client)


def push(double: Double, *messages: dict[str, Any], to: str | None = None) -> PushMessageRequest:
    who = to or double.people()[0].id
    return PushMessageRequest(to=who, messages=[Message.from_dict(one) for one in messages])


def parsed(double: Double) -> list[Any]:
    """Everything that the double has told, as the library reads it, signature and all."""
    parser = WebhookParser(double.world.secret)
    told = [parser.parse(one.body.decode(), sign(double.world.secret, one.body)) for one in double.hooks.attempts]
    return [event for events in told for event in events]


def words(refused: pytest.ExceptionInfo[ApiException]) -> str:
    return json.loads(refused.value.body)["message"]


@pytest.mark.parametrize("name", list(KINDS))
async def test_every_kind_that_it_sends_is_taken_and_on_the_phone(double: Double, api: AsyncMessagingApi, name: str):
    told = await api.push_message(push(double, KINDS[name]), str(uuid4()))
    (shown,) = double.screen(WHO)
    (sent,) = told.sent_messages
    assert (shown.id, bool(sent.quote_token)) == (sent.id, True)
    assert (KINDS[name].get("text") or KINDS[name].get("altText") or "") in shown.text


@pytest.mark.parametrize(
    ("name", "change", "where"),
    [
        ("text", {"text": "x" * 5001}, "messages[0].text"),
        ("short answers", {"quickReply": {"items": []}}, "messages[0].quickReply.items"),
        ("buttons", {"template": KINDS["buttons"]["template"] | {"text": "x" * 61}}, "messages[0].template.text"),
        ("buttons", {"altText": ""}, "messages[0].altText"),
        ("confirm", {"template": KINDS["confirm"]["template"] | {"actions": [TAP]}}, "messages[0].template.actions"),
        ("image", {"originalContentUrl": "http://lume.example/a.jpg"}, "messages[0].originalContentUrl"),
    ],
)
async def test_it_understands_what_is_wrong_with_a_message(
    double: Double, client: AsyncApiClient, name: str, change: dict[str, Any], where: str
):
    asked = {"to": double.people()[0].id, "messages": [KINDS[name] | change]}
    with pytest.raises(ApiException) as refused:  # by its own models these could not even be made
        await client.call_api(
            "/v2/bot/message/push",
            "POST",
            header_params={"Content-Type": "application/json"},
            body=asked,
            response_types_map={},
            auth_settings=["Bearer"],
        )
    assert refused.value.status == 400
    (detail,) = json.loads(refused.value.body)["details"]
    assert detail["property"] == where
    assert not double.screen(WHO)


async def test_a_second_use_of_its_retry_key_is_told_with_what_was_sent(double: Double, api: AsyncMessagingApi):
    key = str(uuid4())
    first = await api.push_message(push(double, KINDS["text"]), key)
    with pytest.raises(ApiException) as refused:
        await api.push_message(push(double, KINDS["text"]), key)
    assert (refused.value.status, words(refused)) == (409, "The retry key is already accepted")
    assert json.loads(refused.value.body)["sentMessages"][0]["id"] == first.sent_messages[0].id
    assert refused.value.headers["x-line-accepted-request-id"]
    assert len(double.screen(WHO)) == 1


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("throttle", 429, "The API rate limit has been exceeded. Try again later."),
        ("use_up", 429, "You have reached your monthly limit."),
        ("broken", 500, "Internal server error"),
        ("revoke_token", 401, "Authentication failed."),
    ],
)
async def test_it_understands_refusals(double: Double, api: AsyncMessagingApi, command: str, status: int, said: str):
    if command == "use_up":
        double.world.used = double.world.quota or 0
    else:
        await double.command(command)
    with pytest.raises(ApiException) as refused:
        await api.push_message(push(double, KINDS["text"]))
    assert refused.value.status == status
    assert words(refused).startswith(said)


async def test_it_answers_by_a_reply_token_once(double: Double, house: House, api: AsyncMessagingApi):
    await double.say(WHO, "Hi")
    await double.settled()
    (event,) = parsed(double)
    answer = ReplyMessageRequest(replyToken=event.reply_token, messages=[Message.from_dict(KINDS["text"])])
    await api.reply_message(answer)
    assert [one.text for one in double.screen(WHO)] == ["Hi", "Hello"]
    with pytest.raises(ApiException) as refused:
        await api.reply_message(answer)
    assert (refused.value.status, words(refused)) == (400, "Invalid reply token")


async def test_it_writes_to_many_and_sees_what_is_left(double: Double, api: AsyncMessagingApi):
    double.phone("Kenji Mori").blocks()
    followers = (await api.get_followers()).user_ids
    assert len(followers) == 3
    await api.multicast(MulticastRequest(to=followers, messages=[Message.from_dict(KINDS["text"])]), str(uuid4()))
    assert all(double.screen(one)[-1].text == "Hello" for one in followers)
    assert (await api.get_message_quota()).value == 500
    assert (await api.get_message_quota_consumption()).total_usage == 3
    page = await api.get_followers(limit=2)
    assert (await api.get_followers(limit=2, start=page.next)).user_ids == followers[2:]


async def test_it_knows_people_the_account_and_the_hook(double: Double, house: House, api: AsyncMessagingApi):
    who = double.people()[0]
    assert (await api.get_profile(who.id)).display_name == WHO
    double.phone(WHO).blocks()
    with pytest.raises(ApiException) as refused:
        await api.get_profile(who.id)
    assert (refused.value.status, words(refused)) == (404, "Not found")
    assert (await api.get_bot_info()).user_id == BOT
    assert (await api.get_webhook_endpoint()).endpoint == double.world.endpoint
    assert (await api.test_webhook_endpoint(Verify())).status_code == 200
    await api.set_webhook_endpoint(SetWebhookEndpointRequest(endpoint="https://dm.example/in/1"))
    assert double.world.endpoint == "https://dm.example/in/1"


async def test_it_shows_that_we_write_and_have_read_and_validates(double: Double, house: House, api: AsyncMessagingApi):
    await double.say(WHO, "Hi")
    await double.settled()
    (event,) = parsed(double)
    await api.show_loading_animation(ShowLoadingAnimationRequest(chatId=double.people()[0].id, loadingSeconds=5))
    await api.mark_messages_as_read_by_token(
        MarkMessagesAsReadByTokenRequest(markAsReadToken=event.message.mark_as_read_token)
    )
    assert double.screen(WHO)[0].status == "seen"
    every = [Message.from_dict(one) for one in list(KINDS.values())[:5]]
    await api.validate_push(ValidateMessageRequest(messages=every))
    assert len(double.screen(WHO)) == 1


async def test_it_fetches_files_while_they_are_there(double: Double, blob: AsyncMessagingApiBlob):
    picture = double.phone(WHO).sends("image", PIXEL, mime="image/png")
    video = double.phone(WHO).sends("video", CLIP, mime="video/mp4", processing=True)
    assert bytes(await blob.get_message_content(picture)) == PIXEL
    assert bytes(await blob.get_message_content_preview(picture)) == SKETCH
    assert (await blob.get_message_content_transcoding_by_message_id(video)).status == "processing"
    double.phone(WHO).takes_back(picture)
    with pytest.raises(ApiException) as refused:
        await blob.get_message_content(picture)
    assert refused.value.status == 404


async def test_it_gets_and_gives_back_keys_for_the_secret(double: Double):
    async with AsyncOauthClient() as client:
        oauth = AsyncChannelAccessToken(client)
        oauth.line_base_path = double.settings().base_url
        told = await oauth.issue_channel_token("client_credentials", CHANNEL_ID, double.world.secret)
        assert double.world.knows(told.access_token)
        assert (await oauth.verify_channel_token(told.access_token)).client_id == CHANNEL_ID
        await oauth.revoke_channel_token(told.access_token)
        assert not double.world.knows(told.access_token)
        brief = await oauth.issue_stateless_channel_token_by_client_secret(CHANNEL_ID, double.world.secret)
        assert brief.expires_in == 900
        double.world.turn(minutes=16)
        assert not double.world.knows(brief.access_token)
        with pytest.raises(OauthException) as refused:
            await oauth.issue_channel_token("client_credentials", CHANNEL_ID, "wrong")
        assert (refused.value.status, json.loads(refused.value.body)["error"]) == (400, "invalid_client")


EVENTS: dict[str, Any] = {
    "text": lambda phone: phone.says("(hi) @all", mention={"mentionees": [{"index": 5, "length": 4, "type": "all"}]}),
    "quote": lambda phone: phone.says("This one", quotes="100000000000000001"),
    "image": lambda phone: phone.sends("image", PIXEL, mime="image/png", imageSet={"id": "s", "index": 1, "total": 3}),
    "video": lambda phone: phone.sends("video", CLIP, mime="video/mp4"),
    "audio": lambda phone: phone.sends("audio", TONE, mime="audio/wav"),
    "file": lambda phone: phone.sends("file", PAPER, mime="application/pdf", fileName="order.pdf"),
    "location": lambda phone: phone.is_at(35.68, 139.76, title="Lume", address="Marunouchi 1"),
    "sticker": lambda phone: phone.sticks(),
    "postback": lambda phone: phone.taps("when", datetime="2026-01-01T10:00"),
    "unsend": lambda phone: phone.takes_back(phone.says("Oh")),
    "follow": lambda phone: phone.unblocks(),
    "unfollow": lambda phone: phone.blocks(),
    "join": lambda phone: phone.does("join", source={"type": "group", "groupId": "C" + "0" * 32}),
    "leave": lambda phone: phone.does("leave", token=False, source={"type": "room", "roomId": "R" + "0" * 32}),
    "memberJoined": lambda phone: phone.does(
        "memberJoined",
        source={"type": "group", "groupId": "C" + "0" * 32},
        joined={"members": [{"type": "user", "userId": phone.friend.id}]},
    ),
    "memberLeft": lambda phone: phone.does(
        "memberLeft",
        token=False,
        source={"type": "group", "groupId": "C" + "0" * 32},
        left={"members": [{"type": "user", "userId": phone.friend.id}]},
    ),
    "videoPlayComplete": lambda phone: phone.does("videoPlayComplete", videoPlayComplete={"trackingId": "t"}),
    "beacon": lambda phone: phone.does("beacon", beacon={"hwid": "d41d8cd98f", "type": "enter"}),
    "accountLink": lambda phone: phone.does("accountLink", link={"result": "ok", "nonce": "n"}),
    "membership": lambda phone: phone.does("membership", membership={"type": "joined", "membershipId": 3189}),
    "botSuspended": lambda phone: phone.does("botSuspended", token=False),
    "activated": lambda phone: phone.does("activated", token=False, chatControl={"expireAt": 1767225600123}),
}


@pytest.mark.parametrize("name", list(EVENTS))
async def test_it_reads_every_event_that_the_double_tells(double: Double, house: House, name: str):
    EVENTS[name](double.phone(WHO))
    await double.settled()
    event = parsed(double)[-1]
    assert type(event).__name__ != "UnknownEvent"
    assert event.webhook_event_id
    assert event.delivery_context.is_redelivery is False
    assert event.type == (name if name not in {*CONTENT} else "message")
    if name in CONTENT:
        assert (event.message.type, type(event.message).__name__) == CONTENT[name]
        assert event.source.user_id == double.people()[0].id


CONTENT = {
    "text": ("text", "TextMessageContent"),
    "quote": ("text", "TextMessageContent"),
    "image": ("image", "ImageMessageContent"),
    "video": ("video", "VideoMessageContent"),
    "audio": ("audio", "AudioMessageContent"),
    "file": ("file", "FileMessageContent"),
    "location": ("location", "LocationMessageContent"),
    "sticker": ("sticker", "StickerMessageContent"),
}


async def test_it_reads_a_second_delivery_and_a_standby_as_such(double: Double, house: House):
    house.away = 1
    await double.say(WHO, "Hi")
    await double.settled()
    assert [one.delivery_context.is_redelivery for one in parsed(double)] == [False, True]
    double.world.standby = True
    await double.say(WHO, "To the other desk")
    await double.settled()
    event = parsed(double)[-1]
    assert (event.mode, event.reply_token) == ("standby", None)


def test_its_code_takes_our_signature_and_no_other():
    body = '{"destination":"U0","events":[]}'
    parser = WebhookParser("s")
    assert parser.parse(body, sign("s", body.encode())) == []
    with pytest.raises(InvalidSignatureError):
        parser.parse(body + " ", sign("s", body.encode()))
    with pytest.raises(InvalidSignatureError):
        parser.parse(body, sign("t", body.encode()))


async def test_our_door_takes_what_its_code_calls_signed(double: Double, account: Account, clock: TurnedClock):
    """What the library's validator holds to be signed is taken; the words unsent in it are read."""
    event = {
        "type": "unsend",
        "mode": "active",
        "timestamp": round(clock().timestamp() * 1000),
        "webhookEventId": "01J0ZZZZZZZZZZZZZZZZZZZZZZ",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": double.people()[0].id},
        "unsend": {"messageId": "5001"},
    }
    body = json.dumps({"destination": BOT, "events": [event]})
    signature = sign(double.world.secret, body.encode())
    assert WebhookParser(double.world.secret).signature_validator.validate(body, signature)
    asked = Request(method="POST", path="/", query=b"", headers={"x-line-signature": signature}, body=body.encode())
    assert CHANNEL.verify
    taken = CHANNEL.verify(account.settings, asked)
    assert isinstance(taken, Accepted)
    (read,) = CHANNEL.read(account.settings, taken.raws[0])
    assert isinstance(read, Unsent)
