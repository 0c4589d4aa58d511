"""Every kind of thing that the platform tells, in the shape in which it tells it (WhatsApp Cloud API, August 2026).

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
    Media,
    Moved,
    Opted,
    Person,
    Place,
    Progress,
    Raw,
    Reacted,
    Said,
    Sign,
    Trouble,
    Unsent,
)
from duologue.channels.whatsapp.read import read
from duologue.channels.whatsapp.settings import Settings

PHONE_ID, ACCOUNT, NUMBER = "900100200300", "800100200300", "14155550199"
ADA, BSUID = "14155550100", "US.20000000000000000001"
CONTACT = {"profile": {"name": "Ada", "username": "ada.l"}, "wa_id": ADA, "user_id": BSUID}
META = {"display_phone_number": NUMBER, "phone_number_id": PHONE_ID}

Row = tuple[str, dict[str, Any], list[tuple[type[Event], dict[str, Any]]]]


def file(kind: str, ours: Kind, **more: Any) -> Row:
    given = {"id": "7001", "mime_type": "image/jpeg", "sha256": "b64", "url": "https://lookaside.fbsbx.com/", **more}
    media = Media(kind=ours, mime="image/jpeg", url="media:7001", name=more.get("filename"))  # type: ignore[arg-type]
    return kind, {"type": kind, kind: given}, [(Said, {"content.kind": ours, "content.media": (media,)})]


def inside(which: str, **given: Any) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": which, which: given}}


def around(**more: Any) -> dict[str, Any]:
    return {"type": "text", "text": {"body": "Hi"}, **more}


MESSAGES: list[Row] = [
    ("text", around(), [(Said, {"content.text": "Hi", "address": BSUID, "aliases": (ADA,)})]),
    file("image", Kind.IMAGE, caption="see"),
    file("video", Kind.VIDEO, caption="see"),
    file("audio", Kind.AUDIO, voice=True),
    file("voice", Kind.AUDIO),
    file("document", Kind.FILE, filename="a.pdf", caption="see"),
    file("sticker", Kind.STICKER, animated=True),
    (
        "location",
        {
            "type": "location",
            "location": {
                "latitude": 1.29,
                "longitude": 103.85,
                "name": "Shop",
                "address": "Pier 1",
                "url": "https://x.test/",
            },
        },
        [(Said, {"content.place": Place(latitude=1.29, longitude=103.85, label="Shop, Pier 1")})],
    ),
    (
        "location of nothing but its place",
        {"type": "location", "location": {"latitude": 1.29, "longitude": 103.85}},
        [(Said, {"content.place": Place(latitude=1.29, longitude=103.85)})],
    ),
    (
        "contacts",
        {
            "type": "contacts",
            "contacts": [
                {
                    "name": {"formatted_name": "Bo Lee", "first_name": "Bo"},
                    "phones": [{"phone": "+1 415 555 0101", "wa_id": "14155550101", "type": "CELL"}],
                    "emails": [{"email": "bo@x.test"}],
                    "org": {"company": "Lume"},
                    "vcard": "BEGIN:VCARD",
                    "origin": "contact_request",
                }
            ],
        },
        [(Said, {"content.kind": Kind.CARD, "content.text": "Bo Lee\nLume\n+1 415 555 0101\nbo@x.test"})],
    ),
    (
        "reaction",
        {"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": "👍"}},
        [(Reacted, {"id": "wamid.X", "emoji": "👍", "address": BSUID})],
    ),
    (
        "reaction taken away",
        {"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": ""}},
        [(Reacted, {"emoji": None})],
    ),
    (
        "reaction taken away, the shorter form",
        {"type": "reaction", "reaction": {"message_id": "wamid.X"}},
        [(Reacted, {"emoji": None})],
    ),
    (
        "button of a message",
        inside("button_reply", id="B1", title="Yes"),
        [(Said, {"content.kind": Kind.TAP, "content.text": "Yes", "content.payload": "B1"})],
    ),
    (
        "row of a list",
        inside("list_reply", id="R1", title="Green", description="mild"),
        [(Said, {"content.kind": Kind.TAP, "content.payload": "R1", "content.facts": {"description": "mild"}})],
    ),
    (
        "form",
        inside("nfm_reply", name="flow", body="Sent", response_json='{"when": "Monday"}'),
        [(Said, {"content.kind": Kind.TAP, "content.text": "Sent\nwhen: Monday", "content.raw_kind": "nfm_reply"})],
    ),
    (
        "leave to call",
        inside("call_permission_reply", response="accept"),
        [(Said, {"content.kind": Kind.NOTICE, "content.facts": {"calls": "accept"}})],
    ),
    (
        "interactive without its object",
        {"type": "interactive", "errors": [{"code": 131051, "title": "No"}]},
        [(Said, {"content.kind": Kind.UNKNOWN, "content.facts": {"error": "131051: No"}})],
    ),
    (
        "button of a template, without context",
        {"type": "button", "button": {"payload": "P", "text": "Yes"}},
        [(Said, {"content.kind": Kind.TAP, "content.payload": "P", "reply_to": None})],
    ),
    (
        "order",
        {
            "type": "order",
            "order": {
                "catalog_id": "C1",
                "text": "",
                "product_items": [{"product_retailer_id": "SKU1", "quantity": 2, "item_price": 30, "currency": "SGD"}],
            },
        },
        [(Said, {"content.kind": Kind.CARD, "content.text": "2 × SKU1, 30 SGD", "content.raw_kind": "order"})],
    ),
    (
        "edit",
        {
            "type": "edit",
            "edit": {
                "original_message_id": "wamid.X",
                "message": {"context": {"id": "M0"}, "type": "text", "text": {"body": "new"}},
            },
        },
        [(Edited, {"id": "wamid.X", "text": "new", "address": BSUID})],
    ),
    (
        "revoke",
        {"type": "revoke", "revoke": {"original_message_id": "wamid.X"}},
        [(Unsent, {"id": "wamid.X", "address": BSUID})],
    ),
    (
        "unsupported",
        {
            "type": "unsupported",
            "errors": [{"code": 131051, "title": "No", "error_data": {"details": "No polls"}}],
            "unsupported": {"type": "poll"},
        },
        [(Said, {"content.kind": Kind.UNKNOWN, "content.raw_kind": "poll"})],
    ),
    ("a kind of tomorrow", {"type": "telepathy"}, [(Said, {"content.raw_kind": "telepathy"})]),
    ("quote", around(context={"from": NUMBER, "id": "wamid.X"}), [(Said, {"reply_to": "wamid.X"})]),
    ("forwarded", around(context={"forwarded": True}), [(Said, {"content.facts": {"forwarded": "yes"}})]),
    (
        "forwarded often",
        around(context={"frequently_forwarded": True}),
        [(Said, {"content.facts": {"forwarded": "many times"}})],
    ),
    (
        "about a product",
        around(context={"referred_product": {"catalog_id": "C1", "product_retailer_id": "SKU1"}}),
        [(Said, {"content.facts": {"product": "SKU1"}})],
    ),
    (
        "advertisement",
        around(
            referral={
                "source_url": "https://fb.test/ad",
                "source_id": "ad1",
                "source_type": "ad",
                "headline": "Spring",
                "body": "New teas",
                "media_type": "image",
                "image_url": "https://x.test/",
                "ctwa_clid": "c1",
                "welcome_message": {"text": "How can we help?"},
            }
        ),
        [
            (
                Said,
                {
                    "content.link": "https://fb.test/ad",
                    "content.facts": {
                        "ad id": "ad1",
                        "came from": "ad",
                        "ad": "Spring",
                        "ad text": "New teas",
                        "click": "c1",
                        "greeting": "How can we help?",
                    },
                },
            )
        ],
    ),
]


def system(kind: str, **given: Any) -> dict[str, Any]:
    return {"type": "system", "system": {"type": kind, "body": "changed", **given}}


SYSTEM: list[Row] = [
    (
        "a new number",
        system("user_changed_number", wa_id="14155550999"),
        [
            (Said, {"content.kind": Kind.NOTICE, "automatic": True, "address": BSUID}),
            (Moved, {"address": BSUID, "to": "14155550999"}),
            (Moved, {"address": ADA, "to": "14155550999"}),
        ],
    ),
    (
        "a new number with a new id",
        system("user_changed_number", wa_id="14155550999", user_id="US.9", previous_user_id=BSUID),
        [
            (Said, {"address": BSUID}),
            (Moved, {"address": BSUID, "to": "US.9"}),
            (Moved, {"address": ADA, "to": "US.9"}),
        ],
    ),
    (
        "a new device",
        system("customer_identity_changed")
        | {"identity": {"acknowledged": True, "created_timestamp": 1767225600, "hash": "h"}},
        [(Said, {"content.raw_kind": "customer_identity_changed", "automatic": True})],
    ),
]

STATUSES: list[Row] = [
    *[
        (
            word,
            {"status": word},
            [(Progress, {"status": ours, "ids": ("wamid.OUT1",), "address": None, "aliases": (ADA, BSUID)})],
        )
        for word, ours in (("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read"))
    ],
    (
        "with its price",
        {
            "status": "sent",
            "conversation": {
                "id": "c1",
                "origin": {"type": "service"},
                "expiration_timestamp": "1767312000",
            },
            "pricing": {
                "billable": False,
                "pricing_model": "PMP",
                "type": "free_customer_service",
                "category": "service",
            },
        },
        [
            (
                Progress,
                {
                    "facts": {
                        "category": "service",
                        "price": "free_customer_service",
                        "priced by": "PMP",
                        "billed": "no",
                        "conversation": "service",
                    }
                },
            )
        ],
    ),
    ("failed", {"status": "failed", "errors": [{"code": 131026, "title": "T"}]}, [(Progress, {"status": "failed"})]),
    (
        "failed for marketing",
        {"status": "failed", "errors": [{"code": 131050, "title": "T"}]},
        [(Progress, {"status": "failed"}), (Opted, {"address": BSUID, "stopped": True, "scope": "bulk"})],
    ),
    ("deleted", {"status": "deleted"}, []),
    (
        "in a group",
        {"status": "read", "recipient_type": "group", "recipient_participant_id": ADA},
        [(Progress, {"status": "read", "aliases": ()})],
    ),
]

TEMPLATE = {"message_template_id": 123, "message_template_name": "n", "message_template_language": "en_US"}

FIELDS: list[tuple[str, str, dict[str, Any], list[tuple[type[Event], dict[str, Any]]]]] = [
    *[
        (
            f"template {word}",
            "message_template_status_update",
            {**TEMPLATE, "event": word, "reason": "NONE", "message_template_category": "UTILITY"},
            [(Sign, {"name": "Template n (en_US)", "about": "template", "level": level})],
        )
        for word, level in (
            ("APPROVED", "good"),
            ("REINSTATED", "good"),
            ("UNARCHIVED", "good"),
            ("PENDING", "warn"),
            ("IN_APPEAL", "warn"),
            ("FLAGGED", "warn"),
            ("LIMIT_EXCEEDED", "warn"),
            ("LOCKED", "warn"),
            ("ARCHIVED", "warn"),
            ("PENDING_DELETION", "warn"),
            ("REJECTED", "bad"),
            ("PAUSED", "bad"),
            ("DISABLED", "bad"),
            ("DELETED", "bad"),
        )
    ],
    *[
        (
            f"quality of a template {score}",
            "message_template_quality_update",
            {**TEMPLATE, "previous_quality_score": "GREEN", "new_quality_score": score},
            [(Sign, {"level": level})],
        )
        for score, level in (("GREEN", "good"), ("YELLOW", "warn"), ("RED", "bad"), ("UNKNOWN", "good"))
    ],
    (
        "category of a template",
        "template_category_update",
        {**TEMPLATE, "previous_category": "UTILITY", "new_category": "MARKETING"},
        [(Sign, {"level": "warn"})],
    ),
    (
        "words of a template",
        "message_template_components_update",
        TEMPLATE,
        [(Sign, {"name": "Template n (en_US)"})],
    ),
    *[
        (
            f"number {word}",
            "phone_number_quality_update",
            {"display_phone_number": NUMBER, "event": word, "max_daily_conversations_per_business": "TIER_2K"},
            [(Sign, {"name": "Messaging limit"})],
        )
        for word in ("ONBOARDING", "THROUGHPUT_UPGRADE", "UPGRADE", "DOWNGRADE")
    ],
    *[
        (
            f"number {word}",
            "phone_number_quality_update",
            {"display_phone_number": NUMBER, "event": word},
            [(Sign, {"name": "Quality", "level": level})],
        )
        for word, level in (("FLAGGED", "bad"), ("UNFLAGGED", "good"))
    ],
    *[
        (
            f"limit {value}",
            "business_capability_update",
            {"max_daily_conversations_per_business": value, "max_phone_numbers_per_waba": 25},
            [(Sign, {"name": "Messaging limit", "level": level})],
        )
        for value, level in ((250, "warn"), (2000, "good"), (100000, "good"), (-1, "good"), ("TIER_250", "warn"))
    ],
    *[
        (f"account {word}", "account_update", {"event": word}, [(kind, {})])
        for word, kind in (
            ("ACCOUNT_RESTRICTION", Trouble),
            ("ACCOUNT_VIOLATION", Trouble),
            ("DISABLED_UPDATE", Trouble),
            ("ACCOUNT_DELETED", Trouble),
            ("PARTNER_REMOVED", Trouble),
            ("PARTNER_ADDED", Sign),
            ("ACCOUNT_OFFBOARDED", Trouble),
            ("ACCOUNT_RECONNECTED", Sign),
        )
    ],
    ("alert", "account_alerts", {"alert_severity": "CRITICAL", "alert_type": "X"}, [(Trouble, {})]),
    ("two-step code", "security", {"event": "PIN_CHANGED"}, [(Sign, {})]),
    ("name", "phone_number_name_update", {"decision": "APPROVED"}, [(Sign, {"level": "good"})]),
    ("user name", "phone_number_username_update", {"status": "APPROVED", "username": "lume"}, [(Sign, {})]),
    (
        "wish",
        "user_preferences",
        {
            "contacts": [CONTACT],
            "user_preferences": [
                {
                    "wa_id": ADA,
                    "detail": "d",
                    "category": "marketing_messages",
                    "value": "stop",
                    "timestamp": 1767225600,
                }
            ],
        },
        [(Opted, {"address": BSUID, "stopped": True, "scope": "bulk"})],
    ),
    ("address book of the app", "smb_app_state_sync", {"state_sync": [{"type": "contact"}]}, []),
    ("error of the account", "messages", {"errors": [{"code": 131042, "title": "Payment"}]}, [(Trouble, {})]),
]

ECHO = {"from": NUMBER, "to": ADA, "to_user_id": BSUID, "id": "wamid.E", "timestamp": "1767225600"}
ECHOES: list[Row] = [
    ("said in the app", around(), [(Said, {"by": "brand", "address": BSUID, "aliases": (ADA,)})]),
    (
        "changed in the app",
        {
            "type": "edit",
            "edit": {"original_message_id": "wamid.E", "message": {"type": "text", "text": {"body": "Hey"}}},
        },
        [(Edited, {"id": "wamid.E", "text": "Hey", "address": BSUID})],
    ),
    (
        "taken back in the app",
        {"type": "revoke", "revoke": {"original_message_id": "wamid.E"}},
        [(Unsent, {"id": "wamid.E"})],
    ),
]


def tell(field: str, **value: Any) -> list[Event]:
    change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": META, **value}}
    whole = {
        "object": "whatsapp_business_account",
        "entry": [{"id": ACCOUNT, "time": 1767225600, "changes": [change]}],
    }
    return read(Settings(phone_id=PHONE_ID, account_id=ACCOUNT), Raw(body=json.dumps(whole).encode()))


def same(events: list[Event], wanted: list[tuple[type[Event], dict[str, Any]]]) -> None:
    assert [type(one) for one in events] == [kind for kind, _ in wanted]
    for event, (_, named) in zip(events, wanted, strict=True):
        assert {name: attrgetter(name)(event) for name in named} == named


@pytest.mark.parametrize("name, body, wanted", MESSAGES)
@pytest.mark.parametrize("field", ["messages", "standby"])
def test_what_the_person_does(name: str, body: dict, wanted: list, field: str):
    message = {"from": ADA, "id": "wamid.1", "timestamp": "1767225600", **body}
    events = tell(field, contacts=[CONTACT], messages=[message])
    same(events, wanted)
    for event in events:
        if isinstance(event, Said):
            assert event.person == Person(name="Ada", phone=f"+{ADA}")
            assert bool(event.warning) is (field == "standby")


@pytest.mark.parametrize("name, body, wanted", SYSTEM)
def test_what_becomes_of_the_person(name: str, body: dict, wanted: list):
    """A notice of the platform's own brings no contacts along."""
    message = {"from": ADA, "from_user_id": BSUID, "id": "wamid.1", "timestamp": "1767225600", **body}
    same(tell("messages", messages=[message]), wanted)


