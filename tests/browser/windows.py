"""Windows of people: each in a browser context of its own, signed in through the demo's doors."""

from typing import Any

from playwright.async_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect

from tests.browser.running import Demo

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LIGHT: dict[str, Any] = {"viewport": {"width": 1440, "height": 860}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


class Desk:
    """Every window opened for one test, and what went wrong in any of them."""

    def __init__(self, program: Demo, chromium: Browser) -> None:
        self.program = program
        self.complaints: list[str] = []
        self._chromium = chromium
        self._contexts: list[BrowserContext] = []

    async def window(self, **options: Any) -> Page:
        context = await self._chromium.new_context(
            **{"locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce", **LIGHT, **options}
        )
        self._contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._hear(page, said.type, said.text))
        return page

    async def inbox(self, name: str, **options: Any) -> Page:
        """The inbox of somebody of the team, with its stream open."""
        page = await self.window(**options)
        async with page.expect_request("**/live?*"):
            await page.goto(self.program.links[name])
        await expect(page.locator("#rows .row").first).to_be_visible()
        return page

    async def playground(self, name: str = "Ana", **options: Any) -> Page:
        page = await self.inbox(name, **options)
        async with page.expect_request("**/live?*"):
            await page.goto(f"{self.program.url}/playground")
        return page

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()

    def _hear(self, page: Page, kind: str, text: str) -> None:
        if kind == "error" and "ERR_" not in text:
            self.complaints.append(f"{page.url}: {text}")


class Phone:
    """One phone of a playground page."""

    def __init__(self, page: Page, title: str) -> None:
        self.root = page.get_by_role("region", name=title)
        self._page = page

    async def hold_as(self, person: str) -> None:
        (chosen,) = await self.root.get_by_label("Who writes").select_option(label=person)
        await expect(self.root.locator(".write input[name=person]")).to_have_value(chosen)

    async def write(self, text: str) -> None:
        field = self.root.get_by_label("Message", exact=True)
        await field.fill(text)
        await field.press("Enter")
        await expect(self.said(text)).to_be_visible()
        await expect(field).to_have_value("")

    async def send(self, what: str) -> None:
        """Something else than words, by the name on its button."""
        said = self.root.locator(".pb.me")
        before = await said.count()
        await self.root.get_by_role("button", name=what, exact=True).click()
        await expect(said).not_to_have_count(before)

    @property
    def all_heard(self) -> Locator:
        return self.root.locator(".pb.brand")

    def said(self, text: str) -> Locator:
        """What the person has written."""
        return self.root.locator(".pb.me", has_text=text)

    def heard(self, text: str) -> Locator:
        """What the brand has answered."""
        return self.root.locator(".pb.brand", has_text=text)

    async def misbehave(self, words: str) -> None:
        button = self.root.get_by_role("button", name=words, exact=True)
        if not await button.is_visible():
            await self.root.get_by_text("Let the platform misbehave").click()
        await button.click()
        await expect(self.root.get_by_role("status")).to_be_visible()


async def open_chat(page: Page, inside: Page | FrameLocator) -> FrameLocator:
    """The website's chat, opened and ready to be written in; its questions are left unanswered."""
    await inside.get_by_role("button", name="Chat").click()
    chat = inside.frame_locator("#duologue-chat iframe")
    await chat.get_by_role("button", name="Start chat").click()
    await expect(chat.locator("#compose:not([inert])")).to_be_visible()
    return chat


async def write_in(chat: FrameLocator, text: str) -> None:
    await chat.get_by_label("Message", exact=True).fill(text)
    await chat.get_by_label("Message", exact=True).press("Enter")
    await expect(chat.locator("#log").get_by_text(text)).to_be_visible()


def row(page: Page, name: str) -> Locator:
    """The line of this person in the list, the newest where there are several."""
    return page.locator("#rows .row", has=page.locator(".who", has_text=name)).first


def bubble(page: Page, text: str) -> Locator:
    return page.locator(".bubbles .msg", has_text=text)


async def answer(page: Page, text: str) -> None:
    """Writes into the open conversation, by keyboard."""
    await page.keyboard.press("r")
    await expect(page.locator("[data-say]")).to_be_focused()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")
