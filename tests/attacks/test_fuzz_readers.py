"""Every small reader of what comes from outside, given anything at all: it understands, or refuses in its own words."""

import asyncio
import contextlib
import os
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser

from duologue.accounts import settings as account_settings
from duologue.accounts.model import WrongSettings
from duologue.api import once, paging
from duologue.channels.content import Blank, Template
from duologue.channels.email.imap import wire
from duologue.channels.registry import channels
from duologue.channels.web.server import tokens, upload
from duologue.conversations import pages, show, templates
from duologue.conversations.reply import Draft
from duologue.errors import Invalid, NotSignedIn
from duologue.kernel import ids
from duologue.kernel.clock import now
from duologue.kernel.egress import Blocked, Egress
from duologue.kernel.house import House
from duologue.kernel.journal import Position
from duologue.kernel.work import work
from duologue.web import assets, client, limits, texts, words
from duologue.web import tokens as bearer

FULL = os.environ.get("DUOLOGUE_FUZZ") == "full"
bounded = settings(
    max_examples=20_000 if FULL else 150,
    deadline=None,
    database=None,
    derandomize=not FULL,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
NOW = now()
TEXT = st.text(max_size=60)
CHANNEL = ids.new()


def cursor(of: str, inner: str) -> str:
    return urlsafe_b64encode(f"{of}|{inner}".encode(errors="replace")).decode().rstrip("=")


TIMES = st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "1", ""])
CURSORS = st.one_of(
    TEXT,
    TEXT.map(lambda inner: cursor("messages", inner)),
    st.builds(lambda at, which: cursor("conversations", show_cursor(at, which)), TIMES, TEXT),
    st.sampled_from(
        [cursor("messages", "٣"), cursor("messages", "-1"), cursor("contacts", "0" * 32), "====", "a", "\ud800"]
    ),
)


def show_cursor(at: str, id: str) -> str:
    return urlsafe_b64encode(f"{at}|{id}".encode(errors="replace")).decode().rstrip("=")


@bounded
@given(CURSORS)
def test_a_cursor_leads_somewhere_or_is_refused(given: str) -> None:
    for read in (
        lambda: paging.place("conversations", given),
        lambda: paging.place_of_id("contacts", given),
        lambda: paging.place_of_seq("messages", given),
        lambda: show._at(given),
    ):
        with contextlib.suppress(Invalid):
            read()


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-28T00:00:00+00:00"])
async def test_a_cursor_of_any_moment_is_an_empty_page_at_worst(house: House, workspace: UUID, at: str) -> None:
    async with work(house, workspace) as open_work:
        rows, more = await show.rows(open_work, "all", member=None, after=show_cursor(at, str(ids.new())))
    assert (rows, more) == ([], None)


@bounded
@given(st.one_of(TEXT, st.from_regex(r"\d{1,25}-\d{1,25}", fullmatch=True)))
def test_a_position_of_the_journal_is_one_that_the_database_can_have(given: str) -> None:
    with contextlib.suppress(ValueError):
        position = Position.parse(given)
        assert max(position.xid, position.id) < 2**63
        assert Position.parse(str(position)) == position


async def test_an_idempotency_key_is_any_text_of_its_length(house: House, workspace: UUID) -> None:
    safe = await house.safe(workspace)

    @bounded
    @given(st.text(st.characters(max_codepoint=255), max_size=300))
    def use(key: str) -> None:
        try:
            made = once.once(safe, key, CHANNEL, Draft(key=CHANNEL, text="Hello"), None)
        except Invalid:
            assert not 0 < len(key) <= once.LONGEST
        else:
            assert key.encode() not in made.key + made.request or len(key) < 4

    use()


# ------------------------------------------------------------------------------------------------ mail wire

PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [
            b"* 1 FETCH (UID 7 RFC822.SIZE 3 BODY[] {3}\r\nabc)\r\n",
            b"{0}\r\n",
            b"{5}\r\n",
            b"{99999999999}\r\n",
            b'* LIST (\\Sent) "/" "a\\"b"\r\n',
            b"* LIST () NIL {2}\r\nab\r\n",
            b"* 5 EXISTS\r\n",
            b"\x000\x00",
            b"\x007\x00",
            b'* 2 FETCH (UID 8 BODY[] "x\\\\y" INTERNALDATE "30-Feb-2026 25:00:00 +9999")\r\n',
            b"UID ",
            b"BODY[] \x009\x00",
            b"* 3 FETCH (UID 9 BODY[] NIL)\r\n",
            b"* 4 FETCH (UID 99999999999999999999)\r\n",
            b"* 6 FETCH (BODY[]<0> {1}\r\nx UID 5)\r\n",
        ]
    ),
)


