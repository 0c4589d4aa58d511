"""The number's way to the Graph API."""

from duologue.channels.contract import Account
from duologue.channels.meta.graph import Graph
from duologue.channels.whatsapp.settings import Settings, app_secrets


def graph(account: Account) -> Graph:
    """Calls of this account, each with the proof of the app's newest secret."""
    settings: Settings = account.settings
    return Graph(
        egress=account.egress,
        base=settings.base_url,
        version=settings.api_version,
        token=settings.token,
        secret="".join(app_secrets(settings)[:1]),
    )
