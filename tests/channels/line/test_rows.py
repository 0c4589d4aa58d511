"""Every row of what LINE tells and of what it refuses, as its reference lists them: one row here for each of its own.

Source of the rows: the Messaging API reference and github.com/line/line-openapi (July 2026). Shapes are as recorded;
ids and words are made up.
"""

import json
from typing import Any

import pytest

from duologue.channels.contract import (
    Account,
    Edited,
    Event,
    Kind,
    Opted,
    Raw,
    Receipt,
    Refusal,
    Refused,
    Said,
    Sign,
    TryLater,
    Unknown,
    Unsent,
)
from duologue.channels.line.errors import is_stale_token, judge
from duologue.channels.line.people import profile
from duologue.channels.line.read import read
from duologue.channels.line.send import KEY, send
from duologue.channels.line.settings import Settings
from duologue.channels.line.simulate.double import Double
from duologue.channels.line.tokens import unpacked
from duologue.kernel.egress import Answer

OURS = Settings(
    channel_secret="s", access_token="t", data_url="https://data.test", sticker_url="https://s.test/{id}.png"
)
USER = "U" + "a" * 32
FILE = "https://data.test/v2/bot/message/5002/content"
LINE = {"contentProvider": {"type": "line"}}


def event(kind: str, source: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "mode": "active",
        "timestamp": 1767225600123,
        "webhookEventId": "01J0ZZZZZZZZZZZZZZZZZZZZZZ",
        "deliveryContext": {"isRedelivery": False},
        "source": source or {"type": "user", "userId": USER},
        "replyToken": "r1",
    } | more


def message(kind: str, **more: Any) -> dict[str, Any]:
    return event("message", message={"id": "5002", "type": kind} | more)


def told(item: dict[str, Any]) -> list[Event]:
    return read(OURS, Raw(body=json.dumps({"destination": "U0", "events": [item]}).encode()))


EMOJI = {"emojis": [{"index": 0, "length": 4, "productId": "p", "emojiId": "e"}]}
MENTION = {"mention": {"mentionees": [{"index": 0, "length": 3, "type": "user", "userId": USER, "isSelf": False}]}}
TOKENS = {"quoteToken": "q", "quotedMessageId": "4999", "markAsReadToken": "m"}
EXTERNAL = {"contentProvider": {"type": "external", "originalContentUrl": "https://x.test/a", "previewImageUrl": ""}}
GROUP, ROOM = {"type": "group", "groupId": "C1", "userId": USER}, {"type": "room", "roomId": "R1"}
MEMBERS = {"members": [{"type": "user", "userId": "U1"}, {"type": "user", "userId": "U2"}]}
PICKED = {"data": "a=1", "params": {"datetime": "2026-01-01T10:00"}}
RICH = {"data": "m", "params": {"newRichMenuAliasId": "sizes", "status": "SUCCESS"}}

