"""Every kind of thing that the platform tells, in the shape in which it tells it (Instagram Platform, July 2026).

One table: the item as it comes, and what it must become. A row that is missing here is missing in the product.
"""

import json
from operator import attrgetter
from typing import Any

import pytest

from duologue.channels.contract import Edited, Event, Kind, Opted, Progress, Raw, Reacted, Said, Sign, Unsent
from duologue.channels.instagram.read import read
from duologue.channels.instagram.settings import Settings

ACCOUNT, ADA = "17840001112223", "5544"
CDN, STORY = "https://lookaside.example/x.jpg", "https://lookaside.example/story"
SHOP = "https://www.instagram.com/p/1/"


def parts(*attachments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"message": {"mid": "aWd1", "attachments": list(attachments), **more}}


def part(kind: str, **payload: Any) -> dict[str, Any]:
    return {"type": kind, "payload": payload}


Row = tuple[str, dict[str, Any], type[Event], dict[str, Any]]

BY_THE_PERSON: list[Row] = [
    ("text", {"message": {"mid": "aWd1", "text": "Is it open?"}}, Said, {"id": "aWd1", "content.text": "Is it open?"}),
    (
        "quick reply tap",
        {"message": {"mid": "aWd1", "text": "Yes", "quick_reply": {"payload": "YES"}}},
        Said,
        {"content.kind": Kind.TAP, "content.payload": "YES"},
    ),
    (
        "reply-to",
        {"message": {"mid": "aWd1", "text": "this", "reply_to": {"mid": "aWd0"}}},
        Said,
        {"reply_to": "aWd0", "content.text": "this"},
    ),
    (
        "story reply",
        {"message": {"mid": "aWd1", "text": "Nice", "reply_to": {"story": {"id": "180", "url": STORY}}}},
        Said,
        {"content.kind": Kind.STORY, "content.raw_kind": "story_reply", "content.link": STORY, "content.text": "Nice"},
    ),
    (
        "story mention",
        parts(part("story_mention", url=STORY)),
        Said,
        {"content.kind": Kind.STORY, "content.raw_kind": "story_mention", "content.link": STORY, "content.media": ()},
    ),
    ("shared story", parts(part("ig_story", url=STORY)), Said, {"content.kind": Kind.STORY, "content.link": STORY}),
    *[
        (f"media: {kind}", parts(part(kind, url=CDN)), Said, {"content.kind": Kind(kind), "content.raw_kind": None})
        for kind in ("image", "video", "audio", "file")
    ],
    (
        "several pictures",
        parts(part("image", url=CDN), part("image", url=CDN)),
        Said,
        {"content.kind": Kind.IMAGE, "content.text": None},
    ),
    ("sticker", parts(part("sticker", url=CDN, sticker_id=1)), Said, {"content.kind": Kind.STICKER}),
    ("heart, without a payload", parts({"type": "like_heart"}), Said, {"content.kind": Kind.STICKER}),
    (
        "shared post",
        parts(part("ig_post", ig_post_media_id="179", title="Spring", url=SHOP)),
        Said,
        {"content.kind": Kind.LINK, "content.link": SHOP, "content.facts": {"title": "Spring"}},
    ),
    ("shared post, until 27 April 2026", parts(part("share", url=SHOP)), Said, {"content.link": SHOP}),
    (
        "shared post under both names",
        parts(part("share", url=SHOP), part("ig_post", ig_post_media_id="179", title="Spring", url=SHOP)),
        Said,
        {"content.raw_kind": "ig_post", "content.link": SHOP},
    ),
    *[
        (
            f"shared reel: {kind}",
            parts(part(kind, url="/reel/5/", title="Steam", reel_video_id=5)),
            Said,
            {"content.link": "https://www.instagram.com/reel/5/", "content.facts": {"title": "Steam"}},
        )
        for kind in ("reel", "ig_reel")
    ],
    ("empty template", parts({"type": "template"}), Said, {"content.kind": Kind.CARD}),
    ("unsend", {"message": {"mid": "aWd1", "is_deleted": True}}, Unsent, {"id": "aWd1", "address": ADA}),
    (
        "unsupported",
        {"message": {"mid": "aWd1", "is_unsupported": True}},
        Said,
        {"content.kind": Kind.UNKNOWN, "content.raw_kind": "unsupported"},
    ),
    (
        "edit",
        {"message_edit": {"mid": "aWd1", "text": "new", "num_edit": 1}},
        Edited,
        {"id": "aWd1", "text": "new", "address": ADA},
    ),
    (
        "reaction",
        {"reaction": {"mid": "aWd0", "action": "react", "reaction": "love", "emoji": "❤"}},
        Reacted,
        {"id": "aWd0", "emoji": "❤"},
    ),
    ("reaction taken away", {"reaction": {"mid": "aWd0", "action": "unreact"}}, Reacted, {"emoji": None}),
    ("seen", {"read": {"mid": "aWd0"}}, Progress, {"status": "read", "ids": ("aWd0",), "until": None}),
    (
        "postback",
        {"postback": {"mid": "aWd5", "title": "Prices", "payload": "ICE_1"}},
        Said,
        {"id": "aWd5", "content.kind": Kind.TAP, "content.text": "Prices", "content.payload": "ICE_1"},
    ),
    ("postback without an id", {"postback": {"title": "Prices", "payload": "ICE_1"}}, Said, {"content.text": "Prices"}),
    (
        "ig.me link",
        {"referral": {"ref": "bio", "source": "IG.ME", "type": "OPEN_THREAD"}},
        Said,
        {"content.kind": Kind.NOTICE, "content.facts": {"ref": "bio", "source": "IG.ME", "type": "OPEN_THREAD"}},
    ),
    (
        "advertisement",
        {
            "message": {
                "mid": "aWd1",
                "text": "Hi",
                "referral": {
                    "ad_id": "6001",
                    "source": "ADS",
                    "type": "OPEN_THREAD",
                    "ads_context_data": {"ad_title": "Spring", "photo_url": CDN, "video_url": CDN},
                },
            }
        },
        Said,
        {"content.facts": {"ad_id": "6001", "source": "ADS", "type": "OPEN_THREAD", "ad": "Spring"}},
    ),
    (
        "product",
        {"message": {"mid": "aWd1", "text": "This?", "referral": {"product": {"id": "P1"}}}},
        Said,
        {"content.facts": {"product": "P1"}},
    ),
    (
        "opt-in",
        {"optin": {"type": "notification_messages", "title": "News", "payload": "p"}},
        Said,
        {"content.raw_kind": "optin", "content.payload": "p"},
    ),
    (
        "passed on",
        {"pass_thread_control": {"previous_owner_app_id": "1", "new_owner_app_id": "2", "metadata": "m"}},
        Said,
        {"by": "brand", "automatic": True, "content.facts": {"from": "1", "to": "2", "note": "m"}},
    ),
    (
        "taken over",
        {"take_thread_control": {"previous_owner_app_id": "1", "new_owner_app_id": "2"}},
        Said,
        {"by": "brand"},
    ),
    ("asked for", {"request_thread_control": {"requested_owner_app_id": "1"}}, Said, {"content.facts": {"by": "1"}}),
    ("a kind of tomorrow", {"telepathy": {"x": 1}}, Said, {"content.kind": Kind.UNKNOWN}),
]

