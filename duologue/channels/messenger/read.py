"""What a page's hook brings, as events of the house."""

from duologue.channels.contract import Event, Raw
from duologue.channels.messenger.comments import comment
from duologue.channels.messenger.content import content
from duologue.channels.messenger.settings import Settings
from duologue.channels.meta import history, template_news
from duologue.channels.meta.batch import read_batch
from duologue.channels.meta.items import Dialect, events
from duologue.channels.shared.strict import Object, fact, thing

PAGE_INBOX = "263902037430900"  # the app id under which the platform's own page inbox sends


def read(settings: Settings, raw: Raw) -> list[Event]:
    """Everything in the batch that concerns this page, in the order in which it stands there. Never raises."""
    if raw.kind == history.KIND:
        return history.lines(frozenset({settings.page_id}), raw)
    dialect = Dialect(own=settings.page_id, content=content, tools={PAGE_INBOX: "Page inbox"})

    def each(entry: Object, name: str, item: Object) -> list[Event]:
        if name == "changes":
            return _change(dialect, entry, item)
        return events(dialect, entry, item, standby=name == "standby")

    return read_batch(raw, frozenset({settings.page_id}), each)


def _change(dialect: Dialect, entry: Object, change: Object) -> list[Event]:
    """Comments and visitors' posts; messages also come in this shape from the dashboard's test button. The rest

    (reviews, likes) is said in public and cannot be answered here, so it makes no event.
    """
    value = thing(change, "value")
    field = fact(change, "field")
    if field == "feed":
        return comment(dialect.own, entry, value)
    if field in template_news.FIELDS:
        return list(template_news.signs(field, value))
    return events(dialect, entry, value, standby=False) if "sender" in value and "recipient" in value else []
