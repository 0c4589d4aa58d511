"""One of each kind that a person's phone can send beside text."""

from collections.abc import Callable

from duologue.channels.contract import Kind
from duologue.channels.shared.double.samples import PAPER, SKETCH, TONE
from duologue.channels.telegram.simulate.phone import Phone


def _image(phone: Phone) -> int:
    return phone.sends_file("photo", SKETCH, mime="image/png", name="photo.png", caption="The new tin")


def _audio(phone: Phone) -> int:
    return phone.sends_file("voice", TONE, mime="audio/wav", name="voice.wav")


def _file(phone: Phone) -> int:
    return phone.sends_file("document", PAPER, mime="application/pdf", name="order.pdf")


def _sticker(phone: Phone) -> int:
    return phone.sends_file("sticker", SKETCH, mime="image/png", name="sticker.png")


def _place(phone: Phone) -> int:
    where = {"latitude": 59.3293, "longitude": 18.0686}
    venue = {"location": where, "title": "Tea room", "address": "Harbour street 4"}
    return phone.sends("📍 Tea room", {"location": where, "venue": venue})


def _card(phone: Phone) -> int:
    contact = {"phone_number": "+46700000001", "first_name": "Elin", "last_name": "Berg"}
    return phone.sends("👤 Elin Berg", {"contact": contact})


def _start(phone: Phone) -> int:
    return phone.starts("spring-tea")


def _story(phone: Phone) -> int:
    story = {"chat": {"id": -1002200300400, "type": "channel", "title": "Lume Tea", "username": "lumetea"}, "id": 12}
    return phone.sends("📖 story", {"story": story})


SAMPLES: dict[Kind, Callable[[Phone], int]] = {
    Kind.IMAGE: _image,
    Kind.AUDIO: _audio,
    Kind.FILE: _file,
    Kind.STICKER: _sticker,
    Kind.LOCATION: _place,
    Kind.CARD: _card,
    Kind.TAP: _start,
    Kind.STORY: _story,
}
