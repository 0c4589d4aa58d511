"""The rest of the account: who follows it, what its menu is, which addresses calls come from, the older kind of key."""

from typing import Any

from aiohttp import web

from duologue.channels.wechat.settings import Settings
from duologue.channels.wechat.simulate.strict import Fault
from duologue.channels.wechat.simulate.world import World


class Around:
    """Handlers; each gives what is answered, or raises `Fault`."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.menu: dict[str, Any] | None = None
        self._world, self._settings = world, settings

    def routes(self) -> dict[tuple[str, str], Any]:
        return {
            ("GET", "user/get"): self._followers,
            ("POST", "menu/create"): self._create,
            ("GET", "menu/get"): self._menu,
            ("GET", "menu/delete"): self._delete,
            ("POST", "clear_quota"): self._clear,
            ("GET", "get_api_domain_ip"): self._addresses,
            ("GET", "getcallbackip"): self._addresses,
        }

    async def token(self, request: web.Request) -> dict[str, Any]:
        """The older kind: each that is given ends the one before."""
        asked = request.query
        if asked.get("grant_type") != "client_credential":
            raise Fault(40002, "invalid grant_type")
        if asked.get("appid") != self._settings.app_id:
            raise Fault(40013, "invalid appid")
        if self._world.revoked or asked.get("secret") != self._settings.app_secret:
            raise Fault(40125, "invalid appsecret")
        return {"access_token": self._world.give_key(force=True), "expires_in": 7200}

    async def _followers(self, request: web.Request) -> dict[str, Any]:
        found = [one.caller.id for one in self._world.people.values() if one.follows]
        after = request.query.get("next_openid")
        listed = found[found.index(after) + 1 :] if after in found else found
        told: dict[str, Any] = {"total": len(found), "count": len(listed), "next_openid": found[-1] if found else ""}
        return told | ({"data": {"openid": listed}} if listed else {})

    async def _create(self, request: web.Request) -> dict[str, Any]:
        menu = await request.json()
        if not 1 <= len(menu.get("button", [])) <= 3:
            raise Fault(40016, "invalid button size")
        self.menu = menu
        return {"errcode": 0, "errmsg": "ok"}

    async def _menu(self, request: web.Request) -> dict[str, Any]:
        if self.menu is None:
            raise Fault(46003, "menu no exist")
        return {"menu": self.menu}

    async def _delete(self, request: web.Request) -> dict[str, Any]:
        self.menu = None
        return {"errcode": 0, "errmsg": "ok"}

    async def _clear(self, request: web.Request) -> dict[str, Any]:
        if (await request.json()).get("appid") != self._settings.app_id:
            raise Fault(40013, "invalid appid")
        return {"errcode": 0, "errmsg": "ok"}

    async def _addresses(self, request: web.Request) -> dict[str, Any]:
        return {"ip_list": ["203.0.113.10", "203.0.113.11"]}
