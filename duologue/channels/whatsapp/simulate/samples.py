"""One of each kind that a person's phone can send beside text."""

from collections.abc import Callable

from duologue.channels.contract import Kind
from duologue.channels.shared.double.samples import PAPER, SKETCH, TONE
from duologue.channels.whatsapp.simulate.phone import Phone

SAMPLES: dict[Kind, Callable[[Phone], str]] = {
    Kind.IMAGE: lambda phone: phone.sends("image", SKETCH, mime="image/png", name="photo.png", caption="This one"),
    Kind.AUDIO: lambda phone: phone.sends("audio", TONE, mime="audio/wav", name="voice.wav", voice=True),
    Kind.FILE: lambda phone: phone.sends("document", PAPER, mime="application/pdf", name="order.pdf"),
    Kind.STICKER: lambda phone: phone.sends("sticker", SKETCH, mime="image/png", name="sticker.png", animated=False),
    Kind.LOCATION: lambda phone: phone.places(52.5163, 13.3777, name="Tea house", address="Pariser Platz 1"),
    Kind.CARD: lambda phone: phone.gives_card("Bo Lee", "+49 151 1234000"),
    Kind.TAP: lambda phone: phone.does("button", {"payload": "HOURS", "text": "Opening hours"}),
    Kind.UNKNOWN: lambda phone: phone.sends_unsupported(),
}
