"""Text, names and mail of strangers, made to take long, to loop, or to be taken for something else."""

import time
from collections.abc import Callable
from uuid import UUID

import msgspec
import pytest

from duologue.channels.email.letter import files as mail_files
from duologue.channels.email.letter import quotes
from duologue.conversations import files
from duologue.kernel.house import House
from duologue.web import answers, texts
from tests.channels.email.email_letters import mail, said
from tests.parrot import Mailroom, squawk

SLOW = {
    "at signs": "a@", "addresses": "a@b.", "schemes": "http://", "brackets": "http://a(((", "dots": "a.", "plus": "+",
    "quotes": "> \n", "lines": "\n", "dashes": "-", "separators": "_" * 30 + "\n", "heads": "From: x\n", "on": "On ",
    "wrote": "On Mon, a wrote:\n", "mailto": "mailto:", "emoji": "❤️", "flags": "\U0001f1e6", "figures": "1-",
}  # fmt: skip
READERS: dict[str, Callable[[str], object]] = {
    "links": texts.linkify,
    "emoji": texts.only_emoji,
    "numbers": texts.is_number,
    "quotes": lambda text: quotes.fold(text, None),
    "mark-up": lambda text: texts.sanitise(f"<p>{text}", inline=lambda _: None),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("slow", SLOW)
def test_four_times_the_text_takes_about_four_times_as_long(slow: str, reader: str) -> None:
    """Work of this process, not the hour; a reader that goes back for every sign would take sixteen times as long."""
    read = READERS[reader]
    short, long = (_spent(read, SLOW[slow] * (size // len(SLOW[slow]))) for size in (8_000, 32_000))
    assert long < 0.05 or long < 9 * short


def _spent(read: Callable[[str], object], text: str) -> float:
    """The least of three: what else the machine does only adds."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        read(text)
        spent.append(time.process_time() - began)
    return min(spent)


NAMES = ["..%2f..%2fetc%2fpasswd", "../../etc/passwd", "..\\..\\windows", "\u200b.htaccess", "CON", "con.txt",
         "a" * 300, "a\0.png", "\u202egnp.exe", "a\r\nX: y", " . ", "/", "~", "|rm -rf", "a;b", "\ufeff.pht",
         ""]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_is_a_path_or_hides_what_it_is(name: str) -> None:
    for safe in (files.safe_name(name), mail_files.safe_name(name)):
        assert safe
        assert not {"/", "\\", "\0", "\r", "\n", "\u200b", "\u202e", "\ufeff"} & set(safe)
        assert safe not in {".", ".."}
        assert not safe.startswith(".")
        assert len(safe.encode()) <= 255


LOOPS = [
    {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"},
    {"X_Autoreply": "yes"}, {"X_Auto_Response_Suppress": "All"}, {"Return_Path": "<>"}, {"List_Id": "<a.example>"},
    {"Subject": "Automatic reply: away"}, {"From": "MAILER-DAEMON@mail.example"}, {"X_Loop": "yes"},
]  # fmt: skip


@pytest.mark.parametrize("sign", LOOPS)
def test_what_a_machine_sent_is_known_as_such(sign: dict[str, str]) -> None:
    """So that no automatic answer of ours meets one of theirs."""
    assert said(mail(**sign)).automatic


def test_what_a_person_sent_is_not() -> None:
    assert not said(mail()).automatic


async def test_of_a_thousand_messages_in_one_moment_none_is_lost_and_no_conversation_is_added(
    house: House, workspace: UUID, mailroom: Mailroom
) -> None:
    for start in range(0, 1000, 250):
        await mailroom.keep(_lines(mailroom, range(start, start + 250)))
    await mailroom.sort()
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(int, "SELECT count(*)::int FROM message") == [1000]
        assert await tx.rows(int, "SELECT count(*)::int FROM conversation") == [1]
        assert await tx.rows(int, "SELECT count(*)::int FROM contact") == [1]


def _lines(mailroom: Mailroom, numbers: range) -> bytes:
    at = mailroom.house.now()
    return b"\n".join(msgspec.json.encode(squawk(f"n{number}", at=at)) for number in numbers)


@pytest.mark.parametrize("name", ["a.html", 'a"; filename=b.html', "a\r\nX-Set: 1", "\u202egnp.exe", "ä'%20.svg", ""])
@pytest.mark.parametrize("inline", [False, True])
def test_a_file_is_handed_out_as_what_it_is_and_runs_nowhere(name: str, inline: bool) -> None:
    """A download, unless it is a picture or a sound by its content; and either way in a sandbox of its own."""
    answer = answers.file(b"<script>", name=name, mime="image/png", inline=inline)
    shown = answer.headers["Content-Disposition"]
    assert shown.split(";")[0] == ("inline" if inline else "attachment")
    assert answer.media_type == ("image/png" if inline else "application/octet-stream")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.isascii()
    assert shown.isprintable()
    assert shown.count('"') == 2
    assert shown.count(";") == 2
