"""Messages out, against the double: every row of errors, and roads that break."""

import pytest
from msgspec.structs import replace

from duologue.channels.contract import (
    Account,
    Filled,
    Kind,
    Media,
    Receipt,
    Refusal,
    Refused,
    TryLater,
    Unknown,
)
from duologue.channels.wechat import CHANNEL
from duologue.channels.wechat.errors import judge
from duologue.channels.wechat.files import fetch
from duologue.channels.wechat.send import send
from duologue.channels.wechat.simulate.double import Double
from duologue.channels.wechat.simulate.world import PICTURE, TEMPLATE_ID
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Answer
from tests.channels.wechat.conftest import LAN, MEI, outgoing

REFUSED = {
    40003: Refusal.NO_SUCH_PERSON, 40007: Refusal.MEDIA, 40008: Refusal.MEDIA, 40164: Refusal.AUTH,
    40001: Refusal.AUTH, 40014: Refusal.AUTH, 42001: Refusal.AUTH, 43002: Refusal.BAD_REQUEST,
    44002: Refusal.BAD_REQUEST, 47001: Refusal.BAD_REQUEST, 41001: Refusal.BAD_REQUEST, 43004: Refusal.UNREACHABLE,
    43019: Refusal.UNREACHABLE, 45002: Refusal.CONTENT, 45015: Refusal.WINDOW_CLOSED, 45047: Refusal.WINDOW_CLOSED,
    48001: Refusal.PERMISSION, 48002: Refusal.UNREACHABLE, 50002: Refusal.RESTRICTED, 87014: Refusal.CONTENT,
}  # fmt: skip


def brand(double: Double, person: str = MEI) -> list[str]:
    return [one.text for one in double.screen(person) if one.by == "brand"]


@pytest.mark.parametrize("code", REFUSED)
def test_every_row_of_errors_keeps_the_support_id(code: int) -> None:
    body = b'{"errcode":%d,"errmsg":"no rid: 66a0-1"}' % code
    found = judge(Answer(200, {}, body), 1, Turned()())
    assert isinstance(found, Refused)
    assert (found.why, f"{code} no rid: 66a0-1" in found.reason) == (REFUSED[code], True)


def test_what_is_to_be_tried_later_and_what_is_not_known() -> None:
    now = Turned()()  # nine o'clock in the morning, five in the afternoon in China
    day, minute, busy = (judge(Answer(200, {}, b'{"errcode":%d}' % code), 2, now) for code in (45009, 45011, -1))
    assert isinstance(day, TryLater)
    assert isinstance(minute, TryLater)
    assert isinstance(busy, TryLater)
    assert (day.after, day.whole_account, minute.after, busy.after) == (7 * 3600 + 60, True, 60, 30)
    for answer in (Answer(502, {}, b"<h1>"), Answer(200, {}, b""), Answer(500, {}, b'{"errcode":0}')):
        assert isinstance(judge(answer, 1, now), Unknown)


async def test_words_go_out_as_they_are_and_have_no_id(double: Double, account: Account) -> None:
    await double.say(MEI, "你好")
    assert await send(account, outgoing("您好 😀")) == Receipt(id=None)
    assert brand(double) == ["您好 😀"]


async def test_choices_hang_below_the_words(double: Double, account: Account) -> None:
    await double.say(MEI, "hi")
    assert await send(account, outgoing("Which size?", choices=("41", "42"))) == Receipt(id=None)
    assert brand(double) == ["Which size?\n[41]\n[42]"]


async def test_five_messages_and_48_hours(double: Double, account: Account, turned: Turned) -> None:
    await double.say(MEI, "hi")
    for number in range(5):
        assert isinstance(await send(account, outgoing(str(number))), Receipt)
    sixth = await send(account, outgoing("6"))
    await double.say(MEI, "again")
    turned.turn(hours=49)
    late = await send(account, outgoing("late"))
    assert isinstance(sixth, Refused)
    assert isinstance(late, Refused)
    assert ("45047" in sixth.reason, "45015" in late.reason) == (True, True)
    assert len(brand(double)) == 5


async def test_a_key_that_ended_is_renewed_once_without_a_word(double: Double, account: Account) -> None:
    await double.say(MEI, "hi")
    await send(account, outgoing("one"))
    first = double.world.key
    double.world.key = "somebody forced another"
    assert isinstance(await send(account, outgoing("two")), Receipt)
    await double.command("end_key")
    assert isinstance(await send(account, outgoing("three")), Receipt)
    assert double.world.key != first
    assert brand(double) == ["one", "two", "three"]


async def test_a_revoked_secret_and_a_shut_door_are_told(double: Double, account: Account) -> None:
    await double.say(MEI, "hi")
    await double.command("revoke_token")
    revoked = await send(account, outgoing("x"))
    await double.command("restore_token")
    await double.command("not_allowed")
    shut = await send(replace(account, id=outgoing("x").id), outgoing("x"))
    assert isinstance(revoked, Refused)
    assert isinstance(shut, Refused)
    assert (revoked.why, shut.why, "40164" in shut.reason) == (Refusal.AUTH, Refusal.AUTH, True)
    assert brand(double) == []


