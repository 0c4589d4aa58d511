"""The real program with its demo, as one process of its own, and the people who look at it."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from msgspec import Struct

ROOT = Path(__file__).parents[2]
_STARTS_WITHIN = 90  # seconds, on a busy machine
_LINK = re.compile(r"(http\S+/playground/enter/\S+)\s+\(the inbox, as (\w+)")


class Demo(Struct, frozen=True):
    """A running program: its address, and for each of the team the link that signs in."""

    url: str
    links: dict[str, str]
    data: Path


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@asynccontextmanager
async def demo(data: Path) -> AsyncIterator[Demo]:
    """`up --demo` on this data directory, until left; its errors go to `data`.log."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "duologue", "up", "--demo", "--data", str(data), "--port", str(port)]
    with data.with_suffix(".log").open("ab") as log:
        program = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=log, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    try:
        async with asyncio.timeout(_STARTS_WITHIN):
            links = await _links(program)
            await _ready(url)
        yield Demo(url, links, data)
    finally:
        if program.returncode is None:
            program.send_signal(signal.SIGTERM)
            await program.wait()


async def _links(program: asyncio.subprocess.Process) -> dict[str, str]:
    """Reads the greeting to its end."""
    assert program.stdout
    links: dict[str, str] = {}
    while len(links) < 2:
        line = (await program.stdout.readline()).decode()
        assert line, "the program ended before it had begun"
        if found := _LINK.search(line):
            links[found[2]] = found[1]
    return links


async def _ready(url: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/health/ready")
        assert answer.status_code == 200, answer.text
