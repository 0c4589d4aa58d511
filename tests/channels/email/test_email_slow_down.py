"""Answers of a mail server that mean "fewer": the account keeps still; what is about one reader holds up no other."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Refusal, Refused, TryLater
from duologue.channels.email import CHANNEL, smtp
from duologue.channels.email.limits import limits
from duologue.channels.email.settings import Settings
from tests.channels.email.email_house import JONAS, an_answer

ACCOUNT = [
    "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address",
    "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to help",
    "432 4.3.2 Concurrent connections limit exceeded",
    "451 4.3.2 Please try again later",
    "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message",
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    "452 4.5.3 Your message has too many recipients",
    "450 Too many messages from you, slow down",
    "421 Service not available, closing transmission channel",
]
READER = [
    ("450 4.2.1 The user you are trying to contact is receiving mail at a rate too high", TryLater),
    ("452 4.2.2 The email account that you tried to reach is over quota", TryLater),
    ("451 4.7.1 Greylisted, please try again in a minute", TryLater),
    ("451 4.4.1 Connection timed out", TryLater),
    ("552 5.2.2 The mailbox is over its quota limit and exceeded", Refused),
    ("554 5.2.0 STOREDRV.Deliver; delivery result banner", Refused),
    ("550 5.1.1 No such user here", Refused),
    ("550 5.7.1 Message rejected as spam", Refused),
]


@pytest.mark.parametrize("said", ACCOUNT)
@pytest.mark.parametrize("when", ["next_recipient", "next_data"])
async def test_the_whole_account_keeps_still(double, account, said: str, when: str) -> None:
    getattr(double.smtp.faults, when).append(said)
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert isinstance(outcome, TryLater), outcome
    assert outcome.whole_account
    assert 60 <= outcome.after <= 3600
    assert said[:60] in outcome.reason


@pytest.mark.parametrize(("said", "kind"), READER)
async def test_what_is_about_one_reader_holds_up_nobody_else(double, account, said: str, kind: type) -> None:
    double.smtp.faults.next_recipient.append(said)
    outcome = await CHANNEL.send(account, an_answer(JONAS, "Hello"))
    assert isinstance(outcome, kind), outcome
    assert not getattr(outcome, "whole_account", False)


async def test_it_keeps_still_longer_each_time_up_to_an_hour(double, account) -> None:
    waits = []
    for attempt in (1, 2, 3, 9):
        double.smtp.faults.next_data.append(ACCOUNT[2])
        outcome = await CHANNEL.send(account, replace(an_answer(JONAS, "x"), attempt=attempt))
        waits.append(outcome.after)
    assert waits == [60, 120, 240, 3600]


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("smtp.gmail.com", {timedelta(days=1): 500}),
        ("SMTP.office365.com.", {timedelta(minutes=1): 30, timedelta(days=1): 10_000}),
        ("smtp-mail.outlook.com", {timedelta(minutes=1): 30, timedelta(days=1): 300}),
        ("mail.brand.example", {}),
        ("notgmail.com", {}),
    ],
)
def test_what_providers_allow_is_known(host: str, known: dict[timedelta, int]) -> None:
    found = limits(Settings(smtp_host=host))
    assert {one.within: one.most for one in found} == known
    assert all(one.source for one in found)


def test_settings_know_better() -> None:
    its = Settings(smtp_host="smtp.gmail.com", per_day=2000, per_hour=100, per_minute=0)
    assert [(one.within, one.most) for one in limits(its)] == [(timedelta(hours=1), 100), (timedelta(days=1), 2000)]
    assert limits(Settings(smtp_host="smtp.gmail.com", per_day=0)) == ()
    assert [one.most for one in limits(Settings(login="google"))] == [500]


def test_success_is_never_slow() -> None:
    assert smtp.slow_down(250, "2.0.0 OK rate limit exceeded") is None
    assert smtp.why(550, "5.1.1 x") is Refusal.NO_SUCH_PERSON
