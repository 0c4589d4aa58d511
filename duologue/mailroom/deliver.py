"""The outbox: claims what may leave, sends it, records how that went.

A person's reply goes before an automated answer, and that before bulk; each account keeps its own pace. The attempt is
written down before the platform is called, and an outcome counts for its own attempt only.
"""

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from time import monotonic
from typing import Literal
from uuid import UUID

import msgspec
import psycopg
import structlog

from duologue.accounts import health
from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Outcome, Outgoing, Receipt, Refusal, Refused, Spacing, Speed, TryLater, Unknown
from duologue.channels.policy import Writer
from duologue.channels.registry import channels
from duologue.consent.verdict import Standing, verdict
from duologue.conversations.model import Lane
from duologue.conversations.settle import FIRST_LOOK, Settled, settle
from duologue.kernel import crash, ids
from duologue.kernel.database import Away
from duologue.kernel.egress import Blocked
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import limits, person_pace, store_limits, store_outbox
from duologue.mailroom.outgoing import Lost, prepare
from duologue.mailroom.store_outbox import Claimed, Hands, Pace

log = structlog.get_logger()

HANDS = 256  # messages under way at once, in this process
TOGETHER = 0.02  # seconds; what ends in the same moment is recorded at once
ENOUGH = 64  # hands that must be free before more is claimed: a claim for each would be most of the work
KEPT_FREE = 64  # hands that bulk leaves to those who are waiting for an answer
SHEAF = 24  # of bulk, messages claimed at once: whoever writes to us meanwhile waits no longer than for so many
RESERVES = {Lane.REPLY: 0.0, Lane.AUTOMATED: 0.1, Lane.BULK: 0.3}  # parts of an account's burst left to others
SECONDS = 90  # one call of the platform
LEASE = timedelta(seconds=115)  # two minutes after a sender died everybody sees that nobody knows what it did
PATIENCE = timedelta(hours=24)  # so long a message is tried again; then whoever wrote it is told
SLOWEST = 900  # seconds between two tries


