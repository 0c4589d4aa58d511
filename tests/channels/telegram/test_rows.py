"""Every row of what Telegram tells and of what it refuses, as its reference lists them: one row here for each of them.

Source of the rows: the Bot API manual 10.3 and the official server's source (August 2026). Shapes are as recorded; ids
and words are made up. The errors are written out here and not taken from the product.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from duologue.channels.contract import (
    Account,
    Branch,
    Edited,
    Event,
    Kind,
    Moved,
    Opted,
    Raw,
    Reacted,
    Receipt,
    Refusal,
    Refused,
    Said,
    Sign,
    TryLater,
    Unknown,
    Unsent,
)
from duologue.channels.telegram.errors import judge
from duologue.channels.telegram.listen import CannotListen, _to_wait
from duologue.channels.telegram.read import read
from duologue.channels.telegram.send import send
from duologue.channels.telegram.settings import Settings
from duologue.channels.telegram.simulate.double import Double
from duologue.kernel.egress import Answer

from .conftest import LEO, NADIA

ADA = 5_550_001_001  # beyond 32 bits
RECEIVED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
USER = {"id": ADA, "is_bot": False, "first_name": "Ada", "last_name": "L", "username": "ada", "language_code": "en"}
CHAT = {"id": ADA, "type": "private", "first_name": "Ada", "username": "ada"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Tea friends"}
FILE = {"file_id": "AgAD1", "file_unique_id": "u", "file_size": 9}
SIZES = [FILE | {"file_id": "small", "width": 90, "height": 60}, FILE | {"width": 800, "height": 600}]
WHERE = {"latitude": 59.5, "longitude": 18.0}


def message(**body: Any) -> dict[str, Any]:
    return {"message_id": 41, "date": 1767225600, "from": USER, "chat": CHAT, **body}


def told(**kinds: Any) -> list[Event]:
    body = json.dumps({"update_id": 810001, **kinds}).encode()
    return read(Settings(), Raw(body=body, kind="update", headers={"received": RECEIVED.isoformat()}))


def named(name: str) -> dict[str, Any]:
    return FILE | {"file_name": name, "mime_type": "x/y"}


# name of the row, the message's body, its kind, and what of it must be seen
SAID: list[tuple[str, dict[str, Any], Kind, dict[str, Any]]] = [
    ("text", {"text": "Hi"}, Kind.TEXT, {"text": "Hi"}),
    ("entities, in UTF-16", {"text": "👍 shop", "entities": [
        {"type": "text_link", "offset": 3, "length": 4, "url": "https://x.test/"}]}, Kind.TEXT,
     {"text": "👍 shop (https://x.test/)"}),
    ("photo", {"photo": SIZES, "caption": "Tin"}, Kind.IMAGE, {"file": "telegram-file:AgAD1", "text": "Tin"}),
    ("photo of an album", {"photo": SIZES, "media_group_id": "7"}, Kind.IMAGE, {"file": "telegram-file:AgAD1"}),
    ("video", {"video": named("a.mp4")}, Kind.VIDEO, {"file": "telegram-file:AgAD1"}),
    ("animation", {"animation": FILE, "document": FILE}, Kind.VIDEO, {"file": "telegram-file:AgAD1"}),
    ("audio", {"audio": named("a.mp3")}, Kind.AUDIO, {"file": "telegram-file:AgAD1"}),
    ("voice", {"voice": FILE | {"duration": 61}}, Kind.AUDIO, {"facts": {"length": "1:01"}}),
    ("video_note", {"video_note": FILE | {"length": 240, "duration": 5}}, Kind.VIDEO, {"file": "telegram-file:AgAD1"}),
    ("document", {"document": named("a.pdf")}, Kind.FILE, {"file": "telegram-file:AgAD1"}),
    ("sticker", {"sticker": FILE | {"emoji": "🍵"}}, Kind.STICKER, {"text": "🍵"}),
    ("live_photo", {"live_photo": FILE | {"photo": SIZES}}, Kind.VIDEO, {"file": "telegram-file:AgAD1"}),
    ("paid_media", {"paid_media": {"star_count": 5, "paid_media": [{"type": "photo", "photo": SIZES}]}}, Kind.IMAGE,
     {"facts": {"stars": "5"}}),
    ("location", {"location": WHERE}, Kind.LOCATION, {"place": (59.5, 18.0, None)}),
    ("location, live", {"location": WHERE | {"live_period": 900}}, Kind.LOCATION, {"place": (59.5, 18.0, None)}),
    ("venue", {"location": WHERE, "venue": {"location": WHERE, "title": "Tea room", "address": "Harbour 4"}},
     Kind.LOCATION, {"place": (59.5, 18.0, "Tea room, Harbour 4")}),
    ("contact", {"contact": {"phone_number": "+46", "first_name": "Elin", "user_id": 7, "vcard": "BEGIN"}}, Kind.CARD,
     {"text": "Elin\n+46"}),
    ("reply", {"text": "This", "reply_to_message": {"message_id": 7}, "quote": {"text": "tins", "position": 3}},
     Kind.TEXT, {"reply_to": f"{ADA}:7", "facts": {"about this part": "tins"}}),
    ("external_reply", {"text": "See", "external_reply": {"origin": {"type": "user", "sender_user": USER}}}, Kind.TEXT,
     {"facts": {"answers a message of": "Ada L"}}),
    ("forward", {"text": "See", "forward_origin": {"type": "hidden_user", "sender_user_name": "Leo"}}, Kind.TEXT,
     {"facts": {"forwarded from": "Leo"}}),
    ("forum", {"text": "Hi", "message_thread_id": 5, "is_topic_message": True}, Kind.TEXT, {"text": "Hi"}),
    ("deep link", {"text": "/start spring"}, Kind.TAP, {"payload": "spring", "facts": {"ref": "spring"}}),
    ("a kind not listed", {"hologram": {}}, Kind.UNKNOWN, {"raw_kind": "hologram"}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "seen"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
@pytest.mark.parametrize("update", ["message", "business_message"])
def test_every_row_of_what_is_said(update: str, body: dict[str, Any], kind: Kind, seen: dict[str, Any]):
    more = {"business_connection_id": "bc1"} if update == "business_message" else {}
    [found] = told(**{update: message(**body, **more)})
    assert isinstance(found, Said), found
    content, chat = found.content, f"business:bc1:{ADA}" if more else str(ADA)
    shown: dict[str, Any] = {name: getattr(content, name) for name in ("text", "payload", "raw_kind", "facts")}
    shown["file"] = content.media[0].url if content.media else None
    shown["reply_to"] = found.reply_to.replace(chat, str(ADA)) if found.reply_to else None
    shown["place"] = (content.place.latitude, content.place.longitude, content.place.label) if content.place else None
    assert (content.kind, {name: shown[name] for name in seen}) == (kind, seen)
    assert (found.id, found.address, found.by) == (f"{chat}:41", chat, "person")


CHANGE = {"chat": CHAT, "from": USER, "date": 1767225600, "old_chat_member": {"status": "member"}}
REACTION = {"chat": CHAT, "message_id": 9, "user": USER, "date": 1767225600, "old_reaction": []}
QUERY = {"id": "99", "from": USER, "chat_instance": "1", "data": "y"}
CONNECTION = {"id": "bc1", "user": USER, "user_chat_id": ADA, "date": 1767225600, "is_enabled": True}
GONE = {"business_connection_id": "bc1", "chat": CHAT, "message_ids": [41, 42]}

# name of the row, the update, and what comes of it
UPDATES: list[tuple[str, dict[str, Any], list[type]]] = [
    ("edited_message", {"edited_message": message(text="Two", edit_date=1767225660)}, [Edited]),
    ("edited_business_message", {"edited_business_message": message(text="Two", business_connection_id="b")},
     [Edited]),
    ("callback_query", {"callback_query": QUERY | {"message": message(text="More?")}}, [Said]),
    ("callback_query, too old a message", {"callback_query": QUERY | {"message": {"message_id": 3, "date": 0,
                                                                                  "chat": CHAT}}}, [Said]),
    ("message_reaction", {"message_reaction": REACTION | {"new_reaction": [{"type": "emoji", "emoji": "👍"}]}},
     [Reacted]),
    ("message_reaction taken away", {"message_reaction": REACTION | {"new_reaction": []}}, [Reacted]),
    ("my_chat_member kicked", {"my_chat_member": CHANGE | {"new_chat_member": {"status": "kicked"}}}, [Said, Opted]),
    ("my_chat_member member", {"my_chat_member": CHANGE | {"new_chat_member": {"status": "member"}}}, [Said, Opted]),
    ("my_chat_member of a group", {"my_chat_member": CHANGE | {"chat": GROUP, "new_chat_member": {"status": "member"}}},
     [Sign]),
    ("business_connection", {"business_connection": CONNECTION | {"rights": {"can_reply": True}}}, [Sign, Branch]),
    ("deleted_business_messages", {"deleted_business_messages": GONE}, [Unsent, Unsent]),
    ("migrate_to_chat_id", {"message": message(chat=GROUP, migrate_to_chat_id=-1001)}, [Moved]),
    *((name, {name: {"id": "1", "from": USER, "chat": CHAT, "date": 1767225600}}, []) for name in (
        "chat_member", "chat_join_request", "poll", "poll_answer", "inline_query", "chosen_inline_result",
        "guest_message", "managed_bot", "subscription", "stopped_message_generation", "message_reaction_count",
        "channel_post", "edited_channel_post", "chat_boost", "removed_chat_boost", "shipping_query",
        "pre_checkout_query", "purchased_paid_media")),
]  # fmt: skip


@pytest.mark.parametrize(("update", "kinds"), [row[1:] for row in UPDATES], ids=[row[0] for row in UPDATES])
def test_every_row_of_updates(update: dict[str, Any], kinds: list[type]):
    found = told(**update)
    assert [type(one) for one in found] == kinds
    for one in found:
        if isinstance(one, Opted):
            assert one.stopped is (update["my_chat_member"]["new_chat_member"]["status"] == "kicked")


def answered(code: int, description: str, **parameters: int) -> Answer:
    told = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return Answer(code, {}, json.dumps(told).encode())


# code and description as Telegram gives them, what they decide, what the words say to do, and whether it is a stop
REFUSED: list[tuple[int, str, Refusal, str, bool]] = [
    (403, "Forbidden: bot was blocked by the user", Refusal.UNREACHABLE, "only they can change that", True),
    (403, "Forbidden: user is deactivated", Refusal.UNREACHABLE, "cannot be reached", True),
    (403, "Forbidden: bot was kicked from the supergroup chat", Refusal.UNREACHABLE, "cannot be reached", False),
    (403, "Forbidden: bot can't initiate conversation with a user", Refusal.UNREACHABLE, "cannot be reached", False),
    (403, "Forbidden: bot can't send messages to bots", Refusal.UNREACHABLE, "cannot be reached", False),
    (400, "Bad Request: chat not found", Refusal.NO_SUCH_PERSON, "press “Start”", False),
    (400, "Bad Request: PEER_ID_INVALID", Refusal.NO_SUCH_PERSON, "press “Start”", False),
    (400, "Bad Request: message is too long", Refusal.CONTENT, "does not take this text", False),
    (400, "Bad Request: can't parse entities: Can't find end", Refusal.BAD_REQUEST, "does not take this", False),
    (400, "Bad Request: message text is empty", Refusal.CONTENT, "does not take this text", False),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", Refusal.MEDIA, "does not take this file", False),
    (400, "Bad Request: failed to get HTTP URL content", Refusal.MEDIA, "does not take this file", False),
    (400, "Bad Request: file is too big", Refusal.MEDIA, "does not take this file", False),
    (400, "Bad Request: BUSINESS_PEER_USAGE_MISSING", Refusal.WINDOW_CLOSED, "only for a day", False),
    (400, "Bad Request: BUSINESS_CONNECTION_INVALID", Refusal.PERMISSION, "must let it answer", False),
    (401, "Unauthorized", Refusal.AUTH, "ask BotFather", False),
    (404, "Not Found", Refusal.AUTH, "ask BotFather", False),
]


@pytest.mark.parametrize(("code", "words", "why", "said", "stops"), REFUSED, ids=[f"{r[0]} {r[1]}" for r in REFUSED])
def test_every_row_of_refusals(code: int, words: str, why: Refusal, said: str, stops: bool):
    for spelled in (words, words.upper()):
        found = judge(answered(code, spelled), 1)
        assert isinstance(found, Refused)
        assert (found.why, found.stopped) == (why, "all" if stops else "")
        assert said in found.reason
        assert f"({code}: {spelled})" in found.reason


async def test_the_row_of_retry_after_is_waited_for_by_the_whole_account():
    assert judge(answered(429, "Too Many Requests: retry after 37", retry_after=37), 1) == TryLater(
        after=37, reason="Telegram asks to slow down", whole_account=True
    )


async def test_the_row_of_a_quote_that_is_gone_goes_without(double: Double, account: Account, answer):
    double.stage.plan(400, "Bad Request: message to be replied not found")
    assert isinstance(await send(account, answer("Yes", reply_to=f"{NADIA}:77")), Receipt)
    assert ["reply_parameters" in one.params for one in double.asked] == [True, False]


async def test_the_row_of_what_is_the_same_already_is_a_success():
    assert judge(answered(400, "Bad Request: message is not modified: specified new message content"), 1) == Receipt(
        id=None
    )


async def test_the_row_of_a_tap_that_is_too_old_changes_nothing():
    """It is about the turning button alone; `tests/channels/telegram/test_listen.py` fetches on after it."""
    assert isinstance(judge(answered(400, "Bad Request: query is too old and response timeout expired"), 1), Refused)


async def test_the_row_of_a_chat_that_moved_is_followed(double: Double, account: Account, answer):
    double.world.supergroups[-55] = int(LEO)
    assert isinstance(await send(account, answer("Hi", address="-55")), Receipt)
    assert [one.params["chat_id"] for one in double.asked] == [-55, int(LEO)]


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_the_rows_of_their_own_faults_may_have_been_sent(code: int):
    assert isinstance(judge(answered(code, "Internal Server Error"), 1), Unknown)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Conflict: can't use getUpdates method while webhook is active", "run the test of this channel"),
        ("Conflict: terminated by other getUpdates request", "Another program fetches"),
    ],
)
def test_the_rows_of_conflict_say_what_to_do(words: str, told: str):
    with pytest.raises(CannotListen, match=told):
        _to_wait(answered(409, words))
    assert isinstance(judge(answered(409, words), 1), TryLater)


async def test_who_blocked_the_bot_is_marked_and_in_a_business_account_s_chat_nobody_is(
    double: Double, account: Account, answer
):
    words = "Forbidden: bot was blocked by the user"
    for address, stopped in ((NADIA, "all"), (f"business:bc1:{NADIA}", "")):
        double.stage.plan(403, words)
        found = await send(account, answer("Hi", address=address))
        assert isinstance(found, Refused)
        assert (found.why, found.stopped) == (Refusal.UNREACHABLE, stopped)
