"""Every kind of thing that the platform tells, in the shape in which it tells it (Messenger Platform, 2026).

One table: the item as it comes, and what it must become. A row that is missing here is missing in the product.
"""

import json
from operator import attrgetter
from typing import Any

import pytest

from duologue.channels.contract import (
    Edited,
    Event,
    Kind,
    Opted,
    Place,
    Progress,
    Raw,
    Reacted,
    Said,
    Sign,
    Trouble,
    Unsent,
)
from duologue.channels.messenger.read import read
from duologue.channels.messenger.settings import Settings

PAGE, ADA = "1200300400", "7700112233"
CDN = "https://scontent.example/x.jpg"
THUMB = 369239263222822
MARK = "duologue:0198c0de-0000-7000-8000-000000000001"


def file(kind: str, **payload: Any) -> dict[str, Any]:
    return {"message": {"mid": "m_A4", "attachments": [{"type": kind, "payload": {"url": CDN, **payload}}]}}


def link(kind: str, **more: Any) -> dict[str, Any]:
    return {"message": {"mid": "m_A4", "attachments": [{"type": kind, **more}]}}


Row = tuple[str, dict[str, Any], type[Event], dict[str, Any]]

BY_THE_PERSON: list[Row] = [
    ("text", {"message": {"mid": "m_A1", "text": "Is it open?"}}, Said, {"id": "m_A1", "content.text": "Is it open?"}),
    (
        "quick reply tap",
        {"message": {"mid": "m_A2", "text": "Yes", "quick_reply": {"payload": "ANS_YES"}}},
        Said,
        {"content.kind": Kind.TAP, "content.text": "Yes", "content.payload": "ANS_YES"},
    ),
    (
        "reply-to",
        {"message": {"mid": "m_A3", "text": "this one", "reply_to": {"mid": "m_77", "is_self_reply": False}}},
        Said,
        {"reply_to": "m_77", "content.text": "this one"},
    ),
    *[
        (f"media: {kind}", file(kind), Said, {"content.kind": Kind(kind), "content.raw_kind": None})
        for kind in ("image", "audio", "video", "file")
    ],
    ("sticker", file("sticker", sticker_id=THUMB), Said, {"content.kind": Kind.STICKER}),
    ("sticker, until 30 August 2026", file("image", sticker_id=THUMB), Said, {"content.kind": Kind.STICKER}),
    *[
        (f"share: {kind}", file(kind), Said, {"content.kind": Kind.LINK, "content.link": CDN})
        for kind in ("reel", "ig_reel", "post", "ig_post")
    ],
    (
        "link share without a payload",
        link("fallback", title="Page", url="https://x.test/", payload=None),
        Said,
        {"content.kind": Kind.LINK, "content.link": "https://x.test/", "content.facts": {"title": "Page"}},
    ),
    (
        "reel with a relative address",
        link("ig_reel", payload={"url": "/reel/123/", "reel_video_id": 123}),
        Said,
        {"content.link": "https://www.facebook.com/reel/123/"},
    ),
    (
        "location",
        link("location", payload={"coordinates": {"lat": 1.2, "long": -1.3}}),
        Said,
        {"content.place": Place(latitude=1.2, longitude=-1.3)},
    ),
    ("template", link("template", payload={"template_type": "generic"}), Said, {"content.kind": Kind.CARD}),
    ("appointment", link("appointment_booking", payload={"title": "x"}), Said, {"content.kind": Kind.CARD}),
    (
        "product inside a message",
        {"message": {"mid": "m_A1", "text": "This?", "referral": {"product": {"id": "P1"}}}},
        Said,
        {"content.text": "This?", "content.facts": {"product": "P1"}},
    ),
    (
        "advertisement inside a message",
        {"message": {"mid": "m_A1", "text": "This?", "referral": {"source": "ADS", "ad_id": "6001", "ref": "r"}}},
        Said,
        {"content.facts": {"source": "ADS", "ad_id": "6001", "ref": "r"}},
    ),
    ("unsupported", {"message": {"mid": "m_A1", "is_unsupported": True}}, Said, {"content.kind": Kind.UNKNOWN}),
    ("unsent", {"message": {"mid": "m_A1", "is_deleted": True}}, Unsent, {"id": "m_A1", "address": ADA}),
    (
        "edit",
        {"message_edit": {"mid": "m_A1", "text": "new text", "num_edit": 1}},
        Edited,
        {"id": "m_A1", "text": "new text"},
    ),
    *[
        (
            f"reaction: {name}",
            {"reaction": {"reaction": name, "action": "react", "mid": "m_77"}},
            Reacted,
            {"id": "m_77", "emoji": emoji},
        )
        for name, emoji in (
            ("smile", "😆"),
            ("angry", "😠"),
            ("sad", "😢"),
            ("wow", "😮"),
            ("love", "❤️"),
            ("like", "👍"),
            ("dislike", "👎"),
            ("other", "❔"),
        )
    ],
    (
        "reaction with its sign",
        {"reaction": {"reaction": "other", "emoji": "🥨", "action": "react", "mid": "m_77"}},
        Reacted,
        {"emoji": "🥨"},
    ),
    (
        "reaction taken away",
        {"reaction": {"reaction": "love", "action": "unreact", "mid": "m_77"}},
        Reacted,
        {"id": "m_77", "emoji": None},
    ),
    (
        "delivered",
        {"delivery": {"mids": ["m_77"], "watermark": 1767225601000}},
        Progress,
        {"status": "delivered", "ids": ("m_77",)},
    ),
    ("delivered without ids", {"delivery": {"watermark": 1767225601000}}, Progress, {"status": "delivered", "ids": ()}),
    ("read", {"read": {"watermark": 1767225602000}}, Progress, {"status": "read", "address": ADA}),
    (
        "postback",
        {
            "postback": {
                "mid": "m_A5",
                "title": "Start",
                "payload": "GET_STARTED",
                "referral": {"ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD"},
            }
        },
        Said,
        {"id": "m_A5", "content.kind": Kind.TAP, "content.payload": "GET_STARTED"},
    ),
    (
        "m.me link in an existing thread",
        {
            "referral": {
                "ref": "spring",
                "source": "SHORTLINK",
                "type": "OPEN_THREAD",
                "referer_uri": "https://lume.test/",
            }
        },
        Said,
        {
            "content.kind": Kind.NOTICE,
            "content.facts": {
                "ref": "spring",
                "source": "SHORTLINK",
                "type": "OPEN_THREAD",
                "from": "https://lume.test/",
            },
        },
    ),
    (
        "advertisement in an existing thread",
        {
            "referral": {
                "source": "ADS",
                "type": "OPEN_THREAD",
                "ad_id": "6001",
                "ads_context_data": {
                    "ad_title": "Spring",
                    "photo_url": "https://x.test/",
                    "post_id": "55",
                    "product_id": "P1",
                    "flow_id": "F1",
                },
            }
        },
        Said,
        {
            "content.facts": {
                "source": "ADS",
                "type": "OPEN_THREAD",
                "ad_id": "6001",
                "ad": "Spring",
                "post": "55",
                "product": "P1",
                "flow": "F1",
            }
        },
    ),
    (
        "opt-in to notifications",
        {
            "optin": {
                "type": "notification_messages",
                "payload": "p",
                "notification_messages_token": "t",
                "notification_messages_frequency": "DAILY",
                "token_expiry_timestamp": 1798761600000,
                "user_token_status": "NOT_REFRESHED",
                "notification_messages_timezone": "UTC",
                "title": "News",
            }
        },
        Said,
        {
            "content.raw_kind": "optin",
            "content.payload": "p",
            "content.facts": {"type": "notification_messages", "title": "News", "frequency": "DAILY"},
        },
    ),
    (
        "take-over by another app",
        {"take_thread_control": {"previous_owner_app_id": "1", "new_owner_app_id": "2", "metadata": "m"}},
        Said,
        {"by": "brand", "automatic": True, "content.facts": {"from": "1", "to": "2", "note": "m"}},
    ),
    (
        "passed on",
        {"pass_thread_control": {"previous_owner_app_id": "1", "new_owner_app_id": "2", "metadata": "m"}},
        Said,
        {"by": "brand", "content.raw_kind": "pass_thread_control"},
    ),
    (
        "asked for",
        {"request_thread_control": {"requested_owner_app_id": "1", "metadata": "m"}},
        Said,
        {"by": "brand", "content.facts": {"by": "1", "note": "m"}},
    ),
    ("roles of apps", {"app_roles": {"1": ["primary_receiver"]}}, Trouble, {}),
    (
        "feedback",
        {"response_feedback": {"feedback": "Good response", "mid": "m_78"}},
        Said,
        {"automatic": True, "content.facts": {"feedback": "Good response", "about": "m_78"}},
    ),
    *[
        (f"policy: {action}", {"policy-enforcement": {"action": action, "reason": "spam"}}, Trouble, {})
        for action in ("warning", "block")
    ],
    ("policy: unblock", {"policy-enforcement": {"action": "unblock"}}, Trouble, {}),
    (
        "a kind of tomorrow",
        {"hologram": {"x": 1}},
        Said,
        {"content.kind": Kind.UNKNOWN, "content.raw_kind": "hologram"},
    ),
]

