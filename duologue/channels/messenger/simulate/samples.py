"""One of each kind that a person's phone can send beside text."""

from collections.abc import Callable

from duologue.channels.contract import Kind
from duologue.channels.messenger.simulate.phone import Phone
from duologue.channels.shared.double.samples import PAPER, SKETCH, TONE


def _image(phone: Phone) -> str:
    return phone.sends("image", SKETCH, mime="image/png", name="photo.png")


def _audio(phone: Phone) -> str:
    return phone.sends("audio", TONE, mime="audio/wav", name="voice.wav")


def _file(phone: Phone) -> str:
    return phone.sends("file", PAPER, mime="application/pdf", name="order.pdf")


def _place(phone: Phone) -> str:
    return phone.attaches({"type": "location", "payload": {"coordinates": {"lat": 52.52, "long": 13.405}}})


def _link(phone: Phone) -> str:
    page = {"type": "fallback", "title": "Runner, blue", "url": "https://lume.example/runner", "payload": None}
    return phone.attaches(page)


def _comment(phone: Phone) -> str:
    return phone.comments("How much are the blue Runners?")


SAMPLES: dict[Kind, Callable[[Phone], str]] = {
    Kind.IMAGE: _image,
    Kind.AUDIO: _audio,
    Kind.FILE: _file,
    Kind.LOCATION: _place,
    Kind.LINK: _link,
    Kind.COMMENT: _comment,
}
