"""Every row of the platform's own list of errors (Messenger Platform, "Common error codes", 18 March 2026).

One table: the code and subcode as the platform sends them, and what must become of the message. A row that is missing
here is missing in the product, and a row of the product that is missing here is proven by nobody.
"""

import pytest

from duologue.channels.contract import Account, Outcome, Refusal, Refused, TryLater, Unknown
from duologue.channels.messenger.errors import TABLE
from duologue.channels.messenger.send import send
from duologue.channels.messenger.simulate.double import Double
from tests.channels.coded import SLOWER, SOON, TOMORROW, Once, Row, Unsure, Wanted, all_listed, becomes

from .conftest import MIA

ROWS: list[Row] = [
    (1, None, Unsure(), "does not say whether it was sent"),
    (99, None, Unsure(), "does not say whether it was sent"),
    (1, 1357046, Unsure(), "does not say whether it was sent"),
    (2, None, SOON, "tried again by itself"),
    (-1, 2018012, SOON, "tried again by itself"),
    (4, None, SLOWER, "asks to slow down"),
    (17, None, SLOWER, "asks to slow down"),
    (32, None, SLOWER, "asks to slow down"),
    (613, None, SLOWER, "asks to slow down"),
    (9, 2018352, SLOWER, "asks to slow down"),
    (80006, None, SLOWER, "asks to slow down"),
    (4, 2018354, TOMORROW, "tried again tomorrow"),
    (10, 2018278, Refusal.WINDOW_CLOSED, "wait until the person writes"),
    (10, 2018065, Refusal.WINDOW_CLOSED, "ask Meta for “Human Agent”"),
    (10, 2018108, Refusal.UNREACHABLE, "wait until they write"),
    (200, 1545041, Refusal.UNREACHABLE, "wait until they write"),
    (551, 1545041, Refusal.UNREACHABLE, "wait until they write"),
    (551, None, Refusal.UNREACHABLE, "wait until they write"),
    (10, 1893063, Refusal.RESTRICTED, "see “Page quality”"),
    (100, 2018001, Refusal.NO_SUCH_PERSON, "answer where they last wrote"),
    (100, 33, Refusal.NO_SUCH_PERSON, "answer where they last wrote"),
    (100, None, Refusal.BAD_REQUEST, "change it"),  # also: a tag that was retired on 27 April 2026
    (100, 2018008, Once(), "uploaded once more"),
    (100, 2018047, Once(), "uploaded once more"),
    (100, 2018294, Once(), "uploaded once more"),
    (100, 2018074, Once(), "uploaded once more"),
    (100, 2018109, Refusal.MEDIA, "25 MB"),
    (190, None, Refusal.AUTH, "connect the page again"),
    (190, 458, Refusal.AUTH, "the app was removed"),
    (190, 460, Refusal.AUTH, "password"),
    (190, 463, Refusal.AUTH, "has run out"),
    (190, 467, Refusal.AUTH, "was withdrawn"),
    (200, None, Refusal.PERMISSION, "make the token again"),
    (230, None, Refusal.PERMISSION, "make the token again"),
    (10, None, Refusal.PERMISSION, "make the token again"),
    (10, 2018300, Refusal.PERMISSION, "make the token again"),
    (200, 2018300, Refusal.PERMISSION, "make the token again"),
    (100, 2018321, Refusal.PERMISSION, "make the token again"),
    (10, 2018247, Refusal.PERMISSION, "make the token again"),
    (10900, None, Refusal.BAD_REQUEST, "its one private answer"),
]


@pytest.fixture(autouse=True)
def _open_window(double: Double) -> None:
    double.phone(MIA).says("Is it open?")


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("code, subcode, wanted, words", ROWS)
async def test_a_row(
    double: Double, account: Account, answer, code: int, subcode: int | None, wanted: Wanted, words: str, status: int
):
    """Whatever the status of the answer is: the code decides."""

    async def tried(attempt: int) -> Outcome:
        double.faults.plan(code, subcode, status=status)
        return await send(account, answer(attempt=attempt))

    outcome = await becomes(wanted, tried)
    assert [bubble for bubble in double.screen(MIA) if bubble.by == "brand"] == []
    assert isinstance(outcome, Refused | TryLater | Unknown)
    assert words in outcome.reason
    assert (str(code) if subcode is None else f"{code}/{subcode}") in outcome.reason


def test_every_row_of_the_product_stands_in_the_table():
    all_listed(TABLE, ROWS)
