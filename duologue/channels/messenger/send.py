"""A message of ours goes out: files are uploaded first, then text and files are sent one by one, in order.

The platform has no key that makes a second sending harmless, so what may fail for sure fails before the first part
is sent. Where a later part fails, the person has got a part of the message: that is `Unknown`, for a person to
decide, and never sent again as a whole. Only the last part bears our id alone, so that an echo settles the message only
when all of it has gone out.
"""

from datetime import timedelta
from typing import Any

import aiohttp
import msgspec

from duologue.channels.contract import (
    Account,
    Kind,
    Media,
    Outcome,
    Outgoing,
    Receipt,
    Refusal,
    Refused,
    TryLater,
    Unknown,
)
from duologue.channels.messenger.errors import judge
from duologue.channels.messenger.graph import graph
from duologue.channels.messenger.items import MARK
from duologue.channels.messenger.settings import Settings
from duologue.channels.meta.errors import unheard
from duologue.channels.meta.graph import facts
from duologue.channels.meta.strict import clean
from duologue.kernel.egress import Blocked, NoAnswer

TEXT_LIMIT = 2000
CHOICES, CHOICE_LIMIT = 13, 20
FILE_LIMIT = 25 * 1024 * 1024
REPLY_WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)

Lane = dict[str, str]
Part = dict[str, Any]

_TYPES = {Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.AUDIO: "audio", Kind.FILE: "file", Kind.STICKER: "image"}
_PICTURES = {"image/jpeg", "image/png", "image/gif"}  # anything else goes as a file, so that it arrives at all


async def send(account: Account, out: Outgoing) -> Outcome:
    """Takes one message out. `Receipt.id` is that of the last part, `also` those of the parts before it."""
    lane = _lane(account, out)
    if isinstance(lane, Refused):
        return lane
    unfit = _unfit(out)
    if unfit:
        return unfit
    parts = await _parts(account, out)
    if not isinstance(parts, list):
        return parts
    return await _send_all(account, out, lane, parts)


def signed(settings: Settings, out: Outgoing) -> str | None:
    """The text as it goes out: with the name of the person who answers, where there is room for it."""
    text = clean(out.content.text or "").strip() or None
    author = " ".join(clean(out.author or "").split())
    if text is None or not author or out.automated or not settings.sign:
        return text
    whole = f"{text}\n\n– {author}"
    return whole if len(whole) <= TEXT_LIMIT else text


def recipient(address: str) -> dict[str, str]:
    """Somebody known only through a checkbox plug-in is addressed by that plug-in's reference."""
    kind, _, ref = address.partition(":")
    return {"user_ref": ref} if kind == "user_ref" and ref else {"id": address}


def _lane(account: Account, out: Outgoing) -> Lane | Refused:
    """Within 24 hours anybody may answer, within 7 days only a person (Messenger Platform policy, March 2026).

    Without a known last word of theirs (a tap on a link opens the window too) the platform decides.
    """
    silence = account.clock() - out.last_in_at if out.last_in_at else timedelta(0)
    if silence <= REPLY_WINDOW:
        return {"messaging_type": "RESPONSE"}
    if silence <= HUMAN_WINDOW and not out.automated:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    days = "24 hours" if out.automated else "7 days"
    return Refused(why=Refusal.WINDOW_CLOSED, reason=f"the person last wrote more than {days} ago")


def _unfit(out: Outgoing) -> Refused | None:
    text = clean(out.content.text or "").strip()
    if not text and not out.content.media:
        return Refused(why=Refusal.CONTENT, reason=f"Messenger cannot take a message of kind “{out.content.kind}”")
    if len(text) > TEXT_LIMIT:
        return Refused(why=Refusal.CONTENT, reason=f"the text has {len(text)} characters, Messenger takes {TEXT_LIMIT}")
    for file in out.content.media:
        if not file.data:
            return Refused(why=Refusal.MEDIA, reason=f"the file {file.name or ''} is empty")
        if len(file.data) > FILE_LIMIT:
            return Refused(why=Refusal.MEDIA, reason=f"the file {file.name or ''} is larger than 25 MB")
    return None


