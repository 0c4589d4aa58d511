"""Every row of the platform's own list of errors (WhatsApp Cloud API, error codes, November 2025 to August 2026).

One table: the code as the platform sends it, and what must become of the message. The platform answers a send with it,
or takes the message and tells it later in a status; each row is proven both ways. A row that is missing here is missing
in the product, and a row of the product that is missing here is proven by nobody.
"""

import pytest

from duologue.channels.contract import Account, Opted, Progress, Receipt, Refusal, TryLater
from duologue.channels.whatsapp.errors import TABLE
from duologue.channels.whatsapp.send import send
from duologue.channels.whatsapp.simulate.double import Double
from tests.channels.coded import DAY, SLOWER, SOON, TOMORROW, Once, Unsure, Waits, Wanted, decided

from .conftest import GRETA, House

HOUR = 3600
SPAM = Waits(2 * HOUR, 12 * HOUR, account=True)

ROWS: list[tuple[int, int, Wanted, str]] = [
    (0, 401, Refusal.AUTH, "connect the account again"),
    (190, 401, Refusal.AUTH, "connect the account again"),
    (3, 500, Refusal.PERMISSION, "the permissions that the connect page names"),
    (10, 403, Refusal.PERMISSION, "test the connection"),
    (200, 403, Refusal.PERMISSION, "test the connection"),
    (230, 403, Refusal.PERMISSION, "test the connection"),
    (299, 403, Refusal.PERMISSION, "test the connection"),
    (131005, 403, Refusal.PERMISSION, "test the connection"),
    (1, 400, Unsure(), "does not say whether it was sent"),
    (2, 503, SOON, "tried again by itself"),
    (33, 400, Refusal.BAD_REQUEST, "change it"),
    (100, 400, Refusal.BAD_REQUEST, "change it"),
    (131008, 400, Refusal.BAD_REQUEST, "change it"),
    (131009, 400, Refusal.BAD_REQUEST, "change it"),
    (4, 400, SLOWER, "asks to slow down"),
    (80007, 400, SLOWER, "asks to slow down"),
    (80007, 429, SLOWER, "asks to slow down"),
    (130429, 400, SLOWER, "asks to slow down"),
    (130429, 429, SLOWER, "asks to slow down"),
    (131056, 400, Waits(4, 4), "too often in a short time"),
    (131056, 429, Waits(4, 4), "too often in a short time"),
    (131048, 400, SPAM, "reported as spam"),
    (131064, 400, SPAM, "because of its quality"),
    (133016, 400, Waits(600, DAY, account=True), "registered too often"),
    (368, 403, Refusal.RESTRICTED, "see “Account quality”"),
    (131031, 403, Refusal.RESTRICTED, "see “Account quality”"),
    (130497, 403, Refusal.RESTRICTED, "people in that country"),
    (131000, 500, SOON, "tried again by itself"),
    (131016, 500, SOON, "tried again by itself"),
    (131057, 500, Waits(60, HOUR, account=True), "moved or upgraded"),
    (131021, 400, Refusal.NO_SUCH_PERSON, "nobody can write to themselves"),
    (131026, 400, Refusal.UNREACHABLE, "is not on WhatsApp"),
    (131030, 400, Refusal.NO_SUCH_PERSON, "add this one at Meta"),
    (131037, 400, Refusal.PERMISSION, "see “Phone numbers”"),
    (131042, 400, Refusal.PERMISSION, "see “Billing & payments”"),
    (131045, 500, Refusal.PERMISSION, "register it at Meta"),
    (131047, 400, Refusal.WINDOW_CLOSED, "send a template"),
    (131049, 400, TOMORROW, "tried again tomorrow"),
    (131050, 400, Refusal.UNREACHABLE, "no marketing messages any more"),
    (130472, 400, Refusal.UNREACHABLE, "an experiment"),
    (131051, 400, Refusal.CONTENT, "messages of this kind"),
    (131052, 400, Refusal.MEDIA, "send it again"),
    (131053, 400, Once(Refusal.MEDIA), "could not take the file"),
    (131062, 400, Refusal.BAD_REQUEST, "needs the person's phone number"),
    (131063, 400, Refusal.BAD_REQUEST, "without a phone number"),
    (132000, 400, Refusal.CONTENT, "fill in every blank"),
    (132008, 400, Refusal.CONTENT, "fill in every blank"),
    (132012, 400, Refusal.CONTENT, "fill in every blank"),
    (132001, 404, Refusal.CONTENT, "not approved in this language"),
    (132005, 400, Refusal.CONTENT, "shorten it"),
    (132007, 400, Refusal.CONTENT, "choose another"),
    (132015, 400, Refusal.CONTENT, "is paused"),
    (132016, 400, Refusal.CONTENT, "was switched off"),
    (132068, 400, Refusal.CONTENT, "the form behind the template is blocked"),
    (132069, 400, Waits(60, HOUR), "in ten minutes"),
    (135000, 400, Once(Refusal.BAD_REQUEST), "does not say why"),
    (137000, 400, Refusal.UNREACHABLE, "confirm who they are"),
    (139100, 400, Refusal.BAD_REQUEST, "change it"),
    (139101, 400, Refusal.BAD_REQUEST, "change it"),
    (139102, 400, Refusal.BAD_REQUEST, "change it"),
    (139103, 400, Refusal.BAD_REQUEST, "change it"),
]
STOPS = {131050: "bulk"}


