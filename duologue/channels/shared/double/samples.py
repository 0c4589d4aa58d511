"""Small files of several kinds, where any will do."""

import zlib

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""A picture of one dot, where any picture will do."""


def _sketch(wide: int = 240, high: int = 180) -> bytes:
    """The sun above two hills, as a PNG: nothing but coloured rows."""
    sky, sun, far, near = b"\xcf\xe8\xf0", b"\xf6\xc4\x5e", b"\x7f\xb0\xa0", b"\x3f\x7f\x78"

    def colour(x: int, y: int) -> bytes:
        if (x - 110) ** 2 + (y - 330) ** 2 < 240**2:
            return near
        if (x - 250) ** 2 + (y - 270) ** 2 < 190**2:
            return far
        return sun if (x - 70) ** 2 + (y - 52) ** 2 < 26**2 else sky

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    head = wide.to_bytes(4) + high.to_bytes(4) + b"\x08\x02\x00\x00\x00"  # eight bits each of red, green, blue
    rows = b"".join(b"\x00" + b"".join(colour(x, y) for x in range(wide)) for y in range(high))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


SKETCH = _sketch()
"""A picture that can be seen to be one, for the people on the playground."""

TONE = (
    b"RIFF"
    + (44 + 8000 - 8).to_bytes(4, "little")
    + b"WAVEfmt "
    + bytes.fromhex("1000000001000100401f0000401f000001000800")
    + b"data"
    + (8000).to_bytes(4, "little")
    + bytes(128 + (i // 9 % 2) * 20 for i in range(8000))
)
"""One second of sound."""

PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
"""One empty page."""
