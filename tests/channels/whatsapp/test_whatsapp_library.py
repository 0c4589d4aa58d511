"""The best-kept library for WhatsApp (pywa) talks to the double, hears it, and judges our signatures."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from duologue.channels.contract import Accepted, Account, Request
from duologue.channels.meta.door import sign
from duologue.channels.shared.double.samples import PAPER, PIXEL, TONE
from duologue.channels.whatsapp import CHANNEL
from duologue.channels.whatsapp.simulate.double import Double
from duologue.channels.whatsapp.simulate.phone import Phone
from duologue.channels.whatsapp.simulate.world import APP, PHONE_ID, WABA
from tests.channels.whatsapp.conftest import GRETA, GRETA_PHONE, YUKI, House

pytest.importorskip("pywa")

from pywa import WhatsApp, errors, handlers
from pywa.types import (
    Button,
    CallPermissionRequestButton,
    Contact,
    ContactInfoRequestButton,
    FlowButton,
    ImageCarouselCard,
    Section,
    SectionList,
    SectionRow,
    URLButton,
    VoiceCallButton,
)
from pywa.types.templates import BodyText, TemplateLanguage
from pywa.utils import webhook_updates_validator

CLIP = bytes.fromhex("00000018667479706d703432000000006d70343269736f6d") + b"\x00\x00\x00\x08mdat"
ROWS = [SectionRow("Green", "g", "Fresh"), SectionRow("Black", "b")]
LIST = SectionList("Choose", [Section("Teas", ROWS)])
OPEN = URLButton("Open", "https://x.test")
CARDS = [ImageCarouselCard(image="https://x.test/a.jpg", buttons=OPEN, body=f"Tea {n}") for n in (1, 2)]
IMAGE = {"mime_type": "image/png"}


@pytest.fixture
def client(double: Double) -> WhatsApp:
    """The library, pointed at the double; it waits for its answers, so it stands in a thread."""
    made = WhatsApp(
        phone_id=PHONE_ID,
        waba_id=WABA,
        token=double.world.token,
        app_id=APP,
        app_secret=double.world.app_secret,
        server=None,
    )
    made.api._session.base_url = f"{double.base}/v26.0"
    return made


async def run(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    return await asyncio.to_thread(call, *args, **named)


SENDS: dict[str, tuple[Callable[[WhatsApp], Any], str]] = {
    "text": (lambda c: c.send_message(GRETA_PHONE, "Hello https://x.test", preview_url=True), "Hello https://x.test"),
    "text to a user id": (lambda c: c.send_message(GRETA, "Hello"), "Hello"),
    "tracked text": (lambda c: c.send_message(GRETA_PHONE, "Hello", tracker="outbox:1"), "Hello"),
    "buttons": (
        lambda c: c.send_message(GRETA_PHONE, "Which?", "Tea", "Today", [Button("Green", "g"), Button("Black", "b")]),
        "Which?\n▸ Green\n▸ Black",
    ),
    "list": (lambda c: c.send_message(GRETA_PHONE, "Which?", buttons=LIST), "Which?\n▸ Green\n▸ Black"),
    "link": (
        lambda c: c.send_message(GRETA_PHONE, "Our shop", buttons=OPEN),
        "Our shop\n▸ Open",
    ),
    "call": (lambda c: c.send_message(GRETA_PHONE, "Call us", buttons=VoiceCallButton("Call")), "Call us\n▸ Call"),
    "call asked for": (
        lambda c: c.send_message(GRETA_PHONE, "May we?", buttons=CallPermissionRequestButton()),
        "May we?",
    ),
    "number asked for": (
        lambda c: c.send_message(GRETA_PHONE, "Your number?", buttons=ContactInfoRequestButton()),
        "Your number?",
    ),
    "form": (
        lambda c: c.send_message(GRETA_PHONE, "Book", buttons=FlowButton("Book now", flow_id="1", flow_token="t")),
        "Book\n▸ Book now",
    ),
    "place asked for": (lambda c: c.request_location(GRETA_PHONE, "Where?"), "Where?"),
    "image": (lambda c: c.send_image(GRETA_PHONE, PIXEL, caption="This", **IMAGE), "This"),
    "image by link": (lambda c: c.send_image(GRETA_PHONE, "https://x.test/a.jpg"), "📎 https://x.test/a.jpg"),
    "image with buttons": (
        lambda c: c.send_image(GRETA_PHONE, PIXEL, caption="This?", buttons=[Button("Yes", "y")], **IMAGE),
        "This?\n▸ Yes",
    ),
    "video": (lambda c: c.send_video(GRETA_PHONE, CLIP, caption="Film", mime_type="video/mp4"), "Film"),
    "document": (
        lambda c: c.send_document(GRETA_PHONE, PAPER, filename="order.pdf", mime_type="application/pdf"),
        "📎 order.pdf",
    ),
    "audio": (lambda c: c.send_audio(GRETA_PHONE, TONE, mime_type="audio/mpeg"), "📎"),
    "voice": (lambda c: c.send_voice(GRETA_PHONE, TONE, mime_type="audio/ogg"), "📎"),
    "sticker": (lambda c: c.send_sticker(GRETA_PHONE, PIXEL, mime_type="image/webp"), "📎"),
    "location": (lambda c: c.send_location(GRETA_PHONE, 52.5, 13.4, "Tea house", "Platz 1"), "📍 Tea house"),
    "contact": (
        lambda c: c.send_contact(GRETA_PHONE, Contact(name=Contact.Name(formatted_name="Bo Lee", first_name="Bo"))),
        "👤 Bo Lee",
    ),
    "product": (lambda c: c.send_product(GRETA_PHONE, "77", "sku-1", body="This"), "This"),
    "carousel": (lambda c: c.send_carousel(GRETA_PHONE, body="Teas", cards=CARDS), "Teas"),
    "template": (
        lambda c: c.send_template(
            GRETA_PHONE,
            "order_ready",
            TemplateLanguage.ENGLISH_US,
            [BodyText.params(first_name="Greta", order="LM1001")],
        ),
        "Greta",
    ),
}


@pytest.mark.parametrize("name", list(SENDS))
async def test_every_kind_that_it_sends_is_on_the_phone(double: Double, client: WhatsApp, name: str):
    send, shown = SENDS[name]
    double.phone(GRETA_PHONE).says("Hello")
    sent = await run(send, client)
    bubble = double.screen(GRETA_PHONE)[-1]
    assert bubble.id == sent.id
    assert shown in bubble.text


async def test_it_quotes_reacts_marks_as_read_and_shows_that_it_types(double: Double, client: WhatsApp):
    first = double.phone(GRETA_PHONE).says("Hello")
    quoting = await run(client.send_message, GRETA_PHONE, "Yes?", reply_to_message_id=first)
    assert double.world.thread(GRETA_PHONE).messages[-1].reply_to == first
    assert quoting.id == double.screen(GRETA_PHONE)[-1].id
    await run(client.send_reaction, GRETA_PHONE, "👍", first)
    assert double.screen(GRETA_PHONE)[0].sign == "👍"
    await run(client.mark_message_as_read, first)
    assert double.screen(GRETA_PHONE)[0].status == "seen"
    await run(client.indicate_typing, first)
    assert double.world.thread(GRETA_PHONE).typing_until is not None


REFUSALS: dict[str, tuple[Callable[[Double], Any], type[Exception]]] = {
    "window": (lambda double: double.command("close_windows"), errors.ReEngagementMessage),
    "blocked": (lambda double: _set(double, "blocked"), errors.MessageUndeliverable),
    "key": (lambda double: double.command("revoke_token"), errors.ExpiredAccessToken),
    "pace": (lambda double: double.command("throttle"), errors.WhatsAppError),
    "broken": (lambda double: double.command("broken"), errors.WhatsAppError),
}


async def _set(double: Double, name: str) -> None:
    setattr(double.world.thread(GRETA_PHONE), name, True)


@pytest.mark.parametrize("name", list(REFUSALS))
async def test_it_understands_refusals(double: Double, client: WhatsApp, name: str):
    happen, error = REFUSALS[name]
    double.phone(GRETA_PHONE).says("Hello")
    await happen(double)
    with pytest.raises(error):
        await run(client.send_message, GRETA_PHONE, "Too late")
    assert len(double.screen(GRETA_PHONE)) == 1


@pytest.mark.parametrize(
    ("send", "error"),
    [
        (lambda c: c.send_message(GRETA_PHONE, "x" * 4097), errors.WhatsAppError),
        (lambda c: c.send_message(GRETA_PHONE, "?", buttons=[Button("x" * 21, "a")]), errors.WhatsAppError),
        (
            lambda c: c.send_message(GRETA_PHONE, "?", buttons=[Button(f"{n}", f"{n}") for n in range(4)]),
            errors.InvalidParameter,
        ),
        (lambda c: c.send_message(GRETA_PHONE, "?", "x" * 61, None, [Button("a", "a")]), errors.WhatsAppError),
        (lambda c: c.send_image(GRETA_PHONE, "12345"), errors.InvalidParameter),
        (lambda c: c.send_message("4915100000000", "Hello"), errors.MessageUndeliverable),
        (lambda c: c.send_template(GRETA_PHONE, "none", TemplateLanguage.ENGLISH_US, []), errors.TemplateNotExists),
        (
            lambda c: c.send_template(GRETA_PHONE, "order_ready", TemplateLanguage.ENGLISH_US, []),
            errors.TemplateParamCountMismatch,
        ),
    ],
)
async def test_it_understands_what_is_wrong_with_a_message(
    double: Double, client: WhatsApp, send: Callable[[WhatsApp], Any], error: type[Exception]
):
    double.phone(GRETA_PHONE).says("Hello")
    with pytest.raises(error):
        await run(send, client)
    assert len(double.screen(GRETA_PHONE)) == 1


async def test_it_finds_files_numbers_and_templates(double: Double, client: WhatsApp):
    double.phone(GRETA_PHONE).sends("image", PIXEL, mime="image/png", name="photo.png")
    (number,) = double.world.files
    found = await run(client.get_media_url, number)
    assert found.url.startswith(double.base)
    assert await run(found.get_bytes) == PIXEL
    listed = await run(lambda: {one.name for one in client.get_templates()})
    assert "order_ready" in listed
    assert (await run(client.get_business_phone_number)).verified_name == "Lume Tea"
    await run(client.delete_media, number)
    with pytest.raises(errors.WhatsAppError):
        await run(client.get_media_url, number)


Does = Callable[[Phone], Any]
HEARD: dict[str, tuple[Does, str, Callable[[Any], Any]]] = {
    "text": (lambda p: p.says("Hello"), "Message", lambda u: u.text == "Hello"),
    "quote": (
        lambda p: p.says("This", reply_to=p.says("That")),
        "Message",
        lambda u: u.reply_to_message.message_id.startswith("wamid."),
    ),
    "image": (
        lambda p: p.sends("image", PIXEL, mime="image/png", name="p.png", caption="Tin"),
        "Message",
        lambda u: (u.image.mime_type, u.caption) == ("image/png", "Tin"),
    ),
    "video": (lambda p: p.sends("video", CLIP, mime="video/mp4", name="a.mp4"), "Message", lambda u: u.video.id),
    "audio": (
        lambda p: p.sends("audio", TONE, mime="audio/ogg", name="v.ogg", voice=True),
        "Message",
        lambda u: u.audio.voice,
    ),
    "document": (
        lambda p: p.sends("document", PAPER, mime="application/pdf", name="order.pdf"),
        "Message",
        lambda u: u.document.filename == "order.pdf",
    ),
    "sticker": (
        lambda p: p.sends("sticker", PIXEL, mime="image/webp", name="s.webp", animated=False),
        "Message",
        lambda u: u.sticker.animated is False,
    ),
    "location": (lambda p: p.places(52.5, 13.4, name="Tea"), "Message", lambda u: u.location.name == "Tea"),
    "contact": (
        lambda p: p.gives_card("Bo Lee", "+49 151 1234000"),
        "Message",
        lambda u: u.contacts[0].name.formatted_name == "Bo Lee",
    ),
    "order": (
        lambda p: p.orders({"product_retailer_id": "t", "quantity": "1", "item_price": "5", "currency": "EUR"}),
        "Message",
        lambda u: u.order.products[0].sku == "t",
    ),
    "unsupported": (lambda p: p.sends_unsupported(), "Message", lambda u: u.type.value == "unsupported"),
    "reaction": (lambda p: p.reacts(p.says("Hi")), "Message", lambda u: u.reaction.emoji == "👍"),
    "reaction taken away": (lambda p: p.reacts(p.says("Hi"), None), "Message", lambda u: not u.reaction.emoji),
    "template's button": (
        lambda p: p.does("button", {"payload": "HOURS", "text": "Opening hours"}, context={"from": "49", "id": "w"}),
        "CallbackButton",
        lambda u: (u.data, u.title) == ("HOURS", "Opening hours"),
    ),
    "form": (lambda p: p.fills_in('{"flow_token":"t","size":"42"}'), "FlowCompletion", lambda u: u.response["size"]),
    "edit": (lambda p: p.edits(p.says("Helo"), "Hello"), "EditedMessage", lambda u: u.message.text == "Hello"),
    "unsend": (lambda p: p.takes_back(p.says("Oh")), "DeletedMessage", lambda u: u.original_message_id),
    "stop": (lambda p: p.stops_marketing(), "UserMarketingPreferences", lambda u: u.value.value == "stop"),
    "resume": (lambda p: p.stops_marketing(False), "UserMarketingPreferences", lambda u: u.value.value == "resume"),
    "advertisement": (
        lambda p: p.says(
            "Hi",
            referral={"source_url": "https://x.test", "source_id": "1", "source_type": "ad", "headline": "Tea",
                      "body": "", "media_type": "image", "image_url": "https://x.test/a.jpg", "ctwa_clid": "c"},
        ),
        "Message",
        lambda u: u.referral.headline == "Tea",
    ),
    "number": (
        lambda p: p.changes_number("4915112349999", "DE.20000000000000009999"),
        "PhoneNumberChange",
        lambda u: u.new_wa_id == "4915112349999",
    ),
}  # fmt: skip


def listening(client: WhatsApp) -> list[Any]:
    """Everything that the library's handlers are given."""
    heard: list[Any] = []
    for name in dir(handlers):
        kind = getattr(handlers, name)
        usable = isinstance(kind, type) and issubclass(kind, handlers.Handler) and not name.startswith("_")
        if usable and kind not in (handlers.Handler, handlers.RawUpdateHandler):
            client.add_handlers(kind(lambda _, update: heard.append(update)))
    return heard


