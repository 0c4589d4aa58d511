"""A browser without a screen: keeps cookies and says where its requests come from, as browsers do."""

from typing import Any

import httpx
from litestar import Litestar

from tests.cast import Colleague

AT = "http://duologue.test"


class Browser(httpx.AsyncClient):
    """Use as an async context manager. `sign_in` goes through the front door."""

    def __init__(self, app: Litestar, *, address: str = "192.0.2.7", headers: dict[str, str] | None = None) -> None:
        transport = httpx.ASGITransport(app=app, client=(address, 40000), raise_app_exceptions=True)  # type: ignore[arg-type]
        super().__init__(transport=transport, base_url=AT, headers={"Sec-Fetch-Site": "same-origin", **(headers or {})})

    async def sign_in(self, colleague: Colleague, **fields: Any) -> httpx.Response:
        form = {"email": colleague.email, "password": colleague.password, **fields}
        return await self.post("/sign-in", data=form)