BY_THE_BRAND: list[Row] = [
    (
        "echo",
        {"message": {"mid": "aWd9", "is_echo": True, "text": "hi"}},
        Said,
        {"by": "brand", "address": ADA, "content.text": "hi"},
    ),
    (
        "echo of the platform's own inbox",
        {"message": {"mid": "aWd9", "is_echo": True, "text": "hi", "app_id": 1217981644879628}},
        Said,
        {"by": "brand", "content.facts": {"sent with": "Instagram's own inbox"}},
    ),
]

VALUE = {
    "id": "178_c",
    "from": {"id": ADA, "username": "ada", "self_ig_scoped_id": "9"},
    "media": {
        "id": "179_m",
        "media_product_type": "FEED",
        "ad_id": "6001",
        "ad_title": "Spring",
        "original_media_id": "1",
    },
    "text": "price?",
    "parent_id": "178_p",
}
SAID_BELOW = {
    "id": "178_c",
    "address": ADA,
    "content.kind": Kind.COMMENT,
    "content.text": "price?",
    "person.name": "@ada",
    "reply_to": "178_p",
    "content.facts": {"below": "FEED", "post": "179_m", "ad": "Spring", "ad_id": "6001"},
}


def tell(entry: dict[str, Any]) -> list[Event]:
    whole = {"object": "instagram", "entry": [{"id": ACCOUNT, "time": 1767225600, **entry}]}
    return read(Settings(account_id=ACCOUNT), Raw(body=json.dumps(whole).encode()))


