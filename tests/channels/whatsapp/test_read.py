"""Every kind of event, and every way in which one may be broken."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.channels.contract import (
    Content,
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
    Unreadable,
    Unsent,
)
from duologue.channels.shared.guard import UNFORESEEN
from duologue.channels.whatsapp.errors import CODE_WORDS
from duologue.channels.whatsapp.read import read
from duologue.channels.whatsapp.settings import Settings

SETTINGS = Settings(number="+1 415 555 0199", phone_id="9001", account_id="8001")
ADA, BSUID = "14155550100", "US.20000000000000000001"
AT = datetime(2026, 1, 1, tzinfo=UTC)
CONTACT = {"profile": {"name": "Ada"}, "wa_id": ADA}
BOTH = {"profile": {"name": "Ada", "username": "ada.l"}, "wa_id": ADA, "user_id": BSUID}


def batch(*changes: Any, entry: str = "8001") -> bytes:
    whole = [{"id": entry, "time": 1767225600, "changes": list(changes)}]
    return json.dumps({"object": "whatsapp_business_account", "entry": whole}).encode()


def change(field: str = "messages", **value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "14155550199", "phone_number_id": "9001"}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}


def events(*changes: Any, entry: str = "8001") -> list[Event]:
    return read(SETTINGS, Raw(body=batch(*changes, entry=entry)))


def message(kind: str = "text", given: Any = None, **more: Any) -> dict[str, Any]:
    body = {kind: given} if given is not None else {}
    return {"from": ADA, "id": "wamid.1", "timestamp": "1767225600", "type": kind, **body, **more}


def told(*messages: Any, contacts: Any = (CONTACT,)) -> list[Event]:
    return events(change(contacts=list(contacts), messages=list(messages)))


def said(kind: str = "text", given: Any = None, **more: Any) -> Said:
    (event,) = told(message(kind, given, **more))
    assert isinstance(event, Said)
    return event


def about(field: str, **value: Any) -> Any:
    (event,) = events({"field": field, "value": value})
    return event


def test_a_text():
    assert said("text", {"body": "Hi"}) == Said(
        id="wamid.1", address=ADA, at=AT, content=Content(text="Hi"), person=Person(name="Ada", phone=f"+{ADA}")
    )


# -------------------------------------------------------------------------------------------------------- who it is


@pytest.mark.parametrize(
    "names, contact",
    [
        ({"from": ADA, "from_user_id": BSUID}, CONTACT),
        ({"from": ADA}, BOTH),
        ({"from": BSUID}, BOTH),
        ({"from": "", "from_user_id": BSUID}, BOTH),
        ({"from_user_id": BSUID}, BOTH),
        ({}, BOTH),
    ],
)
def test_a_person_known_by_both_is_addressed_by_the_businesss_own_id(names: dict, contact: dict):
    one = {key: value for key, value in message("text", {"body": "Hi"}).items() if key != "from"} | names
    (event,) = told(one, contacts=[contact])
    assert isinstance(event, Said)
    assert (event.address, event.aliases, event.person.phone) == (BSUID, (ADA,), f"+{ADA}")


def test_a_person_without_a_number_is_known_by_the_id_alone_and_called_by_the_user_name():
    one = message("text", {"body": "Hi"}, **{"from": BSUID})
    (event,) = told(one, contacts=[{"profile": {"username": "ada.l"}, "user_id": BSUID}])
    assert isinstance(event, Said)
    assert (event.address, event.aliases, event.person) == (BSUID, (), Person(name="@ada.l"))


def test_each_of_several_people_has_their_own_name():
    bo = {"profile": {"name": "Bo"}, "wa_id": "14155550111"}
    found = told(
        message("text", {"body": "1"}),
        message("text", {"body": "2"}, id="wamid.2", **{"from": "14155550111"}),
        contacts=[{"wa_id": {}}, bo, CONTACT],
    )
    assert [one.person.name for one in found if isinstance(one, Said)] == ["Ada", "Bo"]


def test_a_message_of_nobody_is_set_aside():
    (event,) = told(message("text", {"body": "Hi"}, **{"from": ""}), contacts=[])
    assert isinstance(event, Unreadable)


# ------------------------------------------------------------------------------------------------------------ kinds


@pytest.mark.parametrize(
    "kind, ours",
    [
        ("image", Kind.IMAGE),
        ("video", Kind.VIDEO),
        ("audio", Kind.AUDIO),
        ("voice", Kind.AUDIO),
        ("document", Kind.FILE),
        ("sticker", Kind.STICKER),
    ],
)
def test_files_are_named_by_their_id(kind: str, ours: Any):
    given_ = {
        "id": "7001",
        "mime_type": "x/y; codecs=z",
        "caption": "see",
        "filename": "a.b",
        "url": "https://x.test/1",
    }
    content = said(kind, given_).content
    assert content.media == (Media(kind=ours, name="a.b", mime="x/y", url="media:7001"),)
    assert (content.kind, content.text) == (ours, "see")


def test_a_file_without_an_id_is_fetched_by_its_address_and_one_with_neither_is_named():
    assert (
        said("image", {"url": "https://lookaside.fbsbx.com/1"}).content.media[0].url == "https://lookaside.fbsbx.com/1"
    )
    assert said("image", {}).content == Content(kind=Kind.UNKNOWN, raw_kind="image")
    assert said("audio", {"id": "1", "voice": True}).content.facts == {"recorded": "voice message"}


def test_a_place():
    given_ = {"latitude": 1.29, "longitude": 103.85, "name": "Shop", "address": "Pier 1", "url": "https://x.test/"}
    content = said("location", given_).content
    assert content.place == Place(latitude=1.29, longitude=103.85, label="Shop, Pier 1")
    assert (content.kind, content.link) == (Kind.LOCATION, "https://x.test/")
    assert said("location", {"latitude": 99, "longitude": 0}).content.kind is Kind.UNKNOWN
    assert said("location", {"latitude": True, "longitude": 0}).content.kind is Kind.UNKNOWN


def test_cards():
    card = {"name": {"formatted_name": "Bo Lee"}, "phones": [{"phone": "+1 415"}], "emails": [{"email": "b@x.test"}]}
    content = said("contacts", [{**card, "org": {"company": "Lume"}, "origin": "contact_request"}]).content
    assert (content.kind, content.text) == (Kind.CARD, "Bo Lee\nLume\n+1 415\nb@x.test")
    assert content.facts == {"origin": "asked for by the brand"}


@pytest.mark.parametrize("which", ["button_reply", "list_reply"])
def test_taps(which: str):
    given_ = {"type": which, which: {"id": "B1", "title": "Yes", "description": "sure"}}
    content = said("interactive", given_, context={"id": "wamid.OUT"}).content
    assert (content.kind, content.text, content.payload) == (Kind.TAP, "Yes", "B1")
    assert content.facts == {"description": "sure"}


def test_a_template_button_also_without_its_context():
    content = said("button", {"payload": "P", "text": "Yes"}).content
    assert (content.kind, content.text, content.payload) == (Kind.TAP, "Yes", "P")


def test_a_form():
    raw = '{"flow_token":"x","when":"Monday","guests":2}'
    given_ = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": raw}}
    content = said("interactive", given_).content
    assert (content.kind, content.text, content.payload) == (Kind.TAP, "Sent\nwhen: Monday\nguests: 2", raw)
    broken = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{"}}
    assert said("interactive", broken).content.text == "Sent"


def test_an_interactive_without_its_object_and_a_permission_to_call():
    lost = said("interactive", errors=[{"code": 131051, "title": "No"}]).content
    assert (lost.kind, lost.raw_kind, lost.facts) == (Kind.UNKNOWN, "interactive", {"error": "131051: No"})
    given_ = {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}
    content = said("interactive", given_).content
    assert (content.kind, content.raw_kind) == (Kind.NOTICE, "call_permission_reply")
    assert content.facts == {"calls": "accept"}


def test_an_order():
    item = {"product_retailer_id": "SKU1", "quantity": 2, "item_price": 30, "currency": "SGD"}
    content = said("order", {"catalog_id": "7", "text": "Please", "product_items": [item]}).content
    assert (content.kind, content.text) == (Kind.CARD, "Please\n2 × SKU1, 30 SGD")


def test_what_cannot_be_shown_is_named():
    error = {"code": 131051, "title": "Unsupported", "error_data": {"details": "No polls"}}
    content = said("unsupported", {"type": "poll"}, errors=[error]).content
    assert (content.kind, content.raw_kind) == (Kind.UNKNOWN, "poll")
    assert content.facts == {"error": "131051: No polls"}
    assert said("telepathy", {"x": 1}).content == Content(kind=Kind.UNKNOWN, raw_kind="telepathy")
    assert said("request_welcome").content.kind is Kind.NOTICE


def test_reactions_edits_and_taking_back():
    (given_,) = told(message("reaction", {"message_id": "wamid.X", "emoji": "👍"}))
    assert given_ == Reacted(id="wamid.X", address=ADA, at=AT, emoji="👍")
    for gone in ({"message_id": "wamid.X"}, {"message_id": "wamid.X", "emoji": ""}):
        (taken,) = told(message("reaction", gone))
        assert taken == Reacted(id="wamid.X", address=ADA, at=AT, emoji=None)
    new = {"context": {"id": "M0"}, "type": "text", "text": {"body": "new"}}
    (edit,) = told(message("edit", {"original_message_id": "wamid.X", "message": new}))
    assert edit == Edited(id="wamid.X", address=ADA, at=AT, text="new")
    below = {"type": "image", "image": {"id": "7", "caption": "below"}}
    (edit,) = told(message("edit", {"original_message_id": "wamid.X", "message": below}))
    assert edit == Edited(id="wamid.X", address=ADA, at=AT, text="below")
    (revoked,) = told(message("revoke", {"original_message_id": "wamid.X"}))
    assert revoked == Unsent(id="wamid.X", address=ADA, at=AT)


def test_what_stands_around_a_message():
    referral = {"source_url": "https://fb.test/ad", "source_id": "ad1", "source_type": "ad", "headline": "Spring"}
    context = {"id": "wamid.OUT", "forwarded": True, "referred_product": {"product_retailer_id": "SKU1"}}
    event = said("text", {"body": "Hi"}, referral=referral, context=context)
    assert event.reply_to == "wamid.OUT"
    assert event.content.link == "https://fb.test/ad"
    assert event.content.facts == {
        "ad": "Spring",
        "ad id": "ad1",
        "came from": "ad",
        "product": "SKU1",
        "forwarded": "yes",
    }
    assert said("text", {"body": "x"}, context={"frequently_forwarded": True}).content.facts == {
        "forwarded": "many times"
    }


def test_what_is_said_in_a_group_or_to_another_tool_bears_a_warning():
    assert said("text", {"body": "Hi"}, group_id="G1").warning
    (event,) = events(change("standby", contacts=[CONTACT], messages=[message("text", {"body": "Hi"})]))
    assert isinstance(event, Said)
    assert event.warning


@pytest.mark.parametrize("stamp", ["1767225600", "1767225600000", 1767225600, 1767225600000])
def test_times_by_their_magnitude(stamp: Any):
    assert said("text", {"body": "Hi"}, timestamp=stamp).at == AT


def test_without_a_time_of_its_own_that_of_the_entry_counts():
    assert said("text", {"body": "Hi"}, timestamp="soon").at == AT


# ---------------------------------------------------------------------------------------------------------- changes


def system(kind: str, **given_: Any) -> dict[str, Any]:
    return message("system", {"type": kind, "body": "changed", **given_})


def test_a_new_number_moves_both_names_of_the_person_and_is_told():
    one = system("user_changed_number", wa_id="14155550999", user_id="US.NEW", previous_user_id=BSUID)
    notice, *moved = told(one, contacts=[])
    assert isinstance(notice, Said)
    assert (notice.address, notice.content.kind, notice.automatic) == (BSUID, Kind.NOTICE, True)
    assert moved == [Moved(address=BSUID, to="US.NEW", at=AT), Moved(address=ADA, to="US.NEW", at=AT)]


def test_a_new_number_before_there_were_other_ids():
    for kind, key in (("user_changed_number", "wa_id"), ("customer_changed_number", "new_wa_id")):
        _, *moved = told(system(kind, **{key: "14155550999"}), contacts=[])
        assert moved == [Moved(address=ADA, to="14155550999", at=AT)]


def test_a_new_id_alone():
    one = system("user_changed_user_id", user_id="US.NEW", previous_user_id=BSUID)
    _, *moved = told({**one, "from": "", "from_user_id": "US.NEW"}, contacts=[])
    assert moved == [Moved(address=BSUID, to="US.NEW", at=AT)]
    _, *moved = told(
        {**system("user_changed_user_id", previous_user_id=BSUID), "from": "", "from_user_id": "US.NEW"}, contacts=[]
    )
    assert moved == [Moved(address=BSUID, to="US.NEW", at=AT)]


def test_a_new_identity_moves_nobody():
    one = system("customer_identity_changed") | {"identity": {"created_timestamp": 1, "hash": "h"}}
    (notice,) = told(one, contacts=[])
    assert isinstance(notice, Said)
    assert notice.content.facts == {"since": "1", "identity": "h"}


# --------------------------------------------------------------------------------------------------------- statuses

OURS = UUID("01890000-0000-7000-8000-000000000001")


def status(word: str, **more: Any) -> list[Event]:
    one = {"id": "wamid.OUT", "status": word, "timestamp": "1767225600", "recipient_id": ADA, **more}
    return events(change(statuses=[one]))


@pytest.mark.parametrize(
    "word, ours",
    [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read"), ("failed", "failed")],
)
def test_how_far_a_message_has_come(word: str, ours: str):
    (event,) = status(word)
    assert isinstance(event, Progress)
    assert (event.status, event.ids, event.at, event.address) == (ours, ("wamid.OUT",), AT, None)
    assert bool(event.reason) is (ours == "failed")


def test_our_id_and_the_price_come_back():
    pricing = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
    conversation = {"id": "c1", "origin": {"type": "service"}}
    (event,) = status("sent", biz_opaque_callback_data=f"duologue:{OURS}", pricing=pricing, conversation=conversation)
    assert isinstance(event, Progress)
    assert event.correlation == OURS
    assert event.facts == {
        "category": "service",
        "price": "free_customer_service",
        "priced by": "PMP",
        "billed": "no",
        "conversation": "service",
    }


@pytest.mark.parametrize("word", ["outbox:42", "duologue:", "duologue:x", 7, None])
def test_a_word_that_is_not_ours_names_no_message(word: Any):
    (event,) = status("sent", biz_opaque_callback_data=word)
    assert isinstance(event, Progress)
    assert event.correlation is None


@pytest.mark.parametrize("code", [131026, 131047, 131049, 131050, 130472, 131053, 131031, 132015, 1, 99999])
def test_a_failure_says_why(code: int):
    found = status("failed", errors=[{"code": code, "title": "T", "error_data": {"details": "because"}}])
    event = found[0]
    assert isinstance(event, Progress)
    assert f"{code}: because" in (event.reason or "")
    assert CODE_WORDS.get(code, "") in (event.reason or "")
    assert len(found) == (2 if code == 131050 else 1)


def test_a_failure_for_marketing_is_an_opt_out_of_campaigns():
    _, opted = status("failed", recipient_user_id=BSUID, errors=[{"code": 131050, "title": "T"}])
    assert opted == Opted(address=BSUID, at=AT, stopped=True, scope="bulk", via="platform")


def test_statuses_that_say_nothing_and_one_that_is_new():
    assert status("deleted") == status("RINGING", type="call") == []
    (event,) = status("teleported")
    assert isinstance(event, Unreadable)


@pytest.mark.parametrize("value, stopped", [("stop", True), ("resume", False), ("signup", False)])
def test_what_people_want(value: str, stopped: bool):
    one = {"wa_id": ADA, "detail": "d", "category": "marketing_messages", "value": value, "timestamp": 1767225600}
    found = events(change("user_preferences", contacts=[CONTACT], user_preferences=[one]))
    assert found == [Opted(address=ADA, at=AT, stopped=stopped, scope="bulk", word="d")]


def test_a_call_rings_once_and_ends():
    one = {"id": "wacid.1", "from": ADA, "timestamp": "1767225600", "direction": "USER_INITIATED"}
    rang, ended = events(
        change("calls", calls=[{**one, "event": "connect"}, {**one, "event": "terminate", "duration": 5}])
    )
    assert isinstance(rang, Said)
    assert isinstance(ended, Said)
    assert (rang.content.kind, rang.automatic, ended.automatic) == (Kind.CALL, False, True)
    assert rang.id != ended.id
    assert events(change("calls", calls=[{**one, "event": "connect", "direction": "BUSINESS_INITIATED"}])) == []


# ------------------------------------------------------------------------------------------------------ coexistence


def test_what_the_brand_says_in_the_app():
    base = {"from": "14155550199", "to": ADA, "to_user_id": BSUID, "id": "wamid.E", "timestamp": "1767225600"}
    text = {**base, "type": "text", "text": {"body": "Hi"}}
    edit = {"original_message_id": "wamid.E", "message": {"type": "text", "text": {"body": "Hey"}}}
    found = events(
        change(
            "smb_message_echoes",
            message_echoes=[
                text,
                {**base, "type": "edit", "edit": edit},
                {**base, "type": "revoke", "revoke": {"original_message_id": "wamid.E"}},
            ],
        )
    )
    assert isinstance(found[0], Said)
    assert (found[0].by, found[0].address, found[0].aliases) == ("brand", BSUID, (ADA,))
    assert found[1:] == [
        Edited(id="wamid.E", address=BSUID, at=AT, text="Hey"),
        Unsent(id="wamid.E", address=BSUID, at=AT),
    ]


@pytest.mark.parametrize("phase, old", [(0, False), (1, True)])
def test_the_history_of_the_app(phase: int, old: bool):
    lines = [
        {"from": ADA, "id": "wamid.1", "timestamp": "1767225600", "type": "text", "text": {"body": "Hi"}},
        {"from": "14155550199", "id": "wamid.2", "timestamp": "1767225601", "type": "text", "text": {"body": "Yes?"}},
        {"from": ADA, "id": "wamid.3", "type": "text"},
        {"from": ADA, "id": "wamid.4", "timestamp": "1767225600", "type": "media_placeholder"},
    ]
    chunk = {"metadata": {"phase": phase, "progress": 55}, "threads": [{"id": ADA, "messages": lines}, {"id": ADA}]}
    person, brand, broken, place, thread, progress = events(change("history", history=[chunk]))
    assert isinstance(person, Said)
    assert isinstance(brand, Said)
    assert (person.by, brand.by, person.address, brand.address) == ("person", "brand", ADA, ADA)
    assert person.automatic is brand.automatic is old
    assert isinstance(broken, Unreadable)
    assert isinstance(thread, Unreadable)
    assert isinstance(place, Said)
    assert place.content.raw_kind == "media_placeholder"
    assert isinstance(progress, Sign)


def test_a_history_that_is_not_shared_and_an_address_book():
    declined = {"errors": [{"code": 2593109, "title": "declined"}]}
    (event,) = events(change("history", history=[declined]))
    assert isinstance(event, Trouble)
    assert events(change("smb_app_state_sync", state_sync=[{"type": "contact"}])) == []


# ------------------------------------------------------------------------------------------------- the account itself


@pytest.mark.parametrize(
    "event, level",
    [
        ("APPROVED", "good"),
        ("REINSTATED", "good"),
        ("UNARCHIVED", "good"),
        ("PENDING", "warn"),
        ("FLAGGED", "warn"),
        ("IN_APPEAL", "warn"),
        ("PENDING_DELETION", "warn"),
        ("LIMIT_EXCEEDED", "warn"),
        ("LOCKED", "warn"),
        ("ARCHIVED", "warn"),
        ("REJECTED", "bad"),
        ("PAUSED", "bad"),
        ("DISABLED", "bad"),
        ("DELETED", "bad"),
        ("SOMETHING_NEW", "warn"),
    ],
)
def test_what_becomes_of_a_template(event: str, level: str):
    sign = about(
        "message_template_status_update",
        event=event,
        message_template_id=12,
        message_template_name="order_ready",
        message_template_language="en_US",
        reason="NONE",
        other_info={"title": "FIRST_PAUSE", "description": "for a while"},
    )
    assert (sign.name, sign.level) == ("Template order_ready (en_US)", level)
    assert "for a while" in sign.words
    assert "NONE" not in sign.words


def test_a_rejection_is_explained_within_or_beside_the_value():
    value = {"event": "REJECTED", "message_template_name": "n", "message_template_language": "de", "reason": "SCAM"}
    why = {"reason": "wrong", "recommendation": "mend it"}
    (within,) = events({"field": "message_template_status_update", "value": {**value, "rejection_info": why}})
    (beside,) = events({"field": "message_template_status_update", "value": value, "rejection_info": why})
    assert within == beside
    assert isinstance(within, Sign)
    assert all(word in within.words for word in ("SCAM", "wrong", "mend it"))


def test_quality_category_and_words_of_a_template():
    names = {"message_template_name": "n", "message_template_language": "de"}
    assert about("message_template_quality_update", new_quality_score="RED", **names).level == "bad"
    assert "MARKETING" in about("template_category_update", new_category="MARKETING", **names).words
    assert "MARKETING" in about("template_category_update", correct_category="MARKETING", **names).words
    assert about("message_template_components_update", **names).name == "Template n (de)"


@pytest.mark.parametrize(
    "value, shown", [(250, "250"), (2000, "2,000"), ("TIER_2K", "2,000"), ("TIER_100K", "100,000"), (-1, "unlimited")]
)
def test_limits_as_numbers_and_as_steps(value: Any, shown: str):
    for field in ("business_capability_update", "phone_number_quality_update"):
        sign = about(field, max_daily_conversations_per_business=value)
        assert (sign.name, f": {shown}." in sign.words) == ("Messaging limit", True)


def test_the_quality_of_this_number_and_not_of_another():
    value = {"event": "FLAGGED", "display_phone_number": "1 415 555 0199"}
    assert about("phone_number_quality_update", **value).level == "bad"
    other = {**value, "display_phone_number": "16505551111"}
    assert events({"field": "phone_number_quality_update", "value": other}) == []


@pytest.mark.parametrize(
    "field, value, kind",
    [
        ("account_update", {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "R"}]}, Trouble),
        ("account_update", {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "V"}}, Trouble),
        ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}, Trouble),
        ("account_update", {"event": "ACCOUNT_DELETED"}, Trouble),
        ("account_update", {"event": "VERIFIED_ACCOUNT"}, Sign),
        ("account_review_update", {"decision": "APPROVED"}, Sign),
        ("account_alerts", {"alert_info": {"alert_severity": "CRITICAL", "alert_type": "X"}}, Trouble),
        ("account_alerts", {"alert_severity": "INFORMATIONAL", "alert_description": "fine"}, Sign),
        ("security", {"event": "PIN_CHANGED"}, Sign),
        ("phone_number_name_update", {"decision": "REJECTED", "requested_verified_name": "Lume"}, Sign),
        ("phone_number_username_update", {"status": "APPROVED", "username": "lume"}, Sign),
    ],
)
def test_what_is_told_about_the_account(field: str, value: dict, kind: type):
    assert isinstance(about(field, **value), kind)


def test_an_error_beside_no_message_is_trouble():
    (event,) = events(change(errors=[{"code": 131042, "title": "Payment"}]))
    assert isinstance(event, Trouble)
    assert "131042: Payment" in event.reason


def test_the_dashboards_test_is_a_sign():
    (event,) = events(change(messages=[message("text", {"body": "this"})]), entry="0")
    assert isinstance(event, Sign)


def test_a_field_that_is_not_known_is_set_aside_and_forms_are_quiet():
    (event,) = events({"field": "horoscope", "value": {"x": 1}})
    assert isinstance(event, Unreadable)
    assert "horoscope" in event.reason
    assert events({"field": "flows", "value": {"x": 1}}) == []


# ----------------------------------------------------------------------------------------------------------- broken


def test_other_numbers_are_not_ours():
    theirs = change(messages=[message("text", {"body": "Hi"})])
    theirs["value"]["metadata"]["phone_number_id"] = "9002"
    assert events(theirs) == []


def test_any_mix_in_one_value():
    found = events(
        change(
            contacts=[CONTACT],
            messages=[message("text", {"body": "Hi"})],
            statuses=[{"id": "wamid.OUT", "status": "read", "timestamp": "1767225600"}],
            errors=[{"code": 1, "title": "T"}],
        )
    )
    assert [type(one) for one in found] == [Said, Progress, Trouble]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        1,
        "x",
        [],
        {},
        {"from": {}},
        message("text", "no object"),
        message("image", []),
        message("contacts", {}),
        message("reaction", {}),
        message("revoke", {}),
        message("edit", {"original_message_id": {}}),
    ],
)
def test_one_broken_item_costs_its_neighbours_nothing(broken: Any):
    found = told(
        message("text", {"body": "before"}, id="wamid.A"), broken, message("text", {"body": "after"}, id="wamid.B")
    )
    assert [one.content.text for one in (found[0], found[-1]) if isinstance(one, Said)] == ["before", "after"]
    assert isinstance(found[1], Unreadable)
    assert len(found) == 3


def test_a_thousand_with_one_broken_among_them():
    many = [message("text", {"body": str(n)}, id=f"wamid.{n}") for n in range(1000)]
    many[500] = {"from": {}, "type": "text"}
    found = told(*many)
    assert [type(one) for one in found].count(Said) == 999
    assert isinstance(found[500], Unreadable)


@pytest.mark.parametrize("name", ["messages", "statuses", "errors", "message_echoes", "history", "user_preferences"])
def test_a_list_that_is_none_is_set_aside_alone(name: str):
    found = events(change(**{name: {"x": 1}}), change(contacts=[CONTACT], messages=[message("text", {"body": "Hi"})]))
    assert [type(one) for one in found] == [Unreadable, Said]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"entry":1}', b"[" * 100_000])
def test_what_is_no_batch_is_set_aside_whole(body: bytes):
    (event,) = read(SETTINGS, Raw(body=body))
    assert isinstance(event, Unreadable)


WHOLE = [
    change(contacts=[BOTH], messages=[message("text", {"body": "Hi"}, context={"id": "wamid.0"})]),
    change(contacts=[BOTH], messages=[message("image", {"id": "7", "caption": "x"})]),
    change(contacts=[BOTH], messages=[message("location", {"latitude": 1.0, "longitude": 2.0})]),
    change(contacts=[BOTH], messages=[message("contacts", [{"name": {"formatted_name": "Bo"}, "phones": []}])]),
    change(messages=[system("user_changed_number", wa_id="14155550999", user_id="US.N", previous_user_id=BSUID)]),
    change(statuses=[{"id": "w", "status": "failed", "timestamp": "1767225600", "errors": [{"code": 131050}]}]),
    change("history", history=[{"metadata": {"phase": 0}, "threads": [{"id": ADA, "messages": [message()]}]}]),
    {"field": "message_template_status_update", "value": {"event": "PAUSED", "other_info": {"title": "x"}}},
    {"field": "account_update", "value": {"event": "X", "restriction_info": [{}], "ban_info": {}}},
]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800\x00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def mutated(value: Any, path: list[int], new: Any) -> Any:
    """The value with something else in one of its places."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    chosen = keys[path[0] % len(keys)]
    if isinstance(value, dict):
        return {**value, chosen: mutated(value[chosen], path[1:], new)}
    return [mutated(one, path[1:], new) if n == chosen else one for n, one in enumerate(value)]


@given(st.sampled_from(WHOLE), st.lists(st.integers(0, 20), min_size=1, max_size=8), _JSON)
def test_however_a_change_is_mutilated_nothing_raises_and_its_neighbour_stays(whole: Any, path: list[int], new: Any):
    neighbour = change(contacts=[CONTACT], messages=[message("text", {"body": "still here"}, id="wamid.N")])
    found = events(mutated(whole, path, new), neighbour)
    assert isinstance(found[-1], Said)
    assert found[-1].content.text == "still here"
    assert not any(isinstance(one, Unreadable) and one.reason.startswith(UNFORESEEN) for one in found)
