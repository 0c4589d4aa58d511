"""WeChat's answers to a send, as decisions.

Source: developers.weixin.qq.com, "Send a customer-service message" and "Global return codes" (August 2026).
"""

from datetime import datetime, timedelta, timezone

from duologue.channels.contract import Outcome, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.channels.shared.answers import backoff
from duologue.channels.wechat.api import STALE, NoKey, code, facts
from duologue.kernel.egress import Answer, Blocked, NoAnswer

_CHINA = timezone(timedelta(hours=8))
_ROWS: dict[int, tuple[Refusal, str]] = {
    **dict.fromkeys([*STALE, 40013, 40125, 41002, 41004], (Refusal.AUTH, "key")),
    40164: (Refusal.AUTH, "address"),
    40003: (Refusal.NO_SUCH_PERSON, "nobody"),
    40007: (Refusal.MEDIA, "file"),
    **dict.fromkeys([40004, 40005, 40008], (Refusal.MEDIA, "kind")),
    **dict.fromkeys([40006, 45001], (Refusal.MEDIA, "large")),
    40037: (Refusal.BAD_REQUEST, "template"),
    43004: (Refusal.UNREACHABLE, "gone"),
    43019: (Refusal.UNREACHABLE, "blacklist"),
    45002: (Refusal.CONTENT, "long"),
    45015: (Refusal.WINDOW_CLOSED, "window"),
    45047: (Refusal.WINDOW_CLOSED, "count"),
    48001: (Refusal.PERMISSION, "right"),
    48002: (Refusal.UNREACHABLE, "refuses"),
    50002: (Refusal.RESTRICTED, "restricted"),
    87014: (Refusal.CONTENT, "unsafe"),
}
_STOPS = {43004}  # to follow again is told, and allows it again
_WORDS = {
    "key": "WeChat no longer accepts the AppID and AppSecret: copy both again from “Basic Configuration”",
    "address": "WeChat does not let this server in: its IP address must be put on the API allow-list",
    "nobody": "WeChat knows no such person for this account",
    "file": "WeChat does not take this file, or no longer has it: attach it again",
    "kind": "WeChat does not take this kind of message or file",
    "large": "this file is larger than WeChat takes: send a smaller one, or a link",
    "template": "WeChat has no such template for this account: choose another one",
    "gone": "this person cannot be reached: they do not follow the account",
    "blacklist": "this person is on the account's blacklist: take them off it under “User management”",
    "long": "the message is longer than WeChat takes: send it in parts",
    "window": "the time to answer is over, or the person no longer follows: send a template, or wait for them",
    "count": "as many as WeChat allows have been sent: wait until the person writes again, or send a template",
    "right": "the account may not use this part of the API: it must be a verified service account",
    "refuses": "this person does not take messages of the account: only they can change that",
    "restricted": "WeChat restricts the account: see the notices in the Official Accounts Platform",
    "unsafe": "WeChat does not let this content pass: word it otherwise",
    "other": "WeChat does not take this message",
    "day": "today's calls are used up: they are counted anew at midnight in China",
    "minute": "WeChat asks to slow down",
}


def judge(answer: Answer, attempt: int, now: datetime) -> Outcome:
    """What an answer means for the message. The support id (`rid`) stays in the reason."""
    found = code(answer)
    if answer.status >= 500 or found is None:
        return Unknown(reason=f"WeChat gave no usable answer: {answer.status}")
    if found == 0:
        return Receipt(id=None)
    if found == -1:
        return TryLater(after=backoff(attempt), reason=f"WeChat is busy ({told(answer)})")
    if found == 45009:
        return TryLater(after=_to_midnight(now), reason=_said("day", answer), whole_account=True)
    if found == 45011:
        return TryLater(after=60, reason=_said("minute", answer), whole_account=True)
    why, row = _ROWS.get(found, (Refusal.BAD_REQUEST, "other"))
    return Refused(why=why, reason=_said(row, answer), stopped="all" if found in _STOPS else "")


def before(error: Blocked | NoAnswer | NoKey, attempt: int, now: datetime) -> TryLater | Refused:
    """Something failed before the message itself was sent: it certainly was not."""
    if isinstance(error, NoKey):
        return keyless(error.answer, attempt, now)
    after = 300 if isinstance(error, Blocked) else backoff(attempt)
    return TryLater(after=after, reason=str(error), whole_account=True)


def keyless(answer: Answer, attempt: int, now: datetime) -> TryLater | Refused:
    found = judge(answer, attempt, now)
    if isinstance(found, Receipt | Unknown):
        words = f"WeChat gave no key: {answer.status}"
        return TryLater(after=backoff(attempt), reason=words, whole_account=True)
    return found


def told(answer: Answer) -> str:
    """WeChat's own words, with its code and the id that its support asks for."""
    message = facts(answer).get("errmsg")
    return f"{code(answer)} {message if isinstance(message, str) else ''}".strip()[:300]


def _said(row: str, answer: Answer) -> str:
    return f"{_WORDS[row]} ({told(answer)})"


def _to_midnight(now: datetime) -> float:
    """Days are counted in China."""
    here = now.astimezone(_CHINA)
    tomorrow = (here + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return (tomorrow - here).total_seconds()
