"""One of each kind that a person's phone can send beside text."""

from collections.abc import Callable

from duologue.channels.contract import Kind
from duologue.channels.instagram.simulate.phone import Phone
from duologue.channels.shared.double.samples import SKETCH, TONE


def _image(phone: Phone) -> str:
    return phone.sends("image", SKETCH, mime="image/png", name="photo.png")


def _audio(phone: Phone) -> str:
    return phone.sends("audio", TONE, mime="audio/wav", name="voice.wav")


def _heart(phone: Phone) -> str:
    return phone.likes()


def _post(phone: Phone) -> str:
    return phone.shares_post("First flush has arrived")


def _story(phone: Phone) -> str:
    return phone.answers_story("Which pair is that?")


def _comment(phone: Phone) -> str:
    return phone.comments("How much are the blue Runners?")


def _unknown(phone: Phone) -> str:
    return phone.sends_unsupported()


SAMPLES: dict[Kind, Callable[[Phone], str]] = {
    Kind.IMAGE: _image,
    Kind.AUDIO: _audio,
    Kind.STICKER: _heart,
    Kind.LINK: _post,
    Kind.STORY: _story,
    Kind.COMMENT: _comment,
    Kind.UNKNOWN: _unknown,
}
