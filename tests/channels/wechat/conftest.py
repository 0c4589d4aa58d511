"""What every folder of a channel has, and who writes here."""

from typing import Any

import pytest

from duologue.channels.contract import Content, Outgoing
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from tests.channels.doubled import account, clock, double

__all__ = ["BO", "LAN", "MEI", "account", "clock", "double", "outgoing"]

MEI, BO, LAN = "oLume-Mei-Zhang-0001", "oLume-Bo-Chen-0002", "oLume-Lan-Wu-0003"


@pytest.fixture
def turned(clock: Turned) -> Turned:
    return clock


def outgoing(text: str | None = None, *, to: str = MEI, attempt: int = 1, **content: Any) -> Outgoing:
    return Outgoing(
        id=ids.new(),
        conversation=ids.new(),
        address=to,
        content=Content(text=text, **content),
        attempt=attempt,
        queued_at=Turned()(),
    )
