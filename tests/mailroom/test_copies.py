# ruff: noqa: F811 (fixtures are asked for by name)
"""Two copies of one installation are told to send: the second stops with the first thing it hears of the other."""

from datetime import timedelta
from uuid import UUID

import pytest

from duologue.accounts import store as accounts_store
from duologue.channels.contract import Account, Content, Outgoing, Raw
from duologue.channels.email.compose import compose
from duologue.channels.email.double.bounce import bounce
from duologue.channels.email.double.people import CAST
from duologue.conversations.model import Lane, Status
from duologue.kernel import clock, ids
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import copies, store_upkeep
from duologue.mailroom.model import arrival
from duologue.mailroom.rounds import Rounds
from duologue.mailroom.store import write_down
from tests.channels.email.email_house import JONAS
from tests.mailroom.test_mail_in_the_house import Post, double, mail, post  # noqa: F401


@pytest.fixture
async def installed(house: House) -> None:
    async with house.db.hall() as tx:
        await store_upkeep.install(tx, ids.new())


async def told_to_send(post: Post) -> None:
    """As in a restored copy: it was off, and somebody has said that it is the one."""
    async with post.house.db.hall() as tx:
        await store_upkeep.set_sends(tx, False)
        await store_upkeep.set_sends(tx, True)


async def sends(post: Post) -> tuple[bool, bool]:
    """Whether it sends, and whether another copy was seen."""
    async with post.house.db.hall() as tx:
        return await store_upkeep.sends(tx), await store_upkeep.another_at(tx) is not None


async def signs(post: Post) -> list[tuple[str, str]]:
    async with work(post.house, post.workspace) as open_work:
        found = await accounts_store.signs(open_work.tx, post.row.id)
    return [(one.level, one.words) for one in found if one.name == copies.NAME]


async def account(post: Post) -> Account:
    found = await post.accounts.get(post.row.id)
    assert found
    return found.account


def mark(seconds: float) -> UUID:
    """The id of a message that was written so long from now: ids tell no less than a millisecond."""
    return UUID(int=ids.earliest(clock.now() + timedelta(seconds=seconds)).int | 0x7 << 76 | 0b10 << 62)


async def sent_by_another(post: Post, message: UUID | None = None) -> None:
    """A copy with the same secrets has answered Jonas; its mail lies in the folder of sent mail that both read."""
    outgoing = Outgoing(
        id=message or mark(1), conversation=ids.new(), address=JONAS, content=Content(text="From elsewhere"),
        attempt=1, queued_at=post.house.now(),
    )  # fmt: skip
    await in_sent(post, compose((await account(post)).settings.whole, outgoing))


async def in_sent(post: Post, raw: bytes) -> None:
    safe = await post.house.safe(post.workspace)
    async with post.house.db.door() as tx:
        its = Raw(kind="sent", body=raw, headers={"received": post.house.now().isoformat()})
        await write_down(tx, [arrival(safe, post.row.id, its, post.house.now())])
    while await post.sorter.sort():
        pass


async def answered(post: Post) -> UUID:
    await post.arrive(mail(CAST[0], f"Hello {ids.new().hex}", house=post.house))
    (row, *_) = await post.rows()
    return await post.say(row.id, Lane.REPLY)


async def test_the_copy_that_was_told_to_send_stops_at_the_first_sign_of_the_other(installed: None, post: Post) -> None:
    await told_to_send(post)
    await sent_by_another(post)
    assert await sends(post) == (False, True)
    assert await signs(post) == [("bad", copies.STOPPED)]
    waits = await answered(post)
    await post.deliver()
    assert await post.statuses(waits) == [Status.QUEUED]
    assert post.mail.boxes[JONAS].inbox.mails == []
    await told_to_send(post)
    assert await sends(post) == (True, False)
    await post.deliver()
    assert await post.statuses(waits) == [Status.SENT]


async def test_the_first_one_goes_on_and_says_so(installed: None, post: Post) -> None:
    """Else a copy that somebody started by mistake would silence the real one."""
    await sent_by_another(post)
    assert await sends(post) == (True, True)
    assert await signs(post) == [("bad", copies.WARNED)]


async def test_what_the_other_sent_before_this_one_took_over_is_no_reason_to_stop(installed: None, post: Post) -> None:
    before = mark(-1)
    await told_to_send(post)
    await sent_by_another(post, before)
    assert await sends(post) == (True, False)
    assert await signs(post) == []


async def test_a_copy_that_does_not_send_has_nothing_to_stop(installed: None, post: Post) -> None:
    async with post.house.db.hall() as tx:
        await store_upkeep.set_sends(tx, False)
    await sent_by_another(post)
    assert await sends(post) == (False, False)
    assert await signs(post) == []


async def test_what_this_one_sent_itself_is_known(installed: None, post: Post) -> None:
    await told_to_send(post)
    await answered(post)
    await post.deliver()
    (copy,) = post.mail.brand.sent.mails
    await in_sent(post, copy.raw)
    (got,) = post.mail.boxes[JONAS].inbox.mails
    await post.arrive(bounce(got.raw, to="support@duologue.example", recipient=JONAS, at=post.house.now()))
    assert await sends(post) == (True, False)


async def test_nobody_without_the_secret_stops_anything(installed: None, post: Post) -> None:
    await told_to_send(post)
    forged = f"dm.{ids.new().hex}.{ids.new().hex}.{'0' * 16}@duologue.example"
    raw = f"From: support@duologue.example\r\nTo: {JONAS}\r\nMessage-ID: <{forged}>\r\n\r\nHello\r\n"
    await in_sent(post, raw.encode())
    assert await sends(post) == (True, False)


async def test_after_a_day_without_the_other_the_warning_ends(installed: None, post: Post) -> None:
    await sent_by_another(post)
    found = await post.accounts.get(post.row.id)
    assert found
    rounds = Rounds(post.house, post.accounts)
    await rounds.look(found)
    assert [level for level, _ in await signs(post)] == ["bad"]
    post.house.now.turn(hours=25)  # pyrefly: ignore
    await rounds.look(found)
    assert await signs(post) == [("good", copies.ALONE)]
