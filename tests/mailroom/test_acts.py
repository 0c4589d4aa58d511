"""What is done to messages after they were sent: written down first, once, seen on both sides, never lost."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from duologue.channels.contract import Receipt, Refusal, Refused, TryLater, Unknown
from duologue.conversations import acts, news, show, store
from duologue.conversations.acts import TRIES, Wish
from duologue.conversations.model import Bubble
from duologue.conversations.reply import Draft, Sender, reply
from duologue.errors import Conflict, Invalid, NotFound
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import alter
from duologue.mailroom.alter import LEASE, Alterer
from tests.cast import Colleague
from tests.parrot import Mailroom, squawk


class Desk:
    """A conversation of two messages: theirs and our answer."""

    def __init__(self, mailroom: Mailroom, parrot: Any) -> None:
        self.mailroom, self.house, self.parrot = mailroom, mailroom.house, parrot
        self.alterer = Alterer(mailroom.house, mailroom.accounts)
        self.theirs = self.ours = UUID(int=0)

    async def begin(self) -> None:
        await self.mailroom.arrive(squawk("in-1", at=self.house.now()))
        async with work(self.house, self.mailroom.workspace) as open_work:
            ((row,), _) = await show.rows(open_work, "all", member=None)
            abilities = await show.abilities(open_work, row.id)
            (self.ours,) = await reply(open_work, row.id, Draft(key=ids.new(), text="At nine"), Sender(), abilities)
            self.theirs = (await show.page(open_work, row.id, before=None))[0][0].id
        await self.mailroom.deliver()

    async def wish(self, message: UUID, wish: Wish) -> None:
        async with work(self.house, self.mailroom.workspace) as open_work:
            await acts.ask(open_work, message, wish)

    async def bubble(self, message: UUID | None = None) -> Bubble:
        async with work(self.house, self.mailroom.workspace) as open_work:
            return (await show.bubbles(open_work, [message or self.ours]))[0]

    async def rows(self, what: Any) -> list[str]:
        async with self.house.db.workspace(self.mailroom.workspace) as tx:
            return await tx.rows(str, what)


@pytest.fixture
async def desk(mailroom: Mailroom, parrot: object) -> Desk:
    desk = Desk(mailroom, parrot)
    await desk.begin()
    return desk


async def test_other_words_stand_on_both_sides_and_the_former_are_kept(desk: Desk, ana: Colleague) -> None:
    await desk.wish(desk.ours, Wish(kind="edit", words="At ten", member=ana.id))
    waiting = await desk.bubble()
    assert (waiting.text, [(one.kind, one.status, one.by) for one in waiting.changes]) == (
        "At nine", [("edit", "queued", ana.name)],
    )  # fmt: skip
    assert await desk.alterer.alter() == 1
    (act,) = desk.parrot.ACTS
    assert (act.message, act.address, act.text, act.by, act.content.text) == (
        f"parrot-{desk.ours}", "mia", "At ten", "brand", "At nine",
    )  # fmt: skip
    changed = await desk.bubble()
    assert (changed.text, changed.edited, changed.changes) == ("At ten", ("At nine",), ())
    assert await desk.rows("SELECT action || ' ' || actor_id FROM audit WHERE action LIKE 'message.%%'") == [
        f"message.edit {ana.id}"
    ]
    assert await desk.alterer.alter() == 0


async def test_taken_back_the_words_go_here_too(desk: Desk) -> None:
    await desk.wish(desk.ours, Wish(kind="edit", words="canary"))
    await desk.wish(desk.ours, Wish(kind="unsend"))
    while await desk.alterer.alter():
        pass
    assert [one.text for one in desk.parrot.ACTS] == ["canary", None]
    gone = await desk.bubble()
    assert (gone.text, gone.edited, bool(gone.unsent_at), gone.can) == (None, (), True, frozenset())
    assert await desk.rows("SELECT id::text FROM message_act WHERE words_sealed IS NOT NULL") == []
    assert await desk.rows("SELECT id::text FROM message WHERE direction = 'out' AND content_sealed IS NOT NULL") == []


async def test_what_is_taken_back_while_somebody_asks_for_other_words_is_not_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody comes between the look at the message and the lock: what they did counts."""
    await desk.wish(desk.ours, Wish(kind="unsend"))
    lock = store.lock

    async def late(*where: Any) -> Any:
        monkeypatch.setattr(store, "lock", lock)
        assert await desk.alterer.alter() == 1
        return await lock(*where)

    monkeypatch.setattr(store, "lock", late)
    with pytest.raises(Conflict):
        await desk.wish(desk.ours, Wish(kind="edit", words="canary"))
    assert await desk.rows("SELECT id::text FROM message_act WHERE words_sealed IS NOT NULL") == []
    assert await desk.rows("SELECT id::text FROM message_act WHERE status = 'queued'") == []


