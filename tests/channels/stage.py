"""The whole house with one platform's double connected to it; a test takes the steps, and says what goes wrong."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from msgspec import Struct

from duologue.accounts import settings as account_settings
from duologue.accounts.connected import Accounts, Connected
from duologue.channels.simulation import Caller, Simulator
from duologue.conversations import show
from duologue.conversations.model import Bubble, Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.house import House
from duologue.kernel.tasks import end
from duologue.kernel.work import work
from duologue.mailroom.deliver import Deliverer
from duologue.mailroom.listen import Listeners
from duologue.mailroom.receive import Door
from duologue.mailroom.reconcile import Reconciler
from duologue.mailroom.sort import Sorter
from duologue.mailroom.webhook import Webhook


class Call(Struct, frozen=True):
    """A call of the webhook as it came, and how it was answered."""

    scope: dict[str, Any]
    body: bytes
    status: int
    took: float  # seconds


class Hook:
    """The webhook, with every call taken down. It can keep calls back, and lose the answer to one."""

    def __init__(self, webhook: Webhook) -> None:
        self.calls: list[Call] = []
        self.keeps_back = False  # calls are taken down and said to be taken, and go no further
        self.loses = 0  # answers, of calls that are kept
        self._webhook = webhook

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        if self.keeps_back and scope["method"] == "POST":
            self.calls.append(Call(dict(scope), body, 0, 0.0))
            return await _say(send, 200)
        call, answer = await self._put(scope, body)
        self.calls.append(call)
        if call.status == 200 and self.loses:
            self.loses -= 1
            return await _say(send, 502)
        for part in answer:
            await send(part)
        return None

    async def again(self, call: Call) -> int:
        """The same call once more; how it was answered."""
        return (await self._put(call.scope, call.body))[0].status

    async def _put(self, scope: Any, body: bytes) -> tuple[Call, list[Any]]:
        answer: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(part: Any) -> None:
            answer.append(part)

        began = monotonic()
        await self._webhook(scope, receive, send)
        return Call(dict(scope), body, answer[0]["status"], monotonic() - began), answer


async def _say(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Stage:
    """One platform's double and the house, connected."""

    def __init__(self, house: House, double: Any, connected: Connected, accounts: Accounts, hook: Hook) -> None:
        self.house, self.double, self.connected, self.accounts, self.hook = house, double, connected, accounts, hook
        self.workspace, self.channel = connected.workspace_id, connected.account.id
        self.sorter, self.deliverer = Sorter(house, accounts), Deliverer(house, accounts)
        self.people: list[Caller] = list(double.people())

    def needs(self, *commands: str) -> None:
        """Skips what this platform cannot come to."""
        if missing := [one for one in commands if one not in self.double.commands()]:
            pytest.skip(f"this platform cannot come to {missing[0]}")

    def needs_calls(self) -> None:
        if self.connected.channel.verify is None:
            pytest.skip("this platform is polled")

    def turn(self, **by: float) -> None:
        """Time passes: the house's, the platform's, and that of leases, which the database keeps."""
        self.house.now.turn(**by)  # pyrefly: ignore

    async def until(self, true: Callable[[list[Bubble]], bool], what: str, seconds: float = 20) -> list[Bubble]:
        """Sorts what comes in until it is so."""
        async with asyncio.timeout(seconds):
            while True:
                await self.sort()
                if true(found := await self.bubbles()):
                    return found
                await asyncio.sleep(0.02)
        raise AssertionError(what)

    async def sort(self) -> None:
        while await self.sorter.sort():
            pass

    async def called(self, times: int) -> None:
        """Returns when the platform has called so often, and what it told is sorted."""
        await self.until(lambda _: len(self.hook.calls) >= times, f"{times} calls")

    async def bubbles(self) -> list[Bubble]:
        async with work(self.house, self.workspace) as open_work:
            rows, _ = await show.rows(open_work, "all", member=None, most=500)
            pages = [(await show.page(open_work, row.id, before=None, most=5000))[0] for row in rows]
        return [bubble for page in pages for bubble in page]

    async def say(self, text: str, person: int = 0) -> Bubble:
        """Somebody writes, and it is in the inbox."""
        await self.double.say(self.people[person].id, text)
        found = await self.until(lambda all_of_it: text in texts(all_of_it, "in"), f"{text!r} in the inbox")
        return next(one for one in found if one.direction == "in" and first_line(one) == text)

    async def answer(self, to: Bubble, text: str) -> UUID:
        async with work(self.house, self.workspace) as open_work:
            draft = Draft(key=ids.new(), text=text)
            (message,) = await reply(open_work, to.conversation_id, draft, Sender(), self.connected.channel.abilities)
        return message

    async def deliver(self) -> None:
        """Sends what may leave now, to the end."""
        await self.deliverer._start(await self.deliverer.claim())
        while self.deliverer._under_way:
            await asyncio.gather(*self.deliverer._under_way)
            await asyncio.sleep(0)

    async def look(self) -> None:
        """Some minutes have passed: leases have ended, the fate of what is unknown is looked up."""
        self.turn(minutes=5)
        async with self.house.db.workspace(self.workspace) as tx:
            await tx.run(
                "UPDATE message SET lease_until = %(then)s WHERE status IN ('sending', 'unknown')",
                {"then": self.house.now() - timedelta(days=3650)},
            )
        await Reconciler(self.house, self.accounts).look()

    async def state(self, message: UUID) -> Bubble:
        return next(one for one in await self.bubbles() if one.id == message)

    async def account(self) -> Connected:
        self.accounts.forget()
        found = await self.accounts.get(self.channel)
        assert found
        return found

    async def count(self, sql: str) -> int:
        async with self.house.db.workspace(self.workspace) as tx:
            return (await tx.row(int, f"SELECT count(*)::int FROM {sql}")) or 0

    def on_the_phone(self, text: str, person: int = 0) -> int:
        shown = self.double.screen(self.people[person].id)
        return sum(one.by == "brand" and text in one.text for one in {one.id: one for one in shown}.values())

    def said(self) -> int:
        """How much people have said, as their phones show it."""
        return sum(sum(one.by == "person" for one in self.double.screen(who.id)) for who in self.people)


