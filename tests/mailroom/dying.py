"""A process that looks for letters once. Where `DUOLOGUE_CRASH` names a place, it dies there, as by a power cut.

python -m tests.mailroom.dying DATABASE DATA KEY NOW
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from duologue.accounts.connected import Accounts
from duologue.kernel.clock import Turned
from duologue.kernel.database import Database
from duologue.kernel.house import House
from duologue.kernel.vault import Vault
from duologue.mailroom.letters.carry import Carrier
from duologue.settings import Settings


async def main(database: str, data: str, key: str, now: str) -> None:
    settings = Settings(data=Path(data), public_url="http://duologue.test")
    house = House(settings, Database(database), Vault(bytes.fromhex(key)), now=Turned(datetime.fromisoformat(now)))
    await house.open()
    await Carrier(house, Accounts(house)).go()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
