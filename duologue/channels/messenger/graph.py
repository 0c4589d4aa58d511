"""The page's way to the Graph API."""

from duologue.channels.contract import Account
from duologue.channels.messenger.settings import Settings, app_secrets
from duologue.channels.meta.graph import Graph


def graph(account: Account) -> Graph:
    """Calls of this page; they carry the proof that an app may demand, where an app secret is filled in."""
    settings: Settings = account.settings
    return Graph(
        egress=account.egress,
        base=settings.base_url,
        version=settings.api_version,
        token=settings.page_token,
        secret=next(iter(app_secrets(settings)), ""),
    )
