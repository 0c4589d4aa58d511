"""Every mail that lies in the mailbox is handed over, whatever the server or other programs do."""

import asyncio
import importlib
import time

from duologue.channels.contract import Said, Trouble, Unreadable
from duologue.channels.email import CHANNEL
from duologue.channels.email.imap import mailbox
from tests.channels.email.email_house import ELENA, JONAS, House, changed, reaching


async def test_a_mail_comes_in_while_the_server_is_waited_upon(double, house):
    house.open()
    await house.is_settled()
    await double.say(JONAS, "Do you ship to Norway?")
    await house.has(1)
    (said,) = house.events()
    assert isinstance(said, Said)
    assert (said.address, said.content.text, said.by) == (JONAS, "Do you ship to Norway?", "person")
    assert said.person.name == "Jonas Weber"


async def test_idle_brings_a_mail_long_before_the_next_look(double, house):
    house.account = changed(house.account, poll_seconds=300)
    house.open()
    await house.is_settled()
    started = time.monotonic()
    await double.say(JONAS, "Quickly")
    await house.has(1)
    assert time.monotonic() - started < 30


async def test_mail_between_opening_and_waiting_is_found(double, house, monkeypatch):
    """The moment in which a mail is neither in the first look nor told of: it comes right before IDLE."""
    original = mailbox.Mailbox.wait
    arrived = []

    async def wait(waiting, seconds):
        if not arrived:
            arrived.append(True)
            await double.say(JONAS, "In between")
        await original(waiting, seconds)

    monkeypatch.setattr(mailbox.Mailbox, "wait", wait)
    house.account = changed(house.account, poll_seconds=300)
    house.open()
    await house.has(1, seconds=30)


async def test_mail_from_before_the_account_was_connected_stays_away(double, account):
    double.deliver(b"From: old@mail.example\r\n\r\nOld", at=account.clock().replace(year=2020))
    double.deliver(b"From: new@mail.example\r\n\r\nNew")
    house = House(account)
    house.open()
    await house.has(1)
    await house.close()
    assert [event.address for event in house.events()] == ["new@mail.example"]


async def test_history_is_taken_over_where_it_is_asked_for(double, account):
    double.deliver(b"From: old@mail.example\r\n\r\nOld", at=account.clock().replace(year=2020))
    house = House(changed(account, history_days=4000))
    house.open()
    await house.has(1)
    await house.close()


async def test_a_server_without_idle_is_asked(double, house):
    double.imap.faults.idle_offered = False
    house.account = changed(house.account, poll_seconds=1)
    house.open()
    await house.is_settled()
    await double.say(JONAS, "Hello")
    await house.has(1)
    assert "IDLE" not in double.imap.faults.commands


async def test_a_server_that_tells_nothing_is_looked_at(double, house):
    await double.command("deaf")
    house.account = changed(house.account, poll_seconds=1)
    house.open()
    await house.is_settled()
    await double.say(JONAS, "Hello")
    await house.has(1)


async def test_after_a_good_bye_it_comes_back(double, house):
    house.open()
    await house.is_settled()
    await double.command("bye")
    await double.say(JONAS, "Still there?")
    await house.has(1)


async def test_mail_that_came_while_the_server_was_down_is_found(double, house):
    house.open()
    await house.is_settled()
    await double.command("down")
    await double.say(JONAS, "One")
    await double.say(ELENA, "Two")
    await double.command("up")
    await house.has(2)
    assert {event.content.text for event in house.events()} == {"One", "Two"}


async def test_what_was_handed_over_is_not_handed_over_again(double, house):
    house.open()
    await house.is_settled()
    await double.say(JONAS, "One")
    await house.has(1)
    await double.say(JONAS, "Two")
    await house.has(2)
    await house.close()
    await double.say(JONAS, "Three")
    house.open()
    await house.has(3)
    assert [event.content.text for event in house.events()] == ["One", "Two", "Three"]


async def test_the_last_mail_is_not_new_for_ever(double, account):
    """`n:*` names the last mail even where its number is lower than n."""
    await double.say(JONAS, "One")
    async with await mailbox.Mailbox.open(account.egress, account.settings) as opened:
        await opened.examine("INBOX")
        assert [one.uid for one in await opened.after(0)] == [1]
        assert await opened.after(1) == []


async def test_a_hand_over_that_fails_is_repeated(double, house):
    house.open()
    await house.is_settled()
    house.refusals = 1
    await double.say(JONAS, "Keep me")
    await house.has(1)
    assert [event.content.text for event in house.events()] == ["Keep me"]


async def test_nothing_is_marked_as_read(double, house):
    house.open()
    await house.is_settled()
    await double.say(JONAS, "Hello")
    await house.has(1)
    assert double.brand.inbox.mails[0].flags == set()
    assert not any(word.startswith(("SELECT", "UID STORE")) for word in double.imap.faults.commands)


