"""The bridge that stands whole in docs/channels/bridge.md, run as it stands there, against the whole house."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from duologue.channels.bridge.settings import Settings, fresh
from duologue.channels.contract import Outgoing, Receipt, Refusal, Refused
from duologue.channels.simulation import Bubble, Caller
from duologue.kernel.clock import Turned, now
from duologue.kernel.house import House
from tests.channels.bridge.test_bridge import answer
from tests.channels.stage import ARRIVED, Stage, on_stage
from tests.program import ROOT, free_port

PAGE = ROOT / "docs" / "channels" / "bridge.md"


class Written:
    """A process of it: what is said is typed, what is answered is read from what it prints."""

    kind = "bridge"

    def __init__(self, folder: Path) -> None:
        self._made, self._port, self._out = fresh(), free_port(), folder / "said"
        self._program: subprocess.Popen[str] | None = None
        (found,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
        self._source = folder / "bridge.py"
        self._source.write_text(found)

    async def start(self) -> None:
        """It starts when it knows where to tell."""

    async def point(self, webhook_url: str) -> None:
        known = {"HOOK": webhook_url, "PORT": str(self._port), "SECRET": self._made.secret}
        with self._out.open("w") as out:
            self._program = subprocess.Popen(  # noqa: ASYNC220 -- it is started in no time
                [sys.executable, str(self._source)], env={**os.environ, **known}, stdin=subprocess.PIPE, stdout=out,
                stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip

    async def close(self) -> None:
        if self._program:
            self._program.kill()
            self._program.communicate()

    def settings(self) -> Settings:
        return replace(self._made, url=f"http://127.0.0.1:{self._port}/")

    def places(self) -> Sequence[str]:
        return [f"127.0.0.1:{self._port}"]

    def people(self) -> Sequence[Caller]:
        return [Caller("noor", "Noor")]

    async def say(self, person: str, text: str) -> None:
        assert self._program
        assert self._program.stdin
        self._program.stdin.write(f"{person}: {text}\n")
        self._program.stdin.flush()

    def screen(self, person: str) -> Sequence[Bubble]:
        lines = [line.partition(" < ") for line in self._out.read_text().splitlines()]
        return [
            Bubble(id=str(number), by="brand", text=text, at=now())
            for number, (who, _, text) in enumerate(lines)
            if who == person
        ]


@pytest.fixture
async def stage(house: House, workspace: UUID, clock: Turned, tmp_path: Path) -> AsyncIterator[Stage]:
    clock.turn(seconds=(now() - clock()).total_seconds())  # the written one lives in our time
    async with on_stage(house, workspace, Written(tmp_path)) as its:  # type: ignore[arg-type]
        yield its


async def test_what_is_typed_comes_in_and_what_is_answered_is_printed(stage: Stage) -> None:
    heard = await stage.say("Is it still there?")
    told = await stage.answer(heard, "It is.")
    await stage.deliver()
    assert (await stage.state(told)).status in ARRIVED
    assert stage.on_the_phone("It is.") == 1


async def test_its_check_passes_and_a_copy_is_not_printed_and_another_secret_is_refused(stage: Stage) -> None:
    await stage.say("Hello")
    channel, account = stage.connected.channel, stage.connected.account
    assert channel.check
    assert [one.ok for one in await channel.check(account)] == [True]
    one: Outgoing = answer("Once")
    first, second = await channel.send(account, one), await channel.send(account, one)
    assert isinstance(first, Receipt)
    assert first == second
    assert stage.on_the_phone("Once") == 1
    stranger = replace(account, settings=replace(account.settings, secret=fresh().secret))
    refused = await channel.send(stranger, answer("Never"))
    assert isinstance(refused, Refused)
    assert refused.why is Refusal.AUTH
    assert stage.on_the_phone("Never") == 0


async def test_what_it_cannot_do_is_said_to_be_so(stage: Stage) -> None:
    await stage.say("Hello")
    channel, account = stage.connected.channel, stage.connected.account
    assert channel.typing
    assert channel.history
    await channel.typing(account, "noor")
    assert [raw async for raw in channel.history(account, now())] == []
