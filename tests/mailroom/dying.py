"""A process that looks for letters once and is killed by its system, as by a power cut, before or after the call.

python -m tests.mailroom.dying DATABASE DATA KEY NOW before|after
"""

import asyncio
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from duologue.accounts.connected import Accounts
from duologue.kernel.clock import Turned
from duologue.kernel.database import Database
from duologue.kernel.house import House
from duologue.kernel.vault import Vault
from duologue.mailroom.letters import carry
from duologue.settings import Settings


async def main(database: str, data: str, key: str, now: str, when: str) -> None:
    settings = Settings(data=Path(data), public_url="http://duologue.test")
    house = House(settings, Database(database), Vault(bytes.fromhex(key)), now=Turned(datetime.fromisoformat(now)))
    await house.open()
    called = carry._called

    async def dies(*of: Any) -> Any:
        if when == "after":
            await called(*of)
        os.kill(os.getpid(), signal.SIGKILL)

    carry._called = dies
    await carry.Carrier(house, Accounts(house)).go()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