async def test_a_sign_is_set_and_taken_away(desk: Desk) -> None:
    for emoji in ("🦜", None):
        await desk.wish(desk.theirs, Wish(kind="react", words=emoji))
        await desk.alterer.alter()
        assert [one.emoji for one in (await desk.bubble(desk.theirs)).reactions] == [emoji] * bool(emoji)
    assert [(one.emoji, one.by, one.message) for one in desk.parrot.ACTS] == [
        ("🦜", "person", "in-1"), (None, "person", "in-1"),
    ]  # fmt: skip


async def test_what_the_platform_refuses_is_said_and_changes_nothing(desk: Desk) -> None:
    desk.parrot.ACT_ANSWERS.append(Refused(why=Refusal.CONTENT, reason="not these words"))
    await desk.wish(desk.ours, Wish(kind="edit", words="At ten"))
    await desk.alterer.alter()
    bubble = await desk.bubble()
    assert bubble.text == "At nine"
    assert [(one.status, one.reason, one.words) for one in bubble.changes] == [("failed", "not these words", "At ten")]
    async with work(desk.house, desk.mailroom.workspace) as open_work:
        await acts.again(open_work, desk.ours)
    await desk.alterer.alter()
    assert (await desk.bubble()).text == "At ten"


async def test_what_may_have_been_done_is_done_again_and_at_last_said_to_be_unknown(desk: Desk, clock: Turned) -> None:
    desk.parrot.ACT_ANSWERS.extend([Unknown(reason="no answer")] * TRIES)
    await desk.wish(desk.ours, Wish(kind="edit", words="At ten"))
    for _ in range(TRIES):
        assert await desk.alterer.alter() == 1
        clock.turn(minutes=2)
    bubble = await desk.bubble()
    assert [(one.status, one.reason) for one in bubble.changes] == [("unknown", "no answer")]
    assert await desk.alterer.alter() == 0
    async with work(desk.house, desk.mailroom.workspace) as open_work:
        await acts.drop(open_work, desk.ours)
    assert (await desk.bubble()).changes == ()


async def test_a_platform_that_never_answers_has_perhaps_done_it(
    desk: Desk, clock: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alter, "SECONDS", 0.05)

    async def hangs(act: Any) -> Any:
        await asyncio.Event().wait()

    desk.parrot.ACT_ANSWERS.append(hangs)
    await desk.wish(desk.ours, Wish(kind="edit", words="At ten"))
    assert await desk.alterer.alter() == 1
    assert [one.status for one in (await desk.bubble()).changes] == ["queued"], "doing it twice is the same as once"
    clock.turn(minutes=1)
    assert await desk.alterer.alter() == 1
    assert (await desk.bubble()).text == "At ten"


async def test_a_platform_that_asks_to_wait_is_asked_later_and_given_up_in_the_end(desk: Desk, clock: Turned) -> None:
    later = TryLater(after=60, reason="slow down")
    desk.parrot.ACT_ANSWERS.extend([later, later])
    await desk.wish(desk.ours, Wish(kind="unsend"))
    await desk.alterer.alter()
    assert await desk.alterer.alter() == 0
    clock.turn(hours=2)
    await desk.alterer.alter()
    assert [one.status for one in (await desk.bubble()).changes] == ["failed"]


async def test_whoever_dies_on_the_way_leaves_it_to_the_next(desk: Desk) -> None:
    """As a process that is killed during the call: what it had in hand is done again, and its own outcome is none."""
    under_way, killed = asyncio.Event(), asyncio.Event()

    async def hangs(_: object) -> Receipt:
        under_way.set()
        await killed.wait()
        return Receipt(id=None)

    desk.parrot.ACT_ANSWERS.append(hangs)
    await desk.wish(desk.ours, Wish(kind="edit", words="At ten"))
    dying = asyncio.create_task(desk.alterer.alter())
    await under_way.wait()
    assert await desk.rows("SELECT status FROM message_act WHERE started_at IS NOT NULL") == ["sending"]
    other = Alterer(desk.house, desk.mailroom.accounts)
    assert await other.alter() == 0  # it is in hand
    async with desk.house.db.workspace(desk.mailroom.workspace) as tx:
        await tx.run("UPDATE message_act SET lease_until = lease_until - %(lease)s", {"lease": LEASE * 2})
    assert await other.alter() == 1
    assert (await desk.bubble()).text == "At ten"
    killed.set()
    await dying
    bubble = await desk.bubble()
    assert (bubble.text, bubble.edited, bubble.changes) == ("At ten", ("At nine",), ())
    assert await desk.rows("SELECT status || attempt FROM message_act") == ["done2"]


