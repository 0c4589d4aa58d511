"""Files that come with a message: judged by what they are, sealed with the person's key, kept beside the message.

Pictures are kept without what they tell in secret, and with a small copy for lists. What cannot be read as the picture
that it seems to be is a file like any other: offered for download, never drawn.
"""

import asyncio
import unicodedata
from collections.abc import Sequence
from uuid import UUID, uuid5

import msgspec
import puremagic

from duologue.channels.contract import Kind, Media
from duologue.conversations.pictures import clean
from duologue.conversations.store import NewAttachment
from duologue.kernel import crash, ids
from duologue.kernel.files import Files
from duologue.kernel.vault import Seal

_SHOWN = {
    "image/png": Kind.IMAGE, "image/jpeg": Kind.IMAGE, "image/gif": Kind.IMAGE, "image/webp": Kind.IMAGE,
    "audio/mpeg": Kind.AUDIO, "audio/ogg": Kind.AUDIO, "audio/wav": Kind.AUDIO, "audio/mp4": Kind.AUDIO,
    "video/mp4": Kind.VIDEO, "video/webm": Kind.VIDEO,
}  # fmt: skip
"""What a browser may show in place. Everything else is offered for download, whatever it claims to be."""
_SAME = {"audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4"}
OTHER = "application/octet-stream"
SMALL_MIME = clean.SMALL_MIME


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file beside its bytes; kept sealed."""

    name: str
    claimed: str | None = None  # the type the sender gave it
    content_id: str | None = None
    url: str | None = None  # where it is to be fetched


def judge(data: bytes, claimed: str | None) -> tuple[str, Kind]:
    """The type of a file by its first bytes, and how it is shown. A claim alone never makes it shown in place."""
    try:
        found = puremagic.from_string(data[:8192], mime=True) if data else ""
    except puremagic.PureError:
        found = ""
    mime = _SAME.get(found, found)
    if mime not in _SHOWN and claimed in _SHOWN and _container(data) == claimed:
        mime = claimed
    return (mime, _SHOWN[mime]) if mime in _SHOWN else (OTHER, Kind.FILE)


def safe_name(claimed: str) -> str:
    """A name to show and to download under: one line, no path, no invisible or direction-changing characters."""
    last = unicodedata.normalize("NFC", claimed).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    return plain.strip().lstrip(".")[:120] or "file"


def shown_in_place(mime: str) -> bool:
    return mime in _SHOWN


class Ready(Media, frozen=True, kw_only=True):
    """A file as it may be kept and sent: its kind is what it is, and `data` is all there is of it."""

    shown: str = OTHER  # its type, where a browser may show it in place; `mime` is what it was said to be
    small: bytes | None = None
    width: int | None = None
    height: int | None = None


async def ready(media: Media) -> Ready:
    """A file with its bytes, judged; a picture cleaned, in a thread of its own."""
    data = media.data or b""
    mime, kind = judge(data, media.mime)
    fields = {"name": media.name, "url": media.url, "content_id": media.content_id}
    if not clean.is_picture(mime):
        return Ready(kind=kind, mime=media.mime, shown=mime, data=data, **fields)
    picture = await clean.clean(data, mime)
    if picture is None:
        return Ready(kind=Kind.FILE, mime=OTHER, data=data, **fields)
    kind = Kind.STICKER if media.kind is Kind.STICKER else kind
    size = {"width": picture.width, "height": picture.height}
    return Ready(kind=kind, mime=mime, shown=mime, data=picture.data, small=picture.small, **size, **fields)


async def keep(
    files: Files, seal: Seal, *, message: UUID, conversation: UUID, media: Sequence[Media], workspace: UUID
) -> list[NewAttachment]:
    """Writes what came with its bytes to disk, sealed; what has only an address waits to be fetched.

    A picture that is not `Ready` lies there as it came, and waits to be made so: nobody else's message waits for that.
    """
    kept = []
    for position, one in enumerate(media):
        file = ids.new()
        mime, kind = judge(one.data, one.mime) if one.data is not None else (OTHER, Kind(one.kind))
        waits = one.data is None or (clean.is_picture(mime) and not isinstance(one, Ready))
        if isinstance(one, Ready):
            mime, kind = one.shown, one.kind
            await store_ready(files, seal, workspace, file, one)
        elif one.data is not None:
            await store(files, seal, workspace, file, one.data)
        kept.append(
            NewAttachment(
                id=file,
                message_id=message,
                conversation_id=conversation,
                position=position,
                kind=Kind.STICKER if one.kind is Kind.STICKER and kind is Kind.IMAGE else kind,
                mime=mime,
                size=len(one.data or b""),
                state="pending" if waits else "stored",
                facts_sealed=seal.seal("attachment|facts", file, msgspec.json.encode(_facts(one))),
                width=getattr(one, "width", None),
                height=getattr(one, "height", None),
            )
        )
    return kept


def _facts(one: Media) -> FileFacts:
    name = safe_name(one.name or str(one.kind))
    return FileFacts(name=name, claimed=one.mime, content_id=one.content_id, url=one.url)


def small_of(file: UUID) -> UUID:
    """Under which id the small copy of a picture lies."""
    return uuid5(file, "small")


async def store_ready(files: Files, seal: Seal, workspace: UUID, file: UUID, one: Ready) -> None:
    """The small copy first: whoever finds the file finds both."""
    if one.small is not None:
        await store(files, seal, workspace, small_of(file), one.small)
    await store(files, seal, workspace, file, one.data or b"")


async def store(files: Files, seal: Seal, workspace: UUID, file: UUID, data: bytes) -> None:
    sealed = await asyncio.to_thread(seal.seal, "attachment|file", file, data)
    await files.put(workspace, file, sealed)
    crash.point("file.written")


async def load(files: Files, seal: Seal, workspace: UUID, file: UUID) -> bytes:
    """The bytes; raises `FileNotFoundError`, `Broken`."""
    sealed = await files.get(workspace, file)
    return await asyncio.to_thread(seal.unseal, "attachment|file", file, sealed)


def _container(data: bytes) -> str | None:
    """MP4 and WebM families, which the signature table knows only in part."""
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:11] == b"M4A" else "video/mp4"
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm"
    if data[:4] == b"OggS":
        return "audio/ogg"
    return None
