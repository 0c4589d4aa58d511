"""Mail through the whole house: machines that answer machines stop, and one person's flood leaves others in peace."""

import asyncio
import html
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from uuid import UUID

import aiohttp
import msgspec
import pytest

from duologue.accounts import connect, store
from duologue.accounts import pages as accounts_pages
from duologue.accounts.connected import Accounts
from duologue.accounts.model import AccountRow, State, Wanted
from duologue.accounts.settings import opened
from duologue.channels.contract import Raw
from duologue.channels.email import CHANNEL
from duologue.channels.email.double.people import CAST, Writer, away, seen, written
from duologue.channels.email.settings import Pass
from duologue.channels.email.simulate import BRAND, MailSimulator
from duologue.conversations import show
from duologue.conversations.model import Lane, Row, Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.demo.connect import _all_fields
from duologue.errors import Conflict
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom.deliver import Deliverer
from duologue.mailroom.model import arrival
from duologue.mailroom.sort import Sorter
from duologue.mailroom.store import write_down
from duologue.team import pages as team_pages
from duologue.web import shell
from tests.browser_of import Browser
from tests.cast import Colleague
from tests.channels.email.email_house import ELENA, JONAS

LOUD = Writer("loud@flood.example", "Loud", "apple")


class Post:
    """A mailbox of the brand in the house, and the double behind it; the test takes the steps."""

    def __init__(self, house: House, workspace: UUID, mail: MailSimulator, row: AccountRow) -> None:
        self.house, self.workspace, self.mail, self.row = house, workspace, mail, row
        self.accounts = Accounts(house)
        self.sorter, self.deliverer = Sorter(house, self.accounts), Deliverer(house, self.accounts)

    async def arrive(self, *raws: bytes) -> None:
        safe = await self.house.safe(self.workspace)
        async with self.house.db.door() as tx:
            kept = [arrival(safe, self.row.id, Raw(body=raw), self.house.now()) for raw in raws]
            await write_down(tx, kept)
        while await self.sorter.sort():
            pass

    async def rows(self) -> list[Row]:
        async with work(self.house, self.workspace) as open_work:
            rows, _ = await show.rows(open_work, "all", member=None, most=500)
        return list(rows)

    async def say(self, conversation: UUID, lane: Lane, text: str = "We have got your mail.") -> UUID:
        async with work(self.house, self.workspace) as open_work:
            (message,) = await reply(
                open_work, conversation, Draft(key=ids.new(), text=text), Sender(lane=lane), CHANNEL.abilities
            )
        return message

    async def deliver(self) -> None:
        while claimed := await self.deliverer.claim():
            await self.deliverer._start(claimed)
            while self.deliverer._under_way:
                await asyncio.wait(self.deliverer._under_way)

    async def statuses(self, *messages: UUID) -> list[Status]:
        async with self.house.db.workspace(self.workspace) as tx:
            query = "SELECT status FROM message WHERE id = ANY(%(ids)s) ORDER BY id"
            return [Status(one) for one in await tx.rows(str, query, {"ids": list(messages)})]


@pytest.fixture
async def double(house: House) -> AsyncIterator[MailSimulator]:
    simulator = MailSimulator(house.now)
    await simulator.start()
    yield simulator
    await simulator.close()


@pytest.fixture
async def post(house: House, workspace: UUID, double: MailSimulator) -> AsyncIterator[Post]:
    settings = double.settings()
    given = _all_fields(CHANNEL, settings)
    async with work(house, workspace) as open_work:
        wanted = Wanted(kind="email", given=given, allow=tuple(double.places()))
        row = await connect.make(open_work, wanted, by=None)
    assert row.state is State.ACTIVE
    made = Post(house, workspace, double, row)
    yield made
    await made.accounts.close()


def mail(writer: Writer, text: str = "Hello", *, house: House, to: str = BRAND, subject: str = "") -> bytes:
    return written(writer, text, to=to, at=house.now(), answered=None, subject=subject)


