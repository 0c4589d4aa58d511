"""A browser that notices whatever a page does that nobody asked for."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Route

_HOOK = """
(() => {
  const tell = (what) => console.log(`RAN ${what} in ${location.href.slice(0, 80)}`);
  window.ran = () => tell("ran()");
  for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => tell(name);
  document.addEventListener("securitypolicyviolation", (event) =>
    console.log(`STOPPED ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
})();
"""


class Watched:
    """One page. `ran`: what was carried out; `stopped`: what only the policy kept from it; `called`: other hosts."""

    def __init__(self, page: Page, home: str) -> None:
        self.page = page
        self.ran: list[str] = []
        self.stopped: list[str] = []
        self.called: list[str] = []
        self.errors: list[str] = []
        self._home = home

    async def harmed(self) -> list[str]:
        """Everything that should not have happened; empty where all is well."""
        title, name = await self.page.title(), await self.page.evaluate("String(window.name)")
        marks = [f"marked: {one}" for one in (title, name) if one in {"ran", "hacked"}]
        elsewhere = [] if self.page.url.startswith(self._home) else [f"led to {self.page.url}"]
        return [*self.ran, *self.stopped, *(f"called {one}" for one in self.called), *self.errors, *marks, *elsewhere]

    async def route(self, route: Route) -> None:
        self.called.append(route.request.url)
        await route.abort()

    def hear(self, text: str) -> None:
        if text.startswith("RAN "):
            self.ran.append(text)
        elif text.startswith("STOPPED "):
            self.stopped.append(text)


@asynccontextmanager
async def watched(chromium: Browser, home: str, *, cookie: str = "") -> AsyncIterator[Watched]:
    """A window in which everything is noticed. `home` is where it may go; `cookie` is "name=value"."""
    context = await chromium.new_context(locale="en-GB", timezone_id="UTC", reduced_motion="reduce")
    try:
        if cookie:
            name, _, value = cookie.partition("=")
            await context.add_cookies([{"name": name, "value": value, "url": home}])
        await context.add_init_script(_HOOK)
        page = await context.new_page()
        page.set_default_timeout(60_000)
        seen = Watched(page, home)
        await context.route(re.compile(rf"^https?://(?!{re.escape(urlsplit(home).netloc)}/)"), seen.route)
        page.on("console", lambda said: seen.hear(said.text))
        page.on("pageerror", lambda error: seen.errors.append(f"error: {error}"))
        page.on("websocket", lambda socket: seen.called.append(socket.url))

        async def dismiss(dialog) -> None:
            seen.ran.append(f"RAN {dialog.type}")
            await dialog.dismiss()

        page.on("dialog", dismiss)
        yield seen
    finally:
        await context.close()