# name of the row, as it is told, its kind, and what of it must be seen
SAID: list[tuple[str, dict[str, Any], Kind, dict[str, Any]]] = [
    ("text", message("text", text="(hi) you", **EMOJI, **MENTION, **TOKENS), Kind.TEXT, {"text": "(hi) you"}),
    ("image", message("image", quoteToken="q", **LINE), Kind.IMAGE, {"file": FILE}),
    ("image of a set", message("image", imageSet={"id": "s", "index": 1, "total": 3}, **LINE), Kind.IMAGE,
     {"facts": {"picture": "1/3"}}),
    ("image kept elsewhere", message("image", **EXTERNAL), Kind.IMAGE, {"file": "https://x.test/a"}),
    ("video", message("video", duration=60000, **LINE), Kind.VIDEO, {"file": FILE}),
    ("audio", message("audio", duration=60000, **LINE), Kind.AUDIO, {"file": FILE}),
    ("file", message("file", fileName="a.pdf", fileSize=20480), Kind.FILE, {"file": FILE}),
    ("location", message("location", title="Lume", address="Marunouchi", latitude=35.6, longitude=139.7),
     Kind.LOCATION, {"place": (35.6, 139.7, "Lume, Marunouchi")}),
    ("location without words", message("location", latitude=35.6, longitude=139.7), Kind.LOCATION,
     {"place": (35.6, 139.7, None)}),
    ("sticker", message("sticker", packageId="446", stickerId="1988", stickerResourceType="STATIC", keywords=["hi"]),
     Kind.STICKER, {"text": "hi", "file": "https://s.test/1988.png"}),
    ("postback", event("postback", postback={"data": "a=1"}), Kind.TAP, {"text": "a=1", "payload": "a=1"}),
    ("postback of a date picker", event("postback", postback=PICKED), Kind.TAP,
     {"text": "2026-01-01T10:00", "payload": "a=1"}),
    ("postback of a rich menu", event("postback", postback=RICH), Kind.TAP,
     {"facts": {"newRichMenuAliasId": "sizes", "status": "SUCCESS"}}),
    ("join", event("join", GROUP), Kind.NOTICE, {"text": "The account was added here"}),
    ("leave", event("leave", ROOM), Kind.NOTICE, {"text": "The account was removed here"}),
    ("memberJoined", event("memberJoined", GROUP, joined=MEMBERS), Kind.NOTICE, {"text": "People have joined"}),
    ("memberLeft", event("memberLeft", GROUP, left=MEMBERS), Kind.NOTICE, {"text": "People have left"}),
    ("videoPlayComplete", event("videoPlayComplete", videoPlayComplete={"trackingId": "t"}), Kind.NOTICE,
     {"facts": {"video": "t"}}),
    ("beacon", event("beacon", beacon={"hwid": "d41d", "type": "enter", "dm": "01"}), Kind.NOTICE,
     {"facts": {"beacon": "d41d", "act": "enter"}}),
    ("accountLink", event("accountLink", link={"result": "ok", "nonce": "n"}), Kind.NOTICE,
     {"facts": {"result": "ok"}}),
    ("membership", event("membership", membership={"type": "joined", "membershipId": 3189}), Kind.NOTICE,
     {"facts": {"act": "joined", "membership": "3189"}}),
    ("module", event("module", module={"type": "attached", "botId": "U1", "scopes": []}), Kind.NOTICE,
     {"facts": {"act": "attached"}}),
    ("delivery", event("delivery", delivery={"data": "15034552939884E28681A7D668CEA94C"}), Kind.NOTICE,
     {"text": "A message to their telephone number has arrived"}),
    ("activated in a chat", event("activated", chatControl={"expireAt": 1767225660123}), Kind.NOTICE,
     {"text": "This account's chats may be answered by this program"}),
    ("a kind not listed", message("hologram"), Kind.UNKNOWN, {"raw_kind": "hologram"}),
    ("an event not listed", event("teleported"), Kind.UNKNOWN, {"raw_kind": "teleported"}),
    ("messageEdited of an untold shape", event("messageEdited", GROUP, edited={}), Kind.UNKNOWN,
     {"raw_kind": "messageEdited"}),
]  # fmt: skip