def test_a_new_id_of_somebody_without_a_number():
    body = system("user_changed_user_id", user_id="US.9", previous_user_id=BSUID)
    message = {"from": "", "from_user_id": "US.9", "id": "wamid.1", "timestamp": "1767225600", **body}
    same(
        tell("messages", messages=[message]),
        [(Said, {"address": BSUID}), (Moved, {"address": BSUID, "to": "US.9"})],
    )


@pytest.mark.parametrize("name, body, wanted", STATUSES)
def test_how_far_a_message_has_come(name: str, body: dict, wanted: list):
    status = {"id": "wamid.OUT1", "timestamp": "1767225602", "recipient_id": ADA, "recipient_user_id": BSUID, **body}
    same(tell("messages", statuses=[status]), wanted)


@pytest.mark.parametrize("name, field, value, wanted", FIELDS)
def test_what_the_account_hears_of_itself(name: str, field: str, value: dict, wanted: list):
    same(tell(field, **value), wanted)


@pytest.mark.parametrize("name, body, wanted", ECHOES)
def test_what_the_brand_does_in_the_app(name: str, body: dict, wanted: list):
    same(tell("smb_message_echoes", message_echoes=[ECHO | body]), wanted)


@pytest.mark.parametrize("origin", ["connect", "terminate"])
def test_a_call(origin: str):
    call = {"id": "wacid.1", "from": ADA, "timestamp": "1767225600", "direction": "USER_INITIATED", "event": origin}
    same(tell("calls", contacts=[CONTACT], calls=[call]), [(Said, {"content.kind": Kind.CALL, "address": BSUID})])


def test_a_part_of_the_history():
    lines = [{"from": ADA, "id": "wamid.1", "timestamp": "1767225600", **around()}]
    chunk = {"metadata": {"phase": 1, "chunk_order": 1, "progress": 55}, "threads": [{"id": ADA, "messages": lines}]}
    same(tell("history", history=[chunk]), [(Said, {"automatic": True, "address": ADA}), (Sign, {})])
