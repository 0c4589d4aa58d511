"""What goes out: by reply token, by push, and what LINE's answers mean."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from duologue.channels.contract import (
    Account,
    Content,
    Kind,
    Media,
    Outgoing,
    Place,
    Receipt,
    Refusal,
    Refused,
    Said,
    TryLater,
    Unknown,
)
from duologue.channels.line import CHANNEL
from duologue.channels.line.errors import judge
from duologue.channels.line.find import find
from duologue.channels.line.parts import parts
from duologue.channels.line.people import profile, typing
from duologue.channels.line.send import send
from duologue.channels.line.settings import Settings
from duologue.channels.line.simulate.double import Double
from duologue.channels.line.tokens import Tokens, packed
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Answer

from .conftest import House

Make = Callable[..., Outgoing]
PNG, M4A = (
    b"\x89PNG",
    bytes(4) + b"ftypM4A " + b"mvhd" + bytes(12) + (1000).to_bytes(4) + (2500).to_bytes(4) + bytes(20),
)


@pytest.fixture
def token(double: Double, clock: Turned) -> str:
    """As it comes with a message of Haruka Sato's that was written now."""
    who = double.people()[0].id
    reply, read = double.world.reply_token(who), double.world.read_token(who)
    return packed(Tokens(reply=reply, read=read, at=clock().timestamp())) or ""


def calls(double: Double, path: str = "") -> list[str]:
    return [one.path.rpartition("/")[2] for one in double.server.requests if path in one.path]


def shown(double: Double) -> list[str]:
    return [one.text for one in double.screen(double.people()[0].id) if one.by == "brand"]


async def test_a_young_answer_goes_for_nothing_and_marks_as_read(account: Account, double: Double, answer: Make, token):
    double.phone("Haruka Sato").says("Is it there?")
    outcome = await send(account, answer("Yes", token=token, author="Ada Ek"))
    assert isinstance(outcome, Receipt)
    assert outcome.id
    assert calls(double) == ["reply", "markAsRead"]
    assert double.world.used == 0
    heard, said = double.screen("Haruka Sato")
    assert (heard.status, said.text, said.author) == ("seen", "Yes", "Ada Ek")


async def test_an_answer_quotes_what_the_person_said_by_its_token(
    account: Account, double: Double, answer: Make, house: House
):
    first = double.phone("Haruka Sato").says("Is it there?")
    double.phone("Haruka Sato").says("And the blue one?")
    await double.settled()
    heard = {one.id: one for one in [one for one in house.events if isinstance(one, Said)]}
    quoted, newest = heard[first], list(heard.values())[-1]
    out = answer("Yes", token=newest.content.token, reply_to=quoted.id, quoted_token=quoted.content.token)
    for attempt in (1, 2):
        assert isinstance(await send(account, replace(out, attempt=attempt, id=ids.new())), Receipt)
    assert [one.quotes for one in double.world.friend("Haruka Sato").messages if one.by == "brand"] == [first, first]
    assert isinstance(
        await send(account, replace(out, reply_to=None, quoted_token=None, id=ids.new(), attempt=2)), Receipt
    )
    assert double.world.friend("Haruka Sato").messages[-1].quotes is None


async def test_what_was_read_is_shown_as_read_by_the_token_of_the_newest(
    account: Account, double: Double, house: House
):
    double.phone("Haruka Sato").says("Is it there?")
    await double.settled()
    (said,) = [one for one in house.events if isinstance(one, Said)]
    assert CHANNEL.seen
    await CHANNEL.seen(account, said.address, said.id, None)
    await CHANNEL.seen(
        replace(account, settings=replace(account.settings, mark_read=False)), said.address, said.id, said.content.token
    )
    assert calls(double) == []
    await CHANNEL.seen(account, said.address, said.id, said.content.token)
    assert calls(double) == ["markAsRead"]
    assert [one.status for one in double.screen("Haruka Sato")] == ["seen"]


async def test_an_older_answer_is_pushed_under_our_id(account: Account, double: Double, answer: Make, token, clock):
    clock.turn(seconds=55)
    out = answer("Yes", token=token)
    assert isinstance(await send(account, out), Receipt)
    assert calls(double, "message") == ["push"]
    assert (double.world.used, set(double.world.keys)) == (1, {str(out.id)})


async def test_where_the_token_is_refused_the_message_is_pushed_at_once(account: Account, double, answer: Make, token):
    await double.command("old_tokens")
    assert isinstance(await send(account, answer("Yes", token=token)), Receipt)
    assert calls(double, "message") == ["reply", "push"]
    assert shown(double) == ["Yes"]


async def test_a_token_works_once_and_the_second_answer_is_pushed(account: Account, double, answer: Make, token):
    for text in ("One", "Two"):
        assert isinstance(await send(account, answer(text, token=token)), Receipt)
    assert shown(double) == ["One", "Two"]
    assert double.world.used == 1


