"""Every row of the platform's own list of errors (Instagram Platform and Messenger Platform, March to July 2026).

One table: the code and subcode as the platform sends them, and what must become of the message. A row that is missing
here is missing in the product, and a row of the product that is missing here is proven by nobody.
"""

import pytest

from duologue.channels.contract import Account, Outcome, Refusal, Refused, TryLater, Unknown
from duologue.channels.instagram.errors import TABLE
from duologue.channels.instagram.send import send
from duologue.channels.instagram.simulate.double import Double
from tests.channels.coded import SLOWER, SOON, Once, Row, Unsure, Wanted, all_listed, becomes

from .conftest import LENA

ROWS: list[Row] = [
    (1, None, Unsure(), "does not say whether it was sent"),
    (99, None, Unsure(), "does not say whether it was sent"),
    (1, 1357046, Unsure(), "does not say whether it was sent"),
    (2, None, SOON, "tried again by itself"),
    (2, 1545133, SOON, "tried again by itself"),
    (-1, 2018012, SOON, "tried again by itself"),
    (4, None, SLOWER, "asks to slow down"),
    (17, None, SLOWER, "asks to slow down"),
    (32, None, SLOWER, "asks to slow down"),
    (613, None, SLOWER, "asks to slow down"),
    (613, 2534040, SLOWER, "asks to slow down"),
    (80006, None, SLOWER, "asks to slow down"),
    (100, 2534013, SLOWER, "asks to slow down"),  # private replies: too many, or against the policy
    (10, 2534022, Refusal.WINDOW_CLOSED, "when the person writes"),
    (10, 2018278, Refusal.WINDOW_CLOSED, "when the person writes"),
    (10, 2018065, Refusal.WINDOW_CLOSED, "when the person writes"),
    (100, 2534014, Refusal.NO_SUCH_PERSON, "answer where they last wrote"),
    (100, 2018001, Refusal.NO_SUCH_PERSON, "answer where they last wrote"),
    (100, 33, Refusal.NO_SUCH_PERSON, "answer where they last wrote"),
    (551, None, Refusal.UNREACHABLE, "wait until they write"),
    (551, 1545041, Refusal.UNREACHABLE, "wait until they write"),
    (200, 1545041, Refusal.UNREACHABLE, "wait until they write"),
    (10, 2018108, Refusal.UNREACHABLE, "wait until they write"),
    (100, 2534001, Refusal.UNREACHABLE, "deleted or archived"),
    (100, 2534025, Refusal.BAD_REQUEST, "its one private answer"),
    (100, 2534029, Refusal.RESTRICTED, "see “Account status”"),
    (25, 2207050, Refusal.RESTRICTED, "see “Account status”"),
    (25, None, Refusal.RESTRICTED, "see “Account status”"),
    (200, 2534041, Refusal.PERMISSION, "under “Connected tools”"),
    (100, 2534037, Refusal.BAD_REQUEST, "change it"),
    (100, 2534015, Refusal.BAD_REQUEST, "change it"),
    (100, None, Refusal.BAD_REQUEST, "change it"),
    (100, 2018008, Once(), "uploaded once more"),
    (100, 2018047, Once(), "uploaded once more"),
    (100, 2018294, Once(), "uploaded once more"),
    (100, 2018074, Once(), "uploaded once more"),
    (100, 2018109, Refusal.MEDIA, "a picture 8 MB"),
    (190, None, Refusal.AUTH, "connect the account again"),
    (190, 460, Refusal.AUTH, "connect the account again"),
    (200, None, Refusal.PERMISSION, "make the token again"),
    (10, None, Refusal.PERMISSION, "make the token again"),
    (230, None, Refusal.PERMISSION, "must write first"),
]


@pytest.fixture(autouse=True)
def _open_window(double: Double) -> None:
    double.phone(LENA).says("Is it open?")


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
    assert [bubble for bubble in double.screen(LENA) if bubble.by == "brand"] == []
    assert isinstance(outcome, Refused | TryLater | Unknown)
    assert words in outcome.reason
    assert (str(code) if subcode is None else f"{code}/{subcode}") in outcome.reason


def test_every_row_of_the_product_stands_in_the_table():
    all_listed(TABLE, ROWS)
