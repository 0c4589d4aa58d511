"""The files of a mail: which parts are files, what they are called, how large they may be together."""

import contextlib
import re
from email.generator import BytesGenerator
from email.message import Message
from email.utils import collapse_rfc2231_value
from io import BytesIO
from typing import Literal
from urllib.parse import unquote

from duologue.channels.contract import Kind, Media
from duologue.channels.email.letter.headers import decoded
from duologue.channels.email.letter.parse import Part
from duologue.channels.email.letter.words import one_line

MOST_BYTES = 100 * 1024 * 1024  # of all files together, decoded
_LONGEST_NAME = 120
_BAD_IN_NAMES = re.compile(r"[\\/:*?\"<>|\x00-\x1f\x7f]|[\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\u061c\u00ad]")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,99}")
_CID = re.compile(r"cid:([^\"'\s>)]{1,500})", re.IGNORECASE)
FileKind = Literal[Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE]
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "application/ms-tnef": ".dat",
    "application/pdf": ".pdf",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/plain": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
}


def referenced(html: str | None) -> frozenset[str]:
    """The content ids that the body shows."""
    return frozenset(_bare(one) for one in _CID.findall(html or ""))


def media(parts: list[Part], shown: frozenset[str]) -> tuple[Media, ...]:
    """The files, in order. Only what the body refers to keeps its content id: the rest is an attachment."""
    files, room = [], MOST_BYTES
    for number, part in enumerate(parts, 1):
        data = _data(part)
        room -= len(data)
        if room < 0:
            break
        cid = _bare(str(part.message.get("Content-ID", "")).strip())
        files.append(
            Media(
                kind=_kind(part.kind),
                name=safe_name(_claimed_name(part), number, part.kind),
                mime=part.kind if _MIME.fullmatch(part.kind) else "application/octet-stream",
                data=data,
                content_id=cid if cid and cid in shown else None,
            )
        )
    return tuple(files)


def safe_name(claimed: str, number: int = 1, mime: str = "") -> str:
    """A name without path, control or invisible letters, of bearable length, never hidden, never a device."""
    name = claimed.replace("\\", "/").rpartition("/")[2]
    name = one_line(_BAD_IN_NAMES.sub("", name)).strip(" .")
    if not name:
        return f"file-{number}{_EXTENSIONS.get(mime, '')}"
    if _DEVICES.match(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    if len(name) > _LONGEST_NAME and dot and len(ending) <= 16:
        return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}"
    return name[:_LONGEST_NAME]


def has_name(part: Part) -> bool:
    return bool(_claimed_name(part))


def _claimed_name(part: Part) -> str:
    """The name in its new form (RFC 2231, which the standard library gives as a tuple) before the one in the old."""
    with contextlib.suppress(ValueError, LookupError, TypeError, IndexError):
        params = part.message.get_params(failobj=[], header="content-disposition") or []
        names = [value for key, value in params if key.lower() == "filename"]
        chosen = next((one for one in names if isinstance(one, tuple)), None) or next(iter(names), None)
        if isinstance(chosen, tuple):
            return one_line(collapse_rfc2231_value(chosen))
        return decoded(str(chosen or part.message.get_filename("") or ""))
    return ""


def _data(part: Part) -> bytes:
    if part.kind != "message/rfc822":
        return part.data()
    inside = part.message.get_payload()
    if not (isinstance(inside, list) and inside and isinstance(inside[0], Message)):
        return part.data()
    enclosed = inside[0]
    try:
        written = BytesIO()
        BytesGenerator(written, mangle_from_=False, maxheaderlen=0).flatten(enclosed)
        return written.getvalue()
    except (ValueError, LookupError, TypeError, AttributeError):
        return str(enclosed.get_payload()).encode("utf-8", "replace")  # headers that cannot be written again


def _kind(mime: str) -> FileKind:
    kinds: dict[str, FileKind] = {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.AUDIO}
    return kinds.get(mime.partition("/")[0], Kind.FILE)


def _bare(content_id: str) -> str:
    return unquote(content_id.strip("<> ")).lower()
