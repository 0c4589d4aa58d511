"""Every kind of event, and every way in which one may be broken."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duologue.channels.contract import (
    Content,
    Edited,
    Event,
    Kind,
    Media,
    Person,
    Place,
    Progress,
    Raw,
    Reacted,
    Said,
    Trouble,
    Unreadable,
    Unsent,
)
from duologue.channels.messenger.read import read
from duologue.channels.messenger.settings import Settings
from duologue.channels.meta import items
from duologue.channels.shared.guard import UNFORESEEN

PAGE, MIA = "1200300400", "7700112233"
SETTINGS = Settings(page_id=PAGE)
OUR_ID = UUID("0198c0de-0000-7000-8000-000000000001")
AT = datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)
MS = 1767225600001


def item(**body: Any) -> dict[str, Any]:
    return {"sender": {"id": MIA}, "recipient": {"id": PAGE}, "timestamp": MS, **body}


def by_page(**body: Any) -> dict[str, Any]:
    return {"sender": {"id": PAGE}, "recipient": {"id": MIA}, "timestamp": MS, **body}


def batch(*items: Any, place: str = "messaging") -> bytes:
    return json.dumps({"object": "page", "entry": [{"id": PAGE, "time": MS + 122, place: list(items)}]}).encode()


def events(*items: Any, place: str = "messaging") -> list[Event]:
    return read(SETTINGS, Raw(body=batch(*items, place=place)))


def one(*items: Any, place: str = "messaging") -> Any:
    (event,) = events(*items, place=place)
    return event


def said(**message: Any) -> Said:
    event = one(item(message={"mid": "m_A1", **message}))
    assert isinstance(event, Said)
    return event


def attached(kind: str, payload: Any = None, **more: Any) -> Content:
    return said(attachments=[{"type": kind, "payload": payload, **more}]).content


# ------------------------------------------------------------------------------------------------------- messages


def test_a_text():
    assert said(text="Is it open?") == Said(id="m_A1", address=MIA, at=AT, content=Content(text="Is it open?"))


def test_a_tapped_quick_reply():
    content = said(text="Yes", quick_reply={"payload": "ANS_YES"}).content
    assert (content.kind, content.text, content.payload) == (Kind.TAP, "Yes", "ANS_YES")


def test_an_answer_quotes():
    assert said(text="this one", reply_to={"mid": "m_77", "is_self_reply": False}).reply_to == "m_77"


@pytest.mark.parametrize("kind", ["image", "audio", "video", "file", "sticker"])
def test_media(kind: str):
    content = attached(kind, {"url": "https://scontent.example/x"})
    assert content.kind == kind
    assert content.media == (Media(kind=Kind(kind), url="https://scontent.example/x"),)  # type: ignore[arg-type]


def test_several_pictures_stay_one_message():
    picture = {"type": "image", "payload": {"url": "https://scontent.example/x.jpg"}}
    content = said(text="both", attachments=[picture, picture]).content
    assert (content.kind, content.text, len(content.media)) == (Kind.IMAGE, "both", 2)


def test_a_sticker_in_its_old_and_its_new_form():
    old = attached("image", {"url": "https://scontent.example/x.png", "sticker_id": 369239263222822})
    new = attached("sticker", {"url": "https://scontent.example/x.png", "sticker_id": 369239263222822})
    assert old == new
    assert new.kind is Kind.STICKER


def test_a_shared_page_with_and_without_a_text():
    page = {"type": "fallback", "title": "Cakes", "url": "https://lark.example/cakes", "payload": None}
    alone = said(attachments=[page]).content
    assert (alone.kind, alone.link, alone.facts) == (Kind.LINK, "https://lark.example/cakes", {"title": "Cakes"})
    typed = said(text="look: https://lark.example/cakes", attachments=[page]).content
    assert (typed.kind, typed.link) == (Kind.TEXT, "https://lark.example/cakes")
    del page["payload"]
    assert said(attachments=[page]).content == alone


@pytest.mark.parametrize("kind", ["reel", "ig_reel", "post", "ig_post"])
def test_a_reel_with_an_address_of_no_host(kind: str):
    content = attached(kind, {"url": "/reel/123/", "reel_video_id": 123})
    assert (content.kind, content.link, content.raw_kind) == (Kind.LINK, "https://www.facebook.com/reel/123/", kind)


def test_a_location():
    assert attached("location", {"coordinates": {"lat": 1.2, "long": -1.3}}).place == Place(
        latitude=1.2, longitude=-1.3
    )


@pytest.mark.parametrize("at", [{}, {"lat": "1", "long": 2}, {"lat": 91, "long": 0}, {"lat": True, "long": 0}])
def test_a_location_nowhere_is_shown_as_unknown(at: dict):
    content = attached("location", {"coordinates": at})
    assert (content.kind, content.raw_kind, content.place) == (Kind.UNKNOWN, "location", None)


def test_a_card_is_shown_by_its_words():
    elements = [{"title": "Cake", "subtitle": "Sweet"}, {"title": "Bread"}]
    content = attached("template", {"template_type": "generic", "elements": elements})
    assert (content.kind, content.text, content.raw_kind) == (Kind.CARD, "Cake\nSweet\nBread", "generic")
    assert attached("template").kind is Kind.CARD
    assert attached("appointment_booking", {"title": "x"}).raw_kind == "appointment_booking"


def test_what_is_not_known_keeps_the_platforms_name():
    content = attached("hologram", {"url": "https://scontent.example/h"})
    assert (content.kind, content.raw_kind, content.link) == (Kind.UNKNOWN, "hologram", "https://scontent.example/h")
    assert said(is_unsupported=True).content.raw_kind == "unsupported"
    assert said().content == Content(kind=Kind.UNKNOWN, raw_kind="message")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/x",
        "",
        7,
        None,
        "https://[",
        "file:///etc",
        "ftp://evil.example/x",
        "javascript://evil.example/%0aalert(1)",
    ],
)
def test_an_address_that_nobody_should_follow_is_not_one(url: Any):
    content = attached("image", {"url": url})
    assert (content.kind, content.raw_kind, content.media, content.link) == (Kind.UNKNOWN, "image", (), None)


def test_a_product_or_an_advertisement_within_a_message():
    assert said(text="price?", referral={"product": {"id": "P1"}}).content.facts == {"product": "P1"}
    ad = {"source": "ADS", "ad_id": "6001", "ads_context_data": {"ad_title": "Spring sale"}}
    assert said(text="price?", referral=ad).content.facts == {"source": "ADS", "ad_id": "6001", "ad": "Spring sale"}


def test_no_nul_and_no_lone_surrogate_gets_through():
    assert said(text="a\x00b\ud800c😀").content.text == "ab�c😀"


def test_a_message_taken_back_goes():
    assert one(item(message={"mid": "m_A1", "is_deleted": True})) == Unsent(id="m_A1", address=MIA, at=AT)


# ----------------------------------------------------------------------------------------------------------- echo


def test_an_echo_belongs_to_its_recipient_and_bears_our_id():
    message = {"mid": "m_78", "is_echo": True, "app_id": 5, "metadata": f"duologue:{OUR_ID}", "text": "hi"}
    assert one(by_page(message=message)) == Said(
        id="m_78", address=MIA, at=AT, by="brand", content=Content(text="hi"), correlation=OUR_ID
    )


@pytest.mark.parametrize(
    "metadata", ["duologue:", "duologue:x", "outbox:42", f"{OUR_ID}", f"duologue:{OUR_ID}:1/2", 7, None]
)
def test_metadata_that_is_not_our_whole_id_correlates_nothing(metadata: Any):
    event = one(by_page(message={"mid": "m_78", "is_echo": True, "metadata": metadata, "text": "hi"}))
    assert event.correlation is None


def test_what_was_said_in_the_pages_own_inbox_says_so():
    event = one(by_page(message={"mid": "m_78", "is_echo": True, "app_id": 263902037430900, "text": "hi"}))
    assert (event.by, event.content.facts) == ("brand", {"sent with": "Page inbox"})


def test_nobody_writes_in_our_name_by_metadata():
    event = one(item(message={"mid": "m_A1", "text": "hi", "metadata": f"duologue:{OUR_ID}"}))
    assert (event.by, event.correlation) == ("person", None)


# ---------------------------------------------------------------------------------------------------- other events


def test_an_edit():
    assert one(item(message_edit={"mid": "m_A1", "text": "new", "num_edit": 1})) == Edited(
        id="m_A1", address=MIA, at=AT, text="new"
    )


def test_a_reaction_comes_and_goes():
    given = {"reaction": "love", "emoji": "❤️", "action": "react", "mid": "m_77"}
    assert one(item(reaction=given)) == Reacted(id="m_77", address=MIA, at=AT, emoji="❤️")
    assert one(item(reaction={"action": "unreact", "mid": "m_77"})).emoji is None
    assert one(item(reaction={"reaction": "wow", "action": "react", "mid": "m_77"})).emoji == "😮"
    assert one(item(reaction={"reaction": "other", "action": "react", "mid": "m_77"})).emoji == "❔"
    assert one(by_page(reaction=given)).by == "brand"


def test_delivered_with_and_without_ids():
    until = datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    both = one(item(delivery={"mids": ["m_77", "m_78"], "watermark": 1767225601000}))
    assert both == Progress(status="delivered", at=AT, address=MIA, ids=("m_77", "m_78"), until=until)
    assert one(item(delivery={"watermark": 1767225601000})).ids == ()


def test_read():
    until = datetime(2026, 1, 1, 0, 0, 2, tzinfo=UTC)
    assert one(item(read={"watermark": 1767225602000})) == Progress(status="read", at=AT, address=MIA, until=until)


def test_a_postback_with_its_own_id_and_without_one():
    referral = {"ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    event = one(item(postback={"mid": "m_A5", "title": "Start", "payload": "GET_STARTED", "referral": referral}))
    assert (event.id, event.content.kind, event.content.text) == ("m_A5", Kind.TAP, "Start")
    assert (event.content.payload, event.content.facts["ref"]) == ("GET_STARTED", "spring")
    without = item(postback={"title": "Start", "payload": "GET_STARTED"})
    first, second = one(without), one(dict(reversed(without.items())))
    assert first.id == second.id
    assert first.id.startswith("postback:")
    assert one(without | {"timestamp": MS + 1}).id != first.id


@pytest.mark.parametrize(
    "body, facts",
    [
        ({"referral": {"ref": "spring", "source": "SHORTLINK"}}, {"ref": "spring", "source": "SHORTLINK"}),
        (
            {"referral": {"source": "ADS", "ad_id": "6001", "ads_context_data": {"ad_title": "Sale"}}},
            {"source": "ADS", "ad_id": "6001", "ad": "Sale"},
        ),
        (
            {"optin": {"type": "notification_messages", "title": "News"}},
            {"type": "notification_messages", "title": "News"},
        ),
        (
            {"response_feedback": {"feedback": "Good response", "mid": "m_78"}},
            {"feedback": "Good response", "about": "m_78"},
        ),
        ({"pass_thread_control": {"previous_owner_app_id": "1", "new_owner_app_id": 2}}, {"from": "1", "to": "2"}),
        ({"take_thread_control": {"previous_owner_app_id": "1", "metadata": "m"}}, {"from": "1", "note": "m"}),
        ({"request_thread_control": {"requested_owner_app_id": "1"}}, {"by": "1"}),
    ],
)
def test_what_happened_without_a_word_is_a_notice(body: dict, facts: dict):
    event = one(item(**body))
    assert (event.content.kind, event.content.raw_kind, event.content.facts) == (Kind.NOTICE, next(iter(body)), facts)
    assert event.id == one(item(**body)).id


def test_a_change_of_hands_is_not_the_persons_doing():
    event = one(item(pass_thread_control={"new_owner_app_id": "2"}))
    assert (event.by, event.automatic, event.address) == ("brand", True, MIA)


def test_an_opt_in_by_a_checkbox_is_from_its_reference():
    event = one({"recipient": {"id": PAGE}, "timestamp": MS, "optin": {"ref": "r", "user_ref": "u-1"}})
    assert (event.address, event.content.facts) == ("user_ref:u-1", {"ref": "r"})


@pytest.mark.parametrize("action, reason", [("block", "spam"), ("warning", "x\x1b]0;y"), ("unblock", None)])
def test_policy_is_trouble_of_the_account(action: str, reason: str | None):
    body = {"recipient": {"id": PAGE}, "timestamp": MS, "policy-enforcement": {"action": action, "reason": reason}}
    event = one(body)
    assert isinstance(event, Trouble)
    assert action in event.reason


def test_roles_of_apps():
    assert isinstance(one({"recipient": {"id": PAGE}, "timestamp": MS, "app_roles": {"1": ["primary"]}}), Trouble)


def test_in_standby_it_is_shown_who_answers():
    event = one(item(message={"mid": "m_A1", "text": "hi"}), place="standby")
    assert event.content.text == "hi"
    assert "Another app" in event.warning


def test_a_kind_of_tomorrow_is_kept_under_its_name():
    event = one(item(hologram={"x": 1}))
    assert (event.content.kind, event.content.raw_kind, event.address) == (Kind.UNKNOWN, "hologram", MIA)
    assert isinstance(one({"recipient": {"id": PAGE}, "timestamp": MS, "hologram": {}}), Unreadable)


COMMENT = {
    "item": "comment",
    "verb": "add",
    "comment_id": f"{PAGE}_55_99",
    "post_id": f"{PAGE}_55",
    "parent_id": f"{PAGE}_55",
    "message": "price?",
    "created_time": 1767225600,
    "from": {"id": MIA, "name": "Ada L."},
}


def feed(**value: Any) -> list[Event]:
    return events({"field": "feed", "value": COMMENT | value}, place="changes")


def test_a_public_comment_is_one_that_may_be_answered_in_private():
    (event,) = feed()
    content = Content(kind=Kind.COMMENT, text="price?", raw_kind="feed", facts={"post": f"{PAGE}_55"})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert event == Said(id=f"{PAGE}_55_99", address=MIA, at=at, content=content, person=Person(name="Ada L."))
    (answer,) = feed(parent_id=f"{PAGE}_55_98")
    assert isinstance(answer, Said)
    assert answer.reply_to == f"{PAGE}_55_98"


def test_a_comment_is_edited_and_removed():
    (edited,) = feed(verb="edited", message="cost?")
    assert isinstance(edited, Edited)
    assert (edited.id, edited.text) == (f"{PAGE}_55_99", "cost?")
    (removed,) = feed(verb="remove")
    assert isinstance(removed, Unsent)


@pytest.mark.parametrize(
    "value", [{"item": "like"}, {"item": []}, {"verb": "hide"}, {"from": {"id": PAGE, "name": "Lark"}}]
)
def test_what_else_is_on_a_feed_makes_no_event(value: dict):
    assert feed(**value) == []


@pytest.mark.parametrize("value", [{"from": None}, {"comment_id": None}, {"message": 5}, {"from": 7}])
def test_a_broken_comment_is_set_aside(value: dict):
    assert [type(event) for event in feed(**value)] == [Unreadable]


def test_the_dashboards_test_message_comes_as_a_change():
    message = item(message={"mid": "m_A1", "text": "test_message"}, timestamp="1767225600")
    event = one({"field": "messages", "value": message}, place="changes")
    assert (event.content.text, event.at) == ("test_message", datetime(2026, 1, 1, tzinfo=UTC))


# ------------------------------------------------------------------------------------------------- batches and time


def test_every_item_of_every_entry_counts():
    entries = [
        {"id": PAGE, "time": MS, "messaging": [item(message={"mid": f"m_{i}_{j}", "text": "x"}) for j in range(3)]}
        for i in range(4)
    ]
    found = read(SETTINGS, Raw(body=json.dumps({"object": "page", "entry": entries}).encode()))
    assert [event.id for event in found if isinstance(event, Said)] == [
        f"m_{i}_{j}" for i in range(4) for j in range(3)
    ]


def test_five_thousand_entries_are_read():
    entry = {"id": PAGE, "time": MS, "messaging": [item(message={"mid": "m_1", "text": "x"})]}
    assert len(read(SETTINGS, Raw(body=json.dumps({"object": "page", "entry": [entry] * 5000}).encode()))) == 5000


def test_entries_and_items_of_another_page_are_not_ours():
    theirs = {"id": "999", "time": MS, "messaging": [item(message={"mid": "m_1", "text": "x"})]}
    assert read(SETTINGS, Raw(body=json.dumps({"object": "page", "entry": [theirs]}).encode())) == []
    assert isinstance(one(item(message={"mid": "m_1", "text": "x"}, recipient={"id": "999"})), Unreadable)


BROKEN: list[Any] = [
    None,
    7,
    "text",
    [],
    {},
    item(),
    item(message="text"),
    item(message={"text": "no id"}),
    item(message={"mid": 7.5, "text": "x"}),
    item(message={"mid": {"$ne": None}, "text": "x"}),
    item(message={"mid": "", "text": "x"}),
    item(message={"mid": "a\nb", "text": "x"}),
    item(message={"mid": "m" * 10_000, "text": "x"}),
    item(message={"mid": "m_１", "text": "x"}),
    item(message={"mid": "m_1", "text": {"$gt": ""}}),
    item(message={"mid": "m_1", "attachments": {"type": "image"}}),
    item(message={"mid": "m_1", "attachments": [7]}),
    item(message={"mid": "m_1", "attachments": [{"type": ["image"]}]}),
    item(message={"mid": "m_1", "text": "x"}, sender={"id": True}),
    item(message={"mid": "m_1", "text": "x"}, sender={"id": "0"}),
    item(message={"mid": "m_1", "text": "x"}, sender={"id": "../me"}),
    item(message={"mid": "m_1", "text": "x"}, sender=None),
    item(message={"mid": "m_1", "text": "x"}, sender=[]),
    item(message={"mid": "m_1", "is_echo": True, "text": "x"}),
    item(reaction={"mid": "m_1", "action": "stare"}),
    item(reaction={"action": "react", "emoji": "x"}),
    item(delivery={}),
    item(delivery={"mids": "m_1"}),
    item(delivery={"mids": [7.5]}),
    item(read={"watermark": None}),
    item(message_edit={"text": "no id"}),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_item_is_set_aside_and_its_neighbours_go_through(broken: Any):
    before, after = (item(message={"mid": mid, "text": "x"}) for mid in ("m_before", "m_after"))
    found = events(before, broken, after)
    assert [type(event) for event in found] == [Said, Unreadable, Said]
    assert isinstance(found[1], Unreadable)
    assert json.loads(found[1].item) == broken
    assert found[1].reason


def test_nan_and_broken_bytes_and_huge_numbers_spoil_only_themselves():
    body = batch(item(message={"mid": "m_1", "text": "good"}), item(message={"mid": "m_2", "text": "@"}))
    for odd in (b"NaN", b"1e999", b"9" * 5000, b'"\\ud800"', b'"\xff\xfe"', b"[" * 200 + b"]" * 200):
        found = read(SETTINGS, Raw(body=body.replace(b'"@"', odd)))
        assert found[0] == said(text="good").__class__(id="m_1", address=MIA, at=AT, content=Content(text="good"))
        assert len(found) == 2


def test_the_last_of_two_keys_counts():
    event = one(item(message={"mid": "m_A1", "text": "x"}))
    body = batch(item(message={"mid": "m_A1", "text": "x"})).replace(b'"text"', b'"text": "y", "text"')
    assert read(SETTINGS, Raw(body=body)) == [event]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"entry":{}}', b"[" * 100_000, b"\xff", b'{"object":"page"}']
)
def test_what_is_no_batch_is_set_aside_whole(body: bytes):
    (event,) = read(SETTINGS, Raw(body=body))
    assert isinstance(event, Unreadable)
    assert event.item == body


def test_an_odd_entry_is_set_aside_and_its_neighbours_go_through():
    good = {"id": PAGE, "time": MS, "messaging": [item(message={"mid": "m_1", "text": "x"})]}
    odd = [
        7,
        {"time": MS, "messaging": []},
        {"id": None},
        {"id": PAGE, "time": MS, "messaging": {"a": 1}},
        {"id": PAGE, "time": MS, "holograms": [1]},
    ]
    found = read(SETTINGS, Raw(body=json.dumps({"object": "page", "entry": [*odd, good]}).encode()))
    assert [type(event) for event in found] == [Unreadable] * 5 + [Said]


def test_a_mistake_of_our_own_costs_one_item(monkeypatch: pytest.MonkeyPatch):
    def mistaken(*_: Any) -> Event:
        raise ZeroDivisionError

    monkeypatch.setitem(items._KINDS, "reaction", mistaken)
    found = events(item(reaction={"mid": "m_1"}), item(message={"mid": "m_2", "text": "x"}))
    assert [type(event) for event in found] == [Unreadable, Said]


def test_an_item_without_a_usable_time_has_that_of_its_entry():
    for odd in (0, 10**25, "x", None):
        assert one(item(message={"mid": "m_1", "text": "x"}, timestamp=odd)).at.timestamp() == (MS + 122) / 1000


# --------------------------------------------------------------------------------------------------------- mutation

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
GOOD: list[Any] = [
    item(message={"mid": "m_1", "text": "x", "quick_reply": {"payload": "p"}, "reply_to": {"mid": "m_0"}}),
    item(
        message={
            "mid": "m_1",
            "attachments": [{"type": "image", "payload": {"url": "https://x.example/y", "sticker_id": 1}}],
        }
    ),
    item(
        message={"mid": "m_1", "attachments": [{"type": "location", "payload": {"coordinates": {"lat": 1, "long": 2}}}]}
    ),
    item(message={"mid": "m_1", "attachments": [{"type": "template", "payload": {"elements": [{"title": "t"}]}}]}),
    by_page(message={"mid": "m_1", "is_echo": True, "app_id": 5, "metadata": f"duologue:{OUR_ID}", "text": "hi"}),
    item(message_edit={"mid": "m_1", "text": "new"}),
    item(reaction={"mid": "m_1", "action": "react", "emoji": "x", "reaction": "love"}),
    item(delivery={"mids": ["m_1"], "watermark": MS}),
    item(read={"watermark": MS}),
    item(postback={"mid": "m_1", "title": "t", "payload": "p", "referral": {"ref": "r"}}),
    item(referral={"ref": "r", "ads_context_data": {"ad_title": "t"}, "product": {"id": "p"}}),
    item(optin={"type": "t", "payload": "p"}),
    item(pass_thread_control={"new_owner_app_id": "1"}),
    item(app_roles={"1": ["x"]}),
    item(response_feedback={"feedback": "f", "mid": "m_1"}),
    {"recipient": {"id": PAGE}, "timestamp": MS, "policy-enforcement": {"action": "block"}},
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, one in inner for deeper in places(one, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)  # type: ignore[index]
    return copy


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    value: Any = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 3))):
        value = put(value, draw(st.sampled_from(places(value))), draw(JSON))
    return value


@given(mutated())
def test_no_mutation_of_an_item_raises_or_harms_its_neighbour(odd: Any):
    neighbour = item(message={"mid": "m_neighbour", "text": "x"})
    found = read(SETTINGS, Raw(body=batch(odd, neighbour)))
    assert found[-1] == Said(id="m_neighbour", address=MIA, at=AT, content=Content(text="x"))
    for event in found:
        assert not (isinstance(event, Unreadable) and event.reason.startswith(UNFORESEEN)), event.reason
        assert b"\\u0000" not in msgspec.json.encode(event)  # and what cannot be encoded raises


@given(st.binary(max_size=60), st.integers(0, 200), st.integers(0, 200))
def test_no_bytes_raise(junk: bytes, start: int, cut: int):
    body = batch(*GOOD)
    for raw in (junk, body[:start] + junk + body[start + cut :]):
        assert isinstance(read(SETTINGS, Raw(body=raw)), list)


@given(JSON)
def test_no_entry_raises(odd: Any):
    for body in (odd, {"entry": odd}, {"entry": [odd]}, {"entry": [{"id": PAGE, "messaging": odd, "changes": [odd]}]}):
        assert isinstance(read(SETTINGS, Raw(body=json.dumps(body).encode())), list)
