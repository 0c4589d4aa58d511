"""The account's way to the Graph API, by either login."""

from duologue.channels.contract import Account
from duologue.channels.instagram.settings import Settings, app_secrets, by_page, host
from duologue.channels.meta.graph import Graph


def graph(account: Account) -> Graph:
    """Calls of this account. Only through a page do they carry the proof of an app secret: of the two secrets that an

    Instagram Login has, the documentation does not say which one would prove it.
    """
    settings: Settings = account.settings
    proving = app_secrets(settings)[:1] if by_page(settings) else []
    return Graph(
        egress=account.egress,
        base=host(settings),
        version=settings.api_version,
        token=settings.token,
        secret="".join(proving),
    )


def node(settings: Settings) -> str:
    """Whose messages they are: the page's, or the account's own."""
    return settings.page_id if by_page(settings) else "me"
