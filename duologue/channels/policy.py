"""A platform's rules for who may write when, as data: dated, with their source, in the platform's own folder."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct


class Writer(StrEnum):
    """Who writes. Platforms allow a person more than a program, and a program more than a campaign."""

    PERSON = "person"
    AUTOMATION = "automation"
    BULK = "bulk"


EVERYBODY = frozenset(Writer)


class Rule(Struct, frozen=True, kw_only=True):
    """One permission. A message may leave where any rule grants it; the first that does is the one that is told.

    `after`: what the person did. A message or a comment takes the place of what was said before; a tap (a menu, a code,
    a follow) stands beside it and opens a time of its own, which takes nothing away from that.
    """

    writers: frozenset[Writer] = EVERYBODY
    after: Literal["message", "comment", "tap"] = "message"
    within: timedelta | None = None  # after it; None: at any time
    most: int | None = None  # messages, until the person acts again
    first: bool = False  # also where the person has never written
    template: bool = False  # only as a template that the platform has approved
    branch: bool = False  # for the chats of a branch of the account (`Channel.branch`), and there alone
    source: str = ""  # where the rule stands, and when it was read


class Policy(Struct, frozen=True, kw_only=True):
    """All rules of a platform; what none of them grants is not allowed."""

    rules: tuple[Rule, ...]
    source: str = ""  # for the rules that name none of their own

    def window(self, after: Literal["message", "tap"] = "message", *, branch: bool = False) -> timedelta | None:
        """How long after a person's word, or tap, everybody may write freely; None where there is no limit."""
        its = [rule for rule in self.rules if rule.after == after and rule.branch == branch]
        free = [rule.within for rule in its if not rule.template and _open(rule)]
        return None if None in free or not free else max(span for span in free if span is not None)

    @property
    def branches(self) -> bool:
        """Whether some chats have rules of their own."""
        return any(rule.branch for rule in self.rules)

    def of(self, writer: Writer, after: str, *, branch: bool = False) -> Sequence[Rule]:
        """The rules for this writer, after a message or a comment; what taps open stands beside."""
        mine = [rule for rule in self.rules if writer in rule.writers and rule.branch == branch]
        return [rule for rule in mine if rule.after in {after, "tap"} or rule.template]


def _open(rule: Rule) -> bool:
    return Writer.AUTOMATION in rule.writers


ANY_TIME = Policy(rules=(Rule(first=True),))
"""No platform in between: the brand may write whenever it has a reason to."""

ANSWERS_AT_ANY_TIME = Policy(rules=(Rule(),))
"""Whoever has written may be answered for ever; nobody else may be written to."""


def windows(everybody: timedelta, person: timedelta | None = None, *, source: str) -> Policy:
    """Everybody may answer within a time of the person's last word, a person perhaps longer."""
    rules = [Rule(within=everybody, source=source)]
    if person:
        rules.append(Rule(writers=frozenset({Writer.PERSON}), within=person, source=source))
    return Policy(rules=tuple(rules), source=source)
