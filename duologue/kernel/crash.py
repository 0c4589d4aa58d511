"""Named places at which a proof lets the program die, as by a power cut. Nothing happens there unless it is armed.

`DUOLOGUE_CRASH="sort.written:3"` ends the process the third time it comes to that place. `POINTS` is the whole list:
each stands between two steps that must not come apart.
"""

import os
import signal

POINTS = (
    "door.before_write",  # arrivals are here, not yet written down: nothing was acknowledged
    "door.committed",  # durable, not yet acknowledged: the platform will tell again
    "spool.written",  # on disk while the database was away, not yet acknowledged
    "spool.drained",  # in the database again, its file still there
    "sort.written",  # messages written, not yet durable
    "sort.committed",  # durable, nobody told yet
    "listen.before_commit",  # a polled mailbox read, neither mail nor place kept yet
    "listen.committed",  # both kept
    "outbox.claimed",  # in our hands, the attempt written down, nothing sent
    "outbox.sent",  # the platform has answered, nothing recorded
    "outbox.settled",  # recorded, nobody told yet
    "letters.begun",  # a letter and its attempt written down, the mail server not called
    "letters.sent",  # the mail server has answered, nothing recorded
    "letters.settled",  # recorded
    "acts.claimed",  # what is to be done to a message is in our hands, nothing done
    "acts.called",  # the platform has done it, nothing recorded
    "acts.settled",  # recorded, nobody told yet
    "file.written",  # the file is on disk, the database does not know it
    "migrate.step",  # a step applied, neither it nor its number durable
    "backup.written",  # the backup is whole, and does not bear its name yet
)


def _armed() -> dict[str, int]:
    wanted = [one.partition(":") for one in os.environ.get("DUOLOGUE_CRASH", "").split(",") if one]
    return {name: int(count or 1) for name, _, count in wanted}


_LEFT = _armed()


def point(name: str) -> None:
    """The program comes to `name`, one of `POINTS`."""
    if _LEFT and name in _LEFT:
        _LEFT[name] -= 1
        if _LEFT[name] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
