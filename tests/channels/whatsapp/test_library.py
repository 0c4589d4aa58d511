"""A client library that others keep (pywa) talks to the double and judges our signatures; skipped where it is not."""

import asyncio
from typing import Any

import pytest

from duologue.channels.meta.door import sign
from duologue.channels.shared.double.samples import PIXEL
from duologue.channels.whatsapp.simulate.double import Double
from duologue.channels.whatsapp.simulate.world import APP, PHONE_ID, WABA

from .conftest import GRETA_PHONE, YUKI, House

pywa = pytest.importorskip("pywa")


@pytest.fixture
def client(double: Double) -> Any:
    """The library, pointed at the double; it calls in threads, as it is not asynchronous."""
    made = pywa.WhatsApp(
        phone_id=PHONE_ID,
        waba_id=WABA,
        token=double.world.token,
        app_id=APP,
        app_secret=double.world.app_secret,
        server=None,
    )
    made.api._session.base_url = f"{double.base}/v26.0"
    return made


def test_its_code_takes_our_signature_and_no_other():
    body = b'{"object":"whatsapp_business_account","text":"caf\\u00e9"}'
    check = pywa.utils.webhook_updates_validator
    assert check(app_secret="s", request_body=body, x_hub_signature=sign("s", body))
    assert not check(app_secret="s", request_body=body + b" ", x_hub_signature=sign("s", body))


async def test_it_sends_texts_buttons_and_files(double: Double, client: Any):
    first = double.phone(GRETA_PHONE).says("Hello")
    double.phone(YUKI).says("Hello")
    text = await asyncio.to_thread(client.send_message, GRETA_PHONE, "Hello", reply_to_message_id=first)
    assert double.screen(GRETA_PHONE)[-1].id == text.id
    buttons = [pywa.types.Button("Green", "g"), pywa.types.Button("Black", "b")]
    await asyncio.to_thread(client.send_message, GRETA_PHONE, "Which?", buttons=buttons)
    assert double.screen(GRETA_PHONE)[-1].text == "Which?\n▸ Green\n▸ Black"
    await asyncio.to_thread(client.send_image, GRETA_PHONE, PIXEL, caption="This", mime_type="image/png")
    assert double.screen(GRETA_PHONE)[-1].text.endswith("This")
    await asyncio.to_thread(client.mark_message_as_read, first)
    assert double.screen(GRETA_PHONE)[0].status == "seen"


async def test_it_finds_files_and_templates_and_understands_refusals(double: Double, client: Any):
    double.phone(GRETA_PHONE).sends("image", PIXEL, mime="image/png", name="photo.png")
    (number,) = double.world.files
    found = await asyncio.to_thread(client.get_media_url, number)
    assert found.url.startswith(double.base)
    assert await asyncio.to_thread(found.get_bytes) == PIXEL
    listed = await asyncio.to_thread(lambda: [one.name for one in client.get_templates()])
    assert "order_ready" in listed
    await double.command("close_windows")
    with pytest.raises(pywa.errors.ReEngagementMessage):
        await asyncio.to_thread(client.send_message, GRETA_PHONE, "Too late")


async def test_it_reads_what_the_double_tells(double: Double, house: House, client: Any):
    heard: list[str] = []
    client.add_handlers(
        pywa.handlers.MessageHandler(lambda _, message: heard.append(f"{message.type.value}:{message.text}")),
        pywa.handlers.MessageStatusHandler(lambda _, status: heard.append(status.status.value)),
    )
    double.phone(GRETA_PHONE).says("Hello")
    double.phone(YUKI).sends("image", PIXEL, mime="image/png", name="photo.png")
    await double.settled()
    await asyncio.to_thread(client.send_message, GRETA_PHONE, "Yes?")
    await double.settled()
    for attempt in double.hooks.attempts:
        await asyncio.to_thread(client.webhook_update_handler, attempt.body)
    assert heard == ["text:Hello", "image:None", "sent", "delivered"]
