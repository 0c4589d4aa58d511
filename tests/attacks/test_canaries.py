"""What people write, and every secret, is nowhere in the clear: not in the database, on disk, in logs, in a backup.

A word that occurs nowhere else is planted through every way into a running program, in the middle of which the sorting
fails, the database is killed and the program dies. Then everything that it has written is searched for each of them.
"""

import base64
import gzip
import hashlib
import hmac
import http.cookies
import json
import re
import secrets
import string
import tarfile
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from duologue.channels.meta.door import sign
from duologue.channels.registry import channels
from duologue.channels.simulation import simulators
from duologue.kernel import embedded
from duologue.web import forms
from tests.program import Program, until
from tests.torture.rig import Doubles, kill_postgres, sorted_out

pytestmark = [pytest.mark.program, pytest.mark.timeout(240)]

PLAIN = {
    "the brand": {"workspace.name": "the brand's own name, on every page before anybody has signed in"},
    "member's address": {"member.email": "signs in by it; there is one of each"},
    "member's name": {"member.name": "shown to the team, and to those who are answered"},
    "name of a channel": {"channel.name": "chosen by the administrator, to tell accounts apart"},
    "name of a key": {"api_key.name": "chosen by the administrator, to tell keys apart"},
    "invited address": {"invite.email": "who may come in by the invitation, until it is used"},
    "id of a message": {"message.external_id": "the platform's own, by which the same message is known again"},
}
"""What stands in the clear in the database, where, and why. Nothing else does."""
SAID = {"link of the first": "for whoever starts the program: it makes the first administrator, once"}
"""What the program says to whoever starts it, and why."""


class Canaries(dict[str, str]):
    """Words by what they were planted as."""

    def __call__(self, what: str) -> str:
        assert what not in self
        self[what] = "zq" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(18))
        return self[what]

    def known(self, what: str, value: str) -> str:
        """A secret that somebody else has made."""
        assert len(value) >= 8, what
        self[what] = value
        return value


def found(haystack: bytes, canaries: Canaries) -> set[str]:
    """Those that stand in it: as they are, in base 64 however they fall, in hexadecimal, or in two bytes a sign."""
    return {what for what, word in canaries.items() if _is_in(word, haystack)}


def _is_in(word: str, haystack: bytes) -> bool:
    return any(form in haystack for form in _forms(word))


@cache
def _forms(word: str) -> frozenset[bytes]:
    return frozenset(_written(word))


def _written(word: str) -> Iterator[bytes]:
    raw = word.encode()
    yield from (raw, raw.hex().encode(), word.encode("utf-16-le"), urllib.parse.quote(word, safe="").encode())
    for shift in range(3):
        inner = base64.b64encode(b"\x00" * shift + raw)
        middle = inner[4 if shift else 0 : len(inner) - 4]
        yield from (middle, middle.translate(bytes.maketrans(b"+/", b"-_")))


def test_a_word_is_found_in_every_form() -> None:
    canaries = Canaries()
    word = canaries("a").encode()
    for text in [
        word,
        word.hex().encode(),
        b"xx" + base64.b64encode(b"1" + word + b"234"),
        base64.b64encode(b"ab" + word + b"c"),
    ]:
        assert found(text, canaries) == {"a"}
    assert found(b"another word", canaries) == set()


# ------------------------------------------------------------------------------------------------------------ planting


_FORM = "application/x-www-form-urlencoded"


def multipart(fields: dict[str, str], more: str = "") -> bytes:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return "".join([*parts, more, "--b--\r\n"]).encode()


