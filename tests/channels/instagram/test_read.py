"""Every kind of event, and every way in which one may be broken."""

import json
from datetime import UTC, datetime
from typing import Any

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
    Progress,
    Raw,
    Reacted,
    Said,
    Sign,
    Unreadable,
    Unsent,
)
from duologue.channels.instagram.read import read
from duologue.channels.instagram.settings import Settings
from duologue.channels.shared.guard import UNFORESEEN

ACCOUNT, LENA = "17840001112223", "5544001101"
SETTINGS = Settings(account_id=ACCOUNT, page_id="1200300400")
MS = 1767225600001
AT = datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)
STORY = "https://lookaside.example/story?x=1"


def item(**body: Any) -> dict[str, Any]:
    return {"sender": {"id": LENA}, "recipient": {"id": ACCOUNT}, "timestamp": MS, **body}


def by_brand(**body: Any) -> dict[str, Any]:
    return {"sender": {"id": ACCOUNT}, "recipient": {"id": LENA}, "timestamp": MS, **body}


def batch(*items: Any, place: str = "messaging", time: int = MS) -> bytes:
    return json.dumps({"object": "instagram", "entry": [{"id": ACCOUNT, "time": time, place: list(items)}]}).encode()


def events(*items: Any, place: str = "messaging", time: int = MS) -> list[Event]:
    return read(SETTINGS, Raw(body=batch(*items, place=place, time=time)))


def one(*items: Any, place: str = "messaging") -> Any:
    (event,) = events(*items, place=place)
    return event


def said(**message: Any) -> Said:
    event = one(item(message={"mid": "aWd1", **message}))
    assert isinstance(event, Said)
    return event


def attached(*attachments: dict, **more: Any) -> Content:
    return said(attachments=list(attachments), **more).content


def test_a_text():
    assert said(text="Is it open?") == Said(id="aWd1", address=LENA, at=AT, content=Content(text="Is it open?"))


def test_a_tapped_quick_reply_and_a_quote():
    tapped = said(text="Yes", quick_reply={"payload": "YES"}).content
    assert (tapped.kind, tapped.text, tapped.payload) == (Kind.TAP, "Yes", "YES")
    assert said(text="this", reply_to={"mid": "aWd0"}).reply_to == "aWd0"


def test_an_answer_to_a_story_keeps_the_words_and_the_link():
    answer = said(text="Which pair?", reply_to={"story": {"id": "180", "url": STORY}})
    assert answer.reply_to is None
    assert answer.content == Content(
        kind=Kind.STORY, text="Which pair?", link=STORY, raw_kind="story_reply", facts={"story": "180"}
    )


def test_a_mention_in_a_story_keeps_no_media():
    """The platform's terms forbid storing it for longer than it can be seen."""
    content = attached({"type": "story_mention", "payload": {"url": STORY}})
    assert (content.kind, content.link, content.raw_kind, content.media) == (Kind.STORY, STORY, "story_mention", ())
    assert content.text


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file"])
def test_media(kind: str):
    content = attached({"type": kind, "payload": {"url": "https://cdn.example/x"}})
    assert content.media == (Media(kind=Kind(kind), url="https://cdn.example/x"),)  # type: ignore[arg-type]
    assert content.kind == kind


def test_a_post_told_under_both_of_its_names_is_one():
    url = "https://www.instagram.com/p/1/"
    post = {"type": "ig_post", "payload": {"ig_post_media_id": "9", "title": "Tea", "url": url}}
    share = {"type": "share", "payload": {"url": url}}
    expected = Content(kind=Kind.LINK, link=url, facts={"title": "Tea"}, raw_kind="ig_post")
    assert attached(post) == attached(share, post) == attached(post, share) == expected
    assert attached(share).raw_kind == "share"


def test_two_different_posts_are_not_one():
    post = {"type": "ig_post", "payload": {"url": "https://www.instagram.com/p/1/", "title": "Tea"}}
    other = {"type": "share", "payload": {"url": "https://www.instagram.com/p/2/"}}
    assert attached(other, post).link == "https://www.instagram.com/p/2/"


@pytest.mark.parametrize("kind", ["reel", "ig_reel"])
def test_a_reel_also_with_an_address_of_no_host(kind: str):
    content = attached({"type": kind, "payload": {"url": "/reel/5/", "title": "Steam", "reel_video_id": 5}})
    assert (content.kind, content.link) == (Kind.LINK, "https://www.instagram.com/reel/5/")
    assert content.facts == {"title": "Steam"}


def test_a_heart_has_no_payload():
    content = attached({"type": "like_heart"})
    assert (content.kind, content.text, content.raw_kind) == (Kind.STICKER, "❤️", "like_heart")


def test_an_empty_template_and_a_shared_story():
    assert attached({"type": "template", "payload": {}}).kind is Kind.CARD
    assert attached({"type": "ig_story", "payload": {"url": STORY}}).kind is Kind.STORY