def around(sender: str, recipient: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": 1767225600001, **body}


def shown(event: Event, wanted: dict[str, Any]) -> dict[str, Any]:
    """Of the event, what a row names: "content.text", "address" …"""
    return {name: attrgetter(name)(event) for name in wanted}


@pytest.mark.parametrize("place", ["messaging", "standby"])
@pytest.mark.parametrize("name, body, kind, wanted", BY_THE_PERSON)
def test_what_the_person_does(name: str, body: dict, kind: type[Event], wanted: dict, place: str):
    (event,) = tell({place: [around(ADA, ACCOUNT, body)]})
    assert type(event) is kind
    assert shown(event, wanted) == wanted
    if isinstance(event, Said):
        assert (event.address, bool(event.warning)) == (ADA, place == "standby")


@pytest.mark.parametrize("name, body, kind, wanted", BY_THE_BRAND)
def test_what_the_brand_does(name: str, body: dict, kind: type[Event], wanted: dict):
    (event,) = tell({"messaging": [around(ACCOUNT, ADA, body)]})
    assert type(event) is kind
    assert shown(event, wanted) == wanted


def test_a_note_to_oneself_is_nobodys_word():
    note = {"message": {"mid": "aWd9", "is_echo": True, "is_self": True, "text": "milk"}}
    assert tell({"messaging": [around(ACCOUNT, ACCOUNT, note)]}) == []


@pytest.mark.parametrize("field", ["comments", "live_comments"])
@pytest.mark.parametrize("flat", [True, False])
def test_a_comment_in_either_shape(field: str, flat: bool):
    """The documents show it flat in the entry; in practice it stands in a list of changes."""
    change = {"field": field, "value": VALUE}
    (event,) = tell(change if flat else {"changes": [change]})
    assert isinstance(event, Said)
    assert shown(event, SAID_BELOW) == SAID_BELOW
    assert event.content.raw_kind == field


@pytest.mark.parametrize("product", ["FEED", "REELS", "AD", "STORY"])
def test_what_a_comment_stands_below_is_told(product: str):
    (event,) = tell({"changes": [{"field": "comments", "value": VALUE | {"media": {"media_product_type": product}}}]})
    assert isinstance(event, Said)
    assert event.content.facts == {"below": product}


def test_the_dashboards_test_comes_as_a_change_of_nobodys_account():
    value = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": "1527459824", "message": {"mid": "r"}}
    (event,) = tell({"id": "0", "changes": [{"field": "messages", "value": value}]})
    assert isinstance(event, Sign)


@pytest.mark.parametrize("status, stopped", [("STOP_NOTIFICATIONS", True), ("RESUME_NOTIFICATIONS", False)])
def test_who_wants_no_more_notifications_gets_no_campaigns(status: str, stopped: bool):
    optin = {"type": "notification_messages", "notification_messages_status": status}
    notice, opted = tell({"messaging": [around(ADA, ACCOUNT, {"optin": optin})]})
    assert isinstance(notice, Said)
    assert isinstance(opted, Opted)
    assert (opted.address, opted.stopped, opted.scope) == (ADA, stopped, "bulk")
