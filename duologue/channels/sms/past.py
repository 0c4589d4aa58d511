"""The history: Twilio keeps every message of the account, both ways, for as long as nobody deletes it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from duologue.channels.contract import Account, Event, Raw, Said
from duologue.channels.shared.strict import Object, Odd, moment
from duologue.channels.sms.api import api, facts, rows
from duologue.channels.sms.messages import content, message, party, sid
from duologue.channels.sms.settings import Settings, is_service
from duologue.channels.sms.statuses import progress
from duologue.kernel.egress import NoAnswer

HISTORY = "history"  # the kind of raws made here
PAGE, PAGES = 200, 50
_NAMES = {"sid": "MessageSid", "from": "From", "to": "To", "body": "Body", "num_media": "NumMedia"}


async def history(account: Account, since: datetime) -> AsyncIterator[Raw]:
    """What was said since then by this sender and to it, newest first. Raises `Blocked`, `NoAnswer`."""
    asked = {"PageSize": str(PAGE), "DateSent>": since.astimezone(UTC).date().isoformat()}
    for _ in range(PAGES):
        answer = await api(account).get("/Messages.json", **asked)
        if answer.status != 200:
            raise NoAnswer(f"Twilio does not tell what was said: {answer.status}", sent=True)
        listed = rows(facts(answer), "messages")
        kept = [one for one in listed if _concerns(account.settings, one) and (time(one) or since) >= since]
        for one in kept:
            await _add_files(account, one)
        if kept:
            yield Raw(body=msgspec.json.encode({"messages": kept}), kind=HISTORY)
        query = urlsplit(str(facts(answer).get("next_page_uri") or "")).query
        if not query or not listed:
            return
        asked = dict(parse_qsl(query))


def row(settings: Settings, item: Object) -> list[Event]:
    """One message of the list. Raises `Odd`."""
    at = time(item)
    if at is None:
        raise Odd("there is no usable time")
    params = {theirs: str(item[ours]) for ours, theirs in _NAMES.items() if item.get(ours) is not None}
    params |= {f"MediaUrl{n}": url for n, (url, _) in enumerate(_files(item))}
    params |= {f"MediaContentType{n}": kind for n, (_, kind) in enumerate(_files(item))}
    direction, word = str(item.get("direction")), str(item.get("status") or "sent")
    if direction == "inbound":
        return message(settings, params, at)
    if not direction.startswith("outbound"):
        raise Odd("it is not told who wrote it")
    said = Said(
        id=sid(params),
        address=party(params, "To"),
        at=at,
        by="brand",
        content=content(settings, params),
        automatic=direction == "outbound-reply",
    )
    code = item.get("error_code")
    return [said, *progress(params | {"ErrorCode": str(code)} if code else params, word, "", at)]


def time(item: dict[str, Any]) -> datetime | None:
    """When it was sent, or made where it still waits."""
    for name in ("date_sent", "date_created"):
        try:
            found = parsedate_to_datetime(item[name])
            return moment(int(found.replace(tzinfo=found.tzinfo or UTC).timestamp()))
        except (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError):
            continue
    return None


def _concerns(settings: Settings, item: dict[str, Any]) -> bool:
    if is_service(settings):
        return item.get("messaging_service_sid") == settings.sender
    return item.get("to" if item.get("direction") == "inbound" else "from") == settings.sender


async def _add_files(account: Account, item: dict[str, Any]) -> None:
    """The list tells only how many files there are; their addresses stand in a list of their own."""
    if not str(item.get("num_media") or "0").isdigit() or str(item.get("num_media") or "0") == "0":
        return
    found = facts(await api(account).get(f"/Messages/{item.get('sid')}/Media.json"))
    base = account.settings.base_url.rstrip("/")
    listed = [one for one in rows(found, "media_list") if isinstance(one.get("uri"), str)]
    item["files"] = [[base + one["uri"].removesuffix(".json"), str(one.get("content_type") or "")] for one in listed]


def _files(item: Object) -> list[tuple[str, str]]:
    given = item.get("files")
    pairs = given if isinstance(given, list) else []
    return [(str(one[0]), str(one[1])) for one in pairs if isinstance(one, list) and len(one) == 2]
