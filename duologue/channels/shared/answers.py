"""What it means for a message that no answer came, and how long to wait before the next try."""

from duologue.channels.contract import TryLater, Unknown
from duologue.kernel.egress import Blocked, NoAnswer


def unheard(error: Blocked | NoAnswer) -> TryLater | Unknown:
    """What it means that no answer came."""
    if isinstance(error, Blocked):
        return TryLater(after=300, reason=str(error), whole_account=True)
    return Unknown(reason=str(error)) if error.sent else TryLater(after=15, reason=str(error), whole_account=True)


def backoff(attempt: int) -> float:
    return min(15.0 * 2 ** min(max(attempt - 1, 0), 10), 900.0)
