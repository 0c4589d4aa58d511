"""May it leave, and why not: every case of the rules, at the edges of its times and numbers."""

from datetime import UTC, datetime, timedelta

import pytest

from duologue.channels.policy import ANSWERS_AT_ANY_TIME, ANY_TIME, EVERYBODY, Policy, Rule, Writer, windows
from duologue.consent.verdict import Standing, verdict

WROTE = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
WINDOWS = windows(DAY, WEEK, source="the rulebook, 2026")
TEMPLATES = Policy(rules=(Rule(within=DAY), Rule(template=True, first=True)))
COUNTED = Policy(rules=(Rule(within=2 * DAY, most=5),))
TAPS = Policy(rules=(Rule(within=2 * DAY, most=5), Rule(after="tap", within=timedelta(minutes=1), most=3)))
COMMENTS = Policy(rules=(Rule(within=DAY), Rule(after="comment", within=WEEK, most=1)))
PERSON, PROGRAM, BULK = Writer.PERSON, Writer.AUTOMATION, Writer.BULK
A_MOMENT = timedelta(microseconds=1)


def said(policy: Policy, writer: Writer, later: timedelta = timedelta(), **standing: object) -> tuple[str, str]:
    known = Standing(**{"last_in_at": WROTE, **standing})
    answer = verdict(policy, known, writer=writer, now=WROTE + later)
    assert answer.words
    return answer.may, answer.code


@pytest.mark.parametrize(
    ("writer", "later", "expected"),
    [
        (PERSON, DAY - A_MOMENT, ("yes", "open")),
        (PROGRAM, DAY - A_MOMENT, ("yes", "open")),
        (PERSON, DAY, ("yes", "human")),
        (PROGRAM, DAY, ("no", "closed")),
        (BULK, DAY, ("no", "closed")),
        (PERSON, WEEK - A_MOMENT, ("yes", "human")),
        (PERSON, WEEK, ("no", "closed")),
    ],
)
def test_windows_end_to_the_moment_and_a_person_has_the_longer_one(writer, later, expected):
    assert said(WINDOWS, writer, later) == expected


def test_when_it_closed_and_the_rules_source_are_told():
    closed = verdict(WINDOWS, Standing(last_in_at=WROTE), writer=PROGRAM, now=WROTE + 2 * DAY)
    assert (closed.since, closed.source) == (WROTE + DAY, "the rulebook, 2026")
    still = verdict(WINDOWS, Standing(last_in_at=WROTE), writer=PERSON, now=WROTE + 2 * DAY)
    assert still.until == WROTE + WEEK


@pytest.mark.parametrize("writer", sorted(EVERYBODY))
def test_after_the_window_only_an_approved_template_may_leave_also_to_whom_never_wrote(writer):
    assert said(TEMPLATES, writer, DAY) == ("template", "template")
    assert said(TEMPLATES, writer, last_in_at=None) == ("template", "template")
    assert said(TEMPLATES, writer) == ("yes", "open")


def test_answers_that_are_counted_run_out_until_the_person_acts():
    assert said(COUNTED, PERSON, answers=4) == ("yes", "open")
    assert said(COUNTED, PERSON, answers=5) == ("no", "spent")
    assert said(COUNTED, PERSON, 2 * DAY, answers=5) == ("no", "closed")
    left = verdict(COUNTED, Standing(last_in_at=WROTE, answers=2), writer=PERSON, now=WROTE).left
    assert left == 3


MINUTE = timedelta(minutes=1)


def test_a_tap_alone_lets_one_answer_for_a_moment_only():
    tapped = {"last_in_at": None, "tapped_at": WROTE}
    assert said(TAPS, PERSON, MINUTE - A_MOMENT, **tapped) == ("yes", "tap")
    assert said(TAPS, PERSON, MINUTE, **tapped) == ("no", "closed")
    assert said(TAPS, PERSON, tap_answers=3, **tapped) == ("no", "spent")
    assert said(COUNTED, PERSON, **tapped) == ("no", "closed"), "no rule of this platform is about taps"
    told = verdict(TAPS, Standing(tapped_at=WROTE, tap_answers=1), writer=PROGRAM, now=WROTE)
    assert (told.until, told.left) == (WROTE + MINUTE, 2)


def test_a_tap_takes_nothing_from_what_a_message_has_opened_and_goes_on_where_that_is_spent():
    tapped = {"tapped_at": WROTE + DAY}
    assert said(TAPS, PERSON, DAY, **tapped) == ("yes", "open")
    assert said(TAPS, PERSON, DAY, answers=5, **tapped) == ("yes", "tap")
    assert said(TAPS, PERSON, DAY + MINUTE, answers=5, **tapped) == ("no", "spent")
    assert said(TAPS, PERSON, 2 * DAY, **tapped) == ("no", "closed")
    late = verdict(TAPS, Standing(last_in_at=WROTE, tapped_at=WROTE + 3 * DAY), writer=PERSON, now=WROTE + 4 * DAY)
    assert late.since == WROTE + 3 * DAY + MINUTE


def test_a_comment_may_be_answered_in_private_once_within_a_week():
    assert said(COMMENTS, PERSON, 2 * DAY, after="comment") == ("yes", "open")
    assert said(COMMENTS, PERSON, 2 * DAY, after="comment", answers=1) == ("no", "spent")
    assert said(COMMENTS, PERSON, WEEK, after="comment") == ("no", "closed")
    assert said(COMMENTS, PERSON, 2 * DAY) == ("no", "closed"), "a message has the window of messages"


def test_where_a_platform_has_no_windows():
    assert said(ANY_TIME, BULK, last_in_at=None) == ("yes", "free")
    assert said(ANSWERS_AT_ANY_TIME, PERSON, 400 * DAY) == ("yes", "free")
    assert said(ANSWERS_AT_ANY_TIME, PERSON, last_in_at=None) == ("no", "first")


def test_who_said_stop_is_left_in_peace_before_all_other_rules():
    assert said(ANY_TIME, PERSON, stopped="all") == ("no", "stopped")
    assert said(ANY_TIME, BULK, stopped="bulk") == ("no", "stopped")
    assert said(ANY_TIME, PERSON, stopped="bulk") == ("yes", "free")
    assert said(ANY_TIME, PERSON, stopped="all", connected=False) == ("no", "stopped")


def test_a_paused_channel_lets_one_write_and_says_that_it_waits():
    assert said(WINDOWS, PERSON, 30 * DAY, connected=False) == ("yes", "off")
