"""Who answers which path, and whom it believes to be calling."""

from pathlib import Path
from typing import Any

import pytest

from duologue.app import _Front, _named_caller
from duologue.settings import Settings


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", None, "127.0.0.1"),
    ],
)
async def test_visitors_behind_a_trusted_proxy_are_told_apart(peer: str, forwarded: str | None, caller: str) -> None:
    heard: list[Any] = []

    async def raw(scope: Any, receive: Any, send: Any) -> None:
        heard.append(scope["client"][0])

    named = _named_caller(raw, Settings(data=Path("/nowhere"), trusted_proxies=["127.0.0.1"]))
    front = _Front({"web": named}, None)
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "path": "/web/some/session", "headers": headers, "client": (peer, 4711)}
    await front(scope, None, None)
    assert heard == [caller]
