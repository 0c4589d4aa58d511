"""The door of a page."""

from duologue.channels.contract import Accepted, Reply, Request
from duologue.channels.messenger.settings import Settings, app_secrets
from duologue.channels.meta.door import admit, keep_own


def verify(settings: Settings, request: Request) -> Accepted | Reply:
    """Accepts what an app secret of this account has signed, and keeps what is for this page."""
    return admit(
        request,
        secrets=app_secrets(settings),
        verify_token=settings.verify_token,
        keep=lambda body: keep_own(body, object="page", own=frozenset({settings.page_id})),
    )
