"""What becomes of an answer, over real HTTP."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from duologue.channels.contract import (
    Account,
    Kind,
    Media,
    Outcome,
    Place,
    Receipt,
    Refusal,
    Refused,
    Said,
    TryLater,
    Unknown,
)
from duologue.channels.telegram import CHANNEL
from duologue.channels.telegram.errors import BAD, FORBIDDEN, judge
from duologue.channels.telegram.parts import keyboard
from duologue.channels.telegram.send import send
from duologue.channels.telegram.simulate.double import Double
from duologue.kernel.egress import Answer, Blocked, Egress, NoAnswer, TooLarge

from .conftest import LEO, NADIA, House

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
PICTURE = Media(kind=Kind.IMAGE, name="tin.png", mime="image/png", data=PNG)
FILM = Media(kind=Kind.VIDEO, name="pour.mp4", mime="video/mp4", data=b"0000ftypisom")
PAPER = Media(kind=Kind.FILE, name='in/voice"\r\n.pdf', mime="application/pdf", data=b"%PDF-1.7")
VOICE = Media(kind=Kind.AUDIO, name="v.ogg", mime="audio/ogg", data=b"OggS")
SONG = Media(kind=Kind.AUDIO, name="s.mp3", mime="audio/mpeg", data=b"ID3")


def texts(double: Double, person: str = NADIA) -> list[str]:
    return [bubble.text for bubble in double.screen(person) if bubble.by == "brand"]


def methods(double: Double) -> list[str]:
    return [one.method for one in double.asked]


async def test_a_text_arrives(double: Double, account: Account, answer):
    outcome = await send(account, answer("We open at 9"))
    assert outcome == Receipt(id=double.screen(NADIA)[-1].id)
    assert texts(double) == ["We open at 9"]
    assert [(one.method, one.params) for one in double.asked] == [
        ("sendMessage", {"chat_id": int(NADIA), "text": "We open at 9"})
    ]


async def test_numbers_are_unique_in_a_chat_only_and_are_named_by_both(double: Double, account: Account, answer):
    one, two = await send(account, answer()), await send(account, answer(address=LEO))
    assert isinstance(one, Receipt)
    assert isinstance(two, Receipt)
    assert {one.id, two.id} == {f"{NADIA}:2", f"{LEO}:2"}


async def test_what_looks_like_marks_stays_as_it_is(double: Double, account: Account, answer):
    odd = "<b>*2* [x](y) &amp; _z_ `\\` 👍🏽"
    await send(account, answer(odd))
    assert texts(double) == [odd]


async def test_a_person_signs_and_a_machine_does_not(double: Double, account: Account, answer):
    await send(account, answer("Yes", author="Ada\nLark"))
    await send(account, answer("Beep", author="Bot", automated=True))
    await send(replace(account, settings=replace(account.settings, sign=False)), answer("No", author="Ada"))
    await send(account, answer("x" * 4096, author="Ada"))
    assert texts(double) == ["Yes\n\n– Ada Lark", "Beep", "No", "x" * 4096]


async def test_a_quote_goes_along_and_one_that_is_gone_keeps_nothing_back(double: Double, account: Account, answer):
    number = double.phone(NADIA).says("Two tins?")
    await send(account, answer("Yes", reply_to=f"{NADIA}:{number}"))
    assert double.world.chat(NADIA).messages[-1].body["reply_to_message"]["message_id"] == number
    double.phone(NADIA).takes_back(number)
    assert isinstance(await send(account, answer("Gone", reply_to=f"{NADIA}:{number}")), Receipt)
    assert isinstance(await send(account, answer("Other", reply_to=f"{LEO}:{number}")), Receipt)
    assert "reply_parameters" not in double.asked[-1].params


async def test_a_server_that_insists_on_the_quote_gets_it_without(double: Double, account: Account, answer):
    double.stage.plan(400, "Bad Request: message to be replied not found")
    assert isinstance(await send(account, answer("Yes", reply_to=f"{NADIA}:77")), Receipt)
    assert ["reply_parameters" in one.params for one in double.asked] == [True, False]


async def test_choices_become_buttons_and_a_tap_comes_back_and_is_answered(
    double: Double, account: Account, answer, house: House
):
    long = "Ja, bitte, zwei Dosen Grüntee der ersten Pflückung für Übermorgen"[:64]
    outcome = await send(account, answer("More?", choices=("Yes", long)))
    assert isinstance(outcome, Receipt)
    number = int((outcome.id or "").rpartition(":")[2])
    query = double.phone(NADIA).taps(number, long)
    await double.settled()
    (tap,) = house.of(Said)
    assert (tap.content.kind, tap.content.text, tap.reply_to) == (Kind.TAP, long, outcome.id)
    assert double.stage.answered == {query: ""}  # in the hook's own reply
    assert methods(double) == ["sendMessage", "answerCallbackQuery"]


def test_what_a_button_says_back_fits_and_stays_apart():
    same = "選" * 40
    rows = keyboard((same + "a", same + "b", "Yes"))["inline_keyboard"]
    data = [row[0]["callback_data"] for row in rows]
    assert [row[0]["text"] for row in rows] == [same + "a", same + "b", "Yes"]
    assert len(set(data)) == 3
    assert data[2] == "Yes"
    assert all(1 <= len(one.encode()) <= 64 for one in data)


@pytest.mark.parametrize(
    ("file", "method"),
    [
        (PICTURE, "sendPhoto"),
        (FILM, "sendVideo"),
        (PAPER, "sendDocument"),
        (VOICE, "sendVoice"),
        (SONG, "sendAudio"),
        (replace(SONG, mime="audio/wav"), "sendDocument"),
        (replace(PICTURE, mime="image/gif"), "sendAnimation"),
        (replace(PICTURE, mime="image/tiff"), "sendDocument"),
        (replace(PICTURE, data=b"0" * (10 * 1024 * 1024 + 1)), "sendDocument"),
        (replace(FILM, mime="video/x-msvideo"), "sendDocument"),
        (Media(kind=Kind.STICKER, mime="image/webp", data=b"RIFF"), "sendSticker"),
        (Media(kind=Kind.STICKER, mime="image/png", data=PNG), "sendPhoto"),
    ],
)
async def test_each_file_goes_as_what_the_platform_plays(
    double: Double, account: Account, answer, file: Media, method: str
):
    assert isinstance(await send(account, answer(None, media=(file,))), Receipt)
    assert methods(double) == [method]
    assert (file.data or b"")[:99] in [one.data[:99] for one in double.world.files.values()]


async def test_a_short_text_stands_below_its_file_and_a_long_one_goes_before_it(
    double: Double, account: Account, answer
):
    await send(account, answer("Look", media=(PICTURE,)))
    await send(account, answer("x" * 1025, media=(PICTURE,)))
    assert texts(double) == ["Look\n📎 tin.png", "x" * 1025, "📎 tin.png"]


async def test_the_name_of_a_file_breaks_out_of_nothing(double: Double, account: Account, answer):
    await send(account, answer(None, media=(PAPER,)))
    assert texts(double) == ["📎 invoice.pdf"]


async def test_neighbours_of_one_sort_go_as_an_album(double: Double, account: Account, answer):
    outcome = await send(account, answer("See:", media=(PICTURE, FILM, PICTURE, PAPER, PAPER, VOICE)))
    assert methods(double) == ["sendMediaGroup", "sendMediaGroup", "sendVoice"]
    shown = [bubble.id for bubble in double.screen(NADIA)]
    assert outcome == Receipt(id=shown[-1], also=tuple(shown[:-1]))
    assert texts(double)[:2] == ["See:\n📎 tin.png", "📎 pour.mp4"]
    groups = [one.body.get("media_group_id") for one in double.world.chat(NADIA).messages]
    assert groups[0] == groups[1] == groups[2] != groups[3] == groups[4] != groups[5]


async def test_more_than_ten_become_two_albums(double: Double, account: Account, answer):
    await send(account, answer(None, media=(PICTURE,) * 12))
    assert [len(json.loads(one.params["media"])) for one in double.asked] == [10, 2]


async def test_buttons_stand_below_words_and_never_by_an_album(double: Double, account: Account, answer):
    await send(account, answer("Which?", media=(PICTURE, PICTURE), choices=("Left", "Right")))
    assert methods(double) == ["sendMediaGroup", "sendMessage"]
    assert texts(double)[-1] == "Which?\n[Left] [Right]"
    await send(account, answer(None, media=(PICTURE, PICTURE), choices=("Left", "Right")))
    assert methods(double)[2:] == ["sendPhoto", "sendPhoto"]
    assert texts(double)[-1].endswith("[Left] [Right]")


async def test_a_place_goes_as_one(double: Double, account: Account, answer):
    await send(account, answer(None, kind=Kind.LOCATION, place=Place(latitude=59.5, longitude=18)))
    await send(account, answer(None, kind=Kind.LOCATION, place=Place(latitude=59.5, longitude=18, label="Tea room")))
    assert methods(double) == ["sendLocation", "sendVenue"]


async def test_a_photo_that_is_none_for_the_platform_goes_as_a_document(double: Double, account: Account, answer):
    double.stage.plan(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    assert isinstance(await send(account, answer("Look", media=(PICTURE,))), Receipt)
    assert methods(double) == ["sendPhoto", "sendDocument"]
    assert texts(double) == ["Look\n📎 tin.png"]


async def test_a_chat_that_moved_is_followed(double: Double, account: Account, answer):
    double.world.supergroups[-55] = int(LEO)
    assert isinstance(await send(account, answer("Hi", address="-55")), Receipt)
    assert texts(double, LEO) == ["Hi"]


@pytest.mark.parametrize(
    "out",
    [
        {"text": ""},
        {"text": " \x00"},
        {"text": "x" * 4097},
        {"text": None, "media": (replace(PICTURE, data=b""),)},
        {"text": None, "media": (replace(PICTURE, data=b"0" * (50 * 1024 * 1024 + 1)),)},
        {"address": "nobody"},
        {"address": "business::5"},
        {"address": "other:bc:5"},
    ],
)
async def test_what_cannot_be_sent_is_refused_before_the_platform_is_called(
    double: Double, account: Account, answer, out: dict[str, Any]
):
    assert isinstance(await send(account, answer(**out)), Refused)
    assert double.asked == []


async def test_who_has_blocked_the_bot_is_not_reached_and_comes_back(
    double: Double, account: Account, answer, house: House
):
    double.phone(NADIA).blocks()
    outcome = await send(account, answer())
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.UNREACHABLE
    double.phone(NADIA).unblocks()
    assert isinstance(await send(account, answer()), Receipt)
    double.world.chat(LEO).started = False
    refused = await send(account, answer(address=LEO))
    assert isinstance(refused, Refused)
    assert refused.why is Refusal.UNREACHABLE


async def test_an_answer_that_got_lost_leaves_it_unknown(double: Double, account: Account, answer):
    double.faults.next("lost_response")
    assert isinstance(await send(account, answer("Did it?")), Unknown)
    assert texts(double) == ["Did it?"]


async def test_a_half_that_went_out_is_for_a_person_to_complete(double: Double, account: Account, answer):
    out = answer("x" * 2000, media=(PICTURE,))
    calls = 0

    async def once(*args: Any, **more: Any) -> Answer:
        nonlocal calls
        calls += 1
        if calls == 2:
            return answered(400, "Bad Request: wrong file identifier")
        return await original(*args, **more)

    original = account.egress.request
    account.egress.request = once  # type: ignore[method-assign]
    outcome = await send(account, out)
    assert isinstance(outcome, Unknown)
    assert "1 of 2 parts" in outcome.reason
    assert texts(double) == ["x" * 2000]


async def test_nobody_there_is_certainly_not_sent(double: Double, account: Account, answer):
    await double.command("down")
    outcome = await send(account, answer())
    assert isinstance(outcome, TryLater)
    assert outcome.whole_account
    await double.command("up")
    assert isinstance(await send(account, answer()), Receipt)


async def test_a_wait_that_is_asked_for_is_kept(double: Double, account: Account, answer):
    await double.command("throttle")
    double.stage.plan(429, "Too Many Requests: retry after 37", retry_after=37)
    outcomes = [await send(account, answer()) for _ in range(7)]
    asked = [one.after for one in outcomes if isinstance(one, TryLater) and one.whole_account]
    assert asked == [1, 1, 1, 1, 1, 37]
    assert isinstance(outcomes[6], Receipt)


async def test_too_fast_for_one_person_is_told(double: Double, account: Account, answer, clock):
    await double.command("pace")
    outcomes = [await send(account, answer()) for _ in range(6)]
    assert [type(one) for one in outcomes] == [Receipt] * 5 + [TryLater]
    assert isinstance(await send(account, answer(address=LEO)), Receipt)
    clock.turn(seconds=2)
    assert isinstance(await send(account, answer()), Receipt)


def answered(code: int, description: str, **parameters: int) -> Answer:
    told = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return Answer(code, {}, json.dumps(told).encode())


@pytest.mark.parametrize("row", [*FORBIDDEN, *BAD], ids=lambda row: row.words)
def test_every_row_of_the_table_decides(row):
    code = 403 if row in FORBIDDEN else 400
    for words in (row.words, row.words.upper(), f"Forbidden: {row.words}, and so on"):
        outcome = judge(answered(code, words), 1)
        assert isinstance(outcome, Refused)
        assert outcome.why is row.why
        assert words in outcome.reason


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (answered(401, "Unauthorized"), Refusal.AUTH),
        (answered(404, "Not Found"), Refusal.AUTH),
        (answered(403, "Forbidden: something new"), Refusal.UNREACHABLE),
        (answered(400, "Bad Request: something new"), Refusal.BAD_REQUEST),
        (answered(413, "Request Entity Too Large"), Refusal.BAD_REQUEST),
        (answered(400, "Bad Request: message is not modified: same"), Receipt),
        (answered(409, "Conflict: terminated"), TryLater),
        (answered(429, "Too Many Requests"), TryLater),
        (answered(500, "Internal Server Error"), Unknown),
        (answered(502, "Bad Gateway"), Unknown),
        (Answer(502, {}, b"<html>"), Unknown),
        (Answer(200, {}, b""), Unknown),
        (Answer(200, {}, b"[]"), Unknown),
        (Answer(408, {}, b""), Unknown),
        (Answer(429, {}, b""), TryLater),
        (Answer(403, {}, b"<html>"), Refusal.BAD_REQUEST),
        (Answer(301, {}, b""), Refusal.BAD_REQUEST),
    ],
)
def test_every_other_answer_decides(answer: Answer, outcome: type[Outcome] | Refusal):
    found = judge(answer, 1)
    if isinstance(outcome, Refusal):
        assert isinstance(found, Refused)
        assert found.why is outcome
    else:
        assert isinstance(found, outcome)


def test_without_a_number_the_wait_grows():
    waits = [judge(answered(429, "Too Many Requests"), attempt) for attempt in (1, 2, 3, 99)]
    assert [one.after for one in waits if isinstance(one, TryLater)] == [15, 30, 60, 900]


async def test_a_key_that_was_taken_back_needs_a_person(double: Double, account: Account, answer):
    await double.command("revoke_token")
    outcome = await send(account, answer())
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.AUTH


async def test_a_business_account_s_chat_is_answered_there(double: Double, account: Account, answer, house: House):
    double.business_phone(NADIA).says("Hello")
    await double.settled()
    (said,) = house.of(Said)
    outcome = await send(account, answer("Hi", address=said.address, reply_to=said.id))
    assert isinstance(outcome, Receipt)
    assert outcome.id == f"{said.address}:3"
    assert double.world.business[int(NADIA)].messages[-1].text == "Hi"
    assert texts(double) == []
    assert CHANNEL.typing
    assert CHANNEL.seen
    await CHANNEL.typing(account, said.address)
    await CHANNEL.seen(account, said.address, said.id)
    assert methods(double)[-2:] == ["sendChatAction", "readBusinessMessage"]


async def test_courtesies_never_fail(double: Double, account: Account):
    assert CHANNEL.typing
    assert CHANNEL.seen
    await CHANNEL.typing(account, NADIA)
    assert double.world.chat(NADIA).typing_until is not None
    await CHANNEL.seen(account, NADIA, f"{NADIA}:1")
    assert methods(double) == ["sendChatAction"]
    await double.command("down")
    await CHANNEL.typing(account, NADIA)


async def test_a_person_s_name_is_asked_for(double: Double, account: Account):
    assert CHANNEL.profile
    found = await CHANNEL.profile(account, NADIA)
    assert found
    assert found.name == "Nadia Petrova"
    assert await CHANNEL.profile(account, "999") is None
    assert await CHANNEL.profile(account, "nobody") is None


async def test_a_file_is_fetched_and_its_address_dies_but_its_id_does_not(
    double: Double, account: Account, house: House, clock
):
    double.phone(NADIA).sends_file("document", b"%PDF-1.7", mime="application/pdf", name="order.pdf")
    await double.settled()
    (media,) = house.of(Said)[0].content.media
    assert CHANNEL.fetch
    assert (await CHANNEL.fetch(account, media)).data == b"%PDF-1.7"
    clock.turn(hours=2)
    assert (await CHANNEL.fetch(account, media)).data == b"%PDF-1.7"


async def test_a_file_that_cannot_be_had_says_so(double: Double, account: Account):
    assert CHANNEL.fetch
    huge = double.world.keep(b"0" * (20 * 1024 * 1024 + 1), "video/mp4", "long.mp4")
    with pytest.raises(TooLarge, match="20 MB"):
        await CHANNEL.fetch(account, Media(kind=Kind.VIDEO, url=f"telegram-file:{huge.id}"))
    for lost in ("telegram-file:gone", "https://elsewhere.example/x", ""):
        assert (await CHANNEL.fetch(account, Media(kind=Kind.VIDEO, url=lost))).data is None
    await double.command("revoke_token")
    with pytest.raises(NoAnswer):
        await CHANNEL.fetch(account, Media(kind=Kind.VIDEO, url=f"telegram-file:{huge.id}"))


@pytest.mark.parametrize("base", ["http://[", "ftp://x", "http://127.0.0.1:1", "http://user@host", "not an address"])
async def test_the_token_stands_in_no_error(account: Account, answer, base: str):
    secret = account.settings.token.partition(":")[2]
    broken = replace(account, settings=replace(account.settings, base_url=base))
    outcome = await send(broken, answer())
    assert isinstance(outcome, TryLater)
    assert secret not in outcome.reason
    assert CHANNEL.fetch
    with pytest.raises((Blocked, NoAnswer)) as caught:
        await CHANNEL.fetch(broken, Media(kind=Kind.FILE, url="telegram-file:x"))
    assert secret not in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert CHANNEL.check
    assert secret not in str(await CHANNEL.check(broken))


async def test_the_token_goes_to_no_other_place(double: Double, account: Account, answer):
    async with Egress() as closed:
        outcome = await send(replace(account, egress=closed), answer())
    assert isinstance(outcome, TryLater)
    assert double.asked == []
