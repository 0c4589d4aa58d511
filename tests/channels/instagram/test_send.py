"""What becomes of an answer, over real HTTP."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from duologue.channels.contract import (
    Account,
    Content,
    Found,
    Kind,
    Media,
    Progress,
    Receipt,
    Refusal,
    Refused,
    Said,
    TryLater,
    Unknown,
)
from duologue.channels.instagram import CHANNEL
from duologue.channels.instagram.errors import judge
from duologue.channels.instagram.find import find
from duologue.channels.instagram.keys import health, refresh
from duologue.channels.instagram.past import history
from duologue.channels.instagram.people import profile, seen, typing
from duologue.channels.instagram.send import send
from duologue.channels.instagram.simulate.double import Double
from duologue.channels.meta.files import fetch
from duologue.channels.shared.double.samples import PAPER, PIXEL
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Answer, NoAnswer

from .conftest import KOFI, LENA, House

PICTURE = Media(kind=Kind.IMAGE, name="tea.png", mime="image/png", data=PIXEL)
PDF = Media(kind=Kind.FILE, name="order.pdf", mime="application/pdf", data=PAPER)


@pytest.fixture(autouse=True)
def _open_window(double: Double) -> None:
    double.phone(LENA).says("Is it open?")


@pytest.fixture
def by_page(account: Account, double: Double) -> Account:
    return replace(account, settings=double.page_settings())


def sent(double: Double) -> list[dict]:
    return [one.body for one in double.requests if one.path.endswith("/messages")]


def on_phone(double: Double) -> list[str]:
    return [bubble.text for bubble in double.screen(LENA) if bubble.by == "brand"]


async def test_a_text_arrives(double: Double, account: Account, answer):
    outcome = await send(account, answer("We open at 9"))
    assert outcome == Receipt(id=double.screen(LENA)[-1].id)
    assert sent(double) == [{"recipient": {"id": LENA}, "message": {"text": "We open at 9"}}]
    assert double.requests[-1].path == "/v26.0/me/messages"
    assert "access_token" not in double.requests[-1].query


async def test_through_a_page_it_arrives_as_well_and_the_secret_is_proven(double: Double, by_page: Account, answer):
    assert isinstance(await send(by_page, answer("Hello")), Receipt)
    assert double.requests[-1].path == "/v26.0/1200300400/messages"
    assert "appsecret_proof" in double.requests[-1].query
    forged = replace(by_page, settings=replace(by_page.settings, app_secret="wrong"))
    outcome = await send(forged, answer("Hello"))
    assert isinstance(outcome, Refused)
    assert "appsecret_proof" in outcome.reason


async def test_our_id_goes_along_and_comes_back_where_it_is_asked_for(
    double: Double, account: Account, answer, house: House
):
    carrying = replace(account, settings=replace(account.settings, carry_id=True))
    out = answer("Hello")
    outcome = await send(carrying, out)
    await double.settled()
    (echo,) = [event for event in house.of(Said) if isinstance(event, Said) and event.by == "brand"]
    assert isinstance(outcome, Receipt)
    assert (echo.id, echo.correlation) == (outcome.id, out.id)


async def test_a_quote_choices_and_a_name(double: Double, account: Account, answer):
    mid = double.screen(LENA)[0].id
    out = answer(content=Content(text="Which?", choices=("Green", "Black")), reply_to=mid, author="Ana Ortiz")
    assert isinstance(await send(account, out), Receipt)
    (body,) = sent(double)
    assert body["reply_to"] == {"mid": mid}
    assert body["message"]["text"] == "Which?\n\n– Ana Ortiz"
    assert [one["payload"] for one in body["message"]["quick_replies"]] == ["Green", "Black"]


async def test_text_and_files_become_several_messages(double: Double, account: Account, answer):
    outcome = await send(account, answer("Here:", media=(PICTURE, PDF)))
    assert isinstance(outcome, Receipt)
    assert len(outcome.also) == 2
    assert on_phone(double) == ["Here:", "📎 tea.png", "📎 order.pdf"]


async def test_the_limit_counts_bytes(account: Account, answer):
    assert isinstance(await send(account, answer("茶" * 333)), Receipt)
    outcome = await send(account, answer("茶" * 334))
    assert isinstance(outcome, Refused)
    assert (outcome.why, "1002 bytes" in outcome.reason) == (Refusal.CONTENT, True)
    name_left_out = await send(account, answer("x" * 995, author="Ana Ortiz"))
    assert isinstance(name_left_out, Receipt)


@pytest.mark.parametrize(
    "file",
    [
        Media(kind=Kind.IMAGE, name="x.webp", mime="image/webp", data=b"x"),
        Media(kind=Kind.FILE, name="x.docx", mime="application/msword", data=b"x"),
        Media(kind=Kind.IMAGE, name="x.png", mime="image/png", data=b""),
        Media(kind=Kind.IMAGE, name="x.png", mime="image/png", data=b"0" * (8 * 1024 * 1024 + 1)),
    ],
)
async def test_a_file_that_the_platform_does_not_take_is_refused_before_anything_is_sent(
    double: Double, account: Account, answer, file: Media
):
    outcome = await send(account, answer("Here:", media=(file,)))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.MEDIA
    assert on_phone(double) == []


# ------------------------------------------------------------------------------------------------ windows, comments


async def test_a_person_may_answer_for_seven_days_a_program_for_one(
    double: Double, account: Account, answer, clock: Turned
):
    wrote = clock()
    clock.turn(hours=25)
    automatic = await send(account, answer(automated=True, last_in_at=wrote))
    assert isinstance(automatic, Refused)
    assert automatic.why is Refusal.WINDOW_CLOSED
    assert isinstance(await send(account, answer(last_in_at=wrote)), Receipt)
    assert sent(double)[-1]["tag"] == "HUMAN_AGENT"
    clock.turn(days=7)
    late = await send(account, answer(last_in_at=wrote))
    assert isinstance(late, Refused)
    assert len(sent(double)) == 1


async def test_the_window_closes_between_writing_and_sending(double: Double, account: Account, answer):
    await double.command("close_windows")
    outcome = await send(account, answer())
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.WINDOW_CLOSED
    assert "10/2534022" in outcome.reason


async def test_a_comment_has_one_private_answer(double: Double, account: Account, answer):
    comment = double.phone(KOFI).comments("price?")
    out = answer("12 €", address=KOFI, answers=comment, answers_comment=True)
    assert isinstance(await send(account, out), Receipt)
    assert sent(double) == [{"recipient": {"comment_id": comment}, "message": {"text": "12 €"}}]
    again = await send(account, out)
    assert isinstance(again, Refused)
    assert "100/2534025" in again.reason


async def test_a_comment_is_answered_by_one_part_only(double: Double, account: Account, answer):
    comment = double.phone(KOFI).comments("price?")
    both = await send(account, answer("This:", media=(PICTURE,), address=KOFI, answers=comment, answers_comment=True))
    assert isinstance(both, Refused)
    assert both.why is Refusal.CONTENT
    assert sent(double) == []


async def test_a_comment_of_last_week_or_below_an_ended_broadcast_is_answered_no_more(
    double: Double, account: Account, answer, clock: Turned
):
    live = double.phone(KOFI).comments("price?", live=True)
    double.world.broadcasting = False
    ended = await send(account, answer(address=KOFI, answers=live, answers_comment=True))
    assert isinstance(ended, Refused)
    said_at, comment = clock(), double.phone(KOFI).comments("price?")
    clock.turn(days=8)
    old = await send(account, answer(address=KOFI, answers=comment, answers_comment=True, last_in_at=said_at))
    assert isinstance(old, Refused)
    assert old.why is Refusal.WINDOW_CLOSED


# --------------------------------------------------------------------------------------------------------- trouble


@pytest.mark.parametrize(
    "command, kind, arrives",
    [
        ("lost_response", Unknown, True),
        ("dropped", Unknown, False),
        ("broken", Unknown, False),
        ("throttle", TryLater, False),
        ("revoke_token", Refused, False),
        ("messages_off", Refused, False),
    ],
)
async def test_trouble_is_told_as_it_is(
    double: Double, account: Account, answer, command: str, kind: type, arrives: bool
):
    await double.command(command)
    outcome = await send(account, answer("Hello"))
    assert isinstance(outcome, kind)
    assert on_phone(double) == (["Hello"] if arrives else [])


async def test_nobody_is_there_and_then_somebody_is(double: Double, account: Account, answer):
    await double.command("down")
    outcome = await send(account, answer())
    assert isinstance(outcome, TryLater)
    assert outcome.whole_account
    await double.command("up")
    assert isinstance(await send(account, answer()), Receipt)


async def test_somebody_who_blocked_us_and_somebody_unknown(double: Double, account: Account, answer):
    await double.command("block")
    outcomes = [await send(account, answer(address=one)) for one in (double.people()[-1].id, "1")]
    assert [getattr(one, "why", None) for one in outcomes] == [Refusal.UNREACHABLE, Refusal.NO_SUCH_PERSON]


async def test_where_a_later_part_fails_a_person_decides(double: Double, account: Account, answer):
    original = double.brand.speaks

    async def then_throttle(*args) -> None:
        await original(*args)
        await double.command("throttle")

    double.brand.speaks = then_throttle  # type: ignore[method-assign]
    outcome = await send(account, answer("Here:", media=(PICTURE,)))
    assert isinstance(outcome, Unknown)
    assert "1 of 2 parts" in outcome.reason


async def test_a_lost_answer_is_found_in_the_history(double: Double, account: Account, answer):
    await double.command("lost_response")
    out = answer("A rare tea")
    await send(account, out)
    mid = double.screen(LENA)[-1].id
    assert await find(account, out) == Found(id=mid, certain=True)
    assert not (await find(account, replace(out, references=(mid,)))).certain
    assert not (await find(account, answer("never said"))).certain
    assert not (await find(account, answer("Here:", media=(PICTURE,)))).certain


def test_a_throttle_of_unlisted_code_is_one():
    found = judge(Answer(429, {"retry-after": "7"}, b'{"error":{"code":424242}}'), 1)
    assert found == TryLater(after=7, reason="Instagram asks to slow down (424242)", whole_account=True)


# ------------------------------------------------------------------------------------------- people, files, the past


async def test_a_profile_is_read_only_of_somebody_who_wrote(double: Double, account: Account):
    found = await profile(account, LENA)
    assert found
    assert found.name == "Lena Hoffmann"
    assert found.picture_url
    double.phone(KOFI).comments("price?")
    assert await profile(account, KOFI) is None  # code 230: the name in the comment is all there is
    assert await profile(account, "../me") is None


async def test_typing_and_seen_come_through_and_fail_silently(double: Double, account: Account):
    await typing(account, LENA)
    assert double.world.thread(LENA).typing_until
    await seen(account, LENA, "aWd")
    assert [bubble.status for bubble in double.screen(LENA)] == ["seen"]
    await double.command("down")
    await typing(account, LENA)


async def test_files_come_in_until_their_address_ends(double: Double, account: Account, house: House):
    double.phone(LENA).sends("image", PIXEL, mime="image/png", name="photo.png")
    await double.settled()
    (said,) = [event for event in house.of(Said) if isinstance(event, Said) and event.content.media]
    found = await fetch(account, said.content.media[0])
    assert (found.data, found.mime, found.name) == (PIXEL, "image/png", "photo.png")
    await double.command("expire_media")
    with pytest.raises(NoAnswer):
        await fetch(account, said.content.media[0])


@pytest.mark.parametrize("login", ["own", "page"])
async def test_what_no_hook_brought_is_read_from_the_history(
    double: Double, account: Account, by_page: Account, clock: Turned, login: str
):
    using = by_page if login == "page" else account
    start = clock()
    clock.turn(hours=1)
    double.phone(KOFI).says("Missed me?")
    await double.answer_elsewhere(KOFI, "Yes")
    double.phone(KOFI).sends("image", PIXEL, mime="image/png", name="photo.png")
    raws = [raw async for raw in history(using, start + timedelta(minutes=30))]
    found = [event for raw in raws for event in CHANNEL.read(using.settings, raw)]
    assert [(one.by, one.content.text, one.content.kind) for one in found if isinstance(one, Said)] == [
        ("person", "Missed me?", Kind.TEXT),
        ("brand", "Yes", Kind.TEXT),
        ("person", None, Kind.IMAGE),
    ]
    await double.command("messages_off")
    with pytest.raises(NoAnswer, match="200/2534041"):
        assert [raw async for raw in history(using, start)] == []


# --------------------------------------------------------------------------------------------------- keys and checks


async def test_a_key_is_renewed_when_half_its_life_is_over(double: Double, account: Account, answer, clock: Turned):
    assert await refresh(account) is None
    clock.turn(days=40)
    fresh = await refresh(account)
    assert fresh
    renewed = replace(account, settings=fresh)
    assert fresh.token != account.settings.token  # type: ignore[attr-defined]
    assert await refresh(renewed) is None
    double.phone(LENA).says("Hello")
    assert isinstance(await send(renewed, answer()), Receipt)
    assert isinstance(await send(account, answer()), Refused)


async def test_a_key_of_unknown_age_is_renewed_and_one_that_ended_or_is_young_is_not(
    double: Double, account: Account, by_page: Account, clock: Turned
):
    unknown = replace(account, settings=replace(account.settings, token_ends=""))
    fresh = await refresh(unknown)
    assert fresh
    assert await refresh(replace(account, settings=replace(fresh, token_ends=""))) is None  # not a day old
    assert await refresh(by_page) is None
    clock.turn(days=100)
    assert await refresh(replace(account, settings=fresh)) is None
    await double.command("down")
    assert await refresh(unknown) is None


async def test_health_tells_when_the_key_ends(double: Double, account: Account, by_page: Account, clock: Turned):
    (own,) = await health(account)
    assert (own.name, own.level, own.until and (own.until - clock()).days) == ("Access token", "good", 58)
    (page,) = await health(by_page)
    assert (page.level, page.until and round((page.until - clock()) / timedelta(days=1))) == ("good", 90)
    clock.turn(days=50)
    assert [sign.level for sign in await health(account)] == ["warn"]
    await double.command("revoke_token")
    for login in (account, by_page):
        assert [sign.level for sign in await health(login)] == ["bad"]


@pytest.mark.parametrize("login", ["own", "page"])
async def test_the_connection_is_tried_step_by_step(double: Double, account: Account, by_page: Account, login: str):
    using = by_page if login == "page" else account
    assert CHANNEL.check
    steps = await CHANNEL.check(using)
    assert [(step.name, step.ok) for step in steps] == [
        ("Access token", True),
        ("Subscription", True),
        ("Messages", True),
    ]
    await double.command("messages_off")
    assert [step.ok for step in await CHANNEL.check(using)] == [True, True, False]
    other = replace(using, settings=replace(using.settings, account_id="5"))
    assert [step.ok for step in await CHANNEL.check(other)] == [False]
    await double.command("down")
    assert [step.name for step in await CHANNEL.check(using)] == ["Connection"]


async def test_what_was_subscribed_by_the_check_is_heard(double: Double, account: Account, house: House):
    assert CHANNEL.check
    await CHANNEL.check(account)
    double.phone(KOFI).comments("price?")
    double.phone(LENA).edits(double.screen(LENA)[0].id, "Are you open?")
    await double.settled()
    assert [type(event).__name__ for event in house.events] == ["Said", "Edited"]


async def test_read_names_our_newest_message(double: Double, account: Account, answer, house: House):
    first, second = [await send(account, answer(text)) for text in ("one", "two")]
    double.phone(LENA).reads()
    await double.settled()
    (read,) = house.of(Progress)
    assert isinstance(read, Progress)
    assert isinstance(second, Receipt)
    assert first != second
    assert read.ids == (second.id,)