def test_what_cannot_be_shown_is_named():
    unsupported = said(is_unsupported=True).content
    assert (unsupported.kind, unsupported.raw_kind) == (Kind.UNKNOWN, "unsupported")
    hologram = attached({"type": "hologram", "payload": {"url": "https://x.example/1"}})
    assert (hologram.kind, hologram.raw_kind, hologram.link) == (Kind.UNKNOWN, "hologram", "https://x.example/1")
    new = one(item(telepathy={"x": 1}))
    assert (new.content.kind, new.content.raw_kind) == (Kind.UNKNOWN, "telepathy")


def test_taken_back_and_edited():
    assert one(item(message={"mid": "aWd1", "is_deleted": True})) == Unsent(id="aWd1", address=LENA, at=AT)
    edit = item(message_edit={"mid": "aWd1", "text": "new", "num_edit": 1})
    assert one(edit) == Edited(id="aWd1", address=LENA, at=AT, text="new")


def test_reactions_given_and_taken_away():
    given_ = item(reaction={"mid": "aWd0", "action": "react", "reaction": "love", "emoji": "❤"})
    assert one(given_) == Reacted(id="aWd0", address=LENA, at=AT, emoji="❤")
    assert one(item(reaction={"mid": "aWd0", "action": "unreact"})).emoji is None


def test_read_names_one_message_of_ours():
    assert one(item(read={"mid": "aWd0"})) == Progress(status="read", at=AT, address=LENA, ids=("aWd0",))


def test_postbacks_with_and_without_an_id():
    with_id = one(item(postback={"mid": "aWd5", "title": "Prices", "payload": "ICE_1"}))
    assert (with_id.id, with_id.content.kind, with_id.content.payload) == ("aWd5", Kind.TAP, "ICE_1")
    without = item(postback={"title": "Prices", "payload": "ICE_1"})
    assert one(without).id == one(without).id != with_id.id


def test_where_somebody_came_from():
    referral = one(item(referral={"ref": "bio", "source": "IG.ME", "type": "OPEN_THREAD"}))
    assert (referral.content.kind, referral.content.facts["ref"]) == (Kind.NOTICE, "bio")
    ad = said(text="Hi", referral={"source": "ADS", "ad_id": "6001", "ads_context_data": {"ad_title": "Spring"}})
    assert (ad.content.text, ad.content.facts["ad"], ad.content.facts["ad_id"]) == ("Hi", "Spring", "6001")
    assert said(text="Hi", referral={"product": {"id": "P1"}}).content.facts == {"product": "P1"}


def test_an_opt_in_is_a_notice():
    content = one(item(optin={"type": "notification_messages", "title": "News", "payload": "p"})).content
    assert (content.kind, content.raw_kind, content.facts["title"]) == (Kind.NOTICE, "optin", "News")


def test_an_echo_is_the_brands_word_to_the_person():
    echo = one(by_brand(message={"mid": "aWd9", "is_echo": True, "text": "Hello", "app_id": 1217981644879628}))
    assert (echo.by, echo.address, echo.correlation) == ("brand", LENA, None)
    assert echo.content.facts == {"sent with": "Instagram's own inbox"}


def test_a_note_to_oneself_is_nobodys_message():
    note = {"mid": "aWd9", "is_echo": True, "is_self": True, "text": "milk"}
    assert events(item(message=note, sender={"id": ACCOUNT})) == []


def test_in_standby_another_app_answers():
    assert one(item(message={"mid": "aWd1", "text": "x"}), place="standby").warning


# ------------------------------------------------------------------------------------------------------- comments

VALUE = {
    "id": "178001",
    "from": {"id": LENA, "username": "lena.runs"},
    "media": {"id": "179002", "media_product_type": "AD", "ad_id": "6001", "ad_title": "Spring"},
    "text": "price?",
    "parent_id": "178000",
}
COMMENT = Said(
    id="178001",
    address=LENA,
    at=datetime(2026, 1, 1, tzinfo=UTC),
    content=Content(
        kind=Kind.COMMENT,
        text="price?",
        raw_kind="comments",
        facts={"below": "AD", "post": "179002", "ad": "Spring", "ad_id": "6001"},
    ),
    person=Person(name="@lena.runs"),
    reply_to="178000",
)


def test_a_comment_in_both_of_its_shapes():
    """The entry's time is in seconds here."""
    change = {"field": "comments", "value": VALUE}
    assert events(change, place="changes", time=1767225600) == [COMMENT]
    flat = {"object": "instagram", "entry": [{"id": ACCOUNT, "time": 1767225600, **change}]}
    assert read(SETTINGS, Raw(body=json.dumps(flat).encode())) == [COMMENT]


def test_a_live_comment_says_so():
    assert one({"field": "live_comments", "value": VALUE}, place="changes").content.raw_kind == "live_comments"


@pytest.mark.parametrize("sender", [{"id": ACCOUNT}, {"id": "5", "self_ig_scoped_id": ACCOUNT}])
def test_the_accounts_own_comment_is_nobodys_word(sender: dict):
    assert events({"field": "comments", "value": {**VALUE, "from": sender}}, place="changes") == []


@pytest.mark.parametrize("value", [7, {}, {**VALUE, "id": None}, {**VALUE, "from": None}, {**VALUE, "text": 5}])
def test_a_broken_comment_is_set_aside_alone(value: Any):
    good = {"field": "comments", "value": VALUE}
    found = events({"field": "comments", "value": value}, good, place="changes")
    assert [type(event) for event in found] == [Unreadable, Said]