async def test_a_reply_whose_answer_was_lost_is_never_tried_again(account: Account, double, answer: Make, token):
    await double.command("lost_response")
    out = answer("Yes", token=token)
    assert isinstance(await send(account, out), Unknown)
    assert calls(double, "message") == ["reply"]
    assert shown(double) == ["Yes"]
    assert not (await find(account, out)).certain


async def test_a_push_whose_answer_was_lost_is_asked_about_under_its_key(account: Account, double, answer: Make):
    await double.command("lost_response")
    outcome = await send(account, answer("Yes"))
    assert isinstance(outcome, Receipt)
    assert outcome.id == double.screen("Haruka Sato")[0].id
    assert (shown(double), double.world.used) == (["Yes"], 1)


async def test_a_later_attempt_never_uses_a_token(account: Account, double: Double, answer: Make, token):
    """The first may have been a push that arrived: only the same key tells."""
    out = answer("Yes")
    double.faults.next("lost_response", 2)
    await send(account, out)
    outcome = await send(account, replace(out, attempt=2, token=token))
    assert isinstance(outcome, Receipt)
    assert calls(double, "message") == ["push", "push", "push"]
    assert shown(double) == ["Yes"]


@pytest.mark.parametrize(
    ("heard", "age", "certain"),
    [
        (None, 10, True),
        (timedelta(hours=1), 10, True),
        (timedelta(seconds=100), 10, False),
        (timedelta(minutes=-5), 600, False),
        (timedelta(hours=1), 24 * 3600, False),
    ],
)
async def test_sending_again_is_safe_where_only_a_push_can_have_gone(
    account: Account, answer: Make, clock: Turned, heard: timedelta | None, age: int, certain: bool
):
    queued = clock() - timedelta(seconds=age)
    out = answer("Yes", queued_at=queued, last_in_at=queued - heard if heard is not None else None)
    found = await find(account, out)
    assert (found.id, found.certain) == (None, certain)


async def test_the_months_limit_is_final_and_answers_for_nothing_still_go(account: Account, double, answer, token):
    await double.command("quota_spent")
    refused = await send(account, answer("Late"))
    assert isinstance(refused, Refused)
    assert (refused.why, "monthly limit" in refused.reason) == (Refusal.RESTRICTED, True)
    assert isinstance(await send(account, answer("Soon", token=token)), Receipt)
    assert shown(double) == ["Soon"]


async def test_too_fast_makes_the_whole_account_wait(account: Account, double: Double, answer: Make, token):
    await double.command("throttle")
    for out in (answer("Yes"), answer("Yes", token=token)):
        later = await send(account, out)
        assert isinstance(later, TryLater)
        assert later.whole_account
    assert shown(double) == []


async def test_a_revoked_token_stops_the_account(account: Account, double: Double, answer: Make):
    await double.command("revoke_token")
    refused = await send(account, answer("Yes"))
    assert isinstance(refused, Refused)
    assert refused.why is Refusal.AUTH


async def test_a_fault_of_theirs_is_asked_about_and_then_unknown(account: Account, double: Double, answer: Make):
    await double.command("broken")
    assert isinstance(await send(account, answer("Yes")), Unknown)
    assert isinstance(await send(account, answer("Yes")), Receipt)  # the third fault, then it works


async def test_where_nobody_listens_nothing_was_sent(account: Account, double: Double, answer: Make, token):
    await double.command("down")
    for out in (answer("Yes"), answer("Yes", token=token)):
        assert isinstance(await send(account, out), TryLater)
    await double.command("up")


async def test_somebody_unknown_is_told_as_that(account: Account, answer: Make):
    refused = await send(account, answer("Yes", address="U" + "0" * 32))
    assert isinstance(refused, Refused)
    assert refused.why is Refusal.NO_SUCH_PERSON


async def test_a_push_to_who_has_blocked_us_is_lost_without_a_word(account: Account, double: Double, answer: Make):
    double.phone("Haruka Sato").blocks()
    assert isinstance(await send(account, answer("Yes")), Receipt)
    assert shown(double) == []


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"sentMessages":[{"id":"1"},{"id":"2"}]}', Receipt(id="2", also=("1",))),
        (200, b"<html>", Unknown),
        (409, b'{"message":"The retry key is already accepted","sentMessages":[{"id":"7"}]}', Receipt(id="7")),
        (409, b'{"message":"The retry key is already accepted"}', Receipt(id=None)),
        (400, b'{"message":"The request body has 1 error(s)","details":[{"message":"x","property":"messages[0]"}]}',
         Refusal.BAD_REQUEST),
        (400, b'{"message":"Failed to send messages"}', Refusal.UNREACHABLE),
        (400, b'{"message":"The property, \'to\', in the request body is invalid"}', Refusal.NO_SUCH_PERSON),
        (401, b'{"message":"Authentication failed"}', Refusal.AUTH),
        (403, b'{"message":"Access to this API is not available for your account"}', Refusal.PERMISSION),
        (404, b'{"message":"Not found"}', Refusal.UNREACHABLE),
        (413, b"", Refusal.BAD_REQUEST),
        (415, b"", Refusal.BAD_REQUEST),
        (418, b"", Refusal.BAD_REQUEST),
        (429, b'{"message":"The API rate limit has been exceeded. Try again later."}', TryLater),
        (429, b'{"message":"You have reached your monthly limit."}', Refusal.RESTRICTED),
        (429, b"", TryLater),
        (500, b'{"message":"Internal server error"}', Unknown),
        (502, b"<html>", Unknown),
    ],
)  # fmt: skip
def test_every_row_of_the_table_of_errors(status: int, body: bytes, expected: object):
    outcome = judge(Answer(status, {}, body), 1)
    if isinstance(expected, Refusal):
        assert isinstance(outcome, Refused)
        assert outcome.why is expected
    elif isinstance(expected, type):
        assert isinstance(outcome, expected)
    else:
        assert outcome == expected