async def test_a_program_does_not_answer_a_machine_and_a_person_may(post: Post) -> None:
    await post.arrive(b"Auto-Submitted: auto-replied\r\n" + mail(CAST[0], "I am away", house=post.house))
    (row,) = await post.rows()
    with pytest.raises(Conflict, match="came from a machine"):
        await post.say(row.id, Lane.AUTOMATED)
    sent = await post.say(row.id, Lane.REPLY)
    await post.deliver()
    assert await post.statuses(sent) == [Status.SENT]


async def test_two_auto_responders_stop_after_one_round(post: Post) -> None:
    await post.arrive(mail(CAST[0], "Do you ship to Norway?", house=post.house))
    (row,) = await post.rows()
    await post.say(row.id, Lane.AUTOMATED)
    await post.deliver()
    (answer,) = post.mail.boxes[JONAS].inbox.mails
    told = message_from_bytes(answer.raw, policy=policy.default)
    assert (str(told["Auto-Submitted"]), str(told["X-Auto-Response-Suppress"])) == ("auto-replied", "All")
    await post.arrive(away(CAST[0], at=post.house.now(), answered=seen(answer.raw)))
    assert [one.id for one in await post.rows()] == [row.id]
    with pytest.raises(Conflict):
        await post.say(row.id, Lane.AUTOMATED)
    await post.deliver()
    assert len(post.mail.boxes[JONAS].inbox.mails) == 1


async def test_a_responder_that_does_not_say_what_it_is_is_answered_ten_times_an_hour(
    post: Post, clock: Turned
) -> None:
    """It answers every answer, in a conversation of its own each time, as if a person wrote."""

    async def round_trip() -> None:
        await post.arrive(mail(CAST[0], f"Got it {ids.new().hex}", house=post.house))
        (row, *_) = [one for one in await post.rows() if one.contact_name == CAST[0].name]
        await post.say(row.id, Lane.AUTOMATED)
        await post.deliver()

    for _ in range(10):
        await round_trip()
    with pytest.raises(Conflict, match="10 times within an hour"):
        await round_trip()
    assert len(post.mail.boxes[JONAS].inbox.mails) == 10
    await post.arrive(mail(CAST[1], "And I?", house=post.house))
    elena = next(row for row in await post.rows() if row.contact_name == CAST[1].name)
    await post.say(elena.id, Lane.AUTOMATED)
    clock.turn(minutes=61)
    await round_trip()
    assert len(post.mail.boxes[JONAS].inbox.mails) == 11
    assert len(post.mail.boxes[ELENA].inbox.mails) == 1


async def test_a_flood_of_one_persons_mail_leaves_others_in_peace(post: Post) -> None:
    """All of it is kept, in ten lines of the inbox; whoever else wrote has a line, and is answered at once."""
    others = {writer.name: mail(writer, "Hello from me", house=post.house) for writer in CAST}
    flood = [mail(LOUD, f"Look {number}", house=post.house, subject=f"Offer {number}") for number in range(100)]
    await post.arrive(*flood[:50], *others.values(), *flood[50:])
    await post.arrive(*[mail(LOUD, f"More {number}", house=post.house) for number in range(20)])
    rows = await post.rows()
    by_name = {name: [row for row in rows if row.contact_name == name] for name in {row.contact_name for row in rows}}
    assert {name: len(its) for name, its in by_name.items()} == {"Loud": 10, **dict.fromkeys(others, 1)}
    assert [row.unread for name in others for row in by_name[name]] == [1, 1, 1]
    assert sum(row.unread for row in by_name["Loud"]) == 120
    sent = await post.say(by_name[CAST[2].name][0].id, Lane.REPLY)
    await post.deliver()
    assert await post.statuses(sent) == [Status.SENT]


async def test_who_writes_now_and_then_has_a_conversation_for_each(post: Post) -> None:
    for number in range(4):
        await post.arrive(mail(CAST[0], f"Question {number}", house=post.house, subject=f"Question {number}"))
    async with post.house.db.workspace(post.workspace) as tx:
        await tx.run("UPDATE conversation SET created_at = now() - interval '11 minutes'")
    for number in range(3):
        await post.arrive(mail(CAST[0], f"Later {number}", house=post.house, subject=f"Later {number}"))
    assert len(await post.rows()) == 7


