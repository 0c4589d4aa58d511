"""Conversations whose events come in any order, early, late and twice; and what must stand there in the end."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from duologue.channels.contract import Content, Edited, Event, Person, Progress, Reacted, Said, Unsent

SKEW = timedelta(minutes=5)
BATCH = timedelta(minutes=1)  # what comes together may have waited so long for the rest
EVENTS = 20  # of each conversation
SPAN = timedelta(minutes=40)
EMOJI = ("👍", "🌻", "😮", None)


class Telling(Struct, frozen=True):
    """When the platform says something to us, and what."""

    at: datetime
    event: Event


class Known(Struct):
    """A message as the platform has it: what was said, when, and how it was changed."""

    at: datetime
    text: str
    edits: dict[datetime, str] = field(default_factory=dict)
    reactions: dict[datetime, str | None] = field(default_factory=dict)
    gone: bool = False

    def stands(self) -> tuple[str | None, tuple[str, ...], str | None]:
        """Its text now, the former ones, and the reaction."""
        texts = [self.text, *(text for _, text in sorted(self.edits.items()))]
        reaction = max(self.reactions.items())[1] if self.reactions else None
        return (None, (), reaction) if self.gone else (texts[-1], tuple(texts[:-1]), reaction)


class Answer(Struct):
    """One of ours: when it is to be written, and once it is, its id and what stood there before it."""

    at: datetime
    text: str
    name: str  # the platform's id of it
    id: UUID | None = None
    before: list[str] = field(default_factory=list)
    reported: set[str] = field(default_factory=set)  # by name, and by mark
    echoed: bool = False


class Disorder:
    """One person's conversation."""

    def __init__(self, who: str, begin: datetime, chance: random.Random) -> None:
        self.who, self._chance = who, chance
        self.messages: dict[str, Known] = {}  # platform id -> what the person said, and the brand elsewhere
        self.answers: list[Answer] = []
        self.all_read = chance.random() < 0.2  # the person's phone tells that everything has been read
        times = sorted(begin + chance.random() * SPAN for _ in range(EVENTS))
        self.tellings = [one for at in times for one in self._happens(at)]
        if self.all_read:
            ever = Progress(status="read", at=times[-1], address=who, until=times[-1] + timedelta(days=365))
            self.tellings.append(Telling(self._told(times[-1]), ever))
        self.tellings += [
            Telling(one.at + SKEW * chance.random(), one.event) for one in self.tellings if chance.random() < 0.1
        ]

    def reports(self, answer: Answer) -> list[Telling]:
        """What the platform tells of an answer, once it is known to us by an id."""
        assert answer.id
        found: list[Event] = []
        if self._chance.random() < 0.3:
            answer.echoed = True
            found.append(self._said(answer.name, answer.at, answer.text, by="brand", correlation=answer.id))
        for status in self._chance.sample(["sent", "delivered", "read", "failed"], self._chance.randrange(4)):
            answer.reported.add(status)
            by_mark = self._chance.random() < 0.5
            found.append(
                Progress(
                    status=status, at=answer.at, address=self.who,  # type: ignore[arg-type]
                    ids=() if by_mark else (answer.name,), correlation=answer.id if by_mark else None,
                )
            )  # fmt: skip
        return [Telling(answer.at + self._chance.random() * SKEW, one) for one in found]

    def _happens(self, at: datetime) -> Iterator[Telling]:
        """Something happens on the platform; we are told of it up to five minutes before or after our clock says so."""
        mine = [name for name, one in self.messages.items() if not one.gone]
        what = self._chance.choices(["says", "edits", "reacts", "takes back", "answers"], [45, 20, 12, 6, 17])[0]
        if what == "says" or not mine:
            yield self._says(at)
        elif what == "answers":
            number = len(self.answers)
            self.answers.append(Answer(at, f"{self.who} answer {number}", f"{self.who}-ours-{number}"))
        else:
            name = self._chance.choice(mine)
            yield Telling(self._told(at), self._changes(what, name, at))

    def _says(self, at: datetime) -> Telling:
        name = f"{self.who}-{len(self.messages)}"
        self.messages[name] = Known(at, f"{name} says")
        by: Any = "brand" if len(self.messages) > 1 and self._chance.random() < 0.1 else "person"
        return Telling(self._told(at), self._said(name, at, f"{name} says", by=by))

    def _changes(self, what: str, name: str, at: datetime) -> Event:
        message = self.messages[name]
        if what == "edits":
            message.edits[at] = f"{name} says it otherwise at {at.isoformat()}"
            return Edited(id=name, address=self.who, at=at, text=message.edits[at])
        if what == "reacts":
            message.reactions[at] = self._chance.choice(EMOJI)
            return Reacted(id=name, address=self.who, at=at, emoji=message.reactions[at])
        message.gone = True
        return Unsent(id=name, address=self.who, at=at)

    def _said(self, name: str, at: datetime, text: str, **more: Any) -> Said:
        return Said(id=name, address=self.who, at=at, content=Content(text=text), person=Person(name=self.who), **more)

    def _told(self, at: datetime) -> datetime:
        return at - SKEW + self._chance.random() * (2 * SKEW - BATCH)