@bounded
@given(st.lists(PIECES, max_size=6).map(b"".join))
def test_what_a_mail_server_says_is_lines_or_a_lost_connection(said: bytes) -> None:
    for line in asyncio.run(_lines(said)):
        found = wire.mail_of(line)
        assert found is None or found.uid >= 0
        wire.exists(line)
        folder = wire.folder_of(line)
        with contextlib.suppress(ValueError):
            assert folder is None or not {b"\r", b"\n"} & set(wire.quoted(folder[1]))


async def _lines(said: bytes) -> list[wire.Line]:
    reader, found = asyncio.StreamReader(limit=wire.LINE), []
    reader.feed_data(said)
    reader.feed_eof()
    with contextlib.suppress(wire.Lost):
        while True:
            found.append(await wire.read_line(reader, 5))
    return found


# ------------------------------------------------------------------------------------------------ the forms


@bounded
@given(st.data())
@pytest.mark.parametrize("kind", sorted(channels()))
def test_settings_are_taken_or_refused_by_field(kind: str, data: st.DataObject) -> None:
    channel = channels()[kind]
    names = st.one_of(st.sampled_from(channel.settings.__struct_fields__), TEXT)
    odd = st.sampled_from(
        ["\x00", "\ud800", "a\r\nX: y", "1e400", "nan", "٣", "9" * 400, "on", "[]", "{", "é" * 20_001]
    )
    given = data.draw(st.dictionaries(names, st.one_of(TEXT, odd), max_size=5))
    base = account_settings.fresh(channel)
    try:
        settings = account_settings.merged(channel, base, given)
    except WrongSettings:
        return
    assert msgspec.json.decode(msgspec.json.encode(settings), type=channel.settings) == settings
    assert isinstance(channel.missing(settings), list)
    assert channel.own_address is None or isinstance(channel.own_address(settings), str)


PART = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
FORM = st.lists(
    st.one_of(
        st.builds(
            lambda name, file, data: PART % (name, file, data),
            st.sampled_from([b"id", b"text", b"page", b"file", b"other", b"", b'a"b', b"\xff"]),
            st.sampled_from(
                [b"", b'; filename="a.png"', b'; filename="../\x00\xe2\x80\xae"', b'; filename=""', b"; filename*=x"]
            ),
            st.binary(max_size=20),
        ),
        st.sampled_from(
            [b"--b--\r\n", b"--b", b"\r\n", b"--b\r\n", b"--b\r\nX\r\n\r\n", b"--b\r\nContent-Type: \xff/\x00\r\n\r\n"]
        ),
    ),
    max_size=6,
).map(b"".join)


@bounded
@given(
    FORM,
    st.sampled_from(
        [
            "multipart/form-data; boundary=b",
            "multipart/form-data",
            "multipart/form-data; boundary=\x00",
            'multipart/form-data; boundary="',
            "multipart/form-data; boundary=b; charset=\ud800",
        ]
    ),
)
@example(PART % (b"text", b"", b"\xff") + b"--b--\r\n", "multipart/form-data; boundary=b")
@example(PART % (b"file", b'; filename="a\x00b"', b"x") + b"--b--\r\n", "multipart/form-data; boundary=b")
def test_a_form_of_the_chat_is_fields_and_files_or_refused(body: bytes, content_type: str) -> None:
    try:
        fields, files = upload.parts(content_type, body)
    except Invalid:
        return
    assert set(fields) <= {"id", "text", "page"}
    assert all(file.name and "/" not in file.name and "\x00" not in file.name for file in files)


@bounded
@given(st.one_of(TEXT, st.from_regex(r"[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{43}", fullmatch=True)))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(NotSignedIn):
        tokens.redeem("a key of this test", "access", CHANNEL, text, now=NOW)
    assert bearer.digest(text) is None or len(text) == 43


@bounded
@given(st.one_of(TEXT, TIMES, st.datetimes().map(lambda at: at.isoformat()), st.dates().map(str)))
def test_a_moment_to_snooze_until_is_one_or_refused(text: str) -> None:
    with contextlib.suppress(Invalid):
        until = pages.moment(text, NOW, "Europe/Berlin")
        assert isinstance(until - NOW > timedelta(days=1), bool)


