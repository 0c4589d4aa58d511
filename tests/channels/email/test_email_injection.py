"""Whatever people call themselves, ask about or name their files: a value in one header, and never another one."""

import re
from email import message_from_bytes, policy

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duologue.channels.contract import Kind, Media, Refusal, Refused
from duologue.channels.email import CHANNEL
from duologue.channels.email.compose import NotMailable, compose
from duologue.channels.email.settings import Settings, fresh
from tests.channels.email.email_house import JONAS, an_answer

KNOWN = {
    "From", "To", "Subject", "Date", "Message-ID", "X-DM-Message-ID", "MIME-Version", "In-Reply-To", "References",
    "Reply-To", "Auto-Submitted", "X-Auto-Response-Suppress", "x-dm-hops", "List-Unsubscribe", "List-Unsubscribe-Post",
    "Precedence", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition",
}  # fmt: skip
BREAKS = [
    "\r\n",
    "\n",
    "\r",
    "\r\n ",
    "\n\t",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\x00",
    "=?utf-8?q?=0D=0A?=",
]
EVIL = [f"x{one}Bcc: victim@example.com" for one in BREAKS]
OURS = msgspec.structs.replace(fresh(), address="support@brand.example", display_name="Brand")
FIELDS = ["author", "display_name", "subject", "address", "file name", "mime", "reference", "reply_to", "leave"]
PIECES = [*'aZ:;,<>@"\\=?._- \r\n\0\t\x85\u2028é漢😀', "Bcc: x@y.example", "\r\n\r\n"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def written(field: str, text: str) -> bytes:
    """A mail with this text in this place; raises `NotMailable`."""
    ours: Settings = OURS
    more: dict[str, object] = {"bulk": True, "automated": True, "leave": "https://inbox.example/leave/ab"}
    name, mime, address = "a.pdf", "application/pdf", JONAS
    if field == "display_name":
        ours = msgspec.structs.replace(OURS, display_name=text)
    elif field == "file name":
        name = text
    elif field == "mime":
        mime = text
    elif field == "address":
        address = text
    elif field == "reference":
        more["references"] = (text, f"<{text}@x.example>", f"{text}@x.example", "ok@x.example")
    else:
        more[field] = text
    return compose(
        ours, an_answer(address, "Hello", media=(Media(kind=Kind.FILE, name=name, mime=mime, data=b"x"),), **more)
    )


def names(raw: bytes) -> set[str]:
    """Of every header of every part, by the letter of the standard: a line is what ends with CRLF."""
    found: set[str] = set()
    for head in re.split(rb"\r\n--=_dm_[0-9a-f_a]+\r\n", raw):
        for line in head.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            if line[:1] not in b" \t":
                found.add(line.partition(b":")[0].decode("utf-8", "replace"))
    return found


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", EVIL)
def test_no_field_becomes_a_header(field: str, text: str) -> None:
    try:
        raw = written(field, text)
    except NotMailable:
        return
    assert names(raw) <= KNOWN
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw.partition(b"\r\n\r\n")[0]) is None
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Bcc"] is None
    assert [part["Bcc"] for part in mail.walk()] == [None] * len(list(mail.walk()))


@pytest.mark.parametrize("field", FIELDS)
@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_nothing_that_can_be_typed_becomes_a_header(field: str, text: str) -> None:
    try:
        raw = written(field, text)
    except NotMailable:
        return
    assert names(raw) <= KNOWN
    assert b"\x00" not in raw.partition(b"\r\n\r\n")[0]


def test_the_proof_would_see_a_header_that_was_slipped_in() -> None:
    raw = written("subject", "Hello").replace(b"Subject: ", b"Subject: x\r\nBcc: victim@example.com\r\nX: ", 1)
    assert "Bcc" in names(raw)


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nRCPT TO:<victim@example.com>", "a@b.example> SIZE=1", "<>", "a b@c.d"]
)
async def test_no_address_becomes_a_command(double, account, address: str) -> None:
    outcome = await CHANNEL.send(account, an_answer(address, "Hello"))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.BAD_REQUEST
    assert double.brand.sent.mails == []


@pytest.mark.parametrize("text", ["x\r\nBcc: victim@example.com", "x\nBcc: victim@example.com", "x\x00"])
@pytest.mark.parametrize("field", ["author", "display_name", "subject", "address"])
def test_what_people_see_in_a_header_is_refused_with_a_break_in_it(field: str, text: str) -> None:
    with pytest.raises(NotMailable):
        written(field, text)
