"""How a message is worded for LINE: at most five objects, all in one call."""

from typing import Any

from duologue.channels.contract import Content, Kind, Media, Outgoing, Refusal, Refused
from duologue.channels.line.duration import milliseconds
from duologue.channels.line.settings import Settings
from duologue.channels.line.tokens import unpacked
from duologue.channels.shared.outbound import mime
from duologue.channels.shared.strict import clean

TEXT_LIMIT = 5000
FILES = 4  # with a text, five objects
CHOICES, CHOICE_LIMIT, CHOICE_TEXT = 13, 20, 300
PICTURE, RECORDING, ADDRESS = 10 * 1024 * 1024, 200 * 1024 * 1024, 2000
_TAKEN = {
    Kind.IMAGE: {"image/jpeg", "image/png"},
    Kind.STICKER: {"image/jpeg", "image/png"},
    Kind.VIDEO: {"video/mp4"},
    Kind.AUDIO: {"audio/mp4", "audio/x-m4a", "audio/m4a", "audio/mpeg", "audio/mp3", "audio/aac"},
}

Part = dict[str, Any]


def parts(settings: Settings, out: Outgoing) -> list[Part] | Refused:
    """The objects of one call, or why there can be none."""
    said: list[Part] = []
    text = clean(out.content.text or "").strip()
    if units(text) > TEXT_LIMIT:
        words = f"the text has {units(text)} characters, LINE takes {TEXT_LIMIT}"
        return Refused(why=Refusal.CONTENT, reason=words)
    if text:
        quote = unpacked(out.quoted_token).quote if out.reply_to else ""
        said.append({"type": "text", "text": text} | ({"quoteToken": quote} if quote else {}))
    if out.content.place:
        said.append(_place(out.content))
    for file in out.content.media:
        part = _file(settings, file)
        if isinstance(part, Refused):
            return part
        said.append(part)
    if not said or len(said) > 5:
        words = "LINE takes one to five texts and files in one message"
        return Refused(why=Refusal.CONTENT, reason=words)
    return _finished(settings, out, said)


def units(text: str) -> int:
    """LINE counts UTF-16 units: most emoji are two."""
    return len(text.encode("utf-16-le")) // 2


def _finished(settings: Settings, out: Outgoing, said: list[Part]) -> list[Part]:
    """The name of who answers stands above each; what may be tapped hangs on the last."""
    name = _sender(settings, out)
    if name:
        said = [part | {"sender": {"name": name}} for part in said]
    if out.content.choices:
        said[-1]["quickReply"] = {"items": [_choice(title) for title in out.content.choices[:CHOICES]]}
    return said


def _sender(settings: Settings, out: Outgoing) -> str | None:
    """At most 20 characters; LINE refuses names that bear its own."""
    name = " ".join(clean(out.author or "").split())[:20]
    return None if out.automated or not settings.sign or "line" in name.lower() else name or None


def _choice(title: str) -> Part:
    action = {"type": "message", "label": title[:CHOICE_LIMIT], "text": title[:CHOICE_TEXT]}
    return {"type": "action", "action": action}


def _place(content: Content) -> Part:
    assert content.place
    label = (content.place.label or f"{content.place.latitude}, {content.place.longitude}")[:100]
    where = {"latitude": content.place.latitude, "longitude": content.place.longitude}
    return {"type": "location", "title": label, "address": label, **where}


def _file(settings: Settings, file: Media) -> Part | Refused:
    """LINE fetches files itself, by https only."""
    unfit = _unfit(settings, file)
    if unfit:
        return Refused(why=Refusal.MEDIA, reason=unfit)
    url = file.url or ""
    if file.kind is Kind.VIDEO:
        return {"type": "video", "originalContentUrl": url, "previewImageUrl": settings.video_preview}
    if file.kind is Kind.AUDIO:
        return {"type": "audio", "originalContentUrl": url, "duration": milliseconds(file.data or b"")}
    return {"type": "image", "originalContentUrl": url, "previewImageUrl": url}


def _unfit(settings: Settings, file: Media) -> str | None:
    name, data = file.name or "", file.data or b""
    if file.kind not in _TAKEN:
        return (
            f"LINE takes pictures, videos and recordings only, not the file {name}: put it on a page and send the link"
        )
    if mime(file) not in _TAKEN[file.kind]:
        return f"LINE takes JPEG, PNG, MP4, M4A and MP3 only, and the file {name} is none of these"
    if len(data) > (PICTURE if file.kind in {Kind.IMAGE, Kind.STICKER} else RECORDING):
        return f"the file {name} is larger than LINE takes: 10 MB for a picture, 200 MB for others"
    if not (file.url or "").startswith("https://") or len(file.url or "") > ADDRESS:
        return "LINE fetches files by https only, and this installation has no such address"
    if file.kind is Kind.AUDIO and milliseconds(data) is None:
        return f"it cannot be told how long the recording {name} lasts: LINE takes M4A and MP3"
    if file.kind is Kind.VIDEO and not settings.video_preview.startswith("https://"):
        return "LINE wants a picture to show until a video is played: fill in “Picture for videos” in the settings"
    return None