async def test_keys_that_were_renewed_are_stored_and_the_form_keeps_them(post: Post, double: MailSimulator) -> None:
    """Sealed as all settings; whoever saves the form in the meantime loses none."""
    access, refresh, _ = double.oauth.granted()
    signed = msgspec.structs.replace(
        double.settings_by_sign_in((access, refresh, 0.0)), signed_in=Pass(access=access, refresh=refresh, until=0.0)
    )
    async with work(post.house, post.workspace) as open_work:
        known = opened(open_work.safe, post.row)[1]
        await connect.renewed(open_work, post.row.id, signed, was=known)
        await connect.change(open_work, post.row.id, "", {"display_name": "Another"}, by=None)
    post.accounts.forget()
    connected = await post.accounts.get(post.row.id)
    assert connected
    await CHANNEL.refresh(connected.account)
    async with post.house.db.workspace(post.workspace) as tx:
        row = await store.one(tx, post.row.id)
    assert row
    stored = opened(await post.house.safe(post.workspace), row)[1]
    assert stored.signed_in.refresh not in {refresh, ""}
    assert stored.display_name == "Another"
    assert double.oauth.knows(BRAND, stored.signed_in.access)
    assert stored.signed_in.access.encode() not in row.settings_sealed


async def test_an_administrator_signs_in_at_the_provider_and_mail_flows(
    house: House, double: MailSimulator, ana: Colleague
) -> None:
    """From the connect page to the provider and back, then a mail out with the key; and again when all is revoked."""
    signing = double.settings_by_sign_in()
    async with work(house, ana.workspace) as open_work:
        wanted = Wanted(kind="email", given=_all_fields(CHANNEL, signing), allow=tuple(double.places()))
        row = await connect.make(open_work, wanted, by=None)
    assert row.state is State.DRAFT
    made = Post(house, ana.workspace, double, row)
    app = shell.build(house, [*team_pages.routes(house), *accounts_pages.routes(house)])
    try:
        async with Browser(app) as browser:
            await browser.sign_in(ana)
            await _sign_in(browser, double, row.id)
            await made.arrive(mail(CAST[0], "Do you ship?", house=house))
            (seen_row,) = await made.rows()
            sent = await made.say(seen_row.id, Lane.REPLY)
            await made.deliver()
            assert await made.statuses(sent) == [Status.SENT]
            double.oauth.revoke()
            waiting = await made.say(seen_row.id, Lane.REPLY)
            await made.deliver()
            page = await browser.get(f"/settings/channels/{row.id}")
            assert "was revoked, the password was changed" in page.text
            await _sign_in(browser, double, row.id)
            made.accounts.forget()
            async with house.db.workspace(ana.workspace) as tx:
                await tx.run("UPDATE message SET due_at = now() - interval '1 day' WHERE status = 'queued'")
            await made.deliver()
            assert await made.statuses(sent, waiting) == [Status.SENT, Status.SENT]
            assert len(double.boxes[JONAS].inbox.mails) == 2
    finally:
        await made.accounts.close()


async def _sign_in(browser: Browser, double: MailSimulator, account: UUID) -> None:
    """As a person does it: the button, the provider's page, and back."""
    page = (await browser.post(f"/settings/channels/{account}/sign-in")).text
    to = html.unescape(page.partition(f'href="{double.oauth.at}')[2].partition('"')[0])
    async with aiohttp.ClientSession() as outside, outside.get(f"{double.oauth.at}{to}", allow_redirects=False) as led:
        back = led.headers["Location"]
    answer = await browser.get(back)
    assert answer.headers["location"] == f"/settings/channels/{account}#checks"
    assert f"Signed in for {BRAND}" in (await browser.get(answer.headers["location"])).text