async def test_a_lost_answer_is_unknown_and_a_throttled_call_was_not_sent(double: Double, account: Account) -> None:
    await double.say(MEI, "hi")
    await send(account, outgoing("first"))
    await double.command("lost_response")
    assert isinstance(await send(account, outgoing("lost")), Unknown)
    await double.command("throttle")
    assert isinstance(await send(account, outgoing("slow")), TryLater)
    await double.command("calm")
    await double.command("down")
    down = await send(account, outgoing("down"))
    assert isinstance(down, TryLater | Unknown)
    assert double.world.key not in down.reason
    assert isinstance(await send(account, outgoing("down")), TryLater)  # no connection is left that may have taken it
    await double.command("up")
    assert brand(double) == ["first", "lost"]


async def test_who_has_left_is_out_of_reach(double: Double, account: Account) -> None:
    await double.say(LAN, "hi")
    await double.command("block")
    found = await send(account, outgoing("x", to=LAN))
    assert isinstance(found, Refused)
    assert found.why is Refusal.UNREACHABLE


@pytest.mark.parametrize(
    ("kind", "mime", "shown"),
    [(Kind.IMAGE, "image/png", "🖼"), (Kind.AUDIO, "audio/amr", "🎤"), (Kind.VIDEO, "video/mp4", "🎬")],
)
async def test_files_are_handed_over_first(double: Double, account: Account, kind: Kind, mime: str, shown: str) -> None:
    await double.say(MEI, "hi")
    media = Media(kind=kind, name="Schuh größe.x", mime=mime, data=PICTURE)
    assert await send(account, outgoing(kind=kind, media=(media,))) == Receipt(id=None)
    assert brand(double) == [shown]


@pytest.mark.parametrize(
    "media",
    [
        Media(kind=Kind.FILE, name="a.pdf", mime="application/pdf", data=b"x"),
        Media(kind=Kind.IMAGE, name="a.svg", mime="image/svg+xml", data=b"x"),
        Media(kind=Kind.AUDIO, name="a.mp3", mime="audio/mpeg", data=b"x" * (2 * 1024 * 1024 + 1)),
        Media(kind=Kind.IMAGE, name="a.png", mime="image/png", data=b""),
    ],
)
async def test_files_that_wechat_does_not_take_are_refused_here(double: Double, account: Account, media: Media) -> None:
    found = await send(account, outgoing(media=(media,)))
    assert isinstance(found, Refused)
    assert found.why is Refusal.MEDIA
    assert double.world.files == {}


async def test_a_template_leaves_at_any_time_and_twice_is_once(double: Double, account: Account) -> None:
    assert CHANNEL.templates
    [template] = await CHANNEL.templates(account)
    assert [one.name for one in template.blanks] == ["thing1", "character_string2"]
    assert "{{thing1}}" in template.text
    filled = Filled(id=TEMPLATE_ID, name="x", language="zh_CN", values={"thing1": "Lume Runner"})
    out = outgoing(kind=Kind.TEMPLATE, template=filled)
    first, second = await send(account, out), await send(account, out)
    assert isinstance(first, Receipt)
    assert first == second
    assert (first.id or "").startswith("template:")
    assert brand(double) == ["订单发货提醒 · Lume Runner"]
    wrong = await send(account, outgoing(kind=Kind.TEMPLATE, template=replace(filled, id="none")))
    assert isinstance(wrong, Refused)


async def test_files_come_in_and_end_after_three_days(double: Double, account: Account, turned: Turned) -> None:
    base = double.settings().base_url + "/cgi-bin/media/get?media_id="
    picture = Media(kind=Kind.IMAGE, url=base + double.world.keep(PICTURE, "image/png"))
    video = Media(kind=Kind.VIDEO, url=base + double.world.keep(b"moving", "video/mp4"))
    assert (await fetch(account, picture)).data == PICTURE
    assert (await fetch(account, video)).data == b"moving"
    turned.turn(days=4)
    assert (await fetch(account, picture)).data is None


async def test_typing_profile_and_health(double: Double, account: Account) -> None:
    assert CHANNEL.typing
    assert CHANNEL.profile
    assert CHANNEL.health
    assert CHANNEL.check
    await CHANNEL.typing(account, MEI)  # nobody wrote: 45080 is of no consequence
    await double.say(MEI, "hi")
    await CHANNEL.typing(account, MEI)
    person, nobody = await CHANNEL.profile(account, MEI), await CHANNEL.profile(account, "oNobody")
    assert double.world.people[MEI].typing
    assert person
    assert (person.name, person.locale, nobody) == (None, "zh_CN", None)
    assert [(one.name, one.level) for one in await CHANNEL.health(account)] == [("Token", "good"), ("Quota", "good")]
    assert "499988 of 500000" in (await CHANNEL.health(account))[1].words
    await double.command("not_allowed")
    [shut] = await CHANNEL.check(replace(account, id=outgoing("x").id))
    assert (shut.ok, "allow-list" in (shut.todo or "")) == (False, True)