BY_THE_PAGE: list[Row] = [
    (
        "echo of ours",
        {"message": {"mid": "m_78", "is_echo": True, "app_id": 5, "metadata": MARK, "text": "hi"}},
        Said,
        {"by": "brand", "address": ADA, "correlation.hex": MARK.removeprefix("duologue:").replace("-", "")},
    ),
    (
        "echo of the page's own inbox",
        {"message": {"mid": "m_78", "is_echo": True, "app_id": 263902037430900, "text": "hi"}},
        Said,
        {"by": "brand", "address": ADA, "correlation": None, "content.facts": {"sent with": "Page inbox"}},
    ),
]


def comment(**more: Any) -> dict[str, Any]:
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": f"{PAGE}_55_99",
        "post_id": f"{PAGE}_55",
        "parent_id": f"{PAGE}_55",
        "message": "price?",
        "created_time": 1767225500,
        "from": {"id": ADA, "name": "Ada L."},
    }
    return {"field": "feed", "value": value | more}


def post(kind: str, **more: Any) -> dict[str, Any]:
    value = {
        "item": kind,
        "verb": "add",
        "post_id": f"{PAGE}_56",
        "message": "Do you sell loose tea?",
        "created_time": 1767225500,
        "from": {"id": ADA, "name": "Ada L."},
    }
    return {"field": "feed", "value": value | more}


