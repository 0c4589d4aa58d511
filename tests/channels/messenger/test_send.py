"""What becomes of an answer, over real HTTP."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from duologue.channels.contract import (
    Account,
    Content,
    Kind,
    Media,
    Place,
    Receipt,
    Refusal,
    Refused,
    Said,
    TryLater,
    Unknown,
)
from duologue.channels.messenger import CHANNEL
from duologue.channels.messenger.errors import judge
from duologue.channels.messenger.send import send
from duologue.channels.messenger.simulate.double import Double
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Answer, Egress

from .conftest import MIA, TOM, House

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
PICTURE = Media(kind=Kind.IMAGE, name="cake.png", mime="image/png", data=PNG)
PAPER = Media(kind=Kind.FILE, name="in/voice\r\n.pdf", mime="application/pdf", data=b"%PDF-1.7")


@pytest.fixture(autouse=True)
def _open_window(double: Double) -> None:
    double.phone(MIA).says("Is it open?")
    double.phone(TOM).says("Hello?")


def texts(double: Double, person: str = MIA) -> list[str]:
    return [bubble.text for bubble in double.screen(person) if bubble.by == "brand"]


def sent(double: Double) -> list[dict]:
    return [one.body for one in double.requests if one.path.endswith("/messages")]


async def test_a_text_arrives_and_bears_our_id(double: Double, account: Account, answer):
    out = answer("We open at 9")
    outcome = await send(account, out)
    assert outcome == Receipt(id=double.screen(MIA)[-1].id)
    assert texts(double) == ["We open at 9"]
    assert sent(double) == [
        {
            "recipient": {"id": MIA},
            "messaging_type": "RESPONSE",
            "message": {"text": "We open at 9", "metadata": f"duologue:{out.id}"},
        }
    ]


async def test_the_token_stands_in_the_header_and_in_no_address(double: Double, account: Account, answer):
    await send(account, answer(media=(PICTURE,)))
    assert CHANNEL.check
    await CHANNEL.check(account)
    assert len(double.requests) >= 5
    for request in double.requests:
        assert request.authorization == f"Bearer {account.settings.page_token}"
        assert account.settings.page_token not in f"{request.path}{request.query}"
        assert set(request.query) <= {"appsecret_proof", "fields", "platform", "limit"}


async def test_a_person_signs_and_a_machine_does_not(double: Double, account: Account, answer):
    await send(account, answer("Yes", author="Ada\nLark"))
    await send(account, answer("Beep", author="Bot", automated=True))
    await send(replace(account, settings=replace(account.settings, sign=False)), answer("No", author="Ada"))
    assert texts(double) == ["Yes\n\n– Ada Lark", "Beep", "No"]


async def test_a_text_with_no_room_for_the_name_goes_without_it(double: Double, account: Account, answer):
    assert isinstance(await send(account, answer("x" * 1998, author="Ada")), Receipt)
    assert texts(double) == ["x" * 1998]


async def test_a_text_over_the_limit_is_refused_before_it_is_sent(double: Double, account: Account, answer):
    outcome = await send(account, answer("x" * 2001))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.CONTENT
    assert sent(double) == []


async def test_an_answer_quotes(double: Double, account: Account, answer):
    mid = double.screen(MIA)[0].id
    await send(account, answer("Yes, this", reply_to=mid))
    assert double.world.thread(MIA).messages[-1].reply_to == mid


async def test_a_file_is_uploaded_and_sent_by_its_number(double: Double, account: Account, answer, house: House):
    outcome = await send(account, answer(None, media=(PICTURE,)))
    assert isinstance(outcome, Receipt)
    assert texts(double) == ["📎 cake.png"]
    await double.settled()
    (echo,) = (one for one in house.of(Said) if one.by == "brand")
    assert echo.content.kind is Kind.IMAGE
    assert CHANNEL.fetch
    fetched = await CHANNEL.fetch(account, echo.content.media[0])
    assert (fetched.data, fetched.mime, fetched.name) == (PNG, "image/png", "cake.png")


async def test_text_and_files_become_several_in_order_and_only_the_last_bears_our_id_alone(
    double: Double, account: Account, answer, house: House
):
    out = answer("Here:", media=(PICTURE, PAPER))
    outcome = await send(account, out)
    shown = [bubble for bubble in double.screen(MIA) if bubble.by == "brand"]
    assert [bubble.text for bubble in shown] == ["Here:", "📎 cake.png", "📎 invoice.pdf"]
    assert outcome == Receipt(id=shown[2].id, also=(shown[0].id, shown[1].id))
    await double.settled()
    echoes = [one for one in house.of(Said) if one.by == "brand"]
    assert [echo.correlation for echo in echoes] == [None, None, out.id]
    assert not any("sent with" in echo.content.facts for echo in echoes)


async def test_a_picture_of_a_kind_that_would_not_pass_goes_as_a_file(double: Double, account: Account, answer):
    for mime in ("image/svg+xml", "image/heic", None, "x", "a/b/c", "image/png\r\nX: y"):
        outcome = await send(account, answer(None, media=(replace(PICTURE, mime=mime),)))
        assert isinstance(outcome, Receipt), outcome
    kinds = [one["message"]["attachment"]["type"] for one in sent(double)]
    assert kinds == ["file"] * 6


async def test_names_in_every_script_arrive_as_they_are(double: Double, account: Account, answer):
    await send(account, answer(None, media=(replace(PAPER, name="Menü café 菜单.pdf"),)))
    assert texts(double) == ["📎 Menü café 菜单.pdf"]


async def test_characters_that_cannot_be_sent_are_left_out(double: Double, account: Account, answer):
    outcome = await send(account, answer("a\x00b\ud800", author="A\udfffda"))
    assert isinstance(outcome, Receipt)
    assert texts(double) == ["ab\ufffd\n\n– A\ufffdda"]


@pytest.mark.parametrize(
    "file",
    [
        replace(PICTURE, data=None),
        replace(PICTURE, data=b""),
        replace(PICTURE, data=b"0" * (25 * 1024 * 1024 + 1)),
    ],
)
async def test_a_file_that_cannot_go_is_refused_and_its_text_stays_too(
    double: Double, account: Account, answer, file: Media
):
    outcome = await send(account, answer("Here:", media=(file,)))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.MEDIA
    assert texts(double) == []


async def test_what_has_no_words_for_this_platform_is_refused(double: Double, account: Account, answer):
    place = Content(kind=Kind.LOCATION, place=Place(latitude=1, longitude=2))
    outcome = await send(account, answer(content=place))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.CONTENT
    assert double.requests == []


# ------------------------------------------------------------------------------------------------------- windows


async def test_up_to_24_hours_anybody_may_answer(double: Double, account: Account, answer, clock):
    last = clock()
    clock.turn(hours=24)
    assert isinstance(await send(account, answer(automated=True, last_in_at=last)), Receipt)
    assert sent(double)[-1]["messaging_type"] == "RESPONSE"


async def test_after_24_hours_a_person_answers_under_the_tag_and_a_machine_not_at_all(
    double: Double, account: Account, answer, clock
):
    last = clock()
    clock.turn(hours=24, seconds=1)
    assert isinstance(await send(account, answer(last_in_at=last)), Receipt)
    assert (sent(double)[-1]["messaging_type"], sent(double)[-1]["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    outcome = await send(account, answer(automated=True, last_in_at=last))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.WINDOW_CLOSED
    assert len(sent(double)) == 1


async def test_after_7_days_nobody_answers(double: Double, account: Account, answer, clock):
    last = clock()
    clock.turn(days=7)
    assert isinstance(await send(account, answer(last_in_at=last)), Receipt)
    clock.turn(seconds=1)
    outcome = await send(account, answer(last_in_at=last))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.WINDOW_CLOSED


async def test_the_platform_has_the_last_word_about_the_window(double: Double, account: Account, answer):
    await double.command("close_windows")
    for last_in_at in (account.clock(), None):
        outcome = await send(account, answer(last_in_at=last_in_at))
        assert isinstance(outcome, Refused)
        assert outcome.why is Refusal.WINDOW_CLOSED
        assert "10/2018278" in outcome.reason
    await double.say(MIA, "Still there?")
    assert isinstance(await send(account, answer()), Receipt)


async def test_somebody_of_a_checkbox_plug_in_is_addressed_by_its_reference(double: Double, account: Account, answer):
    await send(account, answer(address="user_ref:u-1", last_in_at=None))
    assert sent(double)[-1]["recipient"] == {"user_ref": "u-1"}


# -------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "code, subcode, why",
    [
        (190, 463, Refusal.AUTH),
        (190, 9999, Refusal.AUTH),
        (100, 7777, Refusal.BAD_REQUEST),
        (551, 1545041, Refusal.UNREACHABLE),
        (10, 2018300, Refusal.PERMISSION),
        (31415, None, Refusal.BAD_REQUEST),
    ],
)
async def test_a_code_beside_the_table_is_judged_by_its_number(
    account: Account, double: Double, answer, code, subcode, why
):
    double.faults.plan(code, subcode)
    outcome = await send(account, answer())
    assert isinstance(outcome, Refused)
    assert outcome.why is why


async def test_an_unlisted_error_of_the_server_may_have_been_sent(account: Account, double: Double, answer):
    double.faults.plan(31415, status=500)
    assert isinstance(await send(account, answer()), Unknown)


async def test_a_rejected_file_is_tried_once_more_and_then_refused(account: Account, double: Double, answer):
    double.faults.plan(100, 2018074)
    double.faults.plan(100, 2018074)
    assert isinstance(await send(account, answer(attempt=1)), TryLater)
    outcome = await send(account, answer(attempt=2))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.MEDIA


async def test_too_many_requests_slow_the_whole_account(account: Account, double: Double, answer):
    await double.command("throttle")
    outcome = await send(account, answer())
    assert isinstance(outcome, TryLater)
    assert (outcome.after, outcome.whole_account) == (1.0, True)


@pytest.mark.parametrize(
    "headers, after",
    [
        ({}, 15.0),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "0"}, 15.0),
        ({"retry-after": "999999999"}, 3600.0),
        ({"retry-after": "9" * 5000}, 15.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 15.0),
        ({"retry-after": "-5"}, 15.0),
        ({"x-business-use-case-usage": '{"1":[{"type":"messenger","estimated_time_to_regain_access":12}]}'}, 720.0),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":true}]}'}, 60.0),
        ({"x-business-use-case-usage": "[[[["}, 15.0),
        ({"x-business-use-case-usage": "[]"}, 15.0),
        ({"x-app-usage": '{"call_count":120}'}, 15.0),
    ],
)
def test_how_long_to_wait_is_believed_within_reason(headers: dict[str, str], after: float):
    outcome = judge(Answer(429, headers, b"<html>"), 1)
    assert isinstance(outcome, TryLater)
    assert outcome.after == after


def test_waiting_grows_with_each_attempt_up_to_a_quarter_of_an_hour():
    waits = [judge(Answer(429, {}, b""), attempt).after for attempt in (0, 1, 2, 3, 50)]  # type: ignore[union-attr]
    assert waits == [15, 15, 30, 60, 900]


@pytest.mark.parametrize(
    "status, body, kind",
    [
        (500, b"<html>", Unknown),
        (502, b"", Unknown),
        (503, b'{"error":"text"}', Unknown),
        (504, b'{"error":{"code":"2"}}', Unknown),
        (408, b"", Unknown),
        (200, b"", Unknown),
        (200, b"{", Unknown),
        (200, b"[" * 100_000, Unknown),
        (200, b'{"message_id":7}', Unknown),
        (404, b"<html>", Refused),
        (302, b"", Refused),
        (413, b"", Refused),
        (429, b"", TryLater),
        (500, b'{"error":{"code":2}}', TryLater),
    ],
)
def test_an_answer_without_sense_is_never_called_unsent_unless_it_is(status: int, body: bytes, kind: type):
    assert isinstance(judge(Answer(status, {}, body), 1), kind)


# ------------------------------------------------------------------------------------------------ broken lines


async def test_a_lost_answer_is_unknown_and_its_echo_settles_it(double: Double, account: Account, answer, house: House):
    await double.command("lost_response")
    out = answer("Only once")
    assert isinstance(await send(account, out), Unknown)
    await double.settled()
    assert texts(double) == ["Only once"]
    (echo,) = (one for one in house.of(Said) if one.by == "brand")
    assert (echo.correlation, echo.id) == (out.id, double.screen(MIA)[-1].id)


async def test_a_line_cut_before_it_was_taken_looks_the_same_and_is_unknown_too(
    double: Double, account: Account, answer
):
    await double.command("dropped")
    assert isinstance(await send(account, answer()), Unknown)
    assert texts(double) == []


async def test_an_error_page_is_unknown(double: Double, account: Account, answer):
    await double.command("broken")
    assert isinstance(await send(account, answer()), Unknown)


async def test_a_platform_that_is_down_has_not_got_it(double: Double, account: Account, answer):
    await double.command("down")
    outcome = await send(account, answer())
    assert isinstance(outcome, TryLater)
    assert outcome.whole_account
    await double.command("up")
    assert isinstance(await send(account, answer()), Receipt)


async def test_a_graph_address_inside_that_nobody_allowed_is_not_called(double: Double, account: Account, answer):
    async with Egress() as closed:
        outcome = await send(replace(account, egress=closed), answer())
    assert isinstance(outcome, TryLater)
    assert outcome.whole_account
    assert sent(double) == []


async def test_a_lost_upload_may_be_repeated_since_nobody_saw_it(double: Double, account: Account, answer):
    double.faults.next("dropped_upload")
    assert isinstance(await send(account, answer("Here:", media=(PICTURE,))), TryLater)
    assert texts(double) == []


async def test_a_refused_upload_keeps_the_text_back(double: Double, account: Account, answer):
    picture = replace(PICTURE, mime="image/png")
    double.world.revoked = True
    outcome = await send(account, answer("Here:", media=(picture,)))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.AUTH
    assert texts(double) == []


@pytest.mark.parametrize("trouble", ["throttle", "block", "broken"])
async def test_where_a_later_part_fails_a_person_decides(double: Double, account: Account, answer, trouble: str):
    """Neither "failed" nor "try again" would be true: the text is there, and would be there twice."""
    original = double.page.speaks

    async def then_fail(*args) -> None:
        await original(*args)
        double.page.speaks = original
        if trouble == "block":
            double.phone(MIA).blocks()
        else:
            await double.command(trouble)

    double.page.speaks = then_fail  # type: ignore[method-assign]
    outcome = await send(account, answer("Here:", media=(PICTURE,)))
    assert isinstance(outcome, Unknown)
    assert "1 of 2 parts" in outcome.reason
    assert double.screen(MIA)[-1].id in outcome.reason
    assert ("may have been sent" in outcome.reason) is (trouble == "broken")
    assert texts(double) == ["Here:"]


async def test_a_blocked_or_unknown_person(double: Double, account: Account, answer):
    blocker = double.people()[-1].id
    await double.command("block")
    outcome = await send(account, answer(address=blocker))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.UNREACHABLE
    outcome = await send(account, answer(address="1"))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NO_SUCH_PERSON


async def test_a_revoked_token_pauses_and_works_again(double: Double, account: Account, answer):
    await double.command("revoke_token")
    outcome = await send(account, answer())
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.AUTH
    await double.command("restore_token")
    assert isinstance(await send(account, answer()), Receipt)


async def test_a_wrong_app_secret_shows_at_once(double: Double, account: Account, answer):
    wrong = replace(account, settings=replace(account.settings, app_secret="other"))
    assert isinstance(await send(wrong, answer()), Refused)


# --------------------------------------------------------------------------------------------------------- find


async def test_a_lost_message_is_found_in_the_history(double: Double, account: Account, answer):
    assert CHANNEL.find
    await double.command("lost_response")
    out = answer("Only once", author="Ada")
    await send(account, out)
    found = await CHANNEL.find(account, out)
    assert (found.id, found.certain) == (double.screen(MIA)[-1].id, True)


async def test_what_is_not_in_the_history_is_not_certain_to_be_unsent(double: Double, account: Account, answer):
    assert CHANNEL.find
    found = await CHANNEL.find(account, answer("Never sent"))
    assert (found.id, found.certain) == (None, False)


async def test_the_same_words_twice_or_accounted_for_or_from_before_are_no_proof(
    double: Double, account: Account, answer, clock
):
    assert CHANNEL.find
    await send(account, answer("Thanks"))
    first = double.screen(MIA)[-1].id
    assert (await CHANNEL.find(account, answer("Thanks", references=(first,)))).id is None
    clock.turn(minutes=5)
    assert (await CHANNEL.find(account, answer("Thanks"))).id is None
    await send(account, answer("Thanks"))
    found = await CHANNEL.find(account, answer("Thanks", queued_at=clock() - timedelta(hours=1)))
    assert (found.id, found.certain) == (None, False)


async def test_a_message_with_files_is_not_looked_for(account: Account, answer):
    assert CHANNEL.find
    assert (await CHANNEL.find(account, answer("Here", media=(PICTURE,)))).certain is False


async def test_answers_to_tap_go_with_the_last_part(double: Double, account: Account, answer):
    out = answer("Shall we keep it for you?")
    out = replace(out, content=replace(out.content, choices=("Yes, please", "No")))
    assert isinstance(await send(account, out), Receipt)
    assert sent(double)[-1]["message"]["quick_replies"] == [
        {"content_type": "text", "title": "Yes, please", "payload": "Yes, please"},
        {"content_type": "text", "title": "No", "payload": "No"},
    ]


# ------------------------------------------------------------------------------------- comments, the past, the key


async def test_a_comment_has_one_private_answer(double: Double, account: Account, answer, clock: Turned):
    comment = double.phone(TOM).comments("price?")
    out = answer("12 €", address=TOM, answers=comment, answers_comment=True)
    assert isinstance(await send(account, out), Receipt)
    assert sent(double)[-1]["recipient"] == {"comment_id": comment}
    assert "messaging_type" not in sent(double)[-1]
    again = await send(account, out)
    assert isinstance(again, Refused)
    assert "10900" in again.reason
    both = await send(account, replace(out, content=Content(text="This:", media=(PICTURE,))))
    assert isinstance(both, Refused)
    assert both.why is Refusal.CONTENT
    said_at = clock()
    clock.turn(days=8)
    late = await send(account, replace(out, last_in_at=said_at))
    assert isinstance(late, Refused)
    assert late.why is Refusal.WINDOW_CLOSED


async def test_a_visitors_post_has_one_private_answer_too(double: Double, account: Account, answer, house: House):
    post = double.phone(TOM).posts("Do you sell loose tea?")
    await double.settled()
    (said,) = house.of(Said)
    assert (said.id, said.content.kind, said.content.raw_kind) == (post, Kind.COMMENT, "post")
    out = answer("We do", address=TOM, answers=post, answers_comment=True)
    assert isinstance(await send(account, out), Receipt)
    assert sent(double)[-1]["recipient"] == {"post_id": post}
    assert isinstance(await send(account, out), Refused)


async def test_what_no_hook_brought_is_read_from_the_history(double: Double, account: Account, clock: Turned):
    start = clock()
    clock.turn(hours=1)
    double.phone(TOM).says("Missed me?")
    double.phone(TOM).comments("price?")
    await double.answer_elsewhere(TOM, "Yes")
    assert CHANNEL.history
    raws = [raw async for raw in CHANNEL.history(account, start + timedelta(minutes=30))]
    found = [event for raw in raws for event in CHANNEL.read(account.settings, raw)]
    assert [(one.by, one.content.text) for one in found if isinstance(one, Said)] == [
        ("person", "Missed me?"),
        ("brand", "Yes"),
    ]


async def test_the_key_of_a_system_user_does_not_run_out_and_a_revoked_one_is_told(double: Double, account: Account):
    assert CHANNEL.health
    for app in (account.settings.app_id, ""):
        asking = replace(account, settings=replace(account.settings, app_id=app))
        assert [(sign.level, sign.until) for sign in await CHANNEL.health(asking)] == [("good", None)]
    await double.command("revoke_token")
    assert [sign.level for sign in await CHANNEL.health(account)] == ["bad"]


@pytest.mark.parametrize("kind", Double().kinds())
async def test_a_sample_of_each_kind_arrives_as_that_kind(double: Double, house: House, kind: Kind):
    mid = await double.send(TOM, kind)
    await double.settled()
    (event,) = [event for event in house.of(Said) if isinstance(event, Said) and event.address == TOM]
    assert (event.id, event.content.kind) == (mid, kind)