def first_line(bubble: Bubble) -> str:
    return (bubble.text or "").strip().split("\n")[0]


def texts(bubbles: list[Bubble], direction: str) -> Counter[str]:
    return Counter(first_line(one) for one in bubbles if one.direction == direction)


@asynccontextmanager
async def on_stage(house: House, workspace: UUID, double: Simulator) -> AsyncIterator[Stage]:
    """The double on a free port, and an account of the workspace connected to it."""
    accounts, door = Accounts(house), Door(house)
    await double.start()
    connected = await _connected(house, workspace, double, accounts)
    door.open()
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        hook = Hook(Webhook(door, accounts))
        config = uvicorn.Config(hook, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        polling = asyncio.create_task(Listeners(house, accounts).run())
        await double.point(f"http://127.0.0.1:{listening.getsockname()[1]}/in/{connected.account.id}")
        yield Stage(house, double, connected, accounts, hook)
        await end([polling])
        await double.close()
        server.should_exit = True
        await serving
    await door.close()
    await accounts.close()


async def _connected(house: House, workspace: UUID, double: Simulator, accounts: Accounts) -> Connected:
    channel, safe = ids.new(), await house.safe(workspace)
    async with house.db.workspace(workspace) as tx:
        await tx.run(
            """
            INSERT INTO channel (workspace_id, id, kind, name, state, settings_sealed, allow)
            VALUES (%(workspace)s, %(id)s, %(kind)s, 'Theirs', 'active', %(sealed)s, %(allow)s)
            """,
            {"workspace": workspace, "id": channel, "kind": double.kind, "allow": list(double.places()),
             "sealed": account_settings.sealed(safe, channel, double.settings())},
        )  # fmt: skip
    connected = await accounts.get(channel)
    assert connected
    return connected


ARRIVED = {Status.SENT, Status.DELIVERED, Status.READ}