# ------------------------------------------------------------------------------------------------- addresses, words

HOSTS = st.sampled_from(
    ["127.1", "0", "[::1]", "localhost", "2130706433", "①②⑦.0.0.1", "a" * 300, "xn--", "\u2100", "[fe80::1%25lo]"]
)
URLS = st.one_of(
    TEXT,
    st.builds(
        lambda scheme, host, rest: f"{scheme}//{host}{rest}",
        st.sampled_from(["http:", "HTTPS:", "file:", "gopher:", ""]),
        st.one_of(HOSTS, TEXT),
        st.sampled_from(["", ":99999", ":-1", ":x", "/\x00", "?\ud800", "#", "@example.org", "\\x"]),
    ),
)


@bounded
@given(URLS)
def test_an_address_is_one_of_the_web_or_blocked(url: str) -> None:
    with contextlib.suppress(Blocked):
        to = Egress()._judged(url)
        assert to.scheme in {"http", "https"}
        assert to.host
        assert to.user is None


@bounded
@given(
    st.one_of(
        TEXT,
        st.sampled_from(["At most {n} files", "{0}", "{", "%(x)s", "(", "\\1", "At most 3 files of 4 {0} MB each"]),
    )
)
def test_any_words_are_said_in_any_language(text: str) -> None:
    for language in [*words.languages(), "xx", "de-AT"]:
        assert isinstance(words.say(language, text), str)
    assert words.choose(text) in words.languages()


BLANKS = (Blank(name="body.1", title="Name", example="Mia"), Blank(name="body.2", title="Day"))


@bounded
@given(st.text(max_size=60), st.dictionaries(st.sampled_from(["body.1", "body.2", "x"]), TEXT))
@example("{{body.1}} {{body.2}} {{7*7}}", {"body.1": "{{body.2}}", "body.2": "{{body.1}} {% for x in y %}"})
def test_a_template_is_filled_once_and_nothing_in_it_is_carried_out(text: str, values: dict[str, str]) -> None:
    template = Template(id="t", name="t", language="en", text=text, blanks=BLANKS)
    with contextlib.suppress(Invalid):
        filled = templates.fill(template, values)
        assert "49" not in (filled.text or "") or "49" in text + "".join(values.values())
    if text.startswith("{{body.1}}"):
        assert templates.fill(template, values).text == "{{body.2}} {{body.1}} {% for x in y %} {{7*7}}"


@bounded
@given(
    st.one_of(
        TEXT,
        st.lists(
            st.sampled_from(
                [
                    "<a href=x>",
                    "</p>",
                    "<svg>",
                    "<!--",
                    "-->",
                    "<style>",
                    "&#x3c;",
                    "http://a.b/",
                    "x@y.example",
                    '"',
                    "'",
                    "<",
                    "\x00",
                    "(",
                    ")",
                ]
            )
        ).map("".join),
    )
)
def test_what_strangers_write_is_words_on_every_way_to_the_screen(text: str) -> None:
    shown = texts.linkify(text)
    tree = LexborHTMLParser(f"<main>{shown}</main>")
    assert {node.tag for node in tree.css("main *")} <= {"a"}
    assert {name for node in tree.css("main *") for name in node.attributes} <= {"href", "target", "rel"}
    clean = LexborHTMLParser(f"<main>{texts.sanitise(text).html}</main>")
    assert {node.tag for node in clean.css("main *")} <= texts.TAGS
    assert isinstance(texts.initials(text), Markup)
    texts.only_emoji(text), texts.is_number(text), texts.web_address(text)


@bounded
@given(TEXT)
def test_who_calls_and_what_for_is_told_or_unknown(text: str) -> None:
    assert assets.find(text) is None
    assert isinstance(limits.neighbourhood(text), str)


@pytest.mark.parametrize("named", ["x-forwarded-for", "host"])
def test_a_header_of_any_bytes_names_somebody_or_nobody(house_settings: Any, named: str) -> None:
    @bounded
    @given(st.binary(max_size=40))
    def call(value: bytes) -> None:
        scope = {"headers": [(named.encode(), value)], "client": ("127.0.0.1", 1)}
        assert isinstance(client.client_address(scope, house_settings), str)
        assert client.is_local(scope, house_settings) in {True, False}

    call()
