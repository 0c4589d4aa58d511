"""Only the platform speaks for the platform: whatever else knocks is refused, and leaves nothing behind."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec
import pytest
import uvicorn
from msgspec import Struct

from duologue.accounts import settings as account_settings
from duologue.accounts.connected import Accounts
from duologue.channels.registry import channels
from duologue.channels.simulation import Simulator, simulators
from duologue.kernel import ids
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.mailroom import webhook as webhooks
from duologue.mailroom.receive import Door
from duologue.mailroom.webhook import Webhook
from duologue.web import forms
from tests.parrot import Mailroom, connect, squawk

CALLED = [kind for kind, channel in channels().items() if channel.verify]
Headers = Sequence[tuple[bytes, bytes]]


class Call(Struct, frozen=True, kw_only=True):
    """A request as it came over the wire."""

    path: str
    headers: Headers = ()
    body: bytes = b""
    method: str = "POST"
    query: bytes = b""


class Hook:
    """The door to the outside, served; it remembers what was brought to it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.accounts = Accounts(house)
        self.door = Door(house)
        self.app = Webhook(self.door, self.accounts)
        self.base = ""
        self._calls: asyncio.Queue[tuple[Call, int]] = asyncio.Queue()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts: list[bytes] = []
        status: list[int] = []

        async def received() -> Any:
            message = await receive()
            parts.append(message.get("body", b""))
            return message

        async def sent(message: Any) -> None:
            status.extend([message["status"]] if "status" in message else [])
            await send(message)

        await self.app(scope, received, sent)
        if scope["method"] == "POST":
            call = Call(
                path=scope["path"],
                headers=tuple(scope["headers"]),
                body=b"".join(parts),
                query=scope["query_string"],
            )
            self._calls.put_nowait((call, status[0]))

    async def called(self) -> tuple[Call, int]:
        """The next call from outside, and how it was answered."""
        async with asyncio.timeout(10):
            return await self._calls.get()

    async def answer(self, call: Call, *, chunk: int = 1 << 20) -> tuple[int, bytes]:
        """How the house answers this call."""
        pieces = [call.body[at : at + chunk] for at in range(0, len(call.body), chunk)] or [b""]
        messages = [{"type": "http.request", "body": one, "more_body": one is not pieces[-1]} for one in pieces]
        answers: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            answers.append(message)

        scope = {"type": "http", "method": call.method, "path": call.path, "query_string": call.query}
        await self.app({**scope, "headers": list(call.headers)}, receive, send)
        return answers[0]["status"], answers[1]["body"]

    async def rows(self, workspace: UUID) -> int:
        async with self.house.db.workspace(workspace) as tx:
            (found,) = await tx.rows(int, "SELECT count(*)::int FROM arrival")
        return found


@pytest.fixture
async def hook(house: House) -> AsyncIterator[Hook]:
    hook = Hook(house)
    hook.door.open()
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        hook.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(hook, lifespan="off", log_level="error", timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve([listening]))
        yield hook
        server.should_exit = True
        await serving
    await hook.door.close()
    await hook.accounts.close()


@pytest.fixture
async def double(request: pytest.FixtureRequest, house: House) -> AsyncIterator[Simulator]:
    """The platform of the test's `kind`."""
    double = simulators()[request.getfixturevalue("kind")](house.now)
    await double.start()
    yield double
    await double.close()


async def _account(house: House, workspace: UUID, kind: str, settings: Struct, state: str = "active") -> UUID:
    channel, safe = ids.new(), await house.safe(workspace)
    async with house.db.workspace(workspace) as tx:
        await tx.run(
            """
            INSERT INTO channel (workspace_id, id, kind, name, state, settings_sealed)
            VALUES (%(workspace)s, %(id)s, %(kind)s, 'Theirs', %(state)s, %(sealed)s)
            """,
            {
                "workspace": workspace, "id": channel, "kind": kind, "state": state,
                "sealed": account_settings.sealed(safe, channel, settings),
            },
        )  # fmt: skip
    return channel


def _secrets(settings: Struct, make: Any) -> Struct:
    """The same settings with every secret replaced."""
    names = [field.name for field in forms.fields(type(settings), settings) if field.secret]
    assert names
    return msgspec.structs.replace(settings, **{name: make(getattr(settings, name)) for name in names})


async def _genuine(hook: Hook, double: Simulator, workspace: UUID, kind: str) -> Call:
    """A call that the platform really made, and that was kept."""
    channel = await _account(hook.house, workspace, kind, double.settings())
    await double.point(f"{hook.base}/in/{channel}")  # shakes hands, where the platform does
    await double.say(double.people()[0].id, "Hello from outside")
    call, status = await hook.called()
    assert status == 200
    return call


