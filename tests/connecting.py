"""Accounts connected as `duologue channel add` does it, by one process: python -m tests.connecting DATA"""

import sys
from pathlib import Path

import msgspec

from duologue import operate
from duologue.settings import read

settings = read(data=Path(sys.argv[1]))
for kind, given in msgspec.json.decode(sys.stdin.read(), type=list[tuple[str, dict[str, str]]]):
    print(operate.as_json(operate.add_channel(settings, kind, "", given)).replace("\n", " "))
