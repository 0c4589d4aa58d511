"""The questions that stand before the first message: which, to whom, and whether an answer can be one."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from msgspec import Struct

from duologue.channels.web.settings import Settings
from duologue.errors import Invalid

LONGEST_NAME, LONGEST_EMAIL, LONGEST_ANSWER = 200, 254, 1000
LONGEST_QUESTION = 200
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"']{1,64}@([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}", re.IGNORECASE)
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,40}")
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


class Question(Struct, frozen=True, kw_only=True):
    """`own`: in the administrator's own words; else the window has the words for its name."""

    name: str
    own: str = ""
    required: bool


class Unanswered(Invalid):
    """Answers that cannot be used; `fields` says why, by question."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        name, words = next(iter(fields.items()))
        super().__init__(words, name)
        self.fields = dict(fields)


def questions(settings: Settings) -> list[Question]:
    """Those that are asked, in their order. One of the administrator's own without words is none."""
    wanted = {
        "name": settings.ask_name,
        "email": settings.ask_email,
        "phone": settings.ask_phone,
        "question": settings.ask_question if own(settings) else "off",
    }
    return [
        Question(name=name, own=own(settings) if name == "question" else "", required=how == "required")
        for name, how in wanted.items()
        if how != "off"
    ]


def own(settings: Settings) -> str:
    """The administrator's own question, as it is asked."""
    return " ".join(settings.question.split())[:LONGEST_QUESTION]


def judged(asked: list[Question], answers: Mapping[str, str]) -> dict[str, str]:
    """The answers, tidied; of questions that are not asked, none. Raises `Unanswered`."""
    tidy = {one.name: _tidy(answers.get(one.name, "")) for one in asked}
    wrong: dict[str, str] = {}
    for one in asked:
        if why := _wrong(one, tidy[one.name]):
            wrong[one.name] = why
    if wrong:
        raise Unanswered(wrong)
    return {name: text for name, text in tidy.items() if text}


def _wrong(question: Question, text: str) -> str | None:
    if not text:
        return "Please answer this." if question.required else None
    return _RULES[question.name](text)


def _name(text: str) -> str | None:
    return "This is too long." if len(text) > LONGEST_NAME else None


def _email(text: str) -> str | None:
    if len(text) > LONGEST_EMAIL or not _EMAIL.fullmatch(text):
        return "This is no email address, like name@example.com."
    return None


def _phone(text: str) -> str | None:
    digits = sum(sign.isdigit() for sign in text)
    if not _PHONE.fullmatch(text) or not 5 <= digits <= 15:
        return "This is no phone number, like +49 30 1234567."
    return None


def _answer(text: str) -> str | None:
    return f"At most {LONGEST_ANSWER} characters, please." if len(text) > LONGEST_ANSWER else None


_RULES: Mapping[str, Callable[[str], str | None]] = {
    "name": _name,
    "email": _email,
    "phone": _phone,
    "question": _answer,
}


def _tidy(text: str) -> str:
    """On one line, without what cannot be seen or turns the reading direction."""
    seen = "".join(" " if sign in "\r\n\t" else sign for sign in text)
    return " ".join("".join(sign for sign in seen if unicodedata.category(sign) not in _INVISIBLE).split())
