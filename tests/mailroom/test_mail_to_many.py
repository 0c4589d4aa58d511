# ruff: noqa: F811 (fixtures are asked for by name)
"""Mail to many, from the outbox to the reader and back: who wants no more, or is not there, is left alone."""

import re
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from duologue.channels.email.double.bounce import bounce
from duologue.channels.email.double.people import CAST
from duologue.conversations.model import Lane, Status
from duologue.errors import Conflict
from duologue.kernel.house import House
from duologue.mailroom import pages as mailroom_pages
from duologue.web import shell
from tests.browser_of import AT
from tests.cast import Colleague
from tests.channels.email.email_house import JONAS
from tests.mailroom.test_mail_in_the_house import Post, double, mail, post  # noqa: F401

ARF = """\
From: FBL <fbl@isp.example>
To: {to}
Message-ID: <arf@isp.example>
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

A complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: F/1
Version: 1

--b
Content-Type: text/rfc822-headers

{head}

--b--
"""


@pytest.fixture
async def reader(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever touches the link: no cookie, nobody signed in."""
    app = shell.build(house, mailroom_pages.routes(house))
    transport = httpx.ASGITransport(app=app, client=("192.0.2.9", 40000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=AT) as client:
        yield client


async def newsletter(post: Post) -> EmailMessage:
    """One goes to Jonas; what lies in his mailbox then."""
    await post.arrive(mail(CAST[0], "Do you ship to Norway?", house=post.house))
    (row,) = await post.rows()
    await post.say(row.id, Lane.BULK, "Boots are half price.")
    await post.deliver()
    (sent,) = post.mail.boxes[JONAS].inbox.mails
    read: Any = message_from_bytes(sent.raw, policy=policy.default)
    return read


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body
    return body.get_content()


async def consents(post: Post) -> list[str]:
    async with post.house.db.workspace(post.workspace) as tx:
        return await tx.rows(str, "SELECT scope || ' ' || stopped || ' ' || via FROM consent ORDER BY at, id")


async def may_not(post: Post, lane: Lane) -> None:
    (row,) = [one for one in await post.rows() if one.contact_name == CAST[0].name]
    with pytest.raises(Conflict, match="asked not to be written to"):
        await post.say(row.id, lane)


async def test_the_way_out_stands_in_both_bodies_and_one_click_confirms_it(
    post: Post, reader: httpx.AsyncClient
) -> None:
    got = await newsletter(post)
    (written,) = re.findall(r"Unsubscribe: (\S+)", part(got, "plain"))
    (linked,) = re.findall(r'<a href="([^"]+)">Unsubscribe</a>', part(got, "html"))
    assert written == unescape(linked)
    assert f"<{written}>" in str(got["List-Unsubscribe"])
    path = urlsplit(written).path
    looked = await reader.get(path)
    assert (looked.status_code, looked.text.count("<form")) == (200, 1)
    assert await consents(post) == [], "a look is no click"
    assert (await reader.post(path)).status_code == 200
    assert await consents(post) == ["bulk true person"]
    await may_not(post, Lane.BULK)


async def test_it_speaks_the_language_of_the_house(post: Post, ana: Colleague) -> None:
    async with post.house.db.workspace(post.workspace) as tx:
        await tx.run("UPDATE member SET locale = 'de' WHERE id = %(id)s", {"id": ana.id})
    got = await newsletter(post)
    assert "Abmelden: " in part(got, "plain")
    assert '<p lang="de">' in part(got, "html")


async def test_the_line_is_the_mails_and_not_the_messages(post: Post) -> None:
    got = await newsletter(post)
    assert part(got, "plain").startswith("Boots are half price.")
    assert "nsubscribe" not in str([one.last_text for one in await post.rows()])


async def test_who_is_not_there_gets_nothing_more_that_goes_to_many(post: Post, house: House) -> None:
    await newsletter(post)
    (sent,) = post.mail.boxes[JONAS].inbox.mails
    await post.arrive(bounce(sent.raw, to="support@duologue.example", recipient="x@elsewhere.example", at=house.now()))
    assert await consents(post) == ["bulk true platform"]
    await may_not(post, Lane.BULK)
    (row, *_) = await post.rows()
    await post.say(row.id, Lane.REPLY)


async def test_who_complains_to_their_provider_is_heard_even_if_it_hides_their_name(post: Post) -> None:
    await newsletter(post)
    (sent,) = post.mail.boxes[JONAS].inbox.mails
    head = re.sub(rb"(?m)^To:.*\r\n", b"To: redacted@isp.example\r\n", sent.raw.partition(b"\r\n\r\n")[0])
    await post.arrive(ARF.format(to="support@duologue.example", head=head.decode()).replace("\n", "\r\n").encode())
    assert await consents(post) == ["bulk true platform"]
    await may_not(post, Lane.BULK)


async def test_a_server_that_knows_nobody_there_stops_what_goes_to_many(post: Post) -> None:
    await post.arrive(mail(CAST[0], "Hello", house=post.house))
    (row,) = await post.rows()
    post.mail.smtp.faults.next_recipient.append("550 5.1.1 No such user")
    sent = await post.say(row.id, Lane.BULK)
    await post.deliver()
    assert await post.statuses(sent) == [Status.FAILED]
    assert await consents(post) == ["bulk true platform"]


async def test_a_report_of_another_workspaces_mail_stops_nobody(post: Post, other_workspace: UUID) -> None:
    await newsletter(post)
    (sent,) = post.mail.boxes[JONAS].inbox.mails
    forged = re.sub(rb"dm\.[0-9a-f]{32}\.", b"dm." + b"0" * 32 + b".", sent.raw)
    await post.arrive(bounce(forged, to="support@duologue.example", recipient=JONAS, at=post.house.now()))
    assert await consents(post) == []