class Browser:
    """A person at the screens: keeps the cookie."""

    def __init__(self, program: Program, canaries: Canaries) -> None:
        self._program, self._canaries, self.cookie = program, canaries, ""
        self.wrong: list[bytes] = []

    def post(self, path: str, method: str = "POST", **form: str) -> tuple[int, bytes]:
        return self._send(path, urllib.parse.urlencode(form).encode(), method)

    def say(self, path: str, **fields: str) -> tuple[int, bytes]:
        """As the composer does it: a form that may bear files."""
        return self._send(path, multipart(fields), "POST", "multipart/form-data; boundary=b")

    def get(self, path: str) -> tuple[int, bytes]:
        return self._send(path, None, "GET")

    def _send(self, path: str, body: bytes | None, method: str, kind: str = _FORM) -> tuple[int, bytes]:
        headers = {
            "Sec-Fetch-Site": "same-origin",
            "User-Agent": self._canaries.get("browser", "x"),
            "Cookie": self.cookie,
            "Content-Type": kind,
        }
        asked = urllib.request.Request(self._program.url + path, body, headers, method=method)
        opener = urllib.request.build_opener(_Stay)
        try:
            with opener.open(asked, timeout=20) as answer:
                status, said, told = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            status, said, told = error.code, error.read(), error.headers
        for given in told.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(given).items():
                if "session" in name or "duologue" in name:
                    self.cookie = f"{name}={morsel.value}"
        if status >= 400:
            self.wrong.append(said)
        return status, said


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Connected(Doubles):
    """As the doubles of the proofs, connected by the API, so that it takes no process each."""

    def __init__(self, program: Program, key: str, canaries: Canaries, kinds: list[str]) -> None:
        self._key, self._canaries = key, canaries
        super().__init__(program, kinds)

    def _connect(self, kind: str, double: Any) -> None:
        settings = {
            name: value for name, value in msgspec.to_builtins(double.settings()).items() if value not in (None, "", [])
        }
        for field in forms.fields(channels()[kind].settings):
            if field.secret and len(str(settings.get(field.name, ""))) >= 8:
                self._canaries.known(f"{kind}: {field.name}", str(settings[field.name]))
        made = call(
            self._program,
            self._key,
            "/channels",
            kind=kind,
            name=f"{self._canaries['name of a channel']} {kind}",
            settings=settings,
        )
        whose = double.people()[0].id
        if len(whose) >= 8:
            self._canaries.known(f"{kind}: id of a person", whose)
        self.run(double.point(str(made["webhook_url"] or "")))
        self.of[kind], self.channels[kind], self.said[kind] = double, str(made["id"]), set()


def call(
    program: Program,
    key: str,
    path: str,
    *,
    expect: tuple[int, ...] = (200, 201),
    headers: dict[str, str] | None = None,
    **body: Any,
) -> Any:
    """A call of the API."""
    more = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})}
    sent = json.dumps(body).encode() if body else None
    status, said = program.call("/api/v1" + path, sent, **more)
    assert status in expect, (path, status, said[:300])
    return json.loads(said or b"null")


def team(program: Program, canaries: Canaries) -> Browser:
    """The first administrator; wrong words at every door; a colleague is invited, a draft is left."""
    browser = Browser(program, canaries)
    canaries("browser")
    link = program.begin()
    canaries.known("link of the first", link.rpartition("/")[2])
    password = canaries("password") + "!7 Q"
    first = {
        "brand": canaries("the brand"),
        "name": canaries("member's name"),
        "email": canaries("member's address") + "@x.example",
    }
    assert browser.post(link, **first, password=password)[0] == 303
    canaries.known("session", browser.cookie.partition("=")[2])
    nobody = Browser(program, canaries)
    for wrong in (
        {"email": first["email"], "password": canaries("wrong password")},
        {"email": canaries("nobody's address") + "@x.example", "password": "x"},
    ):
        nobody.post("/sign-in", **wrong, next="/" + canaries(f"next after {len(canaries)}"))
    nobody.cookie = f"{browser.cookie.partition('=')[0]}={canaries('wrong session')}"
    nobody.get(f"/c/{canaries('path')}?q={canaries('query')}")
    browser.get(f"/inbox/open?after={canaries('cursor')}")
    browser.get(f"/{canaries('unknown path')}")
    profile = {
        "name": canaries["member's name"],
        "password": password,
        "new_password": canaries("new password") + "!7 Q",
    }
    browser.post("/settings/profile", **profile)
    status, said = browser.post("/settings/team", email=canaries("invited address") + "@x.example", role="agent")
    assert status in {200, 201, 303}, status
    if invited := re.search(rb"/join/([\w-]+)", said):
        canaries.known("link of an invitation", invited[1].decode())
    program.call("/api/v1/members", authorization=f"Bearer dlg_{canaries('wrong key')}")
    return browser


