"""One of each kind that a person's phone can send beside text."""

from duologue.channels.contract import Kind
from duologue.channels.shared.double.samples import PAPER, SKETCH, TONE

CLIP = bytes.fromhex("00000018667479706d703432000000006d70343269736f6d") + b"\x00\x00\x00\x08mdat"
"""The beginning of an MP4 file, which is all that anybody here looks at."""

CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Sam Ortiz\r\nTEL;TYPE=CELL:+14155550111\r\nEND:VCARD\r\n"

SAMPLES: dict[Kind, tuple[bytes, str]] = {
    Kind.IMAGE: (SKETCH, "image/png"),
    Kind.VIDEO: (CLIP, "video/mp4"),
    Kind.AUDIO: (TONE, "audio/wav"),
    Kind.FILE: (PAPER, "application/pdf"),
    Kind.CARD: (CARD, "text/vcard"),
}
