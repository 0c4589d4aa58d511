"""On each platform with a double: written on its phone, seen at once, answered by keyboard, with ticks and files."""

import re
from collections.abc import AsyncIterator

import pytest
from msgspec import Struct
from playwright.async_api import Browser, Page, expect

from duologue.channels.contract import Channel, Kind
from duologue.channels.registry import channels
from duologue.channels.shared.double.samples import PIXEL
from duologue.channels.simulation import COMMON, Simulator, simulators
from duologue.kernel.clock import now
from tests.browser.running import Demo
from tests.browser.windows import Desk, Phone, answer, bubble

_SETTLED = re.compile("sent|delivered|read|failed")


class Room(Struct, frozen=True):
    """Two windows that stay open for all platforms: an inbox, and the phones."""

    inbox: Page
    playground: Page


@pytest.fixture(scope="module")
async def room(program: Demo, chromium: Browser) -> AsyncIterator[Room]:
    desk = Desk(program, chromium)
    yield Room(await desk.inbox("Ana"), await desk.playground("Ben"))
    await desk.close()
    assert desk.complaints == []


class Platform(Struct, frozen=True):
    channel: Channel
    double: Simulator

    @property
    def tick(self) -> str:
        """How far a message's ticks come where the person has looked at it."""
        able = self.channel.abilities
        if able.read and "they_read" in self.double.commands():
            return "read"
        return "delivered" if able.delivered else "sent"


@pytest.fixture(params=sorted(simulators()))
def platform(request: pytest.FixtureRequest) -> Platform:
    return Platform(channels()[request.param], simulators()[request.param](now))


async def test_what_is_written_on_a_phone_is_answered_on_it(room: Room, platform: Platform) -> None:
    kind, inbox = platform.channel.kind, room.inbox
    phone, person = Phone(room.playground, platform.channel.title), platform.double.people()[1].name
    await phone.hold_as(person)

    await phone.write(f"Is anybody there, {kind}?")
    line = inbox.locator("#rows .row", has_text=f"Is anybody there, {kind}?")
    await expect(line).to_be_visible()
    await line.click()
    await expect(bubble(inbox, f"Is anybody there, {kind}?")).to_be_visible()

    await answer(inbox, f"We are, {kind}.")
    await expect(phone.heard(f"We are, {kind}.")).to_be_visible()
    if platform.tick == "read":
        await phone.misbehave(COMMON["they_read"])
    await expect(bubble(inbox, f"We are, {kind}.").locator(".st")).to_contain_class(platform.tick)

    if Kind.IMAGE in platform.double.kinds():
        await phone.send("Photo")
        await expect(inbox.locator(".bubbles .msg.in img").last).to_be_visible()
    if Kind.IMAGE in platform.channel.abilities.sends:
        before = await phone.all_heard.count()
        await attach_picture(inbox)
        sent = inbox.locator(".bubbles .msg.out").last
        await expect(sent.locator(".st")).to_have_class(_SETTLED)
        if await sent.locator(".st.failed").count():  # a platform that fetches by https only: here there is none
            await expect(sent).to_contain_text("by https only")
        else:
            await expect(phone.all_heard).not_to_have_count(before)


async def attach_picture(inbox: Page) -> None:
    """By the paper clip, and sent without words."""
    picture = {"name": "runner.png", "mimeType": "image/png", "buffer": PIXEL}
    await inbox.locator("[data-pick]").set_input_files(picture)  # type: ignore[arg-type]
    await expect(inbox.locator("[data-attached] li")).to_have_count(1)
    await inbox.locator("[data-send]").click()
    await expect(inbox.locator("[data-attached] li")).to_have_count(0)


async def test_no_platform_is_without_a_phone(room: Room) -> None:
    shown = await room.playground.locator(".phone h2").all_inner_texts()
    assert sorted(shown) == sorted(one.title for one in channels().values() if one.kind in simulators() or one.app)