def hooks(program: Program, double: Any, channel: str, canaries: Canaries) -> list[bytes]:
    """What the platform calls: all kinds of news, what is refused, and what nobody can read; the answers."""
    page, settings, answers = double.settings().page_id, double.settings(), []

    def item(**more: Any) -> dict[str, Any]:
        return {
            "sender": {"id": canaries["id of a person"]},
            "recipient": {"id": page},
            "timestamp": 1767225600000,
            **more,
        }

    def post(body: bytes, secret: str = settings.app_secret) -> None:
        headers = {"X-Hub-Signature-256": sign(secret, body), "Content-Type": "application/json"}
        answers.append(program.call(f"/in/{channel}?{canaries['query of a hook']}", body, **headers)[1])

    def batch(*items: Any) -> bytes:
        return json.dumps(
            {"object": "page", "entry": [{"id": page, "time": 1767225600000, "messaging": list(items)}]}
        ).encode()

    mid = canaries("id of a message")
    canaries["reaction"] = canaries("a long reaction")[:16]
    canaries("id of a person")
    canaries("query of a hook")
    tap = {
        "title": canaries("button"),
        "payload": canaries("payload"),
        "mid": "m_2",
        "referral": {"ref": canaries("referral"), "source": "x", "type": "y"},
    }
    shared = {
        "type": "fallback",
        "title": canaries("shared title"),
        "url": f"https://x.example/{canaries('shared address')}",
    }
    words = {"mid": mid, "text": canaries("text in a hook"), "quick_reply": {"payload": canaries("quick reply")}}
    lost = {"type": "file", "payload": {"url": f"http://127.0.0.1:9/{canaries('address of a file')}"}}
    post(
        batch(
            item(message={**words, "attachments": [shared]}),
            item(postback=tap),
            item(message={"mid": "m_5", "text": canaries("words before their edit")}),
            item(message_edit={"mid": "m_5", "text": canaries("edited text"), "num_edit": 1}),
            item(reaction={"mid": mid, "action": "react", "reaction": "other", "emoji": canaries["reaction"]}),
            item(message_edit={"mid": "m_never", "text": canaries("edit of what never came"), "num_edit": 1}),
            item(optin={"type": "x", "payload": canaries("opt-in")}),
            item(referral={"ref": canaries("second referral")}),
            item(message={"mid": "m_3", "attachments": [lost]}),
            item(message={"mid": {"x": canaries("spoiled id")}, "text": canaries("spoiled text")}),
            canaries("no object"),
        )
    )
    post(batch(item(message={"mid": "m_4", "text": canaries("refused text")})), secret="another secret")
    post(canaries("no JSON").encode())
    post(b'{"object": "page", "entry": "' + canaries("no entries").encode() + b'"}')
    return answers


def visitor(program: Program, key: str, canaries: Canaries) -> None:
    """Somebody on the website whom the shop has signed in writes and sends a file."""
    identity = canaries("identity secret") + "-and-long-enough-to-be-used"
    made = call(
        program,
        key,
        "/channels",
        kind="web",
        name=canaries["name of a channel"],
        settings={"identity_secret": identity},
    )
    who = {
        "external_id": canaries("customer number"),
        "email": canaries("visitor's address") + "@x.example",
        "name": canaries("visitor's name"),
        "exp": 4102444800,
    }
    text = "\n".join([who["external_id"], who["email"], who["name"], str(who["exp"])])
    who["hmac"] = hmac.new(identity.encode(), text.encode(), hashlib.sha256).hexdigest()
    status, said = program.call(
        f"/web/{made['id']}/session", json.dumps({"identity": who}).encode(), Content_Type="application/json"
    )
    assert status == 200, said
    session = json.loads(said)
    canaries.known("token of a visitor", session["token"])
    canaries.known("refresh of a visitor", session["refresh"])
    page = f"{program.url}/{canaries('page')}"
    fields = {"id": str(uuid4()), "text": canaries("text in the chat"), "page": page}
    name = f'name="file"; filename="{canaries("name of a file")}.txt"'
    file = f"--b\r\nContent-Disposition: form-data; {name}\r\n\r\n{canaries('inside a file')}\r\n"
    form = multipart(fields, file)
    status, said = program.call(
        f"/web/{made['id']}/messages",
        form,
        Authorization=f"Bearer {session['token']}",
        Content_Type="multipart/form-data; boundary=b",
    )
    assert status == 202, said


