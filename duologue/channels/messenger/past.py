"""What was said while no hook was heard."""

from collections.abc import AsyncIterator
from datetime import datetime

from duologue.channels.contract import Account, Raw
from duologue.channels.messenger.graph import graph
from duologue.channels.meta.history import since


def history(account: Account, at: datetime) -> AsyncIterator[Raw]:
    """Messages since then, as far as the platform still tells: the 20 newest of each conversation."""
    return since(graph(account), account.settings.page_id, "messenger", at)
