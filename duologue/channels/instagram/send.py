"""What the account may send, and how it is worded."""

from datetime import timedelta

from duologue.channels.contract import Account, Kind, Media, Outcome, Outgoing, Refusal, Refused
from duologue.channels.instagram.errors import TABLE
from duologue.channels.instagram.graph import graph, node
from duologue.channels.instagram.settings import Settings
from duologue.channels.meta.items import MARK
from duologue.channels.meta.send import Courier, Part, send_all, upload
from duologue.channels.shared import outbound
from duologue.channels.shared.outbound import mime, unfit_file
from duologue.channels.shared.strict import clean

TEXT_LIMIT = 1000  # bytes
CHOICES, CHOICE_LIMIT = 13, 20
FILE_LIMIT = 25 * 1024 * 1024
PICTURE_LIMIT = 8 * 1024 * 1024
REPLY_WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)
COMMENT_WINDOW = timedelta(days=7)

_TYPES = {Kind.IMAGE: "image", Kind.VIDEO: "video", Kind.AUDIO: "audio", Kind.FILE: "file", Kind.STICKER: "image"}
_TAKES = {  # Instagram Platform, “Send a message” (2 July 2026)
    "image": {"image/png", "image/jpeg", "image/gif"},
    "audio": {"audio/aac", "audio/x-aac", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/mp4"},
    "video": {"video/mp4", "video/ogg", "video/x-msvideo", "video/avi", "video/quicktime", "video/webm"},
    "file": {"application/pdf"},
}


async def send(account: Account, out: Outgoing) -> Outcome:
    """Takes one message out. `Receipt.id` is that of the last part, `also` those of the parts before it."""
    head = _head(account, out)
    if isinstance(head, Refused):
        return head
    unfit = _unfit(out)
    if unfit:
        return unfit
    settings: Settings = account.settings
    courier = Courier(graph=graph(account), node=node(settings), table=TABLE, upload={"platform": "instagram"})
    parts = await _parts(settings, courier, out)
    if not isinstance(parts, list):
        return parts
    return await send_all(courier, _bodies(settings, out, head, parts), out.attempt)


def signed(settings: Settings, out: Outgoing) -> str | None:
    """The text as it goes out: with the name of the person who answers, where there is room for it."""
    text, whole = outbound.signed(out, sign=settings.sign)
    return whole if whole and len(whole.encode()) <= TEXT_LIMIT else text


def _head(account: Account, out: Outgoing) -> Part | Refused:
    """To whom, and by which right (Instagram Platform policy, July 2026).

    A comment is answered in private once, within 7 days; a message by anybody within 24 hours, by a person within 7
    days.
    """
    silence = account.clock() - out.last_in_at if out.last_in_at else timedelta(0)
    if out.answers_comment and out.answers:
        if silence > COMMENT_WINDOW:
            return Refused(why=Refusal.WINDOW_CLOSED, reason="the comment is older than 7 days")
        return {"recipient": {"comment_id": out.answers}}
    whom: Part = {"recipient": {"id": out.address}}
    if silence <= REPLY_WINDOW:
        return whom
    if silence <= HUMAN_WINDOW and not out.automated:
        return whom | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    days = "24 hours" if out.automated else "7 days"
    return Refused(why=Refusal.WINDOW_CLOSED, reason=f"the person last wrote more than {days} ago")


def _unfit(out: Outgoing) -> Refused | None:
    text, files = clean(out.content.text or "").strip(), out.content.media
    if not text and not files:
        return Refused(why=Refusal.CONTENT, reason=f"Instagram cannot take a message of kind “{out.content.kind}”")
    size = len(text.encode())
    if size > TEXT_LIMIT:
        return Refused(why=Refusal.CONTENT, reason=f"the text has {size} bytes, Instagram takes {TEXT_LIMIT}")
    if out.answers_comment and bool(text) + len(files) > 1:
        return Refused(
            why=Refusal.CONTENT, reason="a comment has one private answer only: send a text or one file, not both"
        )
    return next((unfit for file in files if (unfit := _unfit_file(file))), None)


def _unfit_file(file: Media) -> Refused | None:
    kind = _TYPES[file.kind]
    if mime(file) not in _TAKES[kind]:
        takes = ", ".join(sorted(one.partition("/")[2].upper() for one in _TAKES[kind] if "/x-" not in one))
        return Refused(why=Refusal.MEDIA, reason=f"Instagram does not take this file; it takes {takes}")
    return unfit_file(file, PICTURE_LIMIT if kind == "image" else FILE_LIMIT)


async def _parts(settings: Settings, courier: Courier, out: Outgoing) -> list[Part] | Outcome:
    """The platform takes either a text or one file at a time: the text first, then each file."""
    text = signed(settings, out)
    parts: list[Part] = [{"text": text}] if text else []
    for file in out.content.media:
        uploaded = await upload(courier, file, _TYPES[file.kind], out.attempt)
        if not isinstance(uploaded, str):
            return uploaded
        parts.append({"attachment": {"type": _TYPES[file.kind], "payload": {"attachment_id": uploaded}}})
    if out.content.choices and parts:
        parts[-1]["quick_replies"] = [_choice(title) for title in out.content.choices]
    return parts


def _choice(title: str) -> dict[str, str]:
    """A quick reply; what is tapped comes back as its own payload."""
    return {"content_type": "text", "title": title[:CHOICE_LIMIT], "payload": title}


def _bodies(settings: Settings, out: Outgoing, head: Part, parts: list[Part]) -> list[Part]:
    if settings.carry_id:
        parts[-1]["metadata"] = f"{MARK}{out.id}"
    bodies = [{**head, "message": part} for part in parts]
    if out.reply_to and not out.answers_comment:
        bodies[0]["reply_to"] = {"mid": out.reply_to}
    return bodies
