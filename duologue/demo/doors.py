"""Links that sign in as somebody of the demo's team: made anew at each start, and good on this machine only."""

import secrets
from typing import Any
from uuid import UUID

from duologue.demo.cast import TEAM, Colleague
from duologue.errors import NotFound
from duologue.kernel.acts import Act
from duologue.kernel.house import House
from duologue.team import sign_in
from duologue.team.model import Credentials
from duologue.web import client, sessions


class Doors:
    """One door for each of the team."""

    def __init__(self, house: House, workspace: UUID) -> None:
        self._house = house
        self._workspace = workspace
        self._behind = {secrets.token_urlsafe(24): one for one in TEAM}

    async def greeting(self) -> str:
        """Where to go, in words for whoever started the program. Members who have left have no door."""
        url = self._house.settings.url
        lines = [f"  Demo   {url}/playground  (write as a customer)"]
        for token, one in self._behind.items():
            if await self._credentials(one):
                lines.append(f"         {url}/playground/enter/{token}  (the inbox, as {one.name}, {one.role})")
        if len(lines) == 1:
            lines.append("         Somebody has joined here before: sign in as that; there is no cast and no history.")
        return "\n".join(lines)

    async def enter(self, scope: Any, token: str) -> str:
        """A new session's token. Raises `NotFound` for a wrong link and for callers from elsewhere."""
        one = self._behind.get(token)
        member = await self._credentials(one) if one and client.is_local(scope, self._house.settings) else None
        if member is None:
            raise NotFound("This link does not work. The program prints new ones whenever it starts.")
        act = Act(by=member.id, now=self._house.now(), wake=self._house.wake)
        async with self._house.db.hall() as tx:
            await sessions.end(tx, scope, self._house.settings)
            tx.enter(member.workspace_id)
            return await sign_in.begin(tx, act, member, "Demo")

    async def _credentials(self, one: Colleague) -> Credentials | None:
        async with self._house.db.hall() as tx:
            known = await sign_in.known(tx, one.email)
        return next((member for member in known if member.workspace_id == self._workspace), None)
