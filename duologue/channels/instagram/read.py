"""What an account's hook brings, as events of the house."""

from functools import partial

from duologue.channels.contract import Event, Raw, Sign
from duologue.channels.instagram.comments import FIELDS, comment
from duologue.channels.instagram.content import content
from duologue.channels.instagram.settings import Settings
from duologue.channels.instagram.verify import DASHBOARD
from duologue.channels.meta import history
from duologue.channels.meta.batch import read_batch
from duologue.channels.meta.items import Dialect, events
from duologue.channels.meta.parties import page_of
from duologue.channels.shared.strict import Object, fact, flag, thing

INBOX = "1217981644879628"  # the app id under which the platform's own inbox sends


def read(settings: Settings, raw: Raw) -> list[Event]:
    """Everything in the batch that concerns this account, in the order in which it stands there. Never raises."""
    own = _own(settings)
    if raw.kind == history.KIND:
        return history.lines(own, raw)
    dialect = Dialect(
        own=settings.account_id, content=content, enforcer="Instagram", tools={INBOX: "Instagram's own inbox"}
    )
    return read_batch(raw, frozenset({settings.account_id, DASHBOARD}), partial(_item, dialect, own))


def _own(settings: Settings) -> frozenset[str]:
    """Every id under which the account itself may speak."""
    return frozenset({settings.account_id, settings.page_id} - {""})


def _item(dialect: Dialect, own: frozenset[str], entry: Object, name: str, item: Object) -> list[Event]:
    if page_of(entry) == DASHBOARD:
        return [Sign(name="Webhook", words="The dashboard's test event has arrived.")]
    if name == "changes":
        return _change(dialect, own, entry, item)
    if flag(thing(item, "message"), "is_self"):
        return []  # a note of the account to itself
    return events(dialect, entry, item, standby=name == "standby")


def _change(dialect: Dialect, own: frozenset[str], entry: Object, change: Object) -> list[Event]:
    """Comments; messages too may come in this shape. What else is said in public is no direct message."""
    if fact(change, "field") in FIELDS:
        return comment(own, entry, change)
    value = thing(change, "value")
    return events(dialect, entry, value, standby=False) if "sender" in value and "recipient" in value else []
