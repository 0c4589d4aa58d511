"""A visitor answers the questions, writes and leaves; the answer goes after them by mail, and theirs comes back."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect

from duologue.app import Program
from duologue.channels.email.simulate import MailSimulator
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.mailroom.letters.carry import Carrier
from duologue.settings import Settings
from tests.browser.windows import LIGHT, answer, bubble, row
from tests.cast import Colleague
from tests.mailroom.leaving import ELENA, Chat


@pytest.fixture
def listening() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


@pytest.fixture
def house_settings(tmp_path: Path, listening: socket.socket) -> Settings:
    return Settings(data=tmp_path, public_url=f"http://127.0.0.1:{listening.getsockname()[1]}")


@pytest.fixture
async def chat(house: House, workspace: UUID, clock: Turned, listening: socket.socket) -> AsyncIterator[Chat]:
    """The whole program at its address, on a clock that only the test turns."""
    mail = MailSimulator(clock)
    await mail.start()
    made = Chat(house, workspace, clock, mail)
    await made.begin(ask_name="required", ask_email="optional")
    program = Program(house)
    made.carrier = Carrier(house, program.accounts)
    async with program.open(work=True):
        config = uvicorn.Config(program.web(), lifespan="off", log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        yield made
        program.hub.end_streams()
        server.should_exit = True
        await serving
    await made.accounts.close()
    await mail.close()


async def _signed_in(page: Page, url: str, colleague: Colleague) -> None:
    await page.goto(f"{url}/sign-in")
    await page.locator("input[name=email]").fill(colleague.email)
    await page.locator("input[name=password]").fill(colleague.password)
    async with page.expect_request("**/live?*"):
        await page.keyboard.press("Enter")


async def test_who_left_the_chat_goes_on_by_mail_in_the_same_conversation(
    chat: Chat, ana: Colleague, chromium: Browser
) -> None:
    url = chat.house.settings.url
    outside, inside = await chromium.new_context(locale="en-GB"), await chromium.new_context(locale="en-GB", **LIGHT)
    visitor, team = await outside.new_page(), await inside.new_page()
    await _signed_in(team, url, ana)

    await visitor.goto(f"{url}/web/{chat.web.id}/sample")
    await visitor.get_by_role("button", name="Chat").click()
    window = visitor.frame_locator("#duologue-chat iframe")
    await window.get_by_label("Your name").fill("Elena from the chat")
    await window.get_by_label("Your email address (optional)").fill(ELENA.address)
    await window.get_by_role("button", name="Start chat").click()
    await window.get_by_label("Message", exact=True).fill("Do you have boots in 38?")
    await window.get_by_label("Message", exact=True).press("Enter")
    await expect(window.locator(".m.me .st")).to_contain_text("Delivered")
    await outside.close()

    await row(team, "Elena from the chat").click()
    await expect(bubble(team, "Do you have boots in 38?")).to_be_visible()
    await expect(team.locator(".about .facts")).to_contain_text(f"{ELENA.address} not verified")
    await answer(team, "Yes, two pairs are left.")
    await expect(bubble(team, "Yes, two pairs are left.").locator(".st")).to_contain_class("sent")
    await chat.later(13)
    (letter,) = chat.letters()
    assert "Ana Ruiz:\nYes, two pairs are left." in letter.text
    await expect(team.locator(".bubbles .sys")).to_contain_text("it went on by mail")

    await chat.mail.say(ELENA.address, "Then keep one for me, please.")
    back = bubble(team, "Then keep one for me, please.")
    await expect(back).to_be_visible(timeout=15_000)
    await expect(back).to_contain_text("Continued by")
    await expect(team.locator("#rows .row")).to_have_count(1)
    await inside.close()
