"""The door of an account."""

from duologue.channels.contract import Accepted, Reply, Request
from duologue.channels.instagram.settings import Settings, app_secrets
from duologue.channels.meta.door import admit, keep_own

DASHBOARD = "0"  # whose events the dashboard's “Test” button sends


def verify(settings: Settings, request: Request) -> Accepted | Reply:
    """Accepts what one of the app's secrets has signed, and keeps what is for this account, or the dashboard's test."""
    return admit(
        request,
        secrets=app_secrets(settings),
        verify_token=settings.verify_token,
        keep=lambda body: keep_own(body, object="instagram", own=frozenset({settings.account_id, DASHBOARD})),
    )
