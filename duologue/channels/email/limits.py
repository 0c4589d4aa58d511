"""How many mails may leave this account: what the settings say, else what is known of the provider."""

from datetime import timedelta

from duologue.channels.contract import Limit
from duologue.channels.email.providers import known_limits
from duologue.channels.email.settings import Settings

_SPANS = {"per_minute": timedelta(minutes=1), "per_hour": timedelta(hours=1), "per_day": timedelta(days=1)}


def limits(settings: Settings) -> tuple[Limit, ...]:
    """The shortest span first. 0 in a setting: there is no such limit."""
    by_span = {one.within: one for one in known_limits(settings.whole.smtp_host)}
    for name, span in _SPANS.items():
        wanted = getattr(settings, name)
        if wanted is not None:
            by_span[span] = Limit(most=wanted, within=span, source="your settings")
    return tuple(by_span[span] for span in sorted(by_span) if by_span[span].most > 0)
