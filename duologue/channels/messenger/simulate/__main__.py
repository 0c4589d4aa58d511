"""Runs the double by itself and prints, as one line of JSON, its account's settings and where its handles are."""

import argparse
import asyncio
import sys

import msgspec
from aiohttp import web

from duologue.channels.messenger.simulate.control import Control
from duologue.channels.messenger.simulate.double import Double


async def run(port: int, control: int, webhook: str | None, seed: int | None) -> None:
    """Serves until it is interrupted."""
    double = Double(seed=seed)
    await double.start(port=port)
    handles = web.AppRunner(Control(double).app(), access_log=None)
    await handles.setup()
    await web.TCPSite(handles, "127.0.0.1", control).start()
    told = {"settings": double.settings(), "control": f"http://127.0.0.1:{handles.addresses[0][1]}/_ctl"}
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()
    try:
        if webhook:
            await double.point(webhook)
        await asyncio.Event().wait()
    finally:
        await double.close()
        await handles.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m duologue.channels.messenger.simulate", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control", type=int, default=0, help="port of the handles for scripts")
    parser.add_argument("--webhook", help="where to deliver events; it must know how to shake hands")
    parser.add_argument("--seed", type=int, help="makes ids and misbehaviour repeatable")
    given = parser.parse_args()
    try:
        asyncio.run(run(given.port, given.control, given.webhook, given.seed))
    except KeyboardInterrupt:
        sys.exit(0)


main()
