"""What goes out: the form, Twilio's answers, and whether a message of unknown fate was sent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from duologue.channels.contract import (
    Account,
    Content,
    Found,
    Kind,
    Media,
    Outgoing,
    Progress,
    Receipt,
    Refusal,
    Refused,
    TryLater,
    Unknown,
)
from duologue.channels.sms.errors import _CODES_IN_WORDS, _LATER, judge
from duologue.channels.sms.find import find
from duologue.channels.sms.send import send
from duologue.channels.sms.simulate.double import Double
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Answer
from tests.channels.sms.conftest import House

Make = Callable[..., Outgoing]
WHO = "Maya Brooks"
PHOTO = Media(kind=Kind.IMAGE, url="https://dm.example.test/lent/a", data=b"\x89PNG", mime="image/png")


def shown(double: Double, who: str = WHO) -> list[str]:
    return [one.text for one in double.screen(who) if one.by == "brand"]


async def sent(account: Account, out: Outgoing) -> Receipt:
    outcome = await send(account, out)
    assert isinstance(outcome, Receipt), outcome
    return outcome


async def refused(account: Account, out: Outgoing) -> Refused:
    outcome = await send(account, out)
    assert isinstance(outcome, Refused), outcome
    return outcome


async def test_a_text_goes_out_and_its_news_come_back_to_it(
    account: Account, double: Double, house: House, answer: Make
):
    out = answer("Hello")
    receipt = await sent(account, out)
    await double.settled()
    assert (receipt.status, shown(double)) == ("sent", ["Hello"])
    steps = [one for one in house.of(Progress) if isinstance(one, Progress)]
    assert [(one.status, one.ids, one.correlation) for one in steps] == [
        ("sent", (receipt.id,), out.id),
        ("delivered", (receipt.id,), out.id),
    ]


async def test_the_form_is_what_twilio_wants(account: Account, double: Double, answer: Make):
    out = answer("Hello", content=Content(text="Hello", media=(PHOTO, PHOTO)))
    await sent(account, out)
    assert double.server.requests[-1].body["form"] == [
        ("To", out.address),
        ("From", "+14155550199"),
        ("Body", "Hello"),
        ("MediaUrl", PHOTO.url),
        ("MediaUrl", PHOTO.url),
        ("StatusCallback", f"https://dm.example.test/in/{account.id}?m={out.id}"),
        ("SmartEncoded", "true"),
    ]


async def test_news_may_come_before_the_answer_of_the_send(account: Account, double, house: House, answer: Make):
    await double.command("early_echo")
    await double.command("no_news")  # but for that which is told while the send still waits for its answer
    out = answer("Hello")
    receipt = await sent(account, out)
    (told,) = house.of(Progress)
    assert isinstance(told, Progress)
    assert (told.status, told.ids, told.correlation) == ("sent", (receipt.id,), out.id)


async def test_news_told_twice_and_in_any_order_are_all_about_the_one(
    account: Account, double, house: House, answer: Make
):
    await double.command("deliver_twice")
    await double.command("reorder")
    out = answer("Hello")
    receipt = await sent(account, out)
    await double.settled()
    assert sorted(one.status for one in house.of(Progress)) == ["delivered"] * 2 + ["sent"] * 2  # type: ignore[union-attr]
    assert {one.ids for one in house.of(Progress)} == {(receipt.id,)}  # type: ignore[union-attr]


async def test_a_service_chooses_the_number(account: Account, double: Double, answer: Make):
    service = replace(account, settings=replace(account.settings, sender=double.world.service))
    await sent(service, answer("Hello"))
    assert ("MessagingServiceSid", double.world.service) in double.server.requests[-1].body["form"]
    assert "From" not in double.server.requests[-1].body


async def test_the_name_of_who_answers_stands_below_where_it_is_wanted(account: Account, double: Double, answer: Make):
    signing = replace(account, settings=replace(account.settings, sign=True))
    await sent(signing, answer("Hello", author="Ada  Ek"))
    await sent(signing, answer("Hello", author="Ada Ek", automated=True))
    await sent(signing, answer("x" * 1600, author="Ada Ek"))
    assert shown(double) == ["Hello\n- Ada Ek", "Hello", "x" * 1600]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (Content(text="x" * 1601), Refusal.CONTENT),
        (Content(text=" \n"), Refusal.CONTENT),
        (Content(media=(PHOTO,) * 11), Refusal.MEDIA),
        (Content(media=(replace(PHOTO, data=bytes(3 * 1024 * 1024)),) * 2), Refusal.MEDIA),
        (Content(media=(replace(PHOTO, url=None),)), Refusal.MEDIA),
        (Content(media=(replace(PHOTO, url="https://x.test/" + "a" * 2000),)), Refusal.MEDIA),
    ],
)
async def test_what_twilio_would_not_take_is_not_tried(account: Account, double: Double, answer: Make, content, why):
    assert (await refused(account, answer(content=content))).why is why
    assert double.server.requests == []


async def test_a_number_without_files_says_so(account: Account, double: Double, answer: Make):
    texts = replace(account, settings=replace(account.settings, mms=False))
    outcome = await refused(texts, answer(content=Content(media=(PHOTO,))))
    assert (outcome.why, "send the link" in outcome.reason) == (Refusal.MEDIA, True)


@pytest.mark.parametrize("code", sorted(_CODES_IN_WORDS))
async def test_every_code_is_a_decision(account: Account, double: Double, answer: Make, code: int):
    double.faults.plan(code, status=400)
    outcome = await send(account, answer("Hello"))
    assert shown(double) == []
    assert isinstance(outcome, TryLater if code in _LATER else Refused)
    assert outcome.reason.endswith(f"(Twilio {code})")
    if isinstance(outcome, Refused):
        assert outcome.why is _CODES_IN_WORDS[code][0]
        assert bool(outcome.stopped) is (code == 21610)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (201, b'{"sid": "SM1"}', Receipt),
        (201, b"<html>", Unknown),
        (201, b"[]", Unknown),
        (500, b"", Unknown),
        (503, b"<html>", Unknown),
        (408, b"", Unknown),
        (429, b"", TryLater),
        (401, b"", Refused),
        (302, b"", Refused),
        (400, b'{"code": 12345, "message": "Odd"}', Refused),
        (400, b'{"code": true}', Refused),
    ],
)
def test_an_answer_without_a_known_code_is_judged_by_its_status(status: int, body: bytes, kind: type):
    assert type(judge(Answer(status, {}, body), 1)) is kind


def test_twilios_own_words_stay_in_what_is_not_known_here():
    outcome = judge(Answer(400, {}, b'{"code": 12345, "message": "Odd thing"}'), 1)
    assert isinstance(outcome, Refused)
    assert (outcome.why, outcome.reason) == (Refusal.BAD_REQUEST, "Twilio does not take this message: Odd thing")


async def test_who_has_stopped_is_not_reached(account: Account, double: Double, answer: Make):
    await double.say(WHO, "STOP")
    outcome = await refused(account, answer("Hello"))
    assert (outcome.why, "STOP" in outcome.reason, outcome.stopped) == (Refusal.UNREACHABLE, True, "all")
    await double.say(WHO, "START")
    await sent(account, answer("Hello"))
    assert shown(double)[-1] == "Hello"


@pytest.mark.parametrize(
    ("command", "why"),
    [("trial", Refusal.PERMISSION), ("suspended", Refusal.RESTRICTED), ("revoke_token", Refusal.AUTH)],
)
async def test_an_account_that_may_not_is_told_apart(account: Account, double: Double, answer: Make, command: str, why):
    await double.command(command)
    assert (await refused(account, answer("Hello"))).why is why
    await double.command("calm")
    await sent(account, answer("Hello"))


@pytest.mark.parametrize("command", ["throttle", "queue_full", "dropped", "down"])
async def test_what_certainly_did_not_go_is_tried_later_or_is_unknown(account: Account, double, answer: Make, command):
    await double.command(command)
    outcome = await send(account, answer("Hello"))
    assert isinstance(outcome, Unknown if command == "dropped" else TryLater)
    await double.command("up")
    assert shown(double) == []


async def test_an_address_that_may_not_be_reached_was_not_sent_to(account: Account, answer: Make):
    inside = replace(account, settings=replace(account.settings, base_url="http://10.0.0.1"))
    assert isinstance(await send(inside, answer("Hello")), TryLater)


@pytest.mark.parametrize(
    ("command", "code"),
    [("undelivered", 30003), ("unknown_number", 30005), ("filtered", 30007), ("stopped_late", 21610)],
)
async def test_what_a_carrier_does_not_deliver_fails_with_its_reason(
    account: Account, double: Double, house: House, answer: Make, command: str, code: int
):
    await double.command(command)
    await sent(account, answer("Hello"))
    await double.settled()
    last = [one for one in house.of(Progress) if isinstance(one, Progress)][-1]
    assert (last.status, f"(Twilio {code})" in (last.reason or "")) == ("failed", True)
    assert shown(double) == []


# ------------------------------------------------------------------------------------------------------------ find


async def lost(account: Account, double: Double, out: Outgoing) -> Outgoing:
    await double.command("lost_response")
    assert isinstance(await send(account, out), Unknown)
    return out


async def test_a_message_whose_answer_was_lost_is_found_in_the_list(account: Account, double: Double, answer: Make):
    signing = replace(account, settings=replace(account.settings, sign=True))
    out = await lost(signing, double, answer("It’s “here” – really", author="Ada Ek"))
    found = await find(signing, out)
    assert found == Found(id=double.world.rows[-1].sid, certain=True)


async def test_a_message_with_files_is_found_by_their_number(account: Account, double: Double, answer: Make):
    out = await lost(account, double, answer(content=Content(media=(PHOTO,))))
    assert (await find(account, out)).id == double.world.rows[-1].sid


async def test_what_never_arrived_is_certain_once_the_list_cannot_be_late(
    account: Account, double: Double, clock: Turned, answer: Make
):
    await double.command("dropped")
    out = answer("Hello")
    assert isinstance(await send(account, out), Unknown)
    assert await find(account, out) == Found(id=None, certain=False)
    clock.turn(seconds=61)
    assert await find(account, out) == Found(id=None, certain=True)


async def test_the_same_words_again_are_told_apart_by_what_is_known(
    account: Account, double: Double, clock, answer: Make
):
    first = await sent(account, answer("Yes"))
    out = await lost(account, double, answer("Yes"))
    clock.turn(minutes=2)
    assert await find(account, replace(out, references=())) == Found(id=None, certain=False)
    assert await find(account, replace(out, references=(first.id or "",))) == Found(
        id=double.world.rows[-1].sid, certain=True
    )


async def test_older_ones_and_others_are_not_meant(account: Account, double: Double, clock: Turned, answer: Make):
    await sent(account, answer("Yes"))
    await sent(account, answer("Yes", address=double.people()[1].id))
    clock.turn(hours=1)
    out = answer("Yes")
    clock.turn(minutes=2)
    assert await find(account, out) == Found(id=None, certain=True)


async def test_where_texts_are_removed_nothing_is_certain(
    account: Account, double: Double, clock: Turned, answer: Make
):
    out = await lost(account, double, answer("Hello"))
    double.world.rows[-1].body = ""
    clock.turn(minutes=2)
    assert await find(account, out) == Found(id=None, certain=False)


async def test_a_list_that_does_not_reach_back_proves_nothing(account: Account, double: Double, clock, answer: Make):
    out = answer("Hello")
    for number in range(100):
        double.carrier.says(double.world.person(WHO), f"{number}")
        double.world.rows[-1].to, double.world.rows[-1].sender = out.address, "+14155550199"
    clock.turn(minutes=2)
    assert await find(account, out) == Found(id=None, certain=False)
    double.world.rows[0].created -= timedelta(hours=1)
    assert await find(account, out) == Found(id=None, certain=True)


async def test_where_the_list_is_refused_nothing_is_certain(account: Account, double: Double, clock, answer: Make):
    out = answer("Hello")
    clock.turn(minutes=2)
    await double.command("revoke_token")
    assert await find(account, out) == Found(id=None, certain=False)