async def _parts(account: Account, out: Outgoing) -> list[Part] | Outcome:
    """The platform takes either a text or one file at a time: the text first, then each file."""
    text = signed(account.settings, out)
    parts: list[Part] = [{"text": text}] if text else []
    for file in out.content.media:
        uploaded = await _upload(account, file, out.attempt)
        if not isinstance(uploaded, str):
            return uploaded
        parts.append({"attachment": {"type": _type(file), "payload": {"attachment_id": uploaded}}})
    if out.content.choices and parts:
        parts[-1]["quick_replies"] = [_choice(title) for title in out.content.choices]
    return parts


def _choice(title: str) -> dict[str, str]:
    """A quick reply; what is tapped comes back as its own payload."""
    return {"content_type": "text", "title": title[:CHOICE_LIMIT], "payload": title}


async def _upload(account: Account, file: Media, attempt: int) -> str | Outcome:
    """The file's id there. Nobody sees an upload, so one of unknown outcome may be repeated."""
    form = aiohttp.FormData(quote_fields=False)  # else people would see "caf%C3%A9.pdf"
    wanted = {"attachment": {"type": _type(file), "payload": {"is_reusable": True}}}
    form.add_field("message", msgspec.json.encode(wanted).decode())
    form.add_field("filedata", file.data, filename=_name(file), content_type=_mime(file))
    try:
        answer = await graph(account).upload(f"{account.settings.page_id}/message_attachments", form)
    except (Blocked, NoAnswer) as error:
        return _repeatable(unheard(error))
    uploaded = facts(answer).get("attachment_id")
    if answer.status == 200 and isinstance(uploaded, str | int) and uploaded:
        return str(uploaded)
    return _repeatable(judge(answer, attempt))


def _repeatable(outcome: Outcome) -> Outcome:
    return TryLater(after=30, reason=outcome.reason) if isinstance(outcome, Unknown) else outcome


async def _send_all(account: Account, out: Outgoing, lane: Lane, parts: list[Part]) -> Outcome:
    taken: list[str] = []
    for number, part in enumerate(parts, 1):
        outcome = await _send_one(
            account, out, lane, part | {"metadata": _metadata(out, number, len(parts))}, first=number == 1
        )
        if isinstance(outcome, Receipt):
            taken.append(outcome.id or "")
        elif number == 1:
            return outcome
        else:
            return _half_done(taken, len(parts), outcome)
    return Receipt(id=taken[-1], also=tuple(taken[:-1]))


async def _send_one(account: Account, out: Outgoing, lane: Lane, part: Part, *, first: bool) -> Outcome:
    body: dict[str, Any] = {"recipient": recipient(out.address), **lane, "message": part}
    if first and out.reply_to:
        body["reply_to"] = {"mid": out.reply_to}
    try:
        answer = await graph(account).post(f"{account.settings.page_id}/messages", body)
    except (Blocked, NoAnswer) as error:
        return unheard(error)
    mid = facts(answer).get("message_id")
    if answer.status == 200 and isinstance(mid, str) and mid:
        return Receipt(id=mid)
    return judge(answer, out.attempt)


def _metadata(out: Outgoing, number: int, count: int) -> str:
    return f"{MARK}{out.id}" if number == count else f"{MARK}{out.id}:{number}/{count}"


def _half_done(taken: list[str], count: int, outcome: TryLater | Refused | Unknown) -> Unknown:
    gone = f"{len(taken)} of {count} parts were sent ({', '.join(taken)})"
    sure = "may have been sent" if isinstance(outcome, Unknown) else "was not sent"
    return Unknown(reason=f"{gone}; the next one {sure}: {outcome.reason}. Send only what is missing.")


def _type(file: Media) -> str:
    return "file" if _TYPES[file.kind] == "image" and _mime(file) not in _PICTURES else _TYPES[file.kind]


def _mime(file: Media) -> str:
    """The type as claimed, where it is one at all."""
    claimed = (file.mime or "").partition(";")[0].strip().lower()
    main, _, sub = claimed.partition("/")
    plain = claimed.isascii() and claimed.replace("/", "").replace("-", "").replace("+", "").replace(".", "").isalnum()
    return claimed if main and sub and plain and "/" not in sub else "application/octet-stream"


def _name(file: Media) -> str:
    """A name that cannot break out of its header or its folder."""
    kept = "".join(one for one in clean(file.name or "") if one.isprintable() and one not in '/\\"')
    return kept.strip(" .")[:200] or "file"
