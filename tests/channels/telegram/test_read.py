"""Every kind of update, and every way in which one may be broken."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from duologue.channels.contract import (
    Branch,
    Content,
    Edited,
    Event,
    Kind,
    Media,
    Moved,
    Opted,
    Person,
    Place,
    Raw,
    Reacted,
    Said,
    Sign,
    Trouble,
    Unreadable,
    Unsent,
)
from duologue.channels.policy import Writer
from duologue.channels.shared.guard import UNFORESEEN
from duologue.channels.telegram import CHANNEL
from duologue.channels.telegram.read import read
from duologue.channels.telegram.settings import Settings
from duologue.channels.telegram.updates import NOT_FOR_US, NOT_TOLD
from duologue.channels.telegram.wording import linked
from duologue.consent.verdict import Standing, verdict

ADA = 5_550_001_001  # beyond 32 bits
AT = datetime(2026, 1, 1, tzinfo=UTC)
RECEIVED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
USER = {"id": ADA, "is_bot": False, "first_name": "Ada", "last_name": "L", "username": "ada", "language_code": "en"}
CHAT = {"id": ADA, "type": "private", "first_name": "Ada", "username": "ada"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Tea friends"}
PERSON = Person(name="Ada L", locale="en")
FILE = {"file_id": "AgAD1", "file_unique_id": "u", "file_size": 9}


def message(**body: Any) -> dict[str, Any]:
    return {"message_id": 41, "date": 1767225600, "from": USER, "chat": CHAT, **body}


def update(**kinds: Any) -> dict[str, Any]:
    return {"update_id": 810001, **kinds}


def events(*updates: Any) -> list[Event]:
    body = json.dumps(updates[0] if len(updates) == 1 else list(updates)).encode()
    return read(Settings(), Raw(body=body, kind="update", headers={"received": RECEIVED.isoformat()}))


def one(**kinds: Any) -> Any:
    (event,) = events(update(**kinds))
    return event


def said(**body: Any) -> Content:
    return one(message=message(**body)).content


def test_a_text():
    assert one(message=message(text="Hi")) == Said(
        id=f"{ADA}:41", address=str(ADA), at=AT, content=Content(text="Hi"), person=PERSON
    )


def test_milliseconds_and_seconds_are_told_apart():
    assert one(message=message(text="Hi", date=1767225600000)).at == AT


@pytest.mark.parametrize(
    ("body", "kind", "mime", "name"),
    [
        ({"video": FILE | {"mime_type": "video/mp4", "file_name": "a.mp4"}}, Kind.VIDEO, "video/mp4", "a.mp4"),
        ({"animation": FILE, "document": FILE}, Kind.VIDEO, None, None),
        ({"video_note": FILE | {"length": 240}}, Kind.VIDEO, None, None),
        ({"audio": FILE | {"mime_type": "audio/mpeg", "file_name": "a.mp3"}}, Kind.AUDIO, "audio/mpeg", "a.mp3"),
        ({"voice": FILE | {"mime_type": "audio/ogg", "duration": 61}}, Kind.AUDIO, "audio/ogg", None),
        ({"document": FILE | {"file_name": "a.pdf"}}, Kind.FILE, None, "a.pdf"),
        ({"sticker": FILE | {"emoji": "🍵"}}, Kind.STICKER, None, None),
        ({"photo": [FILE | {"width": 1, "height": 1}]}, Kind.IMAGE, None, None),
        ({"live_photo": FILE | {"photo": [FILE]}}, Kind.VIDEO, None, None),
        ({"live_photo": {"photo": [FILE]}}, Kind.IMAGE, None, None),
        ({"paid_media": {"star_count": 5, "paid_media": [{"type": "photo", "photo": [FILE]}]}}, Kind.IMAGE, None, None),
        ({"paid_media": {"star_count": 5, "paid_media": [{"type": "video", "video": FILE}]}}, Kind.VIDEO, None, None),
    ],
)
def test_files_are_named_by_their_id(body: dict[str, Any], kind: Kind, mime: str | None, name: str | None):
    found = said(**body)
    assert found.kind is kind
    assert found.media == (Media(kind=kind, url="telegram-file:AgAD1", mime=mime, name=name),)


def test_the_largest_size_of_a_photo_is_taken_and_its_caption():
    sizes = [
        FILE | {"file_id": "big", "width": 800, "height": 600},
        FILE | {"file_id": "small", "width": 90, "height": 90},
    ]
    found = said(photo=sizes, caption="The new tin", media_group_id="7")
    assert (found.kind, found.text) == (Kind.IMAGE, "The new tin")
    assert found.media[0].url == "telegram-file:big"


def test_an_album_is_several_messages_in_order():
    album = [
        update(message=message(message_id=n, photo=[FILE], media_group_id="7")) | {"update_id": n} for n in (41, 42, 43)
    ]
    assert [event.id for event in events(*album)] == [f"{ADA}:{n}" for n in (41, 42, 43)]  # type: ignore[union-attr]


def test_a_voice_tells_its_length_and_a_sticker_its_sign():
    assert said(voice=FILE | {"duration": 61}).facts == {"length": "1:01"}
    assert said(sticker=FILE | {"emoji": "🍵"}).text == "🍵"


def test_a_file_without_an_id_is_shown_as_what_cannot_be_shown():
    assert said(document={}, caption="See") == Content(kind=Kind.UNKNOWN, raw_kind="document", text="See")


def test_places():
    where = {"latitude": 59.5, "longitude": 18}
    assert said(location=where) == Content(kind=Kind.LOCATION, place=Place(latitude=59.5, longitude=18))
    assert said(location=where | {"live_period": 900}).facts == {"place": "when it was sent"}
    venue = {"location": where, "title": "Tea room", "address": "Harbour 4"}
    labelled = Place(latitude=59.5, longitude=18, label="Tea room, Harbour 4")
    assert said(location=where, venue=venue) == Content(kind=Kind.LOCATION, place=labelled)
    assert said(location={"latitude": 91, "longitude": 0}) == Content(kind=Kind.UNKNOWN, raw_kind="location")


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (
            {"contact": {"phone_number": "+46", "first_name": "Elin", "last_name": "Berg", "vcard": "BEGIN"}},
            Content(kind=Kind.CARD, text="Elin Berg\n+46", raw_kind="contact", facts={"phone": "+46"}),
        ),
        (
            {"poll": {"question": "Green?", "options": [{"text": "Yes"}, {"text": "No"}]}},
            Content(kind=Kind.CARD, text="Green?\n• Yes\n• No", raw_kind="poll"),
        ),
        (
            {"checklist": {"title": "To buy", "tasks": [{"text": "Tea"}]}},
            Content(kind=Kind.CARD, text="To buy\n• Tea", raw_kind="checklist"),
        ),
        ({"game": {"title": "Go", "description": "Old"}}, Content(kind=Kind.CARD, text="Go\nOld", raw_kind="game")),
        ({"dice": {"emoji": "🎯", "value": 6}}, Content(text="🎯 6")),
        (
            {"story": {"id": 12, "chat": {"title": "Lume", "username": "lumetea"}}},
            Content(
                kind=Kind.STORY, raw_kind="shared story", link="https://t.me/lumetea/s/12", facts={"from": "Lume"}
            ),
        ),
        ({"web_app_data": {"data": "x", "button_text": "Order"}}, Content(kind=Kind.TAP, text="Order", payload="x")),
        (
            {"invoice": {"title": "Tin", "description": "100 g", "currency": "EUR", "total_amount": 1250}},
            Content(kind=Kind.CARD, text="Tin\n100 g", raw_kind="invoice", facts={"amount": "12.50 EUR"}),
        ),
        (
            {"successful_payment": {"currency": "XTR", "total_amount": 50}},
            Content(kind=Kind.NOTICE, text="Paid", raw_kind="successful_payment", facts={"amount": "50 XTR"}),
        ),
        (
            {"users_shared": {"request_id": 1, "users": [{"user_id": 1, "first_name": "Leo"}]}},
            Content(kind=Kind.NOTICE, text="Shared people", raw_kind="users_shared", facts={"who": "Leo"}),
        ),
        (
            {"connected_website": "lume.example"},
            Content(
                kind=Kind.NOTICE, text="Signed in on a website", raw_kind="connected_website",
                facts={"site": "lume.example"},
            ),
        ),
        (
            {"write_access_allowed": {"web_app_name": "shop"}},
            Content(
                kind=Kind.NOTICE, text="Agreed to be written to", raw_kind="write_access_allowed",
                facts={"app": "shop"},
            ),
        ),
        ({"pinned_message": {}}, Content(kind=Kind.NOTICE, text="Pinned a message", raw_kind="pinned_message")),
        ({"hologram": {"x": 1}}, Content(kind=Kind.UNKNOWN, raw_kind="hologram")),
        ({}, Content(kind=Kind.UNKNOWN, raw_kind="message")),
    ],
)  # fmt: skip
def test_cards_notices_and_what_is_not_known(body: dict[str, Any], content: Content):
    assert said(**body) == content


def test_the_button_start_and_the_word_of_a_link():
    assert said(text="/start") == Content(kind=Kind.TAP, text="/start")
    found = Content(kind=Kind.TAP, text="/start", payload="spring-tea", facts={"ref": "spring-tea"})
    assert said(text="/start spring-tea") == found
    assert said(text="/start@lume_tea_bot spring-tea") == found
    assert said(text="/started yesterday") == Content(text="/started yesterday")


def test_an_answer_a_quoted_part_a_story_and_what_was_passed_on():
    answered = one(
        message=message(text="This", reply_to_message={"message_id": 7}, quote={"text": "two tins", "position": 3})
    )
    assert (answered.reply_to, answered.content.facts) == (f"{ADA}:7", {"about this part": "two tins"})
    origins = (
        {"type": "user", "sender_user": {"first_name": "Leo"}},
        {"type": "hidden_user", "sender_user_name": "Leo"},
        {"type": "chat", "sender_chat": {"title": "Leo"}},
        {"type": "channel", "chat": {"title": "Leo"}, "message_id": 5},
    )
    for origin in origins:
        assert said(text="See", forward_origin=origin).facts == {"forwarded from": "Leo"}
        assert said(text="See", external_reply={"origin": origin}).facts == {"answers a message of": "Leo"}
    story = {"id": 3, "chat": {"username": "lumetea"}}
    assert said(text="Nice", reply_to_story=story).facts == {"about the story": "https://t.me/lumetea/s/3"}


def test_where_a_word_leads_stands_behind_it_counted_in_utf_16():
    marks = [
        {"type": "text_link", "offset": 8, "length": 4, "url": "https://x.example/"},
        {"type": "bold", "offset": 0},
    ]
    assert said(text="Hi 👍🏽 shop!", entities=marks).text == "Hi 👍🏽 shop (https://x.example/)!"
    assert (
        said(photo=[FILE], caption="Hi 👍🏽 shop!", caption_entities=marks).text == "Hi 👍🏽 shop (https://x.example/)!"
    )


@pytest.mark.parametrize(
    "marks",
    [
        None,
        7,
        [7, None, {}],
        [{"type": "text_link", "offset": 0, "length": 1, "url": "https://x.example/"}],  # within a pair
        [{"type": "text_link", "offset": 0, "length": 900, "url": "https://x.example/"}],
        [{"type": "text_link", "offset": -1, "length": 2, "url": "https://x.example/"}],
        [{"type": "text_link", "offset": 0, "length": 2, "url": "javascript:alert(1)"}],
        [{"type": "text_link", "offset": "0", "length": 2, "url": "https://x.example/"}],
    ],
)
def test_marks_that_do_not_fit_lose_no_word(marks: Any):
    assert linked("👍 ok", marks) == "👍 ok"


def test_an_edit_brings_new_words():
    edited = one(edited_message=message(text="Two tins", edit_date=1767225660))
    assert edited == Edited(
        id=f"{ADA}:41", address=str(ADA), at=datetime(2026, 1, 1, 0, 1, tzinfo=UTC), text="Two tins"
    )
    assert one(edited_message=message(photo=[FILE], caption="Two")).text == "Two"


def test_a_place_that_moves_changes_no_words():
    assert events(update(edited_message=message(location={"latitude": 1, "longitude": 1}, edit_date=1767225660))) == []


def test_a_tap_tells_what_stood_on_the_button_and_when_it_came():
    markup = {
        "inline_keyboard": [[{"text": "Yes, please", "callback_data": "y"}, {"text": "No", "callback_data": "n"}]]
    }
    below = message(from_={}, text="More?", reply_markup=markup) | {"from": {"id": 7, "is_bot": True}}
    query = {"id": "99", "from": USER, "message": below, "chat_instance": "1", "data": "y"}
    assert one(callback_query=query) == Said(
        id=f"{ADA}:tap:99",
        address=str(ADA),
        at=RECEIVED,
        content=Content(kind=Kind.TAP, text="Yes, please", payload="y"),
        person=PERSON,
        reply_to=f"{ADA}:41",
    )


def test_a_tap_below_a_message_too_old_to_be_shown_tells_its_own_word():
    old = {"message_id": 3, "date": 0, "chat": CHAT}
    tapped = one(callback_query={"id": "99", "from": USER, "message": old, "data": "y"})
    assert (tapped.content, tapped.reply_to) == (Content(kind=Kind.TAP, text="y", payload="y"), f"{ADA}:3")
    assert one(callback_query={"id": "99", "from": USER, "inline_message_id": "i", "data": "y"}).reply_to is None


def test_what_came_without_a_moment_of_its_own_is_never_dated_back():
    body = json.dumps(update(callback_query={"id": "99", "from": USER, "data": "y"})).encode()
    for headers in ({}, {"received": "?"}, {"received": "2026-01-01T00:00:00"}):
        (event,) = read(Settings(), Raw(body=body, headers=headers))
        assert isinstance(event, Said)
        assert event.at == NOT_TOLD


@pytest.mark.parametrize(
    ("before", "after", "emoji"),
    [
        ([], [{"type": "emoji", "emoji": "👍"}], "👍"),
        ([{"type": "emoji", "emoji": "👍"}], [], None),
        ([{"type": "emoji", "emoji": "👍"}], [{"type": "emoji", "emoji": "❤"}, {"type": "emoji", "emoji": "👍"}], "❤"),
        ([{"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "❤"}], [{"type": "emoji", "emoji": "👍"}], "👍"),
        ([], [{"type": "custom_emoji", "custom_emoji_id": "5"}], "❔"),
        ([], [{"type": "paid"}], "⭐"),
    ],
)
def test_reactions_come_and_go(before: list[Any], after: list[Any], emoji: str | None):
    change = {"chat": CHAT, "message_id": 9, "user": USER, "date": 1767225600}
    found = one(message_reaction=change | {"old_reaction": before, "new_reaction": after})
    assert found == Reacted(id=f"{ADA}:9", address=str(ADA), at=AT, emoji=emoji)


@pytest.mark.parametrize(("status", "stopped"), [("kicked", True), ("left", True), ("member", False)])
def test_who_blocks_the_bot_stops_everything_and_who_comes_back_permits_it(status: str, stopped: bool):
    change = {"chat": CHAT, "from": USER, "date": 1767225600, "new_chat_member": {"status": status}}
    notice, opted = events(update(my_chat_member=change))
    assert opted == Opted(address=str(ADA), at=AT, stopped=stopped, scope="all")
    assert isinstance(notice, Said)
    assert (notice.content.kind, notice.automatic) == (Kind.NOTICE, True)
    assert events(update(my_chat_member=change)) == [notice, opted]  # told twice, it has the same name


def test_groups_are_left_where_they_are_and_that_is_told():
    assert events(update(message=message(text="Hi all", chat=GROUP))) == []
    assert events(update(edited_message=message(text="Hi all", chat=GROUP))) == []
    assert events(update(message_reaction={"chat": GROUP, "message_id": 9, "date": 1767225600})) == []
    change = {"chat": GROUP, "from": USER, "date": 1767225600}
    added = one(my_chat_member=change | {"new_chat_member": {"status": "member"}})
    assert isinstance(added, Sign)
    assert (added.level, "Tea friends" in added.words) == ("warn", True)
    assert one(my_chat_member=change | {"new_chat_member": {"status": "kicked"}}).level == "good"


def test_a_group_that_grew_has_a_new_number():
    grown = message(chat=GROUP | {"id": -55, "type": "group"}, migrate_to_chat_id=-1001234567890)
    assert one(message=grown) == Moved(address="-55", to="-1001234567890", at=AT)


def test_a_business_account_s_chats_are_conversations_of_their_own():
    business = message(text="Hi", business_connection_id="bc1")
    theirs = one(business_message=business)
    assert (theirs.id, theirs.address, theirs.by) == (f"business:bc1:{ADA}:41", f"business:bc1:{ADA}", "person")
    owner = business | {"from": {"id": 9, "first_name": "Lume"}, "message_id": 42}
    ours = one(business_message=owner)
    assert (ours.by, ours.address, ours.person.name) == ("brand", theirs.address, "Ada")
    bot = business | {"from": {"id": 9}, "sender_business_bot": {"id": 7}}
    assert one(business_message=bot).by == "brand"
    assert one(edited_business_message=business).address == theirs.address
    gone = {"business_connection_id": "bc1", "chat": CHAT, "message_ids": [41, 42]}
    assert events(update(deleted_business_messages=gone)) == [
        Unsent(id=f"business:bc1:{ADA}:{n}", address=theirs.address, at=RECEIVED) for n in (41, 42)
    ]


@pytest.mark.parametrize(
    ("about", "level"),
    [
        ({"is_enabled": True, "rights": {"can_reply": True}}, "good"),
        ({"is_enabled": True, "can_reply": True}, "good"),
        ({"is_enabled": True, "rights": {}}, "warn"),
        ({"is_enabled": False}, "warn"),
    ],
)
def test_how_a_business_account_stands_is_told(about: dict[str, Any], level: str):
    sign, branch = events(update(business_connection={"id": "bc1", "user": USER, "date": 1767225600, **about}))
    assert isinstance(sign, Sign)
    assert (sign.level, "Ada L" in sign.words) == (level, True)
    assert branch == Branch(name="bc1", at=AT, open=level == "good")
    assert CHANNEL.branch
    assert [CHANNEL.branch(address) for address in (f"business:bc1:{ADA}", str(ADA), "?")] == ["bc1", "", ""]


def test_a_business_account_s_chats_are_answered_for_a_day_and_the_bot_s_own_for_ever():
    standing = Standing(last_in_at=AT)
    policy, later = CHANNEL.abilities.policy, AT + timedelta(hours=24)
    assert verdict(policy, standing, writer=Writer.PERSON, now=later).code == "free"
    theirs = replace(standing, branch=True)
    assert verdict(policy, theirs, writer=Writer.PERSON, now=later - timedelta(seconds=1)).code == "open"
    assert verdict(policy, theirs, writer=Writer.PERSON, now=later).code == "closed"
    assert verdict(policy, replace(theirs, shut=True), writer=Writer.PERSON, now=AT).code == "shut"


@pytest.mark.parametrize("kind", sorted(NOT_FOR_US))
def test_what_is_no_direct_message_is_left_out(kind: str):
    assert events(update(**{kind: {"id": "1", "from": USER, "chat": CHAT, "date": 1767225600}})) == []


def test_an_update_of_a_kind_that_is_newer_than_this_is_shown_under_its_name():
    found = one(telepathy={"from": USER, "chat": CHAT, "date": 1767225600})
    assert (found.content, found.id) == (Content(kind=Kind.UNKNOWN, raw_kind="telepathy"), f"{ADA}:update:810001")
    assert one(telepathy={"from": USER}).address == str(ADA)
    assert isinstance(one(telepathy=7), Unreadable)


def test_trouble_is_told_in_its_words():
    assert read(Settings(), Raw(body=b"It hurts", kind="trouble")) == [Trouble(reason="It hurts")]


BROKEN: list[Any] = [
    7,
    None,
    {},
    {"update_id": 5},
    update(message=[]),
    update(message=message(message_id={}, text="x")),
    update(message=message(message_id=True, text="x")),
    update(message=message(message_id=2**64, text="x")),
    update(message=message(chat={"id": "Ada", "type": "private"}, text="x")),
    update(message=message(chat={"id": ADA}, text="x")),
    update(message=message(date=None, text="x")),
    update(message=message(date=-5, text="x")),
    update(message=message(text=["x"])),
    update(message=message(photo=[])),
    update(message=message(business_connection_id="a:b")),
    update(my_chat_member={"chat": CHAT, "date": 1767225600}),
    update(callback_query={"from": USER, "message": message()}),
    update(deleted_business_messages={"chat": CHAT, "message_ids": "41"}),
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_update_is_set_aside_alone_with_a_reason(broken: Any):
    before, odd, after = events(
        update(message=message(text="before")), broken, update(message=message(message_id=42, text="after"))
    )
    assert isinstance(before, Said)
    assert isinstance(after, Said)
    assert isinstance(odd, Unreadable)
    assert not odd.reason.startswith(UNFORESEEN)


def test_a_thousand_updates_with_a_broken_one_are_all_there():
    many: list[Any] = [update(message=message(message_id=n, text=f"No. {n}")) for n in range(1, 1001)]
    many.insert(500, {"message": "?"})
    found = events(*many)
    assert [one.content.text for one in found if isinstance(one, Said)] == [f"No. {n}" for n in range(1, 1001)]
    assert len([one for one in found if isinstance(one, Unreadable)]) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"nul"])
def test_what_is_no_json_is_set_aside(body: bytes):
    (event,) = read(Settings(), Raw(body=body))
    assert isinstance(event, Unreadable)


def test_what_no_database_keeps_is_cleaned():
    assert said(text="a\x00b\ud83d").text == "ab�"


WHOLE = [
    update(
        message=message(text="Hi", entities=[{"type": "text_link", "offset": 0, "length": 2, "url": "https://x.y"}])
    ),
    update(message=message(photo=[FILE], caption="c", reply_to_message={"message_id": 3})),
    update(message=message(venue={"location": {"latitude": 1, "longitude": 2}, "title": "t"})),
    update(callback_query={"id": "1", "from": USER, "message": message(), "data": "y"}),
    update(my_chat_member={"chat": CHAT, "from": USER, "date": 1767225600, "new_chat_member": {"status": "kicked"}}),
    update(message_reaction={"chat": CHAT, "message_id": 9, "date": 1767225600, "new_reaction": [{"type": "paid"}]}),
    update(deleted_business_messages={"business_connection_id": "b", "chat": CHAT, "message_ids": [1]}),
    update(business_connection={"id": "b", "user": USER, "is_enabled": True}),
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [so_far, *(path for key, one in inner for path in _paths(one, (*so_far, key)))]


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(copy[path[0]], path[1:], new)
    return copy


@given(st.data())
def test_no_mutation_raises_or_loses_a_neighbour(data: st.DataObject):
    whole = data.draw(st.sampled_from(WHOLE))
    mutated = _changed(whole, data.draw(st.sampled_from(_paths(whole))), data.draw(ANYTHING))
    before, after = update(message=message(message_id=1, text="b")), update(message=message(message_id=2, text="a"))
    found = events(before, mutated, after)
    assert isinstance(found[0], Said)
    assert isinstance(found[-1], Said)
    assert (found[0].content.text, found[-1].content.text) == ("b", "a")
    assert not [one for one in found if isinstance(one, Unreadable) and one.reason.startswith(UNFORESEEN)]


@given(st.binary(max_size=200))
def test_no_bytes_raise(body: bytes):
    assert isinstance(read(Settings(), Raw(body=body)), list)
