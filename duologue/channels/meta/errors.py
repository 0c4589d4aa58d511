"""The API's answers to a send, as decisions. What may have been delivered is never called safe to repeat.

Each platform brings a `Table` of its own codes; how an error is worded and how waits are asked for is the same for all.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Literal

import msgspec
from msgspec import Struct

from duologue.channels.contract import Outcome, Refusal, Refused, TryLater, Unknown
from duologue.channels.meta.graph import facts
from duologue.channels.shared.answers import backoff
from duologue.kernel.egress import Answer

DAY = 24 * 3600.0


class Course(Enum):
    """What to do where the platform has not refused for good."""

    SOON = auto()  # an outage: certainly not sent
    SLOWER = auto()  # too fast: the whole account waits
    TOMORROW = auto()  # enough for this person today
    ONCE = auto()  # one more try is worth it, with the file uploaded afresh
    UNSURE = auto()  # it may have been sent


class Wait(Struct, frozen=True):
    """Certainly not sent; again after so many seconds."""

    after: float
    whole_account: bool = False


Decision = Course | Wait | Refusal


class Fault(Struct, frozen=True, kw_only=True):
    """An error as the API words it. Logic is built on the numbers, never on the words."""

    code: int
    subcode: int | None = None
    words: str = ""
    transient: bool = False

    @property
    def told(self) -> str:
        """For a person: the number, and what the platform says about it."""
        number = f"{self.code}/{self.subcode}" if self.subcode is not None else str(self.code)
        return f"{number}: {self.words}" if self.words else number


class Table(Struct, frozen=True, kw_only=True):
    """One platform's codes and what they decide; the words for each refusal are its own too."""

    platform: str  # how sentences call it
    words: Mapping[Refusal, str]  # why, and what to do about it
    hints: Mapping[
        tuple[int, int | None], str
    ] = {}  # where one code, or one with its subcode, deserves words of its own
    stops: Mapping[int, Literal["bulk", "all"]] = {}  # codes that say: the person wants no more of this
    by_both: Mapping[tuple[int, int], Decision] = {}
    by_subcode: Mapping[int, Decision] = {}
    by_code: Mapping[int, Decision] = {}

    def decide(self, code: int, subcode: int | None) -> Decision | None:
        """What the table says; None for a code that does not stand in it."""
        if subcode is not None and (code, subcode) in self.by_both:
            return self.by_both[code, subcode]
        if subcode is not None and subcode in self.by_subcode:
            return self.by_subcode[subcode]
        return self.by_code.get(code)

    def judge(self, answer: Answer, attempt: int) -> Outcome:
        """What an answer other than a success means for the message."""
        found = fault(answer)
        if answer.status == 429:
            return _later(answer, attempt, self._waits(Course.SLOWER, found))
        if found is None:
            return _without_code(answer)
        decision = self.decide(found.code, found.subcode)
        if decision is None and (answer.status >= 500 or found.transient):
            decision = Course.UNSURE
        return self._outcome(decision or Refusal.BAD_REQUEST, answer, attempt, found)

    def refused(self, why: Refusal, found: Fault) -> Refused:
        """For good, with the platform's own words behind ours."""
        return Refused(why=why, reason=self.reason(why, found), stopped=self.stops.get(found.code, ""))

    def reason(self, why: Refusal, found: Fault) -> str:
        """Why, for a person: in the words that this very code deserves, or else in those for its kind."""
        return f"{self.hint(found) or self.words[why]} ({found.told})"

    def hint(self, found: Fault) -> str | None:
        return self.hints.get((found.code, found.subcode)) or self.hints.get((found.code, None))

    def _waits(self, course: Course, found: Fault | None) -> str:
        words = self.hint(found) if found and course is not Course.ONCE else None
        if words is None:
            words = _COURSE_WORDS[course] if course is not Course.SLOWER else f"{self.platform} asks to slow down"
        return f"{words} ({found.told})" if found else words

    def _outcome(self, decision: Decision, answer: Answer, attempt: int, found: Fault) -> Outcome:
        if isinstance(decision, Refusal):
            return self.refused(decision, found)
        if isinstance(decision, Wait):
            reason = self._waits(Course.SLOWER, found)
            return TryLater(after=decision.after, reason=reason, whole_account=decision.whole_account)
        if decision is Course.ONCE and attempt > 1:
            return self.refused(Refusal.MEDIA, found)
        reason = self._waits(decision, found)
        if decision is Course.UNSURE:
            return Unknown(reason=reason)
        if decision is Course.SLOWER:
            return _later(answer, attempt, reason)
        return TryLater(after=DAY if decision is Course.TOMORROW else backoff(attempt), reason=reason)


_COURSE_WORDS = {
    Course.SOON: "the platform has trouble of its own; it is tried again by itself",
    Course.TOMORROW: "this person has had as many messages of this sort as the platform allows in a day",
    Course.ONCE: "the platform could not take the file; it is uploaded once more",
    Course.UNSURE: "the platform does not say whether it was sent; it is looked up before anything is sent again",
}


def fault(answer: Answer) -> Fault | None:
    """The error in an answer; None where it holds none with a number."""
    error = facts(answer).get("error")
    return fault_of(error) if isinstance(error, dict) else None


def fault_of(error: Mapping[str, Any]) -> Fault | None:
    """An error object, from an answer or from an event; None where it has no number."""
    code, subcode = error.get("code"), error.get("error_subcode")
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    return Fault(
        code=code,
        subcode=subcode if isinstance(subcode, int) and not isinstance(subcode, bool) else None,
        words=_words(error)[:300],
        transient=error.get("is_transient") is True,
    )


def _words(error: Mapping[str, Any]) -> str:
    """The most telling of its texts; `error_data` may be an object or a plain text."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else data
    told = [error.get("error_user_msg"), details, error.get("message"), error.get("title")]
    return next((text for text in told if isinstance(text, str) and text), "")


def _without_code(answer: Answer) -> Outcome:
    """A proxy's page or a broken answer: only what certainly never reached the platform's own code is refused."""
    words = f"the answer was {answer.status} without a code"
    if answer.status >= 500 or answer.status == 408 or answer.status < 300:
        return Unknown(reason=words)
    return Refused(why=Refusal.BAD_REQUEST, reason=f"{words}; is the Graph address right?")


def _later(answer: Answer, attempt: int, reason: str) -> TryLater:
    asked = max(_retry_after(answer.headers), _regain(answer.headers))
    return TryLater(after=asked or backoff(attempt), reason=reason, whole_account=True)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; 0 where it is not said. A date, or a wait beyond an hour, is not believed."""
    value = headers.get("retry-after", "")
    return min(float(value), 3600.0) if value.isascii() and value.isdigit() and len(value) < 12 else 0.0


def _regain(headers: Mapping[str, str]) -> float:
    """The longest wait in the usage header, which counts in minutes: {"<business>": [{"estimated_time…": 12}]}."""
    minutes = [row.get("estimated_time_to_regain_access") for row in usage(headers)]
    return min(max((float(one) * 60 for one in minutes if isinstance(one, int) and one > 0), default=0.0), DAY)


def usage(headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the usage header tells, in percent and minutes: [{"type": "messenger", "call_count": 95, …}]."""
    try:
        told: Any = msgspec.json.decode(headers.get("x-business-use-case-usage", "{}"))
    except (msgspec.DecodeError, RecursionError):
        return []
    lists = told.values() if isinstance(told, dict) else ()
    return [row for rows in lists if isinstance(rows, list) for row in rows if isinstance(row, dict)]
