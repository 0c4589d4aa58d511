"""A page that was drawn before and heard the stream is what would be drawn now, whatever happens."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from duologue.accounts import connect
from duologue.channels.contract import (
    Content,
    Edited,
    Kind,
    Media,
    Moved,
    Opted,
    Progress,
    Reacted,
    Receipt,
    Refusal,
    Refused,
    Said,
    Unknown,
    Unsent,
)
from duologue.consent import ledger
from duologue.conversations import attend, reply
from duologue.conversations.fragments import AROUND
from duologue.kernel.acts import record
from duologue.mailroom.fetch import Fetcher
from duologue.team import invite, keys, roles
from duologue.team.model import Role
from tests.cast import Colleague, join
from tests.live.conftest import Served
from tests.live.kinds import acts, kinds, told_in
from tests.live.story import Story, begun, said
from tests.parrot import Mailroom


async def test_what_people_say_and_take_back(
    served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague
) -> None:
    story, now = await begun(served, mailroom, ana, ben)
    async with story.watched():
        await story.hears("receive", said("b2", "Hello?", now))
        await story.hears("receive in the other", said("a2", "And me?", now + timedelta(minutes=1), "jonas"))
        await story.hears("receive from somebody new", said("c1", "First time", now + timedelta(minutes=3), "aiko"))
        await story.hears("receive late", said("b0", "before that", now - timedelta(hours=1)))
        await story.hears("receive twice, and another", said("b2", "Hello?", now), said("b3", "Hi", now))
        await story.hears("receive from the platform's app", said("b4", "From my phone", now, by="brand"))
        await story.hears("receive an answer to it", said("b5", "Which one?", now, reply_to="b3"))
        await story.hears("react", Reacted(id="b3", address="mia", at=now, emoji="👍"))
        await story.hears("react otherwise", Reacted(id="b3", address="mia", at=now, emoji="🌻"))
        await story.hears("take the reaction away", Reacted(id="b3", address="mia", at=now, emoji=None))
        await story.hears("edit", Edited(id="b2", address="mia", at=now, text="Hello you?"))
        await story.hears("edit the last", Edited(id="b5", address="mia", at=now, text="Which of them?"))
        await story.hears("unsend the last", Unsent(id="b5", address="mia", at=now))
        await story.hears("unsend", Unsent(id="b2", address="mia", at=now))
    story.ends(
        "conversation.created", "message.received", "message.reacted", "message.edited", "message.unsent",
    )  # fmt: skip


async def test_what_becomes_of_an_answer(served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> None:
    story, now = await begun(served, mailroom, ana, ben)
    async with story.watched():
        await story.answers("reply", "Until six")
        await story.sends("settle sent", Receipt(id="p1"))
        await story.hears("progress delivered", Progress(status="delivered", at=now, address="mia", ids=("p1",)))
        await story.hears("progress read", Progress(status="read", at=now, address="mia", ids=("p1",)))
        failed = await story.answers("reply again", "rude")
        await story.sends("settle refused", Refused(why=Refusal.CONTENT, reason="rude (code 7)"))
        await story.does("retry", lambda open_work: reply.retry(open_work, failed))
        await story.sends("settle unknown", Unknown(reason="the line went dead"))
        await story.does("resolve", lambda open_work: reply.resolve(open_work, failed, sent=True))
        held = await story.answers("reply that can be undone", "Oh", timedelta(hours=1))
        await story.does("undo", lambda open_work: reply.undo(open_work, held))
        await story.answers("reply whose echo comes first", "Echo")
        await story.hears("echo", said("p2", "Echo", now, by="brand"))
        await story.sends("settle what was echoed", Receipt(id="p2"))
    story.ends("message.queued", "message.status", "message.received", "message.gone")


async def test_what_the_team_does(served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> None:
    story, now = await begun(served, mailroom, ana, ben)
    async with story.watched():
        await story.does("read", lambda open_work: attend.read(open_work, story.conversations[0]))
        await story.attends("assign to me", attend.assign, ana.id)
        await story.attends("assign to somebody else", attend.assign, ben.id)
        await story.attends("assign to nobody", attend.assign, None)
        await story.attends("close", attend.close)
        await story.hears("receive in a closed one", said("b2", "One more thing", now))
        await story.attends("close again", attend.close)
        await story.attends("reopen", attend.reopen)
        await story.attends("snooze", attend.snooze, served.house.now() + timedelta(hours=3))
        await story.hears("receive in a snoozed one", said("b3", "Hello?", now))
        await story.attends("assign to me again", attend.assign, ana.id)
        await story.attends("snooze what is mine", attend.snooze, served.house.now() + timedelta(minutes=5))
        served.house.now.turn(minutes=6)  # type: ignore[attr-defined]
        story._screens = {where: await story._drawn(*where) for where in story._places()}  # the browser's own clock
        await story.does("awake", attend.awake)
    story.ends("conversation.changed", "message.received")


async def test_what_is_quoted_changes_with_what_it_quotes(
    served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague
) -> None:
    story, now = await begun(served, mailroom, ana, ben)
    async with story.watched():
        await story.hears("receive an answer to it", said("b2", "Well?", now, reply_to="b1"))
        await story.hears("edit what is quoted", Edited(id="b1", address="mia", at=now, text="Are you open?"))
        await story.hears("unsend what is quoted", Unsent(id="b1", address="mia", at=now))
    story.ends("message.received", "message.edited", "message.unsent")


async def test_what_becomes_known_of_somebody(
    served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague
) -> None:
    story, now = Story(served, mailroom, ana, ben), served.house.now() - timedelta(hours=1)
    await story.begin(Said(id="b1", address="mia", at=now, content=Content(text="Is it open?")))
    async with story.watched():
        await story.hears("receive with a name", said("b2", "It is me", now, "mia"))
        await story.hears("move", Moved(address="mia", to="mia-new", at=now))
        await story.hears("receive from the new address", said("d1", "My new number", now, "mia-new"))
        await story.hears("edit what is last there", Edited(id="d1", address="mia-new", at=now, text="My number"))
        await story.hears("receive at the old one", said("b3", "Still here too", now + timedelta(minutes=1)))
        await story.hears("stop", Opted(address="mia-new", at=now, stopped=True, scope="all"))
        first = story.conversations[0]
        await story.does("go on, as we were told", lambda w: ledger.say(w, first, stopped=False, by=ana.id))
    story.ends("message.received", "message.edited", "contact.changed", "conversation.created", "conversation.changed")


async def test_what_becomes_of_a_file(served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> None:
    story, now = await begun(served, mailroom, ana, ben)
    async with story.watched():
        picture = Media(kind=Kind.IMAGE, name="cat.png", mime="image/png", url="http://127.0.0.1:1/cat.png")
        await story.hears(
            "receive a file", Said(id="b2", address="mia", at=now, content=Content(text="Look", media=(picture,)))
        )
        assert await Fetcher(served.house, mailroom.accounts).fetch() == 1
        await story.happened("the file cannot be fetched")
    story.ends("message.received", "message.file")


async def test_who_comes_and_goes_in_the_team(
    served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague
) -> None:
    story, _ = await begun(served, mailroom, ana, ben)
    async with story.watched():
        await story.attends("assign to Ben", attend.assign, ben.id)
        await story.answers("reply", "Until six")
        await story.acts("invite", invite.make, Role.AGENT, "carla@lume.example")
        async with served.house.db.workspace(ana.workspace) as tx:
            carla = await join(tx, "Carla", "carla@lume.example", "agent")
        await story.acts("join", lambda tx, act: record(tx, act, "member.joined", carla.id, topic="team"))
        own = {"name": "Ana R.", "language": "en", "theme": "dark", "undo_seconds": "0"}
        await story.posts("be called otherwise", "/settings/profile", **own)
        await story.acts("another role", roles.change, carla.id, Role.ADMINISTRATOR)
        await story.acts("deactivate", roles.deactivate, carla.id)
        await story.acts("activate", roles.activate, carla.id)
        await story.acts("make a key", keys.make, "a program")
    story.ends(
        "conversation.changed", "message.queued", "invite.changed", "member.changed", "key.changed",
    )  # fmt: skip


async def test_what_becomes_of_an_account(served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> None:
    story, _ = await begun(served, mailroom, ana, ben)
    where = (ana.workspace, mailroom.channel)
    async with story.watched():
        await story.does("pause", lambda w: connect.pause(w, mailroom.channel, by=ana.id))
        await story.does("resume", lambda w: connect.resume(w, mailroom.channel, by=ana.id))
        await mailroom.accounts.broken(*where, "the key was taken away")
        await story.happened("break")
        await mailroom.accounts.well(*where)
        await story.happened("mend")
        await story.does("be called otherwise", lambda w: connect.change(w, mailroom.channel, "Kea", {}, by=ana.id))
        await mailroom.keep(b"poison")
        await mailroom.sort()
        async with served.house.db.workspace(ana.workspace) as tx:
            (held,) = await tx.rows(UUID, "SELECT id FROM arrival WHERE state = 'quarantined'")
        await story.posts("discard what cannot be read", f"/settings/quarantine/{held}/discard")
        await story.does("disconnect", lambda w: connect.disconnect(w, mailroom.channel, by=ana.id))
    story.ends("channel.changed", "arrival.changed")


def test_every_kind_of_event_has_a_story() -> None:
    assert kinds() == told_in(Path(__file__))


QUIET = {
    "arrival.discarded", "arrival.replayed", "channel.places_allowed", "channel.renewed", "channel.troubled",
    "invite.made", "invite.withdrawn", "key.made", "key.revoked", "member.password_changed", "member.role_changed",
}  # fmt: skip
"""Acts that change nothing on the pages that others look at."""


def test_of_every_act_it_is_known_whether_pages_show_it() -> None:
    shown = {f"{kind.split('.')[0]}.{state}" for kind, states in AROUND.items() for state in states}
    assert shown & QUIET == set()
    assert acts() == shown | QUIET