def answers(program: Program, key: str, browser: Browser, canaries: Canaries) -> None:
    """The team answers by API and by hand, leaves drafts, and is told no."""
    talks = call(program, key, "/conversations?limit=100")["items"]
    assert len(talks) >= 5
    for number, talk in enumerate(talks):
        word = canaries(f"answer {number}")
        once = {"Idempotency-Key": canaries(f"key of an answer {number}")}
        call(program, key, f"/conversations/{talk['id']}/messages", headers=once, text=word, expect=(201, 409, 422))
    one = talks[0]["id"]
    assert browser.post(f"/c/{one}/draft", "PUT", text=canaries("draft"))[0] == 204
    assert browser.say(f"/c/{one}/messages", key=str(uuid4()), text=canaries("answer by hand"))[0] == 200
    call(
        program,
        key,
        f"/conversations/{one}/messages",
        text=canaries("answer that is refused") * 5000,
        expect=(422, 413),
    )
    call(
        program,
        key,
        "/channels",
        kind="email",
        name="x",
        settings={canaries("unknown setting"): canaries("value of it")},
        expect=(422,),
    )


def broken(program: Program, key: str, doubles: Connected, browser: Browser, canaries: Canaries) -> dict[str, bytes]:
    """The sorting fails, a page fails, the database is killed, the program dies with arrivals in its spool: these."""
    _change(program, "ALTER TABLE message ADD CONSTRAINT never CHECK (direction <> 'in') NOT VALID")
    doubles.run(_say(doubles, "messenger", canaries("text that cannot be sorted")))
    until(
        lambda: (
            program.query("SELECT count(*) FROM arrival WHERE state = 'quarantined' AND reason LIKE '%sorted'")
            != [(0,)]
        ),
        20,
        "the quarantine",
    )
    _change(program, "ALTER TABLE message DROP CONSTRAINT never")
    _change(program, "ALTER TABLE draft RENAME TO away")
    talk = call(program, key, "/conversations?limit=1")["items"][0]["id"]
    assert browser.post(f"/c/{talk}/draft", "PUT", text=canaries("draft that fails"))[0] == 500
    _change(program, "ALTER TABLE away RENAME TO draft")
    spool = _spooled(program, doubles, canaries("text while the database was away"))
    program.kill()
    return spool


def _spooled(program: Program, doubles: Connected, text: str) -> dict[str, bytes]:
    """What waits on disk while the database is away: it is ended again and again until something does."""
    settings, at = doubles.of["messenger"].settings(), f"/in/{doubles.channels['messenger']}"
    for number in range(20):
        kill_postgres(program)
        message = {"mid": f"m_away_{number}", "text": text}
        item = {"sender": {"id": "7"}, "recipient": {"id": settings.page_id}, "timestamp": 1767225600000}
        entry = {"id": settings.page_id, "time": 1767225600000, "messaging": [{**item, "message": message}]}
        body = json.dumps({"object": "page", "entry": [entry]}).encode()
        status, _ = program.call(at, body, X_Hub_Signature_256=sign(settings.app_secret, body))
        assert status == 200
        if spool := files(program.data / "spool"):
            return spool
    raise AssertionError("nothing waited for the database")


def _change(program: Program, sql: str) -> None:
    with psycopg.connect(embedded.url(program.data / "pg")) as connection:
        connection.execute(sql.encode())


async def _say(doubles: Connected, kind: str, text: str) -> None:
    double = doubles.of[kind]
    await double.say(double.people()[0].id, text)


# ----------------------------------------------------------------------------------------------------------- searching