def picture(**more: object) -> Media:
    given = {"kind": Kind.IMAGE, "name": "a.png", "mime": "image/png", "data": PNG, "url": "https://dm.test/lent/1"}
    return Media(**(given | more))


async def test_a_text_and_four_files_go_in_one_call(account: Account, double: Double, answer: Make):
    recording = picture(kind=Kind.AUDIO, mime="audio/mp4", data=M4A)
    clip = picture(kind=Kind.VIDEO, mime="video/mp4")
    content = Content(text="Look", media=(picture(), picture(), recording, clip), choices=("Yes", "No" * 20))
    own = replace(account, settings=replace(account.settings, video_preview="https://lume.example/play.png"))
    outcome = await send(own, answer(content=content))
    assert isinstance(outcome, Receipt)
    assert len(outcome.also) == 4
    (call,) = double.server.requests
    assert [one["type"] for one in call.body["messages"]] == ["text", "image", "image", "audio", "video"]
    assert call.body["messages"][3]["duration"] == 2500
    assert [one["action"]["label"] for one in call.body["messages"][-1]["quickReply"]["items"]] == ["Yes", "No" * 10]


async def test_a_place_goes_as_a_place(account: Account, double: Double, answer: Make):
    place = Content(kind=Kind.LOCATION, place=Place(latitude=35.68, longitude=139.76, label="Lume Tokyo"))
    assert isinstance(await send(account, answer(content=place)), Receipt)
    assert shown(double) == ["📎 Lume Tokyo"]


@pytest.mark.parametrize(
    ("content", "why", "words"),
    [
        (Content(text="x" * 5001), Refusal.CONTENT, "5001"),
        (Content(text="😀" * 2501), Refusal.CONTENT, "5002"),
        (Content(text="  "), Refusal.CONTENT, "one to five"),
        (Content(text="x", media=(picture(),) * 5), Refusal.CONTENT, "one to five"),
        (Content(media=(picture(kind=Kind.FILE, name="a.pdf"),)), Refusal.MEDIA, "a.pdf"),
        (Content(media=(picture(mime="image/gif"),)), Refusal.MEDIA, "JPEG"),
        (Content(media=(picture(data=bytes(10 * 1024 * 1024 + 1)),)), Refusal.MEDIA, "10 MB"),
        (Content(media=(picture(url="http://dm.test/1"),)), Refusal.MEDIA, "https"),
        (Content(media=(picture(url=None),)), Refusal.MEDIA, "https"),
        (Content(media=(picture(kind=Kind.VIDEO, mime="video/mp4"),)), Refusal.MEDIA, "Picture for videos"),
        (Content(media=(picture(kind=Kind.AUDIO, mime="audio/mpeg"),)), Refusal.MEDIA, "how long"),
    ],
)
def test_what_cannot_be_sent_is_told_in_plain_words(answer: Make, content: Content, why: Refusal, words: str):
    refused = parts(Settings(), answer(content=content))
    assert isinstance(refused, Refused)
    assert refused.why is why
    assert words in refused.reason


@pytest.mark.parametrize(
    ("author", "automated", "sign", "name"),
    [("Ada Ek", False, True, "Ada Ek"), ("Caroline", False, True, None), ("Ada", True, True, None),
     ("Ada", False, False, None), ("A" * 30, False, True, "A" * 20)],
)  # fmt: skip
def test_who_answers_stands_above_where_line_allows_the_name(answer: Make, author, automated, sign, name):
    (said,) = parts(Settings(sign=sign), answer("Hi", author=author, automated=automated))
    assert said.get("sender") == ({"name": name} if name else None)


async def test_typing_is_shown_to_a_person_and_not_to_a_group(account: Account, double: Double):
    await typing(account, double.people()[0].id)
    await typing(account, "C123")
    assert [one.path for one in double.server.requests] == ["/v2/bot/chat/loading/start"]


async def test_a_friend_has_a_name_and_who_has_blocked_us_none(account: Account, double: Double):
    who = double.people()[0].id
    person = await profile(account, who)
    assert person
    assert (person.name, person.locale) == ("Haruka Sato", "ja")
    double.phone(who).blocks()
    assert await profile(account, who) is None
    assert await profile(account, "../quota") is None
