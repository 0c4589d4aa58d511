"""What becomes of an answer, over real HTTP."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from duologue.channels.contract import (
    Account,
    Content,
    Kind,
    Media,
    Opted,
    Progress,
    Receipt,
    Refusal,
    Refused,
    Said,
    TryLater,
    Unknown,
)
from duologue.channels.shared.double.samples import PAPER, PIXEL
from duologue.channels.whatsapp import CHANNEL
from duologue.channels.whatsapp.connection import check
from duologue.channels.whatsapp.errors import CODE_WORDS, judge
from duologue.channels.whatsapp.keys import health
from duologue.channels.whatsapp.media import fetch
from duologue.channels.whatsapp.people import seen
from duologue.channels.whatsapp.send import send
from duologue.channels.whatsapp.simulate.double import Double
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Answer, NoAnswer

from .conftest import GRETA, GRETA_PHONE, YUKI, House

PICTURE = Media(kind=Kind.IMAGE, name="tea.png", mime="image/png", data=PIXEL)
PDF = Media(kind=Kind.FILE, name="café.pdf", mime="application/pdf", data=PAPER)
SOUND = Media(kind=Kind.AUDIO, name="a.m4a", mime="audio/x-m4a", data=b"m4a")


@pytest.fixture(autouse=True)
def _open_window(double: Double) -> None:
    double.phone(GRETA).says("Is it open?")
    double.phone(YUKI).says("Is it open?")


def sent(double: Double) -> list[dict]:
    return [one.body for one in double.requests if one.path.endswith("/messages")]


def on_phone(double: Double, person: str = GRETA) -> list[str]:
    return [bubble.text for bubble in double.screen(person) if bubble.by == "brand"]


async def test_a_text_arrives_with_our_id(double: Double, account: Account, answer):
    out = answer("We open at 9")
    assert await send(account, out) == Receipt(id=double.screen(GRETA)[-1].id)
    assert sent(double) == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "recipient": GRETA,
            "type": "text",
            "text": {"body": "We open at 9", "preview_url": False},
            "biz_opaque_callback_data": f"duologue:{out.id}",
        }
    ]
    call = double.requests[-1]
    assert call.path == "/v26.0/900100200300/messages"
    assert call.authorization == f"Bearer {double.world.token}"
    assert set(call.query) == {"appsecret_proof"}


async def test_somebody_known_by_number_is_written_to_by_number(double: Double, account: Account, answer):
    assert isinstance(await send(account, answer("Hello", address=GRETA_PHONE)), Receipt)
    assert sent(double)[0]["to"] == GRETA_PHONE
    assert "recipient" not in sent(double)[0]


async def test_the_answer_tells_what_else_somebody_is_called(double: Double, account: Account, answer):
    by_number = await send(account, answer("Hello", address=GRETA_PHONE))
    assert isinstance(by_number, Receipt)
    assert by_number.aliases == (GRETA,)
    by_id = await send(account, answer("Hello", address=GRETA))
    assert isinstance(by_id, Receipt)
    assert by_id.aliases == ()
    brazil = "5511991234002"  # the platform knows the number without its ninth digit
    double.phone("Rafael Costa").says("Oi")
    rewritten = await send(account, answer(address=brazil))
    assert isinstance(rewritten, Receipt)
    assert rewritten.aliases == ("551191234002", "BR.20000000000000000002")


async def test_somebody_of_no_number_is_written_to_by_id(double: Double, account: Account, answer):
    assert isinstance(await send(account, answer("Hello", address=YUKI)), Receipt)
    assert on_phone(double, YUKI) == ["Hello"]


async def test_a_quote_and_a_name(double: Double, account: Account, answer):
    first = double.screen(GRETA)[0].id
    assert isinstance(await send(account, answer("Yes", reply_to=first, author="Ana Ortiz")), Receipt)
    (body,) = sent(double)
    assert body["context"] == {"message_id": first}
    assert body["text"]["body"] == "Yes\n\n– Ana Ortiz"


@pytest.mark.parametrize("count, kind", [(1, "button"), (3, "button"), (4, "list"), (10, "list")])
async def test_choices_are_buttons_or_a_list_and_come_back(
    double: Double, account: Account, answer, house: House, count: int, kind: str
):
    choices = tuple(f"Tea {number}" for number in range(count))
    assert isinstance(await send(account, answer(content=Content(text="Which?", choices=choices))), Receipt)
    assert sent(double)[0]["interactive"]["type"] == kind
    double.phone(GRETA).taps("Tea 0")
    await double.settled()
    (tap,) = [event for event in house.of(Said) if isinstance(event, Said) and event.content.kind is Kind.TAP]
    assert (tap.content.text, tap.content.payload) == ("Tea 0", "Tea 0")
    assert tap.reply_to == double.screen(GRETA)[1].id


@pytest.mark.parametrize(
    "content",
    [
        Content(text="x" * 4097),
        Content(text="x" * 1025, choices=("a",)),
        Content(choices=("a",), media=(PICTURE,)),
        Content(text="x", choices=tuple(map(str, range(11)))),
        Content(kind=Kind.LOCATION),
    ],
)
async def test_what_does_not_fit_is_refused_before_anything_is_sent(
    double: Double, account: Account, answer, content: Content
):
    outcome = await send(account, answer(content=content))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.CONTENT
    assert sent(double) == []


async def test_the_text_stands_below_a_picture_and_before_a_sound(double: Double, account: Account, answer):
    assert isinstance(await send(account, answer("Here:", media=(PICTURE,))), Receipt)
    assert on_phone(double) == ["📎 tea.png\nHere:"]
    outcome = await send(account, answer("Listen:", media=(SOUND, PDF)))
    assert isinstance(outcome, Receipt)
    assert len(outcome.also) == 2
    assert on_phone(double)[1:] == ["Listen:", "📎 a.m4a", "📎 café.pdf"]
    correlated = [bool(body.get("biz_opaque_callback_data")) for body in sent(double)]
    assert correlated == [True, False, False, True]


async def test_a_text_too_long_for_below_a_picture_goes_first(double: Double, account: Account, answer):
    assert isinstance(await send(account, answer("x" * 1025, media=(PICTURE,))), Receipt)
    assert on_phone(double) == ["x" * 1025, "📎 tea.png"]


@pytest.mark.parametrize(
    "file",
    [
        Media(kind=Kind.IMAGE, name="x.gif", mime="image/gif", data=b"x"),
        Media(kind=Kind.FILE, name="x.zip", mime="application/zip", data=b"x"),
        Media(kind=Kind.AUDIO, name="x.wav", mime="audio/wav", data=b"x"),
        Media(kind=Kind.IMAGE, name="x.png", mime="image/png", data=b""),
        Media(kind=Kind.IMAGE, name="x.png", mime="image/png", data=b"0" * (5 * 1024 * 1024 + 1)),
        Media(kind=Kind.STICKER, name="x.webp", mime="image/webp", data=b"0" * (500 * 1024 + 1)),
    ],
)
async def test_a_file_that_the_platform_does_not_take_is_refused_before_anything_is_sent(
    double: Double, account: Account, answer, file: Media
):
    outcome = await send(account, answer("Here:", media=(file,)))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.MEDIA
    assert double.requests == []


async def test_an_upload_that_is_lost_is_repeated(double: Double, account: Account, answer):
    double.faults.next("dropped_upload")
    outcome = await send(account, answer("Here:", media=(PICTURE,)))
    assert isinstance(outcome, TryLater)
    assert isinstance(await send(account, answer("Here:", media=(PICTURE,))), Receipt)
    assert on_phone(double) == ["📎 tea.png\nHere:"]


async def test_a_sticker_and_a_sticker_that_is_none(double: Double, account: Account, answer):
    webp = Media(kind=Kind.STICKER, name="s.webp", mime="image/webp", data=b"x")
    for file in (webp, replace(PICTURE, kind=Kind.STICKER)):
        assert isinstance(await send(account, answer(None, media=(file,))), Receipt)
    assert [body["type"] for body in sent(double)] == ["sticker", "image"]


# --------------------------------------------------------------------------------------------------------- trouble


def _fails(code: int) -> Answer:
    return Answer(400, {}, json.dumps({"error": {"code": code, "message": "because"}}).encode())


def test_the_general_error_is_tried_once_more_and_a_code_of_nobody_is_no_guess():
    assert isinstance(judge(_fails(135000), 1), TryLater)
    assert isinstance(judge(_fails(135000), 2), Refused)
    assert isinstance(judge(replace_status(_fails(999999), 500), 1), Unknown)
    assert isinstance(judge(_fails(999999), 1), Refused)
    assert isinstance(judge(Answer(502, {}, b"<html>"), 1), Unknown)


def replace_status(answer: Answer, status: int) -> Answer:
    return Answer(status, answer.headers, answer.body)


def test_a_throttle_of_unlisted_code_is_one():
    found = judge(Answer(429, {"retry-after": "7"}, b'{"error":{"code":424242}}'), 1)
    assert found == TryLater(after=7, reason="WhatsApp asks to slow down (424242)", whole_account=True)


@pytest.mark.parametrize(
    "command, kind, arrives",
    [
        ("lost_response", Unknown, True),
        ("dropped", Unknown, False),
        ("broken", Unknown, False),
        ("throttle", TryLater, False),
        ("revoke_token", Refused, False),
        ("close_windows", Refused, False),
        ("held_back", TryLater, False),
    ],
)
async def test_trouble_is_told_as_it_is(
    double: Double, account: Account, answer, command: str, kind: type, arrives: bool
):
    await double.command(command)
    outcome = await send(account, answer("Hello"))
    assert isinstance(outcome, kind)
    assert on_phone(double) == (["Hello"] if arrives else [])


async def test_a_lost_answer_is_settled_by_a_status_with_our_id(double: Double, account: Account, answer, house: House):
    await double.command("lost_response")
    out = answer("Did it arrive?")
    assert isinstance(await send(account, out), Unknown)
    await double.settled()
    told = [event for event in house.of(Progress) if isinstance(event, Progress)]
    assert [(one.status, one.correlation) for one in told] == [("sent", out.id), ("delivered", out.id)]
    assert CHANNEL.find is None


@pytest.mark.parametrize("command, code", [("close_windows", 131047), ("block", 131026), ("held_back", 131049)])
async def test_a_refusal_may_come_later(
    double: Double, account: Account, answer, house: House, command: str, code: int
):
    await double.command("late_errors")
    await double.command(command)
    chidi = double.people()[-1].id
    double.phone(chidi).says("Hello") if command != "close_windows" else None
    out = answer("Hello", address=chidi if command == "block" else GRETA)
    assert isinstance(await send(account, out), Receipt)
    await double.settled()
    failed = [one for one in house.of(Progress) if isinstance(one, Progress) and one.status == "failed"]
    assert [one.correlation for one in failed] == [out.id]
    assert CODE_WORDS.get(code, "24 hours") in (failed[0].reason or "")


async def test_nobody_is_there_and_then_somebody_is(double: Double, account: Account, answer):
    await double.command("down")
    outcome = await send(account, answer())
    assert isinstance(outcome, TryLater)
    assert outcome.whole_account
    await double.command("up")
    assert isinstance(await send(account, answer()), Receipt)


async def test_somebody_who_blocked_us_and_somebody_unknown(double: Double, account: Account, answer):
    chidi = double.people()[-1].id
    double.phone(chidi).says("Hello")
    await double.command("block")
    outcomes = [await send(account, answer(address=one)) for one in (chidi, "14155559999")]
    assert [getattr(one, "why", None) for one in outcomes] == [Refusal.UNREACHABLE, Refusal.UNREACHABLE]


async def test_the_pace_to_one_person_is_kept_by_the_platform(double: Double, account: Account, answer, clock: Turned):
    outcomes = [await send(account, answer(str(number))) for number in range(46)]
    assert [type(one) for one in outcomes] == [Receipt] * 45 + [TryLater]
    clock.turn(seconds=6)
    assert isinstance(await send(account, answer()), Receipt)


async def test_where_a_later_part_fails_a_person_decides(double: Double, account: Account, answer):
    original = double.brand.speaks

    async def then_throttle(*args) -> None:
        await original(*args)
        await double.command("throttle")

    double.brand.speaks = then_throttle  # type: ignore[method-assign]
    outcome = await send(account, answer("Here:", media=(SOUND,)))
    assert isinstance(outcome, Unknown)
    assert "1 of 2 parts" in outcome.reason


async def test_a_proof_of_another_secret_is_refused(double: Double, account: Account, answer):
    forged = replace(account, settings=replace(account.settings, app_secret="wrong"))
    outcome = await send(forged, answer())
    assert isinstance(outcome, Refused)
    assert "appsecret_proof" in outcome.reason


async def test_somebody_stops_marketing(double: Double, account: Account, house: House):
    await double.command("stop_marketing")
    double.phone("Rafael Costa").stops_marketing(False)
    await double.settled()
    assert [(one.stopped, one.scope) for one in house.of(Opted) if isinstance(one, Opted)] == [
        (True, "bulk"),
        (False, "bulk"),
    ]


# ------------------------------------------------------------------------------------------------- files, health, steps


async def a_file(double: Double, house: House) -> Media:
    double.phone(GRETA).sends("image", PIXEL, mime="image/png", name="photo.png")
    await double.settled()
    (media,) = [one.content.media[0] for one in house.of(Said) if isinstance(one, Said) and one.content.media]
    return media


async def test_a_file_is_fetched_in_two_steps_with_the_token(double: Double, account: Account, house: House):
    media = await a_file(double, house)
    found = await fetch(account, media)
    assert (found.data, found.mime) == (PIXEL, "image/png")
    assert [one.query.get("phone_number_id") for one in double.requests if "phone_number_id" in one.query]
    assert double.requests[-1].path == "/whatsapp_business/attachments/"
    assert double.requests[-1].authorization == f"Bearer {double.world.token}"


async def test_an_address_that_has_died_is_asked_for_anew(double: Double, account: Account, house: House):
    media = await a_file(double, house)
    double.faults.next("dead_address")
    assert (await fetch(account, media)).data == PIXEL
    double.world.turn(minutes=6)
    assert (await fetch(account, media)).data == PIXEL


async def test_an_address_lives_five_minutes_and_a_file_a_week(double: Double, account: Account, house: House):
    media = await a_file(double, house)
    await fetch(account, media)
    url = f"{double.base}{double.requests[-1].path}?mid={double.requests[-1].query['mid']}"
    url += f"&ext={double.requests[-1].query['ext']}"
    direct = replace(media, url=url)
    assert (await fetch(account, direct)).data == PIXEL
    double.world.turn(minutes=6)
    with pytest.raises(NoAnswer):
        await fetch(account, direct)
    double.world.turn(days=8)
    with pytest.raises(NoAnswer, match="not there any more"):
        await fetch(account, media)


async def test_the_token_is_shown_to_no_other_host_and_no_redirect_is_followed(
    double: Double, account: Account, house: House, clock: Turned
):
    media = await a_file(double, house)
    elsewhere = Double(clock, seed=2)
    await elsewhere.start()
    other = replace(account, egress=account.egress.allowing(elsewhere.places()))
    with pytest.raises(NoAnswer):
        await fetch(other, replace(media, url=f"{elsewhere.base}/whatsapp_business/attachments/?mid=1"))
    await elsewhere.close()
    assert [one.authorization for one in elsewhere.requests if one.authorization] == []
    double.faults.next("redirected", 2)
    with pytest.raises(NoAnswer, match="302"):
        await fetch(account, media)


async def test_a_message_is_marked_as_seen_and_a_failure_is_silent(double: Double, account: Account):
    await seen(account, GRETA, double.screen(GRETA)[0].id)
    assert double.screen(GRETA)[0].status == "seen"
    await double.command("down")
    await seen(account, GRETA, "wamid")


async def test_every_step_of_the_connection(double: Double, account: Account, house: House):
    steps = await check(account)
    assert [step.name for step in steps] == ["Access token", "Number", "Permissions", "Subscription", "Webhook"]
    assert all(step.ok for step in steps)
    double.world.subscribed = False
    assert (await check(account))[3].ok
    assert double.world.subscribed


@pytest.mark.parametrize(
    "changed, failing",
    [
        ({"token": ""}, "Settings"),
        ({"token": "x"}, "Access token"),
        ({"phone_id": "1"}, "Access token"),
        ({"account_id": "1"}, "Permissions"),
        ({"base_url": "http://127.0.0.1:1"}, "Connection"),
    ],
)
async def test_a_step_that_fails_says_what_to_do(account: Account, changed: dict, failing: str):
    steps = await check(replace(account, settings=replace(account.settings, **changed)))
    first = next(step for step in steps if not step.ok)
    assert first.name == failing
    assert first.todo


async def test_health_tells_key_quality_and_limit(double: Double, account: Account):
    signs = {sign.name: sign for sign in await health(account)}
    assert set(signs) == {"Access token", "Quality", "Messaging limit", "Number"}
    assert {sign.level for sign in signs.values()} == {"good"}
    await double.command("low_quality")
    assert {sign.name: sign for sign in await health(account)}["Quality"].level == "bad"
    await double.command("revoke_token")
    (sign,) = await health(account)
    assert (sign.name, sign.level) == ("Access token", "bad")


async def test_the_window_is_open_for_a_day(double: Double, account: Account, answer, clock: Turned):
    clock.turn(hours=24)
    assert isinstance(await send(account, answer()), Receipt)
    double.world.turn(seconds=timedelta(seconds=1).total_seconds())
    outcome = await send(account, answer())
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.WINDOW_CLOSED