async def hear(double: Double, client: WhatsApp) -> list[Any]:
    """All that the double has told so far, through the library's own handler, signature and all."""
    heard = listening(client)
    await double.settled()
    for attempt in double.hooks.attempts:
        refused = client.webhook_update_validator(attempt.body, sign(double.world.app_secret, attempt.body))
        assert refused is None
        await run(client.webhook_update_handler, attempt.body)
    return heard


@pytest.mark.parametrize("name", list(HEARD))
async def test_its_handler_takes_everything_that_the_double_tells(
    double: Double, house: House, client: WhatsApp, name: str
):
    does, kind, holds = HEARD[name]
    does(double.phone(GRETA_PHONE))
    heard = await hear(double, client)
    update = heard[-1]
    assert type(update).__name__ == kind
    assert holds(update)


async def test_a_hidden_number_is_told_by_its_user_id(double: Double, house: House, client: WhatsApp):
    double.phone(YUKI).says("Hello")
    (update,) = await hear(double, client)
    assert (update.from_user.bsuid, update.from_user.wa_id, update.from_user.name) == (YUKI, None, "Yuki Tanaka")


async def test_it_hears_how_far_messages_have_come_and_what_is_tapped(double: Double, house: House, client: WhatsApp):
    double.phone(GRETA_PHONE).says("Hello")
    await run(client.send_message, GRETA_PHONE, "Which?", buttons=[Button("Green", "g")], tracker="outbox:1")
    await run(client.send_message, GRETA_PHONE, "Which more?", buttons=SectionList("?", [Section("Teas", [
        SectionRow(f"Tea {n}", f"t{n}") for n in range(4)])]))  # fmt: skip
    double.phone(GRETA_PHONE).taps("Green")
    double.phone(GRETA_PHONE).taps("Tea 2")
    await double.command("they_read")
    heard = await hear(double, client)
    statuses = [(one.status.value, one.tracker) for one in heard if type(one).__name__ == "MessageStatus"]
    assert statuses[:2] == [("sent", "outbox:1"), ("delivered", "outbox:1")]
    assert ("read", "outbox:1") in statuses
    taps = [type(one).__name__ for one in heard if type(one).__name__.startswith("Callback")]
    assert taps == ["CallbackButton", "CallbackSelection"]


