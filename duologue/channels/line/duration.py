"""How long a recording lasts: LINE wants to be told, and shows it before it is played."""

_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)  # kbit/s: MPEG 1, layer III
_RATES_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)  # MPEG 2 and 2.5


def milliseconds(data: bytes) -> int | None:
    """Of an M4A or MP3 file; None where it is neither."""
    if data[4:8] == b"ftyp":
        return _m4a(data)
    return _mp3(data)


def _m4a(data: bytes) -> int | None:
    """The movie header tells units a second, and how many of them there are."""
    at = data.find(b"mvhd")
    if at < 0 or len(data) < at + 36:
        return None
    wide = data[at + 4] == 1
    scale_at, size = (at + 24, 8) if wide else (at + 16, 4)
    scale = int.from_bytes(data[scale_at : scale_at + 4])
    length = int.from_bytes(data[scale_at + 4 : scale_at + 4 + size])
    return max(1, length * 1000 // scale) if scale else None


def _mp3(data: bytes) -> int | None:
    """Told by the rate of the first frame; exact where the rate is constant."""
    start = 0
    if data[:3] == b"ID3" and len(data) > 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    head = data[start : start + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    rate = (_RATES if head[1] & 0x18 == 0x18 else _RATES_LOW)[head[2] >> 4]
    return max(1, (len(data) - start) * 8 // rate) if rate else None