@pytest.mark.parametrize("kind", CALLED)
async def test_what_the_platform_says_is_kept(hook: Hook, double: Simulator, workspace: UUID, kind: str) -> None:
    call = await _genuine(hook, double, workspace, kind)
    assert await hook.rows(workspace) == 1
    assert (await hook.answer(call))[0] == 200
    assert (await hook.answer(call, chunk=7))[0] == 200  # however the network cuts it


@pytest.mark.parametrize("kind", CALLED)
async def test_whatever_is_not_exactly_that_is_refused(
    hook: Hook, double: Simulator, workspace: UUID, kind: str
) -> None:
    call = await _genuine(hook, double, workspace, kind)
    before = await hook.rows(workspace)
    refused = 0
    for name, forged in _forgeries(call):
        status, body = await hook.answer(forged)
        assert 400 <= status < 500, name
        assert b"Hello" not in body
        refused += 1
    assert refused >= 10
    assert await hook.rows(workspace) == before


def _forgeries(call: Call) -> list[tuple[str, Call]]:
    """The genuine call, changed in one point each. A platform signs what it says, or bears a word that only we know."""
    body, headers = call.body, list(call.headers)
    signature = [pair for pair in headers if b"sign" in pair[0].lower()]
    word = [pair for pair in headers if b"secret" in pair[0].lower()]
    if b"signature=" in call.query:
        return _forged_queries(call)
    assert signature or word
    made = [("without any header", msgspec.structs.replace(call, headers=()))]
    made += (
        [
            ("truncated", msgspec.structs.replace(call, body=body[:-1])),
            ("half", msgspec.structs.replace(call, body=body[: len(body) // 2])),
            ("empty", msgspec.structs.replace(call, body=b"")),
            ("longer", msgspec.structs.replace(call, body=body + b" ")),
            ("one bit", msgspec.structs.replace(call, body=body[:-9] + bytes([body[-9] ^ 1]) + body[-8:])),
            ("other words", msgspec.structs.replace(call, body=body.replace(b"Hello", b"Howdy"))),
        ]
        if signature
        else []
    )  # a word says who speaks, not what
    for name, value in signature or word:
        others = [pair for pair in headers if pair[0] != name]
        for what, wrong in [
            ("no value", b""), ("shorter", value[:-1]), ("longer", value + b"0"), ("other", value[:-4] + b"0000"),
            ("upside down", value[::-1]), ("not ASCII", value[:-1] + b"\xff"),
        ]:  # fmt: skip
            if wrong != value:
                made.append((f"{name!r} {what}", msgspec.structs.replace(call, headers=(*others, (name, wrong)))))
        made.append((f"no {name!r}", msgspec.structs.replace(call, headers=tuple(others))))
        made.append((f"{name!r} twice", msgspec.structs.replace(call, headers=(*headers, (name, value)))))
        made.append((f"{name!r}, a wrong one too", msgspec.structs.replace(call, headers=((name, b"x"), *headers))))
    return made


def _forged_queries(call: Call) -> list[tuple[str, Call]]:
    """The same, of a platform whose signatures stand in the address."""
    fields = parse_qsl(call.query.decode(), keep_blank_values=True)
    made = [("without any query", msgspec.structs.replace(call, query=b""))]
    made += [("other words", msgspec.structs.replace(call, body=call.body.replace(b"<Encrypt>", b"<Encrypt>QUFB")))]
    made += [("truncated", msgspec.structs.replace(call, body=call.body[: len(call.body) // 2]))]
    made += [("empty", msgspec.structs.replace(call, body=b""))]
    whole = "msg_signature" if b"msg_signature=" in call.query else "signature"  # that of the body, where there is one
    for name, value in fields:
        if name in {"timestamp", "nonce", whole}:
            for wrong in ("", value[:-1], value + "0", value[::-1], value[:-1] + "\xff"):
                query = urlencode([(one, wrong if one == name else its) for one, its in fields])
                made += [(f"{name} {wrong!r}", msgspec.structs.replace(call, query=query.encode()))]
    return [(name, forged) for name, forged in made if forged != call]


@pytest.mark.parametrize("kind", CALLED)
async def test_an_account_with_another_secret_or_none_takes_nothing(
    hook: Hook, double: Simulator, workspace: UUID, kind: str
) -> None:
    call = await _genuine(hook, double, workspace, kind)
    before = await hook.rows(workspace)
    for secret in ("", " ", "\n", "of another app"):
        settings = _secrets(double.settings(), lambda _, secret=secret: secret)
        elsewhere = msgspec.structs.replace(call, path=f"/in/{await _account(hook.house, workspace, kind, settings)}")
        assert 400 <= (await hook.answer(elsewhere))[0] < 500, secret
        for name, forged in _forgeries(elsewhere):
            assert 400 <= (await hook.answer(forged))[0] < 500, (secret, name)
    assert await hook.rows(workspace) == before


@pytest.mark.parametrize("kind", CALLED)
async def test_a_handshake_needs_the_word(hook: Hook, double: Simulator, workspace: UUID, kind: str) -> None:
    channel = await _account(hook.house, workspace, kind, _secrets(double.settings(), lambda _: ""))
    try:
        await double.point(f"{hook.base}/in/{channel}")
        await double.say(double.people()[0].id, "Hello from outside")  # this platform shakes no hands: it just speaks
        _, refused = await hook.called()
    except ValueError as error:
        refused = int(re.findall(r"\b4\d\d\b", str(error))[0])
    assert 400 <= refused < 500
    assert await hook.rows(workspace) == 0


@pytest.mark.parametrize("kind", CALLED)
async def test_other_methods_keep_nothing(hook: Hook, double: Simulator, workspace: UUID, kind: str) -> None:
    call = await _genuine(hook, double, workspace, kind)
    for method in ("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "GET"):
        assert 400 <= (await hook.answer(msgspec.structs.replace(call, method=method)))[0] < 500, method
    assert await hook.rows(workspace) == 1


# ------------------------------------------------------------------------------------------- whatever the platform is


def _call(channel: object, body: bytes = b"{}", *words: bytes) -> Call:
    return Call(path=f"/in/{channel}", headers=tuple((b"X-Word", word) for word in words), body=body)


async def test_what_comes_with_the_word_is_kept_as_it_came(hook: Hook, mailroom: Mailroom) -> None:
    body = msgspec.json.encode(squawk("a", text="Hello", at=hook.house.now()))
    assert (await hook.answer(_call(mailroom.channel, body, b"hello")))[0] == 200
    assert await hook.rows(mailroom.workspace) == 1


async def test_without_exactly_the_word_nothing_is_kept(hook: Hook, mailroom: Mailroom) -> None:
    for words in ((), (b"",), (b"hell",), (b"Hello",), (b"hello", b"hello"), (b"x", b"hello")):
        assert (await hook.answer(_call(mailroom.channel, b"{}", *words)))[0] == 401, words
    assert await hook.rows(mailroom.workspace) == 0


async def test_too_large_is_refused_before_it_is_read_to_its_end(hook: Hook, mailroom: Mailroom) -> None:
    largest = _call(mailroom.channel, b"x" * webhooks.LIMIT, b"hello")
    assert (await hook.answer(largest))[0] == 200
    larger = _call(mailroom.channel, b"x" * (webhooks.LIMIT + 1), b"hello")
    assert (await hook.answer(larger))[0] == 413
    assert await hook.rows(mailroom.workspace) == 1


async def test_there_is_nothing_at_an_address_nobody_made(hook: Hook, mailroom: Mailroom) -> None:
    draft = await connect(hook.house, mailroom.workspace, "draft")
    for channel in (ids.new(), draft, "", "parrot", f"{mailroom.channel}/more", "../../etc/passwd", "\0", "x" * 9000):
        assert (await hook.answer(_call(channel, b"{}", b"hello")))[0] == 404
    assert await hook.rows(mailroom.workspace) == 0


@pytest.mark.parametrize("state", ["paused", "broken"])
async def test_an_account_that_rests_still_receives(hook: Hook, mailroom: Mailroom, state: str) -> None:
    resting = await connect(hook.house, mailroom.workspace, state)
    assert (await hook.answer(_call(resting, b"{}", b"hello")))[0] == 200
    assert await hook.rows(mailroom.workspace) == 1


async def test_who_hangs_up_in_the_middle_has_said_nothing(hook: Hook, mailroom: Mailroom) -> None:
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        assert message.get("status") != 200

    call = _call(mailroom.channel, b"", b"hello")
    scope = {"type": "http", "method": "POST", "path": call.path, "query_string": b"", "headers": list(call.headers)}
    await hook.app(scope, receive, send)
    assert await hook.rows(mailroom.workspace) == 0


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), Away("gone")])
async def test_what_cannot_be_kept_is_not_acknowledged(
    hook: Hook, mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(hook.door, "keep", fails)
    assert (await hook.answer(_call(mailroom.channel, b"{}", b"hello")))[0] == 503


async def test_an_account_of_which_nothing_is_known_while_the_database_is_away_is_asked_to_come_again(
    hook: Hook, mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Away("gone")

    monkeypatch.setattr(hook.accounts, "_look", away)
    assert (await hook.answer(_call(mailroom.channel, b"{}", b"hello")))[0] == 503
