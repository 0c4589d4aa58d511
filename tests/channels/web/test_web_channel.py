"""The channel as the rest of the house sees it."""

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import msgspec
import pytest

import duologue.channels.web
from duologue.channels.contract import Account, Content, Kind, Outgoing, Progress, Raw, Receipt, Said, Unreadable
from duologue.channels.web import CHANNEL
from duologue.channels.web.identity import Identity, prove
from duologue.channels.web.server import limits
from duologue.channels.web.settings import Settings
from duologue.channels.web.wire import MESSAGE, RECEIPT, Ticked, Written, WrittenFile
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress
from duologue.web import render

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def account(public_url="https://chat.example.com", **settings):
    made = msgspec.structs.replace(CHANNEL.secret(), **settings)
    return Account(
        id=uuid4(), workspace=uuid4(), name="Chat", settings=made, egress=Egress(), clock=Turned(),
        public_url=public_url,
    )  # fmt: skip


def read(kind, value):
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return CHANNEL.read(Settings(), Raw(kind=kind, body=body))


def test_a_new_account_has_keys_of_its_own_and_nothing_is_missing():
    one, other = CHANNEL.secret(), CHANNEL.secret()
    assert CHANNEL.missing(one) == []
    keys = {one.session_key, one.identity_secret, other.session_key, other.identity_secret}
    assert len(keys) == 4
    assert all(len(key) == 43 for key in keys)


def test_an_account_without_keys_says_so():
    assert CHANNEL.missing(Settings()) == ["identity_secret", "session_key"]


def test_a_message_with_files_takes_the_kind_of_its_first():
    mimes = ["video/mp4", "audio/ogg", "image/png", "image/svg+xml", "application/pdf"]
    files = tuple(WrittenFile(name=f"f{n}", mime=mime, data=b"x") for n, mime in enumerate(mimes))
    (said,) = read(MESSAGE, Written(id=uuid4(), address="v:1", at=NINE, files=files, page="https://shop.example.com/"))
    assert isinstance(said, Said)
    assert [one.kind for one in said.content.media] == [Kind.VIDEO, Kind.AUDIO, Kind.IMAGE, Kind.FILE, Kind.FILE]
    assert (said.content.kind, said.content.text, said.at) == (Kind.VIDEO, None, NINE)
    assert said.content.facts == {"page": "https://shop.example.com/"}
    assert said.person.verified is False


def test_ticks_name_the_answers_by_their_id_and_by_ours():
    one, two = uuid4(), uuid4()
    events = read(RECEIPT, Ticked(address="v:1", at=NINE, status="read", ids=(one, two)))
    assert events == [
        Progress(status="read", at=NINE, address="v:1", ids=(str(line),), correlation=line) for line in (one, two)
    ]


@pytest.mark.parametrize("kind", [MESSAGE, RECEIPT, "", "other"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"id": 1}'])
def test_what_cannot_be_understood_is_kept_with_its_reason(kind, body):
    (event,) = read(kind, body)
    assert isinstance(event, Unreadable)
    assert event.item == body
    assert event.reason


async def test_an_answer_is_sent_as_soon_as_it_is_said():
    message = Outgoing(
        id=uuid4(), conversation=uuid4(), address="v:1", content=Content(text="Yes"), attempt=1, queued_at=NINE
    )
    assert await CHANNEL.send(account(), message) == Receipt(id=str(message.id), status="sent")


async def test_the_check_says_what_to_do():
    checks = await CHANNEL.check(account(public_url="http://chat.example.com", origins=""))
    assert [(one.name, one.ok, bool(one.todo)) for one in checks] == [
        ("Keys", True, False), ("Websites", False, True), ("Address", False, True),
    ]  # fmt: skip
    (_, websites, _) = await CHANNEL.check(account(origins="https://shop.example.com/path shop.example.com"))
    assert "https://shop.example.com/path, shop.example.com" in websites.words
    assert all(one.ok for one in await CHANNEL.check(account(origins="https://shop.example.com")))


def test_the_account_is_called_by_its_website():
    assert (
        CHANNEL.own_address(Settings(origins="https://shop.example.com\nhttps://b.example.com")) == "shop.example.com"
    )
    assert CHANNEL.own_address(Settings(title="Lume")) == "Lume"


FOLDER = Path(duologue.channels.web.__file__).parent


def guide(**context):
    return render.fragment("guide/web/connect.html", settings=CHANNEL.secret(), **context)


def test_the_guide_shows_the_line_to_copy_once_there_is_an_account():
    made = account()
    text = guide(channel=made, public_url="https://chat.example.com")
    assert f"src=&#34;https://chat.example.com/web/widget.js&#34; data-channel=&#34;{made.id}&#34;" in text.replace(
        '"', "&#34;"
    )
    assert made.settings.identity_secret not in text
    assert "data-channel" not in guide(channel=None, public_url="https://chat.example.com")


def test_the_guides_python_makes_a_signature_that_counts(monkeypatch):
    made = account()
    monkeypatch.setenv("IDENTITY_SECRET", made.settings.identity_secret)
    text = guide(channel=made, public_url="https://chat.example.com")
    code = unescape(re.search(r"<summary>Python</summary><pre><code>(.*?)</code>", text, re.DOTALL)[1])
    names = {"user": SimpleNamespace(id=7, email="mia@example.com", name="Mia")}
    exec(code, names)  # noqa: S102 (our own guide, as a reader would run it)
    prove(made.settings, msgspec.convert(names["who"], Identity), now=datetime.now(UTC))


def test_the_icon_takes_the_colour_around_it():
    icon = (FOLDER / "icon.svg").read_text()
    assert 'viewBox="0 0 24 24"' in icon
    assert 'stroke="currentColor"' in icon
    assert 'stroke-width="1.75"' in icon


@pytest.mark.parametrize("rate", sorted(limits.RATES))
def test_every_rate_is_used(rate):
    assert any(f'"{rate}"' in path.read_text() for path in (FOLDER / "server").glob("*.py") if path.name != "limits.py")
