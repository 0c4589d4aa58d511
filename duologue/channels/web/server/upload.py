"""A message with files, as browsers send it: multipart/form-data with `id`, `text`, `page` and any number of `file`."""

import re
import unicodedata
from collections.abc import Iterator

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from duologue.channels.web.server.limits import FILE_LIMIT, FILES_EACH, JSON_LIMIT, TooLarge
from duologue.channels.web.wire import WrittenFile
from duologue.errors import Invalid

_FIELDS = {"id", "text", "page", "answer"}
_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")


def is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def parts(content_type: str, body: bytes) -> tuple[dict[str, str], tuple[WrittenFile, ...]]:
    """Fields and files of a form. Raises `Invalid`, or `TooLarge` for a file or a field above its limit."""
    fields: dict[str, str] = {}
    files: list[WrittenFile] = []
    try:
        for segment, data in _segments(content_type, body):
            if segment.name == "file" and segment.filename:
                if len(files) == FILES_EACH:
                    raise Invalid(f"A message may have at most {FILES_EACH} files.", field="files")
                files.append(_file(segment, data))
            elif segment.name in _FIELDS and segment.name not in fields and not segment.filename:
                fields[segment.name] = data.decode()
            else:
                raise Invalid(f"The form has a part that does not belong there: {str(segment.name)[:40]!r}")
    except (MultipartError, UnicodeDecodeError):
        raise Invalid("The form is damaged.") from None
    return fields, tuple(files)


def tidy_name(name: str) -> str:
    """The last step of a path, without characters that cannot be seen or that turn the reading direction."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(
        letter for letter in last if unicodedata.category(letter) not in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    )
    return seen.strip(" .")[:150] or "file"


def _segments(content_type: str, body: bytes) -> Iterator[tuple[MultipartSegment, bytes]]:
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        raise Invalid("The form has no boundary.")
    with PushMultipartParser(boundary, max_segment_count=FILES_EACH + len(_FIELDS), strict=True) as parser:
        segment: MultipartSegment | None = None
        gathered = bytearray()
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                segment, gathered = event, bytearray()
            elif event is not None:
                gathered += event
                _check_size(segment, len(gathered))
            elif segment is not None:
                yield segment, bytes(gathered)


def _check_size(segment: MultipartSegment | None, size: int) -> None:
    if segment is not None and not segment.filename and size > JSON_LIMIT:
        raise TooLarge("This text is too long.")
    if size > FILE_LIMIT:
        raise TooLarge(f"A file may have at most {FILE_LIMIT // (1024 * 1024)} MB.")


def _file(segment: MultipartSegment, data: bytes) -> WrittenFile:
    mime = (segment.content_type or "").partition(";")[0].strip().lower()
    return WrittenFile(
        name=tidy_name(segment.filename or ""),
        mime=mime if _MIME.fullmatch(mime) else "application/octet-stream",
        data=data,
    )
