"""What the page may send, and how it is worded for the Send API.

Only the last part of a message bears our id alone, so that an echo settles it only when all of it has gone out.
"""

from datetime import timedelta
from typing import Any

from duologue.channels.contract import Account, Filled, Kind, Media, Outcome, Outgoing, Refusal, Refused
from duologue.channels.messenger.comments import target
from duologue.channels.messenger.errors import TABLE
from duologue.channels.messenger.graph import graph
from duologue.channels.messenger.settings import Settings
from duologue.channels.messenger.templates import worded
from duologue.channels.meta.filled import BadBlank
from duologue.channels.meta.items import MARK
from duologue.channels.meta.send import Courier, Part, send_all, upload
from duologue.channels.shared import outbound
from duologue.channels.shared.outbound import mime, unfit_file
from duologue.channels.shared.strict import clean

TEXT_LIMIT = 2000
CHOICES, CHOICE_LIMIT = 13, 20
FILE_LIMIT = 25 * 1024 * 1024
REPLY_WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)
COMMENT_WINDOW = timedelta(days=7)

Lane = dict[str, Any]

_TYPES = {Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.AUDIO: "audio", Kind.FILE: "file", Kind.STICKER: "image"}
_PICTURES = {"image/jpeg", "image/png", "image/gif"}  # anything else goes as a file, so that it arrives at all


async def send(account: Account, out: Outgoing) -> Outcome:
    """Takes one message out. `Receipt.id` is that of the last part, `also` those of the parts before it."""
    if out.content.template:
        return await _send_template(account, out, out.content.template)
    lane = _lane(account, out)
    if isinstance(lane, Refused):
        return lane
    unfit = _unfit(out)
    if unfit:
        return unfit
    way = courier(account)
    parts = await _parts(account, way, out)
    if not isinstance(parts, list):
        return parts
    return await send_all(way, _bodies(out, lane, parts), out.attempt)


async def _send_template(account: Account, out: Outgoing, chosen: Filled) -> Outcome:
    """What Meta has approved may be sent at any time. It bears no word of ours: its own id recognises the echo."""
    try:
        body = {
            "recipient": recipient(out.address),
            "messaging_type": "UTILITY",
            "message": {"template": worded(chosen)},
        }
    except BadBlank as error:
        return Refused(why=Refusal.CONTENT, reason=str(error))
    return await send_all(courier(account), [body], out.attempt)


def courier(account: Account) -> Courier:
    """The page's way of sending."""
    return Courier(graph=graph(account), node=account.settings.page_id, table=TABLE)


def signed(settings: Settings, out: Outgoing) -> str | None:
    """The text as it goes out: with the name of the person who answers, where there is room for it."""
    text, whole = outbound.signed(out, sign=settings.sign)
    return whole if whole and len(whole) <= TEXT_LIMIT else text


def recipient(address: str) -> dict[str, str]:
    """Somebody known only through a checkbox plug-in is addressed by that plug-in's reference."""
    kind, _, ref = address.partition(":")
    return {"user_ref": ref} if kind == "user_ref" and ref else {"id": address}


def _lane(account: Account, out: Outgoing) -> Lane | Refused:
    """Within 24 hours anybody may answer, within 7 days only a person (Messenger Platform policy, March 2026).

    A comment is answered in private once, within 7 days. Without a known last word of theirs (a tap on a link opens
    the window too) the platform decides.
    """
    silence = account.clock() - out.last_in_at if out.last_in_at else timedelta(0)
    if out.answers_comment and out.answers:
        if silence > COMMENT_WINDOW:
            return Refused(why=Refusal.WINDOW_CLOSED, reason="the comment is older than 7 days")
        return {"recipient": target(account.settings.page_id, out.answers)}
    if silence <= REPLY_WINDOW:
        return {"recipient": recipient(out.address), "messaging_type": "RESPONSE"}
    if silence <= HUMAN_WINDOW and not out.automated:
        return {"recipient": recipient(out.address), "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    days = "24 hours" if out.automated else "7 days"
    return Refused(why=Refusal.WINDOW_CLOSED, reason=f"the person last wrote more than {days} ago")


def _unfit(out: Outgoing) -> Refused | None:
    text = clean(out.content.text or "").strip()
    if not text and not out.content.media:
        return Refused(why=Refusal.CONTENT, reason=f"Messenger cannot take a message of kind “{out.content.kind}”")
    if len(text) > TEXT_LIMIT:
        return Refused(why=Refusal.CONTENT, reason=f"the text has {len(text)} characters, Messenger takes {TEXT_LIMIT}")
    if out.answers_comment and bool(text) + len(out.content.media) > 1:
        return Refused(
            why=Refusal.CONTENT, reason="a comment has one private answer only: send a text or one file, not both"
        )
    return next((unfit for file in out.content.media if (unfit := unfit_file(file, FILE_LIMIT))), None)


async def _parts(account: Account, courier: Courier, out: Outgoing) -> list[Part] | Outcome:
    """The platform takes either a text or one file at a time: the text first, then each file."""
    text = signed(account.settings, out)
    parts: list[Part] = [{"text": text}] if text else []
    for file in out.content.media:
        uploaded = await upload(courier, file, _type(file), out.attempt)
        if not isinstance(uploaded, str):
            return uploaded
        parts.append({"attachment": {"type": _type(file), "payload": {"attachment_id": uploaded}}})
    if out.content.choices and parts:
        parts[-1]["quick_replies"] = [_choice(title) for title in out.content.choices]
    return parts


def _choice(title: str) -> dict[str, str]:
    """A quick reply; what is tapped comes back as its own payload."""
    return {"content_type": "text", "title": title[:CHOICE_LIMIT], "payload": title}


def _bodies(out: Outgoing, lane: Lane, parts: list[Part]) -> list[Part]:
    bodies: list[Part] = [
        {
            **lane,
            "message": part | {"metadata": _metadata(out, number, len(parts))},
        }
        for number, part in enumerate(parts, 1)
    ]
    if out.reply_to and not out.answers_comment:
        bodies[0]["reply_to"] = {"mid": out.reply_to}
    return bodies


def _metadata(out: Outgoing, number: int, count: int) -> str:
    return f"{MARK}{out.id}" if number == count else f"{MARK}{out.id}:{number}/{count}"


def _type(file: Media) -> str:
    return "file" if _TYPES[file.kind] == "image" and mime(file) not in _PICTURES else _TYPES[file.kind]
