"""The door of a number. One hook serves all numbers of an app: what is for others is kept nowhere."""

import json
from typing import Any

from duologue.channels.contract import Accepted, Raw, Reply, Request
from duologue.channels.meta.door import admit
from duologue.channels.meta.parties import page_of
from duologue.channels.shared.strict import parse
from duologue.channels.whatsapp.settings import Settings, app_secrets

OBJECT = "whatsapp_business_account"
DASHBOARD = "0"  # whose events the dashboard's “Test” button sends


def verify(settings: Settings, request: Request) -> Accepted | Reply:
    """Accepts what one of the app's secrets has signed, and keeps what is for this number or its account."""
    return admit(
        request,
        secrets=app_secrets(settings),
        verify_token=settings.verify_token,
        keep=lambda body: _keep(settings, body),
    )


def concerns(settings: Settings, entry: dict[str, Any], change: Any) -> bool:
    """A change that names a number is for that number; one that names none is for the whole business account."""
    whose = page_of(entry)
    if whose == DASHBOARD:
        return True
    number = number_of(change)
    return number == settings.phone_id if number is not None else whose in {None, settings.account_id}


def number_of(change: Any) -> str | None:
    """The id of the number that a change is for; None where it names none."""
    value = change.get("value") if isinstance(change, dict) else None
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return page_of({"id": metadata.get("phone_number_id")}) if isinstance(metadata, dict) else None


def _keep(settings: Settings, body: bytes) -> Accepted | Reply:
    try:
        batch = parse(body)
    except (ValueError, RecursionError):
        return Accepted(raws=(Raw(body=body),))  # signed, so it came from our app: `read` sets it aside for a person
    entries = batch.get("entry") if isinstance(batch, dict) else None
    if not isinstance(entries, list):
        return Accepted(raws=(Raw(body=body),))
    if batch.get("object") != OBJECT:
        return Reply(status=400, body=f"only events of the kind {OBJECT}".encode())
    ours = [kept for entry in entries if (kept := _own(settings, entry)) is not None]
    if not ours:
        return Accepted(raws=())
    if ours != entries:
        body = json.dumps({"object": OBJECT, "entry": ours}).encode()
    return Accepted(raws=(Raw(body=body),))


def _own(settings: Settings, entry: Any) -> Any:
    """The entry with those of its changes that are for us; None where there are none."""
    changes = entry.get("changes") if isinstance(entry, dict) else None
    if not isinstance(changes, list):
        return entry if not isinstance(entry, dict) or page_of(entry) in {None, settings.account_id} else None
    ours = [change for change in changes if concerns(settings, entry, change)]
    if not ours:
        return None
    return entry if len(ours) == len(changes) else {**entry, "changes": ours}