async def test_mail_that_another_program_has_read_is_not_missed(double, account):
    await double.say(JONAS, "Hello")
    double.brand.inbox.mails[0].flags.add("\\Seen")
    house = House(account)
    house.open()
    await house.has(1)
    await house.close()


async def test_a_deleted_mail_takes_no_neighbour_with_it(double, account):
    for text in ("One", "Two", "Three"):
        await double.say(JONAS, text)
    house = House(account)
    double.brand.inbox.remove(double.brand.inbox.mails[1])
    house.open()
    await house.has(2)
    await house.close()
    assert [event.content.text for event in house.events()] == ["One", "Three"]


async def test_a_mail_that_the_server_holds_back_is_set_aside_and_its_neighbours_come(double, account):
    for text in ("One", "Two", "Three"):
        await double.say(JONAS, text)
    double.imap.faults.held_back.add(2)
    house = House(account)
    house.open()
    await house.has(3)
    await house.close()
    assert [type(event) for event in house.events()] == [Said, Unreadable, Said]


async def test_new_numbers_lose_nothing_and_double_nothing_but_known_ids(double, house):
    house.open()
    await house.is_settled()
    await double.say(JONAS, "Before")
    await house.has(1)
    await double.command("renumber")
    await double.say(JONAS, "After")
    await house.has(3)
    before, *again = [event.id for event in house.events()]
    assert before in again
    assert len(set(again)) == 2


async def test_sent_mail_is_read_as_what_the_brand_said(double, house):
    house.account = changed(house.account, poll_seconds=1)
    house.open()
    await house.is_settled()
    double.brand.sent.put(b"From: support@duologue.example\r\nTo: Jonas <%b>\r\n\r\nTyped by hand" % JONAS.encode())
    await house.has(1)
    (said,) = house.events()
    assert (said.by, said.address, said.content.text) == ("brand", JONAS, "Typed by hand")


async def test_too_large_a_mail_is_told_of_and_not_fetched(double, account, monkeypatch):
    monkeypatch.setattr(importlib.import_module("duologue.channels.email.listen"), "MOST_BYTES", 2000)
    double.deliver(b"From: big@mail.example\r\nSubject: Huge\r\n\r\n" + b"x" * 5000)
    house = House(account)
    house.open()
    await house.has(1)
    await house.close()
    (said,) = house.events()
    assert said.content.subject == "Huge"
    assert "too large" in said.content.text
    assert len(house.raws[0].body) < 1000


async def test_stopping_takes_no_time_while_the_server_is_waited_upon(double, house):
    house.open()
    await house.is_settled()
    started = time.monotonic()
    await house.close()
    assert time.monotonic() - started < 2


async def test_a_refused_login_is_told_once(double, house):
    house.account = changed(house.account, imap_password="wrong")
    house.open()
    await house.has(1)
    (trouble,) = house.events()
    assert isinstance(trouble, Trouble)
    assert "refuses the login" in trouble.reason


async def test_an_inside_server_that_nobody_allowed_is_not_reached(double, account):
    house = House(reaching(account, []))
    house.open()
    await house.has(1)
    await house.close()
    assert "inside address" in house.events()[0].reason
    assert double.imap.faults.commands == []


async def test_many_mails_come_in_order(double, account):
    for number in range(120):
        double.deliver(b"From: n%d@mail.example\r\n\r\nNumber" % number)
    house = House(account)
    house.open()
    await house.has(120)
    await house.close()
    assert [event.address for event in house.events()] == [f"n{number}@mail.example" for number in range(120)]


async def test_a_stalled_server_is_left(house, double, monkeypatch):
    monkeypatch.setattr(mailbox, "_SECONDS", 0.3)
    stalled = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = stalled.sockets[0].getsockname()[1]
    lost = changed(house.account, imap_port=port)
    lost = type(lost)(
        **{
            **{f: getattr(lost, f) for f in lost.__struct_fields__},
            "egress": lost.egress.allowing([f"127.0.0.1:{port}"]),
        }
    )
    try:
        async with asyncio.timeout(5):
            checks = await CHANNEL.check(lost)
    finally:
        stalled.close()
    assert not checks[0].ok
    assert "silent" in checks[0].words


async def test_thousands_of_scattered_numbers_are_asked_for_in_pieces(double, account):
    for number in range(1200):
        double.deliver(b"From: n@mail.example\r\n\r\n%d" % number)
    async with await mailbox.Mailbox.open(account.egress, account.settings) as opened:
        await opened.examine("INBOX")
        found = await opened.about(range(1, 1201, 2))
    assert [one.uid for one in found] == list(range(1, 1201, 2))
    assert max(len(command) for command in double.imap.faults.commands) < 4000