@pytest.fixture(autouse=True)
def _open_window(double: Double) -> None:
    double.phone(GRETA).says("Is it open?")


@pytest.mark.parametrize("code, status, wanted, words", ROWS)
async def test_a_row_as_the_answer(double: Double, account: Account, answer, code, status, wanted, words):
    double.faults.plan(code, status=status)
    outcome = await send(account, answer(attempt=2 if isinstance(wanted, Once) else 1))
    assert [bubble for bubble in double.screen(GRETA) if bubble.by == "brand"] == []
    assert words in outcome.reason
    assert str(code) in outcome.reason
    decided(outcome, wanted.why if isinstance(wanted, Once) else wanted, STOPS.get(code, ""))


@pytest.mark.parametrize("code, status, wanted, words", [row for row in ROWS if isinstance(row[2], Once)])
async def test_some_are_worth_one_more_try(double: Double, account: Account, answer, code, status, wanted, words):
    double.faults.plan(code, status=status)
    outcome = await send(account, answer())
    assert isinstance(outcome, TryLater)
    assert not outcome.whole_account
    assert "once more" in outcome.reason


@pytest.mark.parametrize("code, words", sorted({(code, words) for code, _, wanted, words in ROWS}))
async def test_a_row_as_a_later_status(double: Double, account: Account, answer, house: House, code: int, words: str):
    """The message had been taken: it has failed now, with the same reason, and with a stop where that is due."""
    double.brand.will_fail(code)
    out = answer()
    assert isinstance(await send(account, out), Receipt)
    await double.settled()
    (failed,) = [one for one in house.of(Progress) if isinstance(one, Progress)]
    assert (failed.status, failed.correlation) == ("failed", out.id)
    assert str(code) in (failed.reason or "")
    if code in TABLE_WORDS:
        assert words in (failed.reason or "")
    stops = [(one.address, one.stopped, one.scope) for one in house.of(Opted) if isinstance(one, Opted)]
    assert stops == ([(GRETA, True, STOPS[code])] if code in STOPS else [])


TABLE_WORDS = {code for code, _, wanted, _ in ROWS if isinstance(wanted, Refusal | Once)}
"""Those that end a message say the same, whenever they come."""


def test_every_row_of_the_product_stands_in_the_table():
    listed = {code for code, *_ in ROWS}
    assert {code for code, _ in TABLE.hints} <= listed
    assert {code for code in TABLE.by_code if not 200 <= code < 300} <= listed
    assert set(TABLE.stops) == set(STOPS)


async def test_one_person_too_often_waits_longer_each_time_and_alone(double: Double, account: Account, answer):
    for attempt, seconds in ((1, 4), (2, 16), (3, 64), (9, 4096)):
        double.faults.plan(131056)
        outcome = await send(account, answer(attempt=attempt))
        assert isinstance(outcome, TryLater)
        assert (outcome.after, outcome.whole_account) == (seconds, False)