class Deliverer:
    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts
        self._worker = ids.new()
        self._under_way: set[asyncio.Task[None]] = set()
        self._done: dict[UUID, list[Settled]] = defaultdict(list)
        self._settling = asyncio.Lock()
        self._ours_until = 0.0  # by the monotonic clock: a call begun later could outlive the lease
        self._speeds: dict[UUID, Speed] = {}  # as written down, of accounts that have one of their own

    async def run(self) -> None:
        """Delivers for ever. Cancelled, it finishes what is under way."""
        try:
            with self._house.wake.bell("outbox", "channels") as bell:
                while True:
                    try:
                        claimed = await self.claim()
                        await self._start(claimed)
                        if not claimed:
                            await bell.wait(await self._pause())
                    except Away:
                        await asyncio.sleep(0.2)
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=3)

    async def claim(self) -> list[Claimed]:
        """What may leave now, lane by lane, into our hands."""
        paces = [
            Pace(kind, channel.abilities.sends_per_second, channel.abilities.burst)
            for kind, channel in channels().items()
        ]
        claimed: list[Claimed] = []
        free = HANDS - len(self._under_way)
        self._ours_until = monotonic() + LEASE.total_seconds() - SECONDS
        async with self._house.db.hall() as tx:
            store_outbox.open_paces(tx)
            for lane, reserve in RESERVES.items():
                most = free - len(claimed)
                if lane is Lane.BULK:
                    most = min(SHEAF, most - KEPT_FREE)
                if most > 0:
                    claimed += await store_outbox.claim(
                        tx, lane, paces, reserve=reserve, most=most, hands=Hands(self._worker, self._house.now(), LEASE)
                    )
        return claimed

    async def _keep_speeds(self, accounts: Iterable[UUID]) -> None:
        """How fast an account may go stands in its settings, which are sealed: the next claim finds it written down."""
        for id_ in accounts:
            connected = await self._accounts.get(id_)
            if connected is None or connected.channel.speed is None:
                continue
            speed = connected.channel.speed(connected.account.settings)
            if self._speeds.get(id_) != speed:
                async with self._house.db.hall() as tx:
                    await store_outbox.keep_speed(tx, id_, speed)
                self._speeds[id_] = speed

    async def _pause(self) -> float:
        async with self._house.db.hall() as tx:
            due = await store_outbox.next_due(tx, self._house.now())
        patience = self._house.wake.patience
        return min(patience, max(0.005, due)) if due is not None else patience

    async def _start(self, claimed: Sequence[Claimed]) -> None:
        by_workspace: dict[UUID, list[Claimed]] = defaultdict(list)
        for one in claimed:
            by_workspace[one.workspace_id].append(one)
        if claimed:
            crash.point("outbox.claimed")
        await self._keep_speeds({one.channel_id for one in claimed})
        for workspace, its in by_workspace.items():
            ready = await self._prepared(workspace, its)
            for one in its:
                outgoing = ready.get(one.id, Lost("The message is gone."))
                task = asyncio.create_task(self._carry(one, outgoing, self._ours_until))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
        while len(self._under_way) > HANDS - ENOUGH:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _prepared(self, workspace: UUID, its: Sequence[Claimed]) -> dict[UUID, Outgoing | Lost | TryLater]:
        """Ready to leave, or to wait for the person's sake.

        Waits out an absence of the database; one that breaks its batch is lost alone.
        """
        while monotonic() < self._ours_until:
            try:
                spacings = await self._spacings(its)
                lend = await self._lending(its)
                async with work(self._house, workspace) as open_work:
                    ready: dict[UUID, Outgoing | Lost | TryLater] = {}
                    ready |= await prepare(open_work, [one.id for one in its], lend=lend, home=self._house.settings.url)
                    leaving = {id_: how for id_, how in spacings.items() if isinstance(ready.get(id_), Outgoing)}
                    return ready | await person_pace.too_soon(open_work, leaving)
            except Away:
                await asyncio.sleep(0.2)
            except Exception as error:
                log.error("deliver.broken", error=type(error).__name__)
                if len(its) == 1:
                    return {its[0].id: Lost("It could not be made ready to be sent.")}
                alone = [await self._prepared(workspace, [one]) for one in its]
                return {message: ready for each in alone for message, ready in each.items()}
        return {}

    async def _spacings(self, its: Sequence[Claimed]) -> dict[UUID, Spacing]:
        """Of each message whose platform minds how fast a person is written to."""
        found = {channel: await self._accounts.get(channel) for channel in {one.channel_id for one in its}}
        return {
            one.id: spacing
            for one in its
            if (connected := found[one.channel_id]) and (spacing := connected.channel.abilities.spacing)
        }

    async def _lending(self, its: Sequence[Claimed]) -> dict[UUID, str]:
        """Where channels whose platform fetches what it is to send find this house."""
        found = [await self._accounts.get(channel) for channel in {one.channel_id for one in its}]
        return {
            connected.account.id: connected.account.public_url
            for connected in found
            if connected and connected.channel.abilities.takes_links
        }

    async def _carry(self, one: Claimed, outgoing: Outgoing | Lost | TryLater, until: float) -> None:
        outcome = await self._outcome(one, outgoing, until)
        crash.point("outbox.sent")
        settled = Settled(one.id, one.conversation_id, one.channel_id, one.attempt, outcome)
        self._done[one.workspace_id].append(settled)
        await self._settle(one.workspace_id)
        crash.point("outbox.settled")
        with contextlib.suppress(Away):  # where this is lost, the next message learns it again
            await self._consequences(one, outcome)

    async def _outcome(self, one: Claimed, outgoing: Outgoing | Lost | TryLater, until: float) -> Outcome:
        try:
            connected = await self._accounts.get(one.channel_id)
        except Away:
            return TryLater(after=1, reason="The database was away.")
        if monotonic() >= until or (isinstance(outgoing, Outgoing) and outgoing.attempt != one.attempt):
            return TryLater(after=0, reason="The program was held up before it could send this.")  # others may have it
        if isinstance(outgoing, TryLater):
            return outgoing  # the person's turn to be left alone for a moment, and not a try of this message
        if isinstance(outgoing, Lost) or connected is None:
            return Refused(why=Refusal.BAD_REQUEST, reason=getattr(outgoing, "reason", "The channel is not connected."))
        if refused := self._policy(connected, outgoing):
            return refused
        room = await self._room(connected, outgoing)
        if isinstance(room, TryLater):
            return room  # however long: it is the account's turn to wait, and not a try of this message
        outcome = await _call(connected, outgoing)
        if room and isinstance(outcome, TryLater | Refused):
            with contextlib.suppress(Away):  # one too many is counted until tomorrow
                await limits.give_back(self._house, connected, room)
        if isinstance(outcome, Unknown) and connected.channel.abilities.resend_is_safe:
            outcome = TryLater(after=FIRST_LOOK.total_seconds(), reason=outcome.reason)  # what comes after it waits
        return self._patient(one, outcome)

    async def _room(self, connected: Connected, outgoing: Outgoing) -> limits.Room | TryLater | None:
        """Within what the provider allows. What goes to many is told first, and does not ask again at once."""
        try:
            room = await limits.take(self._house, connected, outgoing)
            if isinstance(room, TryLater) and outgoing.bulk:
                async with self._house.db.hall() as tx:
                    await store_limits.hold_bulk(tx, connected.account.id, room.after)
        except Away:
            return TryLater(after=1, reason="The database was away.")
        return room

    def _policy(self, connected: Connected, outgoing: Outgoing) -> Refused | None:
        """The verdict once more: the window may have closed since it was written."""
        after: Literal["comment", "message"] = "comment" if outgoing.answers_comment else "message"
        branch = connected.channel.branch
        standing = Standing(
            last_in_at=outgoing.last_in_at,
            after=after,
            tapped_at=outgoing.tapped_at,
            stopped=outgoing.stopped,
            branch=bool(branch and branch(outgoing.address)),
        )
        said = verdict(connected.channel.abilities.policy, standing, writer=_writer(outgoing), now=self._house.now())
        if said.may == "yes" or (said.may == "template" and outgoing.content.template):
            return None
        return Refused(why=Refusal.WINDOW_CLOSED, reason=said.words)

    def _patient(self, one: Claimed, outcome: Outcome) -> Outcome:
        """Waits longer with every try, with some chance in it; gives up after a day."""
        if not isinstance(outcome, TryLater):
            return outcome
        if self._house.now() - one.received_time > PATIENCE:
            return Refused(why=Refusal.UNREACHABLE, reason=f"It could not be sent for a day: {outcome.reason}")
        backoff = min(SLOWEST, 2.0 ** min(one.attempt, 10)) * random.uniform(0.75, 1.25)  # noqa: S311
        after = max(0.0, min(outcome.after, 86_400.0))
        return TryLater(
            after=after if one.attempt < 2 else max(after, backoff),
            reason=outcome.reason,
            whole_account=outcome.whole_account,
        )

    async def _settle(self, workspace: UUID) -> None:
        """Records what is done by now, in one transaction for all; waits out an absence of the database."""
        async with self._settling:
            if not self._done[workspace]:
                return  # whoever was here before has recorded ours too
            if len(self._done[workspace]) < len(self._under_way):
                await asyncio.sleep(TOGETHER)
            batch, self._done[workspace] = self._done[workspace], []
            try:
                await self._write(workspace, batch)
            except Exception as error:  # one of them cannot be recorded: the others are
                log.warning("settle.broken", error=type(error).__name__)
                for one in batch:
                    await self._settle_alone(workspace, one)

    async def _settle_alone(self, workspace: UUID, one: Settled) -> None:
        try:
            await self._write(workspace, [one])
        except psycopg.Error as error:  # the platform gave an id that another message has already
            log.error("settle.nameless", error=type(error).__name__)
            if isinstance(one.outcome, Receipt):
                nameless = msgspec.structs.replace(one.outcome, id=None, also=())
                await self._write(workspace, [msgspec.structs.replace(one, outcome=nameless)])

    async def _write(self, workspace: UUID, batch: Sequence[Settled]) -> None:
        while batch:
            try:
                async with work(self._house, workspace) as open_work:
                    await settle(open_work, batch)
                    for channel in sorted({one.channel for one in batch if isinstance(one.outcome, Receipt)}):
                        await health.mark_out(open_work.tx, channel, self._house.now())
                return
            except (Away, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable):
                await asyncio.sleep(0.2)

    async def _consequences(self, one: Claimed, outcome: Outcome) -> None:
        """What an outcome means for the whole account."""
        if isinstance(outcome, Refused) and outcome.why is Refusal.AUTH:
            await self._accounts.broken(one.workspace_id, one.channel_id, outcome.reason)
        if isinstance(outcome, TryLater) and outcome.whole_account:
            async with self._house.db.hall() as tx:
                await store_outbox.hold_account(tx, one.channel_id, outcome.after)


def _writer(outgoing: Outgoing) -> Writer:
    if outgoing.bulk:
        return Writer.BULK
    return Writer.AUTOMATION if outgoing.automated else Writer.PERSON


async def _call(connected: Connected, outgoing: Outgoing) -> Outcome:
    """Calls the platform; whatever goes wrong on the way is an outcome too, and never "not sent" by guess."""
    try:
        async with asyncio.timeout(SECONDS):
            return await connected.channel.send(connected.account, outgoing)
    except Blocked as error:
        return Refused(why=Refusal.BAD_REQUEST, reason=str(error))
    except TimeoutError:
        return Unknown(reason=f"The platform gave no answer within {SECONDS} seconds.")
    except Exception as error:
        log.error("deliver.failed", channel=connected.kind, error=type(error).__name__)
        return Unknown(reason="Something went wrong while it was being sent.")