async def test_it_hears_failures_that_come_later(double: Double, house: House, client: WhatsApp):
    double.world.late_errors = True
    await run(client.send_message, GRETA_PHONE, "Too late")
    (status,) = await hear(double, client)
    assert status.status.value == "failed"
    assert isinstance(status.error, errors.ReEngagementMessage)


async def test_it_hears_of_templates_the_app_on_the_phone_and_calls(double: Double, house: House, client: WhatsApp):
    double.brand.judges("order_ready", "PAUSED", other_info={"title": "FIRST_PAUSE", "description": "…"})
    said = double.brand.answers_in_app(GRETA_PHONE, "From the app")
    double.brand.edits_in_app(GRETA_PHONE, said, "From the phone")
    double.brand.takes_back_in_app(GRETA_PHONE, said)
    double.phone(GRETA_PHONE).calls()
    names = [type(one).__name__ for one in await hear(double, client)]
    assert names[:4] == [
        "TemplateStatusUpdate", "OutgoingMessage", "OutgoingEditedMessage", "OutgoingDeletedMessage",
    ]  # fmt: skip
    assert names[4:] == ["CallConnect", "CallTerminate"]


def test_its_code_takes_our_signature_and_no_other():
    body = b'{"object":"whatsapp_business_account","text":"caf\\u00e9"}'
    check = webhook_updates_validator
    assert check(app_secret="s", request_body=body, x_hub_signature=sign("s", body))
    assert not check(app_secret="s", request_body=body + b" ", x_hub_signature=sign("s", body))
    assert not check(app_secret="t", request_body=body, x_hub_signature=sign("s", body))


async def test_our_door_takes_what_its_code_takes(double: Double, account: Account):
    secret = double.world.app_secret
    for name in ("caf\u00e9", "\u4f60\u597d \U0001f642"):
        body = json.dumps({"object": "whatsapp_business_account", "entry": [], "x": name}).encode()
        for signature in (sign(secret, body), sign("other", body), "sha256=", "sha1=" + "0" * 40):
            headers = {"x-hub-signature-256": signature}
            asked = Request(method="POST", path="/", query=b"", headers=headers, body=body)
            assert CHANNEL.verify
            taken = isinstance(CHANNEL.verify(account.settings, asked), Accepted)
            judged = webhook_updates_validator(app_secret=secret, request_body=body, x_hub_signature=signature)
            assert taken == bool(judged)
