"""A program that uses the API. Every answer it gets is held against the struct or problem that is declared for it."""

import re
from typing import Any, get_args, get_origin, get_type_hints

import httpx
import msgspec
from litestar import Litestar, Response

from duologue.api.routes import HANDLERS
from duologue.kernel.acts import Act
from duologue.kernel.house import House
from duologue.team import keys
from duologue.web.trouble import PROBLEM, Problem
from tests.parrot import Mailroom

AT = "http://duologue.test"


class Program(httpx.AsyncClient):
    """Use as an async context manager."""

    def __init__(self, app: Litestar, key: str | None, *, address: str = "192.0.2.7") -> None:
        transport = httpx.ASGITransport(app=app, client=(address, 40000), raise_app_exceptions=True)  # type: ignore[arg-type]
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        super().__init__(transport=transport, base_url=f"{AT}/api/v1", headers=headers)

    async def send(self, request: httpx.Request, **more: Any) -> httpx.Response:
        answer = await super().send(request, **more)
        _declared(request, answer)
        return answer


def _declared(request: httpx.Request, answer: httpx.Response) -> None:
    """Fails where an answer is not what the description says."""
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == PROBLEM
        problem = msgspec.json.decode(answer.content, type=Problem)
        assert problem.status == answer.status_code
        assert set(answer.json()) <= set(Problem.__struct_fields__)
        assert answer.status_code < 500, problem
        return
    wanted = _type_of(request.method, request.url.path)
    if wanted is type(None):
        assert (answer.status_code, answer.content) == (204, b"")
    elif wanted is not bytes:
        assert answer.headers["content-type"] == "application/json"
        msgspec.json.decode(answer.content, type=wanted)


def _type_of(method: str, path: str) -> Any:
    for handler in HANDLERS:
        for known in handler.paths:
            pattern = "/api/v1" + re.sub(r"{[^}]+}", "[^/]+", known)
            if method in handler.http_methods and re.fullmatch(pattern, path):
                hint = get_type_hints(handler.fn)["return"]
                return get_args(hint)[0] if get_origin(hint) is Response else hint
    raise AssertionError(f"{method} {path} is no route of the API")


async def key_for(house: House, workspace: Any, name: str = "reports") -> str:
    """A new key of the workspace, whole."""
    async with house.db.workspace(workspace) as tx:
        return await keys.make(tx, Act(by=None, now=house.now(), wake=house.wake), name)


async def deliver(mailroom: Mailroom) -> None:
    """Sends what may leave. The account's pace is no hindrance: automations leave a new account its first tokens."""
    async with mailroom.house.db.hall() as tx:
        await tx.run(
            """
            INSERT INTO pace (workspace_id, channel_id, tokens) VALUES (%(workspace)s, %(channel)s, 1000)
            ON CONFLICT (workspace_id, channel_id) DO UPDATE SET tokens = 1000
            """,
            {"workspace": mailroom.workspace, "channel": mailroom.channel},
        )
    await mailroom.deliver()