async def test_in_order_and_the_newest_wish_of_a_sort_counts(desk: Desk) -> None:
    for words in ("At ten", "At eleven"):
        await desk.wish(desk.ours, Wish(kind="edit", words=words))
    while await desk.alterer.alter():
        pass
    assert [one.text for one in desk.parrot.ACTS] == ["At eleven"]
    assert (await desk.bubble()).edited == ("At nine",)


async def test_within_its_time_it_can_be_undone(desk: Desk, clock: Turned) -> None:
    await desk.wish(desk.ours, Wish(kind="unsend", hold=timedelta(seconds=10)))
    assert await desk.alterer.alter() == 0
    async with work(desk.house, desk.mailroom.workspace) as open_work:
        await acts.undo(open_work, desk.ours)
    clock.turn(minutes=1)
    assert await desk.alterer.alter() == 0
    bubble = await desk.bubble()
    assert (bubble.changes, bubble.unsent_at, desk.parrot.ACTS) == ((), None, [])
    async with work(desk.house, desk.mailroom.workspace) as open_work:
        with pytest.raises(Conflict):
            await acts.undo(open_work, desk.ours)


@pytest.mark.parametrize(
    ("mine", "wish", "error"),
    [
        (False, Wish(kind="edit", words="x"), Conflict),
        (False, Wish(kind="unsend"), Conflict),
        (True, Wish(kind="react", words="🦜"), Conflict),
        (False, Wish(kind="react", words="💥"), Invalid),
        (True, Wish(kind="edit", words="  "), Invalid),
        (True, Wish(kind="edit", words="x" * 201), Invalid),
    ],
)
async def test_only_what_the_platform_can_is_taken(desk: Desk, mine: bool, wish: Wish, error: type[Exception]) -> None:
    with pytest.raises(error):
        await desk.wish(desk.ours if mine else desk.theirs, wish)
    assert await desk.rows("SELECT id::text FROM message_act") == []


async def test_after_its_time_it_is_not_offered_and_not_taken(desk: Desk, clock: Turned) -> None:
    assert (await desk.bubble()).can == {"edit", "unsend"}
    assert (await desk.bubble(desk.theirs)).can == {"react"}
    clock.turn(minutes=61)
    assert (await desk.bubble()).can == {"unsend"}
    with pytest.raises(Conflict):
        await desk.wish(desk.ours, Wish(kind="edit", words="x"))
    clock.turn(minutes=61)
    assert (await desk.bubble()).can == frozenset()


async def test_nobody_elses_message_is_touched(desk: Desk, house: House, other_workspace: UUID) -> None:
    async with work(house, other_workspace) as open_work:
        with pytest.raises(NotFound):
            await acts.ask(open_work, desk.ours, Wish(kind="unsend"))


async def test_what_the_platform_tells_about_a_delivery_is_kept_sealed_and_shown(desk: Desk) -> None:
    from duologue.channels.contract import Progress

    name = f"parrot-{desk.ours}"
    async with work(desk.house, desk.mailroom.workspace) as open_work:
        for status, facts in (("delivered", {"Category": "canary", "Paid": "no"}), ("read", {"Paid": "yes"})):
            told = Progress(status=status, at=desk.house.now(), ids=(name,), facts=facts)  # type: ignore[arg-type]
            await news.hear(open_work, desk.mailroom.channel, [told])
    bubble = await desk.bubble()
    assert (bubble.status, bubble.told) == ("read", {"Category": "canary", "Paid": "yes"})
    assert await desk.rows("SELECT 'found' FROM message WHERE position('canary'::bytea IN told_sealed) > 0") == []


async def test_the_answer_bears_the_token_of_what_it_quotes(desk: Desk) -> None:
    await desk.mailroom.arrive(squawk("in-2", at=desk.house.now(), token="quoted"))
    await desk.mailroom.arrive(squawk("in-3", at=desk.house.now(), token="newest"))
    async with work(desk.house, desk.mailroom.workspace) as open_work:
        ((row,), _) = await show.rows(open_work, "all", member=None)
        quoted = (await show.page(open_work, row.id, before=None))[0][-2].id
        assert await show.newest_in(open_work, row.id) == ("in-3", "newest")
        abilities = await show.abilities(open_work, row.id)
        await reply(open_work, row.id, Draft(key=ids.new(), text="Yes", reply_to=quoted), Sender(), abilities)
    await desk.mailroom.deliver()
    assert (desk.parrot.SENT[-1].token, desk.parrot.SENT[-1].quoted_token) == ("newest", "quoted")