def database(program: Program) -> dict[str, bytes]:
    """Every column of every table, as text and, where it holds bytes, as these."""
    columns = program.query(
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    held: dict[str, bytes] = {}
    for schema, table, column, kind in columns:
        rows = program.query(f'SELECT "{column}"::text FROM "{schema}"."{table}" WHERE "{column}" IS NOT NULL')
        texts = [str(row[0]) for row in rows]
        held[f"{table}.{column}"] = b"\n".join(
            bytes.fromhex(one[2:]) if kind == "bytea" else one.encode() for one in texts
        )
    return held


def files(folder: Path) -> dict[str, bytes]:
    """Every file below, without the empty room in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes().replace(bytes(256), b"")
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def inside(backup: Path) -> dict[str, bytes]:
    """What is in the backup, unpacked."""
    with tarfile.open(backup) as tar:
        members = {one.name: opened.read() for one in tar if one.isfile() and (opened := tar.extractfile(one))}
    return {name: _unpacked(data) for name, data in members.items()}


def _unpacked(data: bytes) -> bytes:
    """With everything beside it that can be inflated: dumps are packed piece by piece."""
    pieces = [gzip.decompress(data)] if data[:2] == b"\x1f\x8b" else []
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            pieces.append(zlib.decompressobj().decompress(data[start.start() :]))
        except zlib.error:
            continue
    return data + b"\n".join(pieces)


# ---------------------------------------------------------------------------------------------------------- the proof


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    one = Program(tmp_path / "data", env={"DUOLOGUE_ALLOW": "127.0.0.0/8"})
    yield one
    one.end()


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


def test_nothing_that_was_planted_is_found(program: Program, canaries: Canaries, tmp_path: Path) -> None:
    program.start()
    canaries("name of a channel")
    key = canaries.known("API key", program.command("key", "add", canaries("name of a key")).strip())
    browser = team(program, canaries)
    doubles = Connected(program, key, canaries, sorted(simulators()))
    try:
        for kind in doubles.of:
            doubles.run(_say(doubles, kind, canaries(f"text by {kind}")))
        said = hooks(program, doubles.of["messenger"], doubles.channels["messenger"], canaries)
        visitor(program, key, canaries)
        until(
            lambda: len(call(program, key, "/conversations?limit=100")["items"]) > len(doubles.of), 30, "the messages"
        )
        answers(program, key, browser, canaries)
        spool = broken(program, key, doubles, browser, canaries)
        program.env |= {"DUOLOGUE_CRASH": "sort.written"}
        program.launch()
        program.wait(60)
        del program.env["DUOLOGUE_CRASH"]
        program.start()
        sorted_out(program)
    finally:
        doubles.close()
    program.command("backup", str(tmp_path / "backup.tar.gz"))
    told = {
        "metrics": program.call("/metrics")[1],
        "doctor": program.command("doctor", "--json", check=False).encode(),
        "answers to hooks": b"\n".join(said),
        "pages of errors": b"\n".join(browser.wrong),
    }
    columns = database(program)
    _there(program, key, canaries)
    program.stop()

    seen = {place: what for place, data in columns.items() if (what := found(data, canaries))}
    assert {(what, place) for place, all_of_it in seen.items() for what in all_of_it} == {
        (what, place) for what, places in PLAIN.items() for place in places
    }
    open_ones = Canaries({what: word for what, word in canaries.items() if what not in PLAIN})
    everywhere = {
        **files(program.data),
        **{f"spool/{n}": d for n, d in spool.items()},
        **inside(tmp_path / "backup.tar.gz"),
        **told,
        "log": program.said.read_bytes(),
    }
    betrayed = {place: what for place, data in everywhere.items() if (what := found(data, open_ones))}
    assert betrayed == {"log": set(SAID)}
    assert found(program.said.read_bytes() + (program.data / "postgres.log").read_bytes(), canaries) == set(SAID)
    assert len(canaries) > 70


def _there(program: Program, key: str, canaries: Canaries) -> None:
    """It was all taken in: what people wrote is to be had by whoever may have it."""
    talks = call(program, key, "/conversations?limit=100")["items"]
    whole = json.dumps(
        [call(program, key, f"/conversations/{talk['id']}/messages?limit=100") for talk in talks] + talks
    )
    for what, word in canaries.items():
        assert word in whole or not what.startswith(TAKEN_IN), what


TAKEN_IN = (
    "text by",
    "text in",
    "text while",
    "answer by",
    "button",
    "shared title",
    "edited text",
    "visitor's name",
    "page",
)
"""What must be there to be read, as the search would prove nothing otherwise."""
