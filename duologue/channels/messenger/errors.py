"""The platform's answers to a send, as decisions. What may have been delivered is never called safe to repeat.

Source of the codes: Messenger Platform, "Common error codes" (18 March 2026), and its changelog (June 2026).
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

import msgspec

from duologue.channels.contract import Outcome, Refusal, Refused, TryLater, Unknown
from duologue.channels.messenger.graph import facts
from duologue.kernel.egress import Answer, Blocked, NoAnswer

DAY = 24 * 3600.0


class Course(Enum):
    """What to do where the platform has not refused for good."""

    SOON = auto()  # an outage: certainly not sent
    SLOWER = auto()  # too fast: the whole account waits
    TOMORROW = auto()  # enough for this person today
    ONCE = auto()  # one more try is worth it, with the file uploaded afresh
    UNSURE = auto()  # it may have been sent


Decision = Course | Refusal

_BY_BOTH: dict[tuple[int, int], Decision] = {
    (1, 1357046): Course.UNSURE,
    (-1, 2018012): Course.SOON,
    (9, 2018352): Course.SLOWER,
    (4, 2018354): Course.TOMORROW,
    (10, 2018278): Refusal.WINDOW_CLOSED,
    (10, 2018065): Refusal.WINDOW_CLOSED,
    (10, 2018108): Refusal.UNREACHABLE,
    (200, 1545041): Refusal.UNREACHABLE,
    (10, 1893063): Refusal.RESTRICTED,
    (100, 2018001): Refusal.NO_SUCH_PERSON,
    (100, 33): Refusal.NO_SUCH_PERSON,
    (100, 2018008): Course.ONCE,
    (100, 2018047): Course.ONCE,
    (100, 2018294): Course.ONCE,
    (100, 2018074): Course.ONCE,
    (100, 2018109): Refusal.MEDIA,
}
_BY_SUBCODE: dict[int, Decision] = {
    2018300: Refusal.PERMISSION,
    2018321: Refusal.PERMISSION,
    2018247: Refusal.PERMISSION,
}
_BY_CODE: dict[int, Decision] = {
    1: Course.UNSURE,
    99: Course.UNSURE,
    2: Course.SOON,
    4: Course.SLOWER,
    17: Course.SLOWER,
    32: Course.SLOWER,
    613: Course.SLOWER,
    80006: Course.SLOWER,
    551: Refusal.UNREACHABLE,
    100: Refusal.BAD_REQUEST,
    190: Refusal.AUTH,
    200: Refusal.PERMISSION,
    230: Refusal.PERMISSION,
    10: Refusal.PERMISSION,
}
_WORDS: dict[Refusal, str] = {
    Refusal.AUTH: "Facebook no longer accepts the page's access token",
    Refusal.PERMISSION: "the app lacks a permission",
    Refusal.WINDOW_CLOSED: "the time to answer is over",
    Refusal.UNREACHABLE: "this person cannot be reached at present, or has blocked the page",
    Refusal.NO_SUCH_PERSON: "Facebook knows no such person for this page",
    Refusal.MEDIA: "Facebook does not take this file",
    Refusal.RESTRICTED: "Facebook has restricted the page for a time",
    Refusal.BAD_REQUEST: "Facebook does not take this message",
}


def judge(answer: Answer, attempt: int) -> Outcome:
    """What an answer other than a success means for the message."""
    error = facts(answer).get("error")
    if answer.status == 429:
        return _later(answer, attempt, "Facebook asks to slow down")
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return _without_code(answer)
    code, subcode = error["code"], error.get("error_subcode")
    reason = _reason(error, code, subcode)
    decision = decide(code, subcode if isinstance(subcode, int) else None)
    if decision is None and (answer.status >= 500 or error.get("is_transient") is True):
        decision = Course.UNSURE
    return _outcome(decision or Refusal.BAD_REQUEST, answer, attempt, reason)


def decide(code: int, subcode: int | None) -> Decision | None:
    """What the platform's table says; None for a code that does not stand in it."""
    if subcode is not None and (code, subcode) in _BY_BOTH:
        return _BY_BOTH[code, subcode]
    if subcode in _BY_SUBCODE:
        return _BY_SUBCODE[subcode]
    return _BY_CODE.get(code)


def unheard(error: Blocked | NoAnswer) -> TryLater | Unknown:
    """What it means that no answer came."""
    if isinstance(error, Blocked):
        return TryLater(after=300, reason=str(error), whole_account=True)
    return Unknown(reason=str(error)) if error.sent else TryLater(after=15, reason=str(error), whole_account=True)


def _outcome(decision: Decision, answer: Answer, attempt: int, reason: str) -> Outcome:
    if isinstance(decision, Refusal):
        return Refused(why=decision, reason=f"{_WORDS[decision]} ({reason})")
    if decision is Course.UNSURE:
        return Unknown(reason=reason)
    if decision is Course.SLOWER:
        return _later(answer, attempt, reason)
    if decision is Course.TOMORROW:
        return TryLater(after=DAY, reason=reason)
    if decision is Course.ONCE and attempt > 1:
        return Refused(why=Refusal.MEDIA, reason=f"{_WORDS[Refusal.MEDIA]} ({reason})")
    return TryLater(after=_backoff(attempt), reason=reason)


def _without_code(answer: Answer) -> Outcome:
    """A proxy's page or a broken answer: only what certainly never reached the platform's own code is refused."""
    words = f"the answer was {answer.status} without a code"
    if answer.status >= 500 or answer.status == 408 or answer.status < 300:
        return Unknown(reason=words)
    return Refused(why=Refusal.BAD_REQUEST, reason=f"{words}; is the Graph address right?")


def _later(answer: Answer, attempt: int, reason: str) -> TryLater:
    asked = max(_retry_after(answer.headers), _regain(answer.headers))
    return TryLater(after=asked or _backoff(attempt), reason=reason, whole_account=True)


def _backoff(attempt: int) -> float:
    return min(15.0 * 2 ** min(max(attempt - 1, 0), 10), 900.0)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; 0 where it is not said. A date, or a wait beyond an hour, is not believed."""
    value = headers.get("retry-after", "")
    return min(float(value), 3600.0) if value.isascii() and value.isdigit() and len(value) < 12 else 0.0


def _regain(headers: Mapping[str, str]) -> float:
    """The longest wait in the usage header, which counts in minutes: {"<business>": [{"estimated_time…": 12}]}."""
    try:
        usage: Any = msgspec.json.decode(headers.get("x-business-use-case-usage", "{}"))
    except (msgspec.DecodeError, RecursionError):
        return 0.0
    lists = usage.values() if isinstance(usage, dict) else ()
    rows = [row for rows in lists if isinstance(rows, list) for row in rows if isinstance(row, dict)]
    minutes = [row.get("estimated_time_to_regain_access") for row in rows]
    return min(max((float(one) * 60 for one in minutes if isinstance(one, int) and one > 0), default=0.0), DAY)


def _reason(error: dict[str, Any], code: int, subcode: object) -> str:
    told = error.get("error_user_msg") or error.get("message")
    number = f"{code}/{subcode}" if isinstance(subcode, int) else str(code)
    return f"{number}: {told[:300]}" if isinstance(told, str) and told else number
