"""What the API tells when it is asked: messages by page, files, the number, the service, the account."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from duologue.channels.sms.simulate.strict import TwilioError
from duologue.channels.sms.simulate.world import NAME, NUMBER, VERSION, Row, World

Told = dict[str, Any]
_KNOWN = {"To", "From", "DateSent", "DateSent>", "DateSent<", "PageSize", "Page", "PageToken"}


def listed(world: World, request: web.Request) -> Told:
    """The newest first, by page. Raises `TwilioError`."""
    if unknown := sorted(set(request.query) - _KNOWN):
        raise TwilioError(400, 20001, f"Unknown parameters: {', '.join(unknown)}")
    size, page = int(request.query.get("PageSize", "50")), int(request.query.get("Page", "0"))
    if not 1 <= size <= 1000:
        raise TwilioError(400, 20006, "PageSize must be between 1 and 1000")
    found = [one for one in reversed(world.rows) if _fits(one, request)]
    found.sort(key=lambda one: one.created, reverse=True)
    shown = found[page * size : (page + 1) * size]
    more = len(found) > (page + 1) * size
    query = (
        {**request.query, "PageSize": str(size), "Page": str(page + 1), "PageToken": f"PA{shown[-1].sid}"}
        if more
        else {}
    )
    return {
        "messages": [world.told(one) for one in shown], "page": page, "page_size": size, "uri": request.path_qs,
        "first_page_uri": request.path_qs, "start": page * size, "end": page * size + len(shown) - 1,
        "next_page_uri": f"{request.path}?{urlencode(query)}" if more else None, "previous_page_uri": None,
    }  # fmt: skip


def _fits(row: Row, request: web.Request) -> bool:
    query = request.query
    if row.to != query.get("To", row.to) or row.sender != query.get("From", row.sender):
        return False
    since, until, day = (_day(query.get(name)) for name in ("DateSent>", "DateSent<", "DateSent"))
    if (since and row.created < since) or (until and row.created >= until + timedelta(days=1)):
        return False
    return day is None or day <= row.created < day + timedelta(days=1)


def _day(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise TwilioError(400, 20001, "A date must be given as YYYY-MM-DD") from None


def media(world: World, row: Row) -> Told:
    path = f"/{VERSION}/Accounts/{world.account}/Messages/{row.sid}/Media"
    date = format_datetime(row.created.astimezone(UTC))
    found = [
        {"sid": one.id, "account_sid": world.account, "parent_sid": row.sid, "content_type": one.mime,
         "date_created": date, "date_updated": date, "uri": f"{path}/{one.id}.json"}
        for one in world.files.values() if one.message == row.sid
    ]  # fmt: skip
    return {"media_list": found, "page": 0, "page_size": 50, "next_page_uri": None, "uri": f"{path}.json"}


def number(world: World) -> Told:
    return {
        "sid": world.number_sid, "account_sid": world.account, "phone_number": NUMBER, "friendly_name": NAME,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False}, "sms_url": world.hook,
        "sms_method": "POST", "sms_fallback_url": "", "status_callback": "",
    }  # fmt: skip


def service(world: World) -> Told:
    return {
        "sid": world.service, "account_sid": world.account, "friendly_name": NAME, "inbound_method": "POST",
        "inbound_request_url": world.service_hook or None, "use_inbound_webhook_on_number": False,
    }  # fmt: skip


def account(world: World) -> Told:
    state = "suspended" if world.suspended else "active"
    kind = "Trial" if world.trial else "Full"
    return {"sid": world.account, "friendly_name": NAME, "status": state, "type": kind, "auth_token": "hidden"}
