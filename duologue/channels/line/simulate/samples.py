"""One of each kind that a person's phone can send beside text."""

from collections.abc import Callable

from duologue.channels.contract import Kind
from duologue.channels.line.simulate.phone import Phone
from duologue.channels.shared.double.samples import PAPER, SKETCH, TONE

CLIP = bytes.fromhex("00000018667479706d703432000000006d70343269736f6d") + b"\x00\x00\x00\x08mdat"
"""The beginning of an MP4 file, which is all that anybody here looks at."""

SAMPLES: dict[Kind, Callable[[Phone], str]] = {
    Kind.IMAGE: lambda phone: phone.sends("image", SKETCH, mime="image/png"),
    Kind.VIDEO: lambda phone: phone.sends("video", CLIP, mime="video/mp4"),
    Kind.AUDIO: lambda phone: phone.sends("audio", TONE, mime="audio/wav"),
    Kind.FILE: lambda phone: phone.sends("file", PAPER, mime="application/pdf", fileName="order.pdf"),
    Kind.STICKER: lambda phone: phone.sticks(),
    Kind.LOCATION: lambda phone: phone.is_at(35.68, 139.76, title="Lume Tokyo", address="Marunouchi 1"),
    Kind.TAP: lambda phone: phone.taps("size=42"),
}
