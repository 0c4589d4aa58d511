"""A double of the platform, and an account connected to it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from duologue.channels.contract import Account, Content, Outgoing
from duologue.channels.wechat.simulate.double import Double
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress

MEI, BO, LAN = "oLume-Mei-Zhang-0001", "oLume-Bo-Chen-0002", "oLume-Lan-Wu-0003"


@pytest.fixture
async def double(turned: Turned) -> AsyncIterator[Double]:
    made = Double(turned, seed=7)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def turned() -> Turned:
    return Turned()


@pytest.fixture
async def account(double: Double, turned: Turned) -> AsyncIterator[Account]:
    async with Egress(tuple(double.places())) as egress:
        yield Account(
            id=ids.new(),
            workspace=ids.new(),
            name="Lume",
            settings=double.settings(),
            egress=egress,
            clock=turned,
            public_url="https://dm.example",
        )


def outgoing(text: str | None = None, *, to: str = MEI, attempt: int = 1, **content: Any) -> Outgoing:
    return Outgoing(
        id=ids.new(),
        conversation=ids.new(),
        address=to,
        content=Content(text=text, **content),
        attempt=attempt,
        queued_at=Turned()(),
    )
