"""The double shows its people what a mail program would, and can be run alone."""

import asyncio
import imaplib
import re
import sys

import pytest

from duologue.channels.email import CHANNEL
from duologue.channels.simulation import Simulator
from tests.channels.email.email_house import ELENA, JONAS, House, an_answer


async def test_a_screen_shows_both_sides_in_order(double: Simulator, account):
    await double.say(JONAS, "Do you ship to Norway?")
    await CHANNEL.send(account, an_answer(JONAS, "Yes, we do."))
    await double.say(JONAS, "Wonderful.")
    shown = [(bubble.by, bubble.text, bubble.author) for bubble in double.screen(JONAS)]
    assert shown == [
        ("person", "Do you ship to Norway?", None),
        ("brand", "Yes, we do.", "Ana at Duologue Demo"),
        ("person", "Wonderful.", None),
    ]
    assert double.screen(ELENA) == []


async def test_whoever_watches_is_told(double, account):
    told = []
    double.watch(lambda: told.append(True))
    await double.say(JONAS, "Hello")
    await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert len(told) == 2


async def test_every_button_does_what_it_says(double):
    for name in double.commands():
        assert (await double.command(name)).endswith(".")
    with pytest.raises(KeyError):
        await double.command("explode")


async def test_a_mail_delivered_twice_is_one_message(double, account):
    await double.say(JONAS, "Hello")
    await double.command("deliver_twice")
    house = House(account)
    house.open()
    await house.has(2)
    await house.close()
    first, second = house.events()
    assert first.id == second.id


async def test_it_runs_alone():
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "duologue.channels.email.simulate", "--imap-port", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert program.stdout
        async with asyncio.timeout(20):
            line = (await program.stdout.readline()).decode()
        found = re.search(r"IMAP 127.0.0.1:(\d+), SMTP 127.0.0.1:\d+, password (\w+)", line)
        assert found, line

        def sign_in() -> str:
            with imaplib.IMAP4("127.0.0.1", int(found[1])) as client:
                client.login("support@duologue.example", found[2])
                return client.select("INBOX", readonly=True)[0]

        assert await asyncio.to_thread(sign_in) == "OK"
    finally:
        program.terminate()
        await program.wait()
