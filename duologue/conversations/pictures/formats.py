"""Picture files taken apart and put together again with what draws the picture, its colours, and nothing else.

Nothing is decoded here, so nothing is lost: the picture's own bytes stay as they came. What stands before, between or
behind the parts that a format knows (comments, EXIF, XMP, previews, other files) is left out. All raise `ValueError`
or `IndexError` for what is no such file, and for one that is made of so many parts that it is there to cost time.
"""

import re
from collections.abc import Callable, Iterator, Mapping

Size = tuple[int, int]
MOST_PARTS = 100_000
MOST_SCANS = 64
"""Of one JPEG: each goes over the whole picture, in as little as ten bytes. Programs write about ten."""
_FILL = re.compile(rb"\xff+")
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def jpeg(data: bytes) -> bytes:
    """Frame, tables and scans; of the rest the colour profile, the Adobe transform and a bare JFIF header."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    kept, at, scans = [b"\xff\xd8"], 2, 0
    for _ in range(MOST_PARTS):
        filled = _FILL.match(data, at)
        if filled is None or scans > MOST_SCANS:
            raise ValueError("no marker, or too many scans")
        at, marker = filled.end() - 1, data[filled.end()]
        if marker == 0xD9:
            return b"".join([*kept, b"\xff\xd9"])
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if end < at + 4 or end > len(data):
            raise ValueError("a segment is too long")
        kept.append(_segment(marker, data[at:end]))
        at = end
        if marker == 0xDA:
            scans += 1
            at = _end_of_scan(data, end)
            kept.append(data[end:at])
    raise ValueError("too many parts")


def _segment(marker: int, segment: bytes) -> bytes:
    if marker == 0xE0 and segment[4:9] == b"JFIF\0":
        return b"\xff\xe0\x00\x10" + segment[4:16].ljust(12, b"\0") + b"\0\0"  # without its small copy
    if marker == 0xE2 and segment[4:16] == b"ICC_PROFILE\0":
        return segment
    if marker == 0xEE and segment[4:9] == b"Adobe":
        return segment
    draws = 0xC0 <= marker <= 0xCF or 0xDA <= marker <= 0xDF
    return segment if draws else b""


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker stands that does not belong to the compressed bytes."""
    found = _MARKER.search(data, at)
    if found is None:
        raise ValueError("no end")
    return found.start()


_PNG = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"bKGD", b"mDCV",
    b"cLLI", b"acTL", b"fcTL", b"fdAT",
})  # fmt: skip


def png(data: bytes) -> bytes:
    """The chunks that draw, also of a moving one, with their check sums."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    kept, at = [data[:8]], 8
    for _ in range(MOST_PARTS):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        name = data[at + 4 : at + 8]
        if end > len(data) or len(name) < 4:
            raise ValueError("a chunk is too long")
        if name in _PNG:
            kept.append(data[at:end])
        at = end
        if name == b"IEND":
            return b"".join(kept)
    raise ValueError("too many parts")


_WEBP = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"})


def webp(data: bytes) -> bytes:
    """The chunks that draw, also of a moving one. Its header says no longer that there is more."""
    kept = [_plain(name, chunk) for name, chunk in _chunks(data) if name in _WEBP]
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError("no WebP")
    whole, at = min(len(data), 8 + int.from_bytes(data[4:8], "little")), 12
    for _ in range(MOST_PARTS):
        if at + 8 > whole:
            return
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if at + 8 + size > whole:
            raise ValueError("a chunk is too long")
        yield data[at : at + 4], data[at:end].ljust(end - at, b"\0")
        at = end
    raise ValueError("too many parts")


def _plain(name: bytes, chunk: bytes) -> bytes:
    if name == b"VP8X":
        return chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]  # neither EXIF nor XMP
    return _moving_part(chunk) if name == b"ANMF" else chunk


def _moving_part(chunk: bytes) -> bytes:
    """A frame may hold chunks of its own: only those that draw stay."""
    inner = b"RIFF" + (len(chunk) - 24 + 4).to_bytes(4, "little") + b"WEBP" + chunk[24:]
    body = chunk[8:24] + b"".join(part for name, part in _chunks(inner) if name in {b"ALPH", b"VP8 ", b"VP8L"})
    return b"ANMF" + len(body).to_bytes(4, "little") + body


def webp_size(data: bytes) -> Size:
    """How large it says it is, in whichever of its three headers, before anything is made room for."""
    for name, chunk in _chunks(data):
        if name == b"VP8X":
            return 1 + int.from_bytes(chunk[12:15], "little"), 1 + int.from_bytes(chunk[15:18], "little")
        if name == b"VP8 ":
            return int.from_bytes(chunk[14:16], "little") & 0x3FFF, int.from_bytes(chunk[16:18], "little") & 0x3FFF
        if name == b"VP8L":
            bits = int.from_bytes(chunk[9:13], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise ValueError("no picture in it")


_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def gif(data: bytes) -> bytes:
    """Frames, their colours and times, and how often they go round."""
    if data[:6] not in {b"GIF87a", b"GIF89a"}:
        raise ValueError("no GIF")
    at = 13 + _colours(data[10])
    kept = [data[:at]]
    for _ in range(MOST_PARTS):
        begin = at
        if data[at] == 0x3B:
            return b"".join([*kept, b";"])
        if data[at] == 0x2C:
            at = _blocks(data, at + 10 + _colours(data[at + 9]) + 1)
            kept.append(data[begin:at])
        elif data[at] == 0x21:
            at = _blocks(data, at + 2)
            if data[begin + 1] == 0xF9 or (data[begin + 1] == 0xFF and data[begin + 3 : begin + 14] in _LOOPS):
                kept.append(data[begin:at])
        else:
            raise ValueError("no block")
    raise ValueError("too many parts")


def _colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    while size := data[at]:
        at += 1 + size
    return at + 1


STRIP: Mapping[str, Callable[[bytes], bytes]] = {
    "image/jpeg": jpeg, "image/png": png, "image/webp": webp, "image/gif": gif,
}  # fmt: skip
