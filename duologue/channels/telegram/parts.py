"""How a message of ours is worded: one call for each thing that the platform takes at once.

Pictures and films go together as an album, so do papers, so do songs (sendMediaGroup takes two to ten of one sort).
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec
from aiohttp import FormData
from msgspec import Struct
from msgspec.structs import replace

from duologue.channels.contract import Content, Kind, Media, Outgoing
from duologue.channels.shared import outbound
from duologue.channels.shared.outbound import mime, name
from duologue.channels.telegram.addresses import Chat, message_of
from duologue.channels.telegram.settings import Settings

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
CHOICES, CHOICE_LIMIT, DATA_LIMIT = 10, 64, 64
FILE_LIMIT, PHOTO_LIMIT = 50 * 1024 * 1024, 10 * 1024 * 1024
ALBUM = 10
TOGETHER = {"photo": "seen", "video": "seen", "document": "document", "audio": "audio"}

_PHOTOS = {"image/jpeg", "image/png", "image/webp"}
_SONGS = {"audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a"}
_VOICES = {"audio/ogg", "audio/opus"}
_STICKERS = {"image/webp": ".webp", "application/x-tgsticker": ".tgs", "video/webm": ".webm"}
_METHODS = {
    "photo": "sendPhoto", "video": "sendVideo", "animation": "sendAnimation", "audio": "sendAudio",
    "voice": "sendVoice", "document": "sendDocument", "sticker": "sendSticker",
}  # fmt: skip


class Part(Struct, frozen=True, kw_only=True):
    """One call. `files` go along in a form, each under its name there."""

    method: str
    params: dict[str, Any]
    files: tuple[tuple[str, Media], ...] = ()

    def form(self) -> FormData:
        form = FormData(quote_fields=False)  # else people would see "caf%C3%A9.pdf"
        for key, value in self.params.items():
            form.add_field(key, value if isinstance(value, str) else msgspec.json.encode(value).decode())
        for key, file in self.files:
            form.add_field(key, file.data, filename=_name(file), content_type=mime(file))
        return form


def parts(settings: Settings, out: Outgoing, chat: Chat) -> list[Part]:
    """The calls that make up this message, in order."""
    said = out.content
    text = signed(settings, out)
    below = text if text and said.media and _takes_caption(said, text) else None
    words = [_text(text)] if text and below is None else []
    files = _with_files(said, below, alone=bool(said.choices and not text))
    found = files + words if said.choices else words + files  # buttons stand below words, never below an album
    found += [_place(said)] if said.place else []
    if said.choices and found:
        found[-1] = _with(found[-1], reply_markup=keyboard(said.choices))
    if found and (quoted := message_of(out.reply_to or "", chat)):
        found[0] = _with(found[0], reply_parameters={"message_id": quoted, "allow_sending_without_reply": True})
    return [replace(part, params=chat.target() | part.params) for part in found]


def signed(settings: Settings, out: Outgoing) -> str | None:
    """The text as it goes out: with the name of the person who answers, where there is room for it."""
    text, whole = outbound.signed(out, sign=settings.sign)
    return whole if whole and len(whole) <= TEXT_LIMIT else text


def keyboard(choices: Sequence[str]) -> dict[str, Any]:
    """One button a row. What comes back is the choice itself, as far as 64 bytes hold it."""
    return {"inline_keyboard": [[{"text": one, "callback_data": _data(n, one)}] for n, one in enumerate(choices)]}


def as_document(part: Part) -> Part:
    """The same picture as a file: what is too long or too thin for a photo arrives all the same."""
    (_, file), *_ = part.files
    return replace(part, method="sendDocument", files=(("document", file),))


def _data(number: int, choice: str) -> str:
    if len(choice.encode()) <= DATA_LIMIT:
        return choice
    head = f"{number}:"
    return head + choice.encode()[: DATA_LIMIT - len(head)].decode("utf-8", "ignore")


def _with(part: Part, **more: Any) -> Part:
    return replace(part, params=part.params | more)


def _text(text: str) -> Part:
    return Part(method="sendMessage", params={"text": text})


def _place(said: Content) -> Part:
    at = said.place
    assert at is not None
    where = {"latitude": at.latitude, "longitude": at.longitude}
    if at.label:
        return Part(method="sendVenue", params=where | {"title": at.label[:200], "address": at.label[:200]})
    return Part(method="sendLocation", params=where)


def _takes_caption(said: Content, text: str) -> bool:
    """A text stands below the first file where it is short enough; buttons need a message of their own by an album."""
    if len(text) > CAPTION_LIMIT or sort(said.media[0]) == "sticker":
        return False
    return not (said.choices and len(said.media) > 1)


def _with_files(said: Content, caption: str | None, *, alone: bool) -> list[Part]:
    """Files one after the other, neighbours of one sort as an album, unless each must stand alone."""
    found: list[Part] = []
    most = 1 if alone else ALBUM
    for _, run in groupby(said.media, key=lambda file: TOGETHER.get(sort(file), id(file))):
        files = list(run)
        for start in range(0, len(files), most):
            found.append(_album(files[start : start + most], None if found else caption))
    return found


def _album(files: list[Media], caption: str | None) -> Part:
    if len(files) == 1:
        field = sort(files[0])
        params = {"caption": caption} if caption else {}
        return Part(method=_METHODS[field], params=params, files=((field, files[0]),))
    listed = [{"type": sort(file), "media": f"attach://file{n}"} for n, file in enumerate(files)]
    if caption:
        listed[0]["caption"] = caption
    return Part(
        method="sendMediaGroup",
        params={"media": listed},
        files=tuple((f"file{n}", file) for n, file in enumerate(files)),
    )


def sort(file: Media) -> str:
    """What the platform calls it; what is not of a form that it plays goes as a document, so that it arrives."""
    claimed, size = mime(file), len(file.data or b"")
    if file.kind is Kind.STICKER and claimed in _STICKERS:
        return "sticker"
    if claimed == "image/gif":
        return "animation"
    if file.kind in {Kind.IMAGE, Kind.STICKER} and claimed in _PHOTOS and size <= PHOTO_LIMIT:
        return "photo"
    if file.kind is Kind.VIDEO and claimed == "video/mp4":
        return "video"
    if file.kind is Kind.AUDIO:
        return "voice" if claimed in _VOICES else "audio" if claimed in _SONGS else "document"
    return "document"


def _name(file: Media) -> str:
    """A sticker is known by the end of its name."""
    plain, end = name(file), _STICKERS.get(mime(file), "")
    return plain if sort(file) != "sticker" or plain.endswith(end) else plain + end
