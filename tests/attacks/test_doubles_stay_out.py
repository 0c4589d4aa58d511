"""What plays the platforms for a demo is not there without it: neither its code, nor its pages, nor its doors."""

import json
import subprocess
import sys
from typing import Any

from duologue.app import Program as Whole
from duologue.kernel.house import House
from duologue.web import shell
from tests.attacks.test_walls_of_every_way import Caller, _signed_in
from tests.cast import Colleague
from tests.program import ROOT

LOADED = """
import json, sys
import duologue.__main__, duologue.run, duologue.app
from duologue.channels.registry import channels
channels()
print(json.dumps([name for name in sys.modules if name.startswith("duologue.")]))
"""
PATHS = ["/playground", "/playground/", "/playground/enter/x", "/Playground", "/playground/messenger/say", "/simulate"]


def test_the_program_loads_no_double() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(done.stdout)
    assert {"duologue.run", "duologue.channels.email.send"} <= set(loaded), "it has loaded what it works with"
    steps = [(name, set(name.split("."))) for name in loaded]
    assert [name for name, parts in steps if parts & {"demo", "simulate", "double", "simulator"}] == []


async def test_the_playground_has_no_page_and_no_door(house: House, ana: Colleague) -> None:
    whole = Whole(house)
    front: Any = whole.web()
    assert [way.path for way in shell.inventory(front._pages) if "playground" in way.path] == []
    for caller in (Caller(front), await _signed_in(front, ana)):
        for path in PATHS:
            assert (await caller.get(path)).status_code == 404, path
            assert (await caller.post(path)).status_code == 404, path
    await whole.accounts.close()