@pytest.mark.parametrize(("item", "kind", "seen"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_every_row_of_what_is_told(item: dict[str, Any], kind: Kind, seen: dict[str, Any]):
    [found] = told(item)
    assert isinstance(found, Said), found
    content = found.content
    shown = {name: getattr(content, name) for name in ("text", "payload", "raw_kind")}
    shown["facts"] = {name: value for name, value in content.facts.items() if name != "member"}
    shown["file"] = content.media[0].url if content.media else None
    shown["place"] = (content.place.latitude, content.place.longitude, content.place.label) if content.place else None
    assert (content.kind, {name: shown[name] for name in seen}) == (kind, seen)
    assert unpacked(content.token).reply == "r1"


OTHERS: list[tuple[str, dict[str, Any], list[type]]] = [
    ("unsend", event("unsend", unsend={"messageId": "5001"}), [Unsent]),
    ("follow", event("follow", follow={"isUnblocked": False}), [Said, Opted]),
    ("follow, unblocked", event("follow", follow={"isUnblocked": True}), [Said, Opted]),
    ("unfollow", event("unfollow", replyToken=None), [Said, Opted]),
    ("messageEdited", event("messageEdited", GROUP, message={"id": "5001", "type": "text", "text": "x"}), [Edited]),
    ("botSuspended", event("botSuspended", source=None) | {"source": None}, [Sign]),
    ("botResumed", event("botResumed") | {"source": None}, [Sign]),
    ("activated", event("activated") | {"source": None}, [Sign]),
    ("deactivated", event("deactivated") | {"source": None}, [Sign]),
]  # fmt: skip


@pytest.mark.parametrize(("item", "kinds"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_every_row_that_is_no_message(item: dict[str, Any], kinds: list[type]):
    found = told(item)
    assert [type(one) for one in found] == kinds
    stopped = {one.stopped for one in found if isinstance(one, Opted)}
    assert stopped == ({item["type"] == "unfollow"} if Opted in kinds else set())
    level = {"botSuspended": "bad", "deactivated": "warn"}.get(item["type"], "good")
    assert {one.level for one in found if isinstance(one, Sign)} <= {level}


def words(text: str, **more: Any) -> bytes:
    return json.dumps({"message": text, **more}).encode()


FAULT = [{"message": "May not be empty", "property": "messages[0].text"}]
SENT = [{"id": "7300000000000000001", "quoteToken": "q"}]

# status and text as LINE gives them, what they decide, and what the words say to do (or why nothing can be done)
ERRORS: list[tuple[int, bytes, Any, str]] = [
    (400, words("The request body has 1 error(s)", details=FAULT), Refusal.BAD_REQUEST, "messages[0].text"),
    (400, words("Failed to send messages"), Refusal.UNREACHABLE, "no friend of the account"),
    (400, words("The property, 'to', in the request body is invalid"), Refusal.NO_SUCH_PERSON, "no such person"),
    (400, words("Invalid retry key"), Refusal.BAD_REQUEST, "does not take this message"),
    (401, words("Authentication failed. Confirm that the access token is valid."), Refusal.AUTH, "issue a new one"),
    (403, words("Access to this API is not available for your account"), Refusal.PERMISSION, "change the plan"),
    (404, words("Not found"), Refusal.UNREACHABLE, "no friend of the account"),
    (409, words("The retry key is already accepted", sentMessages=SENT), Receipt, ""),
    (413, words("Request entity too large"), Refusal.BAD_REQUEST, "does not take this message"),
    (415, words("Unsupported media type"), Refusal.BAD_REQUEST, "does not take this message"),
    (429, words("The API rate limit has been exceeded. Try again later."), TryLater, "slow down"),
    (429, words("You have reached your monthly limit."), Refusal.RESTRICTED, "raise the limit"),
    (500, words("Internal server error"), Unknown, "a fault of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "decided", "said"), ERRORS, ids=[f"{row[0]} {row[3]}" for row in ERRORS])
def test_every_row_of_errors_is_a_decision(status: int, body: bytes, decided: Any, said: str):
    found = judge(Answer(status, {}, body), 1)
    if isinstance(decided, Refusal):
        assert isinstance(found, Refused)
        assert found.why is decided
    else:
        assert isinstance(found, decided)
    if isinstance(found, TryLater):
        assert (found.after, found.whole_account) == (15, True)
    assert isinstance(found, Receipt) or said in found.reason, found


def test_the_row_of_a_stale_reply_token_is_no_end():
    """What follows is proven by `test_where_the_token_is_refused_the_message_is_pushed_at_once`."""
    assert is_stale_token(Answer(400, {}, words("Invalid reply token")))
    assert not is_stale_token(Answer(400, {}, words("The request body has 1 error(s)")))


async def test_the_row_of_a_key_used_twice_is_a_success_with_the_first_ids(account: Account, double: Double, answer):
    out = answer("Yes")
    first, again = await send(account, out), await send(account, out)
    assert first == again
    assert [one.text for one in double.screen("Haruka Sato") if one.by == "brand"] == ["Yes"]
    assert KEY == "X-Line-Retry-Key"


async def test_the_row_of_a_profile_that_cannot_be_had_leaves_them_nameless(account: Account, double: Double):
    assert await profile(account, "U" + "0" * 32) is None
    await double.command("revoke_token")
    assert await profile(account, double.people()[0].id) is None
