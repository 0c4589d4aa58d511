"""Follows the journal for this process and hands what is new to whoever watches. A room says how it looks."""

import asyncio
import base64
import contextlib
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cached_property
from typing import Protocol
from uuid import UUID

import structlog
from msgspec import Struct

from duologue.errors import NotFound
from duologue.kernel import journal
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.journal import Position, Told
from duologue.kernel.tasks import end
from duologue.kernel.vault import Broken, Safe

log = structlog.get_logger()
BEHIND = 1000  # entries that one may be behind; further, it is told to load the page again
BEATS = "beat"  # the name of an event that is but a sign of life
ASKING = (
    6  # who ask the database at once what they missed: thousands that come back together leave it to others as well
)


class Look(Struct, frozen=True):
    """In which language and time zone somebody reads."""

    locale: str
    zone: str


class Event(Struct, frozen=True, kw_only=True, dict=True):
    """As it goes over a stream. `position` is None where it is not kept (typing)."""

    name: str
    data: str
    position: Position | None = None

    @cached_property
    def frame(self) -> bytes:
        """The bytes of it: made once, however many streams it goes over."""
        lines = [f"event: {self.name}", *([f"id: {self.position}"] if self.position else [])]
        lines += [f"data: {line}" for line in (self.data.splitlines() or [""])]
        return ("\n".join(lines) + "\n\n").encode()


TYPING = "typing"
"""The kind of an entry that followers get and no journal keeps; its state is who is typing."""

Draw = Callable[[UUID, Sequence[Told], Look], Awaitable[list[Event]]]
"""Makes the events of one workspace's entries, the same for everybody who reads in this language and zone."""


class News(Struct, frozen=True, dict=True):
    """Events that go out together."""

    events: tuple[Event, ...]

    @cached_property
    def frame(self) -> bytes:
        return b"".join(event.frame for event in self.events)

    @cached_property
    def placed(self) -> tuple[Position, ...]:
        """Where its events stand in the journal; a beat only tells where everybody is."""
        return tuple(event.position for event in self.events if event.position and event.name != BEATS)

    def after(self, reached: Position) -> bytes:
        """The bytes of what is new to somebody who is there; of what is kept nowhere, always."""
        if not self.placed or min(self.placed) > reached:
            return self.frame
        return b"".join(event.frame for event in self.events if not event.position or event.position > reached)


class Watcher(Protocol):
    """One who watches a workspace. `put` and `end` return at once, and what is put is heard in that order."""

    workspace: UUID
    look: Look

    def put(self, news: News) -> None: ...

    def end(self) -> None: ...


Follower = Callable[[Told], None]


