"""How a message is worded for WeChat: one call each."""

from typing import Any

from duologue.channels.contract import Kind, Media, Outgoing, Refusal, Refused
from duologue.channels.shared.outbound import mime
from duologue.channels.shared.strict import clean
from duologue.channels.wechat.settings import Settings

TEXT_LIMIT = 2048  # bytes; the documentation is silent, the API answers 45002 above it
CHOICES, CHOICE_LIMIT = 10, 40
MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE
_TAKEN = {
    Kind.IMAGE: ("image", {"image/jpeg", "image/png", "image/gif", "image/bmp"}, 10 * MEGABYTE),
    Kind.STICKER: ("image", {"image/jpeg", "image/png", "image/gif"}, 10 * MEGABYTE),
    Kind.AUDIO: ("voice", {"audio/amr", "audio/mpeg", "audio/mp3"}, 2 * MEGABYTE),
    Kind.VIDEO: ("video", {"video/mp4"}, 10 * MEGABYTE),
}

Part = dict[str, Any]


def addressed(settings: Settings, out: Outgoing, part: Part) -> Part:
    """To whom, and under whose name."""
    desk = {"customservice": {"kf_account": settings.kf_account}} if settings.kf_account else {}
    return {"touser": out.address, **part, **desk}


def text(out: Outgoing) -> Part | Refused:
    """Words, with answers for a tap below them where some are offered."""
    words = clean(out.content.text or "").strip()
    size = len(words.encode())
    if not words:
        return Refused(why=Refusal.CONTENT, reason="there is nothing in this message that WeChat takes")
    if size > TEXT_LIMIT:
        reason = f"the text has {size} bytes, WeChat takes {TEXT_LIMIT}"
        return Refused(why=Refusal.CONTENT, reason=reason)
    if not out.content.choices:
        return {"msgtype": "text", "text": {"content": words}}
    offered = [{"id": str(n), "content": one} for n, one in enumerate(out.content.choices[:CHOICES], 1)]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": words, "list": offered, "tail_content": ""}}


def file(kind: str, media_id: str, name: str) -> Part:
    if kind == "video":
        return {"msgtype": "video", "video": {"media_id": media_id, "title": name, "description": ""}}
    return {"msgtype": kind, kind: {"media_id": media_id}}


def kind_of(media: Media) -> str | Refused:
    """WeChat's own word for the kind of file, or why it is not taken."""
    name, data = media.name or "", media.data or b""
    if media.kind not in _TAKEN:
        words = f"WeChat takes pictures, videos and recordings only, not the file {name}: send a link to it"
        return Refused(why=Refusal.MEDIA, reason=words)
    kind, types, most = _TAKEN[media.kind]
    if mime(media) not in types:
        words = f"WeChat takes JPEG, PNG, GIF, MP4, AMR and MP3 only, and the file {name} is none of these"
        return Refused(why=Refusal.MEDIA, reason=words)
    if len(data) > most or not data:
        words = f"the file {name} is empty, or larger than WeChat takes: {most // MEGABYTE} MB"
        return Refused(why=Refusal.MEDIA, reason=words)
    return kind