def test_other_public_changes_make_no_event():
    assert events({"field": "mentions", "value": {"media_id": "1"}}, place="changes") == []


def test_the_dashboards_test_is_a_sign_and_no_message():
    value = {
        "sender": {"id": "12334"},
        "recipient": {"id": "23245"},
        "timestamp": "1527459824",
        "message": {"mid": "r"},
    }
    entry = {"id": "0", "time": 1767225600, "changes": [{"field": "messages", "value": value}]}
    (event,) = read(SETTINGS, Raw(body=json.dumps({"object": "instagram", "entry": [entry]}).encode()))
    assert isinstance(event, Sign)
    assert (event.name, event.level) == ("Webhook", "good")


def test_a_message_of_ours_may_come_as_a_change():
    assert one({"field": "messages", "value": item(message={"mid": "aWd1", "text": "x"})}, place="changes").id == "aWd1"


# -------------------------------------------------------------------------------------------------------- history


def test_the_history_tells_both_sides():
    account, lena = {"id": ACCOUNT, "username": "lume.shoes"}, {"id": LENA, "username": "lena.runs"}
    rows = [
        {
            "id": "aWd1",
            "created_time": "2026-01-01T00:00:00+0000",
            "from": lena,
            "to": {"data": [account]},
            "message": "x",
        },
        {
            "id": "aWd2",
            "created_time": "2026-01-01T00:00:01+0000",
            "from": account,
            "to": {"data": [lena]},
            "message": "y",
        },
        {"id": "aWd3", "created_time": "late", "from": lena},
        7,
        {
            "id": "aWd4",
            "created_time": "2026-01-01T00:00:02+0000",
            "from": lena,
            "attachments": {"data": [{"image_data": {"url": "https://cdn.example/1"}}]},
        },
        {"id": "aWd5", "created_time": "2026-01-01T00:00:03+0000", "from": lena, "is_unsupported": True},
    ]
    found = read(SETTINGS, Raw(body=json.dumps({"messages": rows}).encode(), kind="history"))
    assert [type(event) for event in found] == [Said, Said, Unreadable, Unreadable, Said, Said]
    lines = [event for event in found if isinstance(event, Said)]
    assert [(one.by, one.address, one.content.kind) for one in lines] == [
        ("person", LENA, Kind.TEXT),
        ("brand", LENA, Kind.TEXT),
        ("person", LENA, Kind.IMAGE),
        ("person", LENA, Kind.UNKNOWN),
    ]
    assert lines[0].person.name == "lena.runs"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"messages":7}'])
def test_a_broken_history_is_set_aside(body: bytes):
    assert [type(event) for event in read(SETTINGS, Raw(body=body, kind="history"))] == [Unreadable]


# ------------------------------------------------------------------------------------------------------- mutation

GOOD: list[Any] = [
    item(message={"mid": "aWd1", "text": "x", "reply_to": {"story": {"id": "1", "url": STORY}}}),
    item(
        message={"mid": "aWd1", "attachments": [{"type": "share", "payload": {"url": STORY}}, {"type": "like_heart"}]}
    ),
    item(message={"mid": "aWd1", "text": "x", "referral": {"ads_context_data": {"ad_title": "t"}}}),
    item(message_edit={"mid": "aWd1", "text": "x"}),
    item(reaction={"mid": "aWd1", "action": "react", "emoji": "❤"}),
    item(read={"mid": "aWd1"}),
    item(postback={"title": "x", "payload": "y"}),
    item(optin={"type": "x"}),
    {"field": "comments", "value": VALUE},
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good item in which one value somewhere is anything at all."""
    found = json.loads(json.dumps(draw(st.sampled_from(GOOD))))
    place = found
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        place[key] = draw(JSON)
        return found


@given(mutated(), st.sampled_from(["messaging", "standby", "changes"]))
def test_whatever_an_item_holds_nothing_raises_and_its_neighbours_go_through(odd: Any, place: str):
    neighbour = item(message={"mid": "aWd7", "text": "still here"})
    around = neighbour if place != "changes" else {"field": "messages", "value": neighbour}
    body = {"object": "instagram", "entry": [{"id": ACCOUNT, "time": MS, place: [around, odd, around]}]}
    found = read(SETTINGS, Raw(body=json.dumps(body).encode()))
    here = [event for event in found if isinstance(event, Said) and event.id == "aWd7"]
    assert len(here) >= 2
    assert not [one for one in found if isinstance(one, Unreadable) and one.reason.startswith(UNFORESEEN)]
    assert {event.content.text for event in here[:1] + here[-1:]} == {"still here"}


def test_a_thousand_items_are_read_whole_with_one_broken_among_them():
    items: list[Any] = [item(message={"mid": f"aWd{number}", "text": "x"}) for number in range(999)]
    items.insert(500, {"sender": {"id": {}}, "message": 5})
    found = events(*items)
    assert len(found) == 1000
    assert [type(event) for event in found].index(Unreadable) == 500