TEMPLATE = {"message_template_id": 12, "message_template_name": "ready", "message_template_language": "en_US"}

CHANGES: list[Row] = [
    (
        "comment",
        comment(),
        Said,
        {"id": f"{PAGE}_55_99", "content.kind": Kind.COMMENT, "person.name": "Ada L.", "reply_to": None},
    ),
    ("answer to a comment", comment(parent_id=f"{PAGE}_55_98"), Said, {"reply_to": f"{PAGE}_55_98"}),
    ("edited comment", comment(verb="edited", message="cost?"), Edited, {"id": f"{PAGE}_55_99", "text": "cost?"}),
    ("removed comment", comment(verb="remove"), Unsent, {"id": f"{PAGE}_55_99"}),
    *[
        (
            f"a visitor's post: {kind}",
            post(kind),
            Said,
            {"id": f"{PAGE}_56", "content.kind": Kind.COMMENT, "content.raw_kind": "post", "address": ADA},
        )
        for kind in ("status", "post", "photo", "video")
    ],
    (
        "edited post",
        post("status", verb="edited", message="Or bags?"),
        Edited,
        {"id": f"{PAGE}_56", "text": "Or bags?"},
    ),
    ("removed post", post("status", verb="remove"), Unsent, {"id": f"{PAGE}_56"}),
    (
        "template decided about",
        {"field": "message_template_status_update", "value": {**TEMPLATE, "event": "APPROVED", "reason": "NONE"}},
        Sign,
        {"name": "Template ready (en_US)", "level": "good", "about": "template"},
    ),
    (
        "the dashboard's test",
        {
            "field": "messages",
            "value": {
                "sender": {"id": ADA},
                "recipient": {"id": PAGE},
                "timestamp": "1767225600",
                "message": {"mid": "m_T", "text": "test_message"},
            },
        },
        Said,
        {"content.text": "test_message"},
    ),
]


def tell(place: str, item: Any) -> list[Event]:
    entry = {"id": PAGE, "time": 1767225600123, place: [item]}
    return read(Settings(page_id=PAGE), Raw(body=json.dumps({"object": "page", "entry": [entry]}).encode()))


def around(sender: str, recipient: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": 1767225600001, **body}


def shown(event: Event, wanted: dict[str, Any]) -> dict[str, Any]:
    """Of the event, what a row names: "content.text", "address" …"""
    return {name: attrgetter(name)(event) for name in wanted}


@pytest.mark.parametrize("place", ["messaging", "standby"])
@pytest.mark.parametrize("name, body, kind, wanted", BY_THE_PERSON)
def test_what_the_person_does(name: str, body: dict, kind: type[Event], wanted: dict, place: str):
    (event,) = tell(place, around(ADA, PAGE, body))
    assert type(event) is kind
    assert shown(event, wanted) == wanted
    if isinstance(event, Said):
        assert (event.address, bool(event.warning)) == (ADA, place == "standby")


@pytest.mark.parametrize("name, body, kind, wanted", BY_THE_PAGE)
def test_what_the_page_does(name: str, body: dict, kind: type[Event], wanted: dict):
    (event,) = tell("messaging", around(PAGE, ADA, body))
    assert type(event) is kind
    assert shown(event, wanted) == wanted


@pytest.mark.parametrize("name, body, kind, wanted", CHANGES)
def test_what_changes_in_public_and_of_the_account(name: str, body: dict, kind: type[Event], wanted: dict):
    (event,) = tell("changes", body)
    assert type(event) is kind
    assert shown(event, wanted) == wanted


def test_a_checkbox_names_its_person_in_itself():
    (event,) = tell("messaging", {"recipient": {"id": PAGE}, "timestamp": 1, "optin": {"ref": "r", "user_ref": "u-1"}})
    assert isinstance(event, Said)
    assert (event.address, event.content.facts) == ("user_ref:u-1", {"ref": "r"})


@pytest.mark.parametrize(
    "status, stopped", [("STOP_NOTIFICATIONS", True), ("STOP NOTIFICATIONS", True), ("RESUME_NOTIFICATIONS", False)]
)
def test_who_wants_no_more_notifications_gets_no_campaigns(status: str, stopped: bool):
    optin = {"type": "notification_messages", "notification_messages_status": status, "title": "News"}
    notice, opted = tell("messaging", around(ADA, PAGE, {"optin": optin}))
    assert isinstance(notice, Said)
    assert isinstance(opted, Opted)
    assert (opted.address, opted.stopped, opted.scope, opted.via) == (ADA, stopped, "bulk", "person")