class Hub:
    """Open it once a process."""

    def __init__(self, house: House, draw: Draw) -> None:
        self._house = house
        self._draw = draw
        self._watchers: dict[UUID, set[Watcher]] = defaultdict(set)
        self._followers: dict[UUID, set[Follower]] = defaultdict(set)
        self._tasks: list[asyncio.Task[None]] = []
        self._showing: set[asyncio.Task[None]] = set()
        self._asking = asyncio.Semaphore(ASKING)
        self._asked: dict[tuple[UUID, Position, Look], asyncio.Task[News]] = {}
        self.position = Position(0, 0)
        self.closed = False

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._follow())]
        self._house.wake.answer("typing", self._heard_typing)

    def end_streams(self) -> None:
        """Every stream ends, and no new one begins."""
        self.closed = True
        for watchers in self._watchers.values():
            for watcher in list(watchers):
                watcher.end()

    async def close(self) -> None:
        self.end_streams()
        await end([*self._tasks, *self._showing, *self._asked.values()])

    @contextlib.contextmanager
    def watch(self, watcher: Watcher) -> Iterator[Watcher]:
        """Hands everything new of its workspace to `watcher`, from now on."""
        self._watchers[watcher.workspace].add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[watcher.workspace].discard(watcher)

    @contextlib.contextmanager
    def follow(self, workspace: UUID, follower: Follower) -> Iterator[None]:
        """Calls `follower` with every entry of the workspace, from now on."""
        self._followers[workspace].add(follower)
        try:
            yield
        finally:
            self._followers[workspace].discard(follower)

    def whisper(self, workspace: UUID, event: Event) -> None:
        """Something that is shown to this process's watchers and not kept."""
        for watcher in list(self._watchers[workspace]):
            watcher.put(News((event,)))

    def whisper_drawn(self, workspace: UUID, draw: Callable[[Look], Event]) -> None:
        """The same, drawn once for each language and zone that is read in."""
        watchers = list(self._watchers[workspace])
        drawn = {look: News((draw(look),)) for look in {watcher.look for watcher in watchers}}
        for watcher in watchers:
            watcher.put(drawn[watcher.look])

    def typing(self, safe: Safe, conversation: UUID, name: str) -> None:
        """Somebody is typing there: shown to the team, wherever they look; kept nowhere."""
        self._call_typing(safe, conversation, name, by="person")

    def answering(self, safe: Safe, conversation: UUID, name: str) -> None:
        """Somebody of the team is typing: shown to the team, and to whoever follows from the person's side."""
        self._call_typing(safe, conversation, name, by="team")

    def _call_typing(self, safe: Safe, conversation: UUID, name: str, *, by: str) -> None:
        """Names go sealed: whoever carries the word reads nothing."""
        sealed = base64.b85encode(safe.own.seal_text("live|typing", conversation, name[:200])).decode()
        self._house.wake.call("typing", f"{safe.workspace.hex} {conversation.hex} {by} {sealed}")

    def _heard_typing(self, word: str) -> None:
        try:
            workspace, conversation, by, sealed = word.split(" ")
            where, what = UUID(workspace), UUID(conversation)
        except ValueError:
            return  # not a word of ours
        if self._watchers[where] or self._followers[where]:
            task = asyncio.create_task(self._show_typing(where, what, by, sealed))
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)

    async def _show_typing(self, workspace: UUID, conversation: UUID, by: str, sealed: str) -> None:
        try:
            safe = await self._house.safe(workspace)
            name = safe.own.unseal_text("live|typing", conversation, base64.b85decode(sealed))
        except (Broken, ValueError, LookupError, NotFound, Away):
            return  # said by somebody without the key
        told = json.dumps({"conversation": str(conversation), "name": name})
        self.whisper(workspace, Event(name="typing", data=told))
        if by == "team":
            self._tell_followers(workspace, conversation, name)

    def _tell_followers(self, workspace: UUID, conversation: UUID, name: str) -> None:
        entry = Told(
            workspace_id=workspace,
            id=0,
            xid=0,
            kind=TYPING,
            conversation_id=conversation,
            message_id=None,
            subject_id=None,
            state=name,
        )
        for follower in list(self._followers[workspace]):
            follower(entry)

    async def since(self, workspace: UUID, position: Position, look: Look) -> News:
        """What this workspace missed after `position`. Thousands who come back from the same place ask once."""
        asked = workspace, position, look
        if asked not in self._asked:
            self._asked[asked] = asyncio.create_task(self._since(*asked))
            self._asked[asked].add_done_callback(lambda _: self._asked.pop(asked))
        return await asyncio.shield(self._asked[asked])

    async def _since(self, workspace: UUID, position: Position, look: Look) -> News:
        async with self._asking:
            async with self._house.db.glance() as tx:
                oldest = await journal.oldest(tx)
                entries = await journal.since(tx, position, most=BEHIND)
            if len(entries) == BEHIND or (oldest and position < oldest and position.xid < oldest.xid - 1):
                return News((Event(name="reload", data="too long ago"),))
            own = [entry for entry in entries if entry.workspace_id == workspace]
            return News(tuple(await self._draw(workspace, own, look) if own else ()))

    async def _follow(self) -> None:
        await self._begin()
        with self._house.wake.bell("journal") as bell:
            while True:
                try:
                    while await self._step():
                        pass
                except Away:
                    await asyncio.sleep(0.2)
                    continue
                await bell.wait(self._house.wake.patience)

    async def _begin(self) -> None:
        while True:
            try:
                async with self._house.db.glance() as tx:
                    self.position = await journal.here(tx)
                return
            except Away:
                await asyncio.sleep(0.2)

    async def _step(self) -> bool:
        async with self._house.db.glance() as tx:
            entries = await journal.since(tx, self.position)
        if not entries:
            return False
        by_workspace: dict[UUID, list[Told]] = defaultdict(list)
        for entry in entries:
            by_workspace[entry.workspace_id].append(entry)
        for workspace, own in by_workspace.items():
            for follower in list(self._followers[workspace]):
                for entry in own:
                    follower(entry)
            await self._show(workspace, own)
        self.position = entries[-1].position
        return True

    async def _show(self, workspace: UUID, entries: Sequence[Told]) -> None:
        """Draws once for each language and zone that is read in, however many read it."""
        watchers = list(self._watchers[workspace])
        for look in {watcher.look for watcher in watchers}:
            news = News(tuple(await self._drawn(workspace, entries, look)))
            for watcher in watchers:
                if watcher.look == look:
                    watcher.put(news)

    async def _drawn(self, workspace: UUID, entries: Sequence[Told], look: Look) -> list[Event]:
        """What cannot be drawn alone is seen by loading the page anew; it stops nobody else's screen."""
        try:
            return await self._draw(workspace, entries, look)
        except Away:
            raise
        except Exception as error:
            log.error("live.draw", error=type(error).__name__)
            return [Event(name="reload", data="not drawn", position=entries[-1].position)]
