"""An account connected to the double of a mail provider."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from duologue.channels.contract import Account
from duologue.channels.email.simulate import MailSimulator
from duologue.kernel import clock
from tests.channels.email.email_house import House, an_account, close_ways_out


@pytest_asyncio.fixture
async def double() -> AsyncIterator[MailSimulator]:
    simulator = MailSimulator(clock.now)
    await simulator.start()
    yield simulator
    await close_ways_out()
    await simulator.close()


@pytest.fixture
def account(double: MailSimulator) -> Account:
    return an_account(double.settings(), double.places())


@pytest_asyncio.fixture
async def house(account: Account) -> AsyncIterator[House]:
    its = House(account)
    yield its
    await its.close()
