"""The bot itself: who it is, and how updates reach it."""

import re
from typing import Any
from urllib.parse import urlsplit

from duologue.channels.telegram.simulate.call import Call, wrong
from duologue.channels.telegram.simulate.stage import Stage
from duologue.channels.telegram.simulate.world import BOT, BOT_NAME, BOT_USERNAME, BotError

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PORTS = {443, 80, 88, 8443}
IN_USE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


class Managing:
    def __init__(self, stage: Stage) -> None:
        self._stage, self._world, self._hooks = stage, stage.world, stage.hooks

    def methods(self) -> dict[str, Any]:
        return {
            "getMe": self._me,
            "setWebhook": self._set,
            "deleteWebhook": self._delete,
            "getWebhookInfo": self._info,
            "getUpdates": self._updates,
        }

    async def _me(self, call: Call) -> dict[str, Any]:
        call.only()
        me = {"id": BOT, "is_bot": True, "first_name": BOT_NAME, "username": BOT_USERNAME}
        able = {"can_join_groups": False, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return me | able | {"can_connect_to_business": True, "has_main_web_app": False}

    async def _set(self, call: Call) -> bool:
        call.only(
            "url", "secret_token", "max_connections", "allowed_updates", "drop_pending_updates", "ip_address",
            "certificate",
        )  # fmt: skip
        url, secret = call.text("url") or "", call.text("secret_token") or ""
        if secret and not _SECRET.fullmatch(secret):
            raise wrong("secret token contains unallowed characters")
        if url:
            _judge(url)
        connections = call.number("max_connections") or 40
        if not 1 <= connections <= 100:
            raise wrong("max_connections must be between 1 and 100")
        self._hooks.connections = connections
        await self._hooks.point(url, secret=secret, allowed=call.object("allowed_updates") or self._hooks.allowed)
        self._drop(call)
        return True

    async def _delete(self, call: Call) -> bool:
        call.only("drop_pending_updates")
        await self._hooks.point("", allowed=self._hooks.allowed)
        self._drop(call)
        return True

    def _drop(self, call: Call) -> None:
        if call.flag("drop_pending_updates"):
            self._hooks.waiting.clear()

    async def _info(self, call: Call) -> dict[str, Any]:
        call.only()
        told: dict[str, Any] = {"url": self._hooks.url, "has_custom_certificate": False}
        told["pending_update_count"] = len(self._hooks.waiting)
        if self._hooks.url:
            told["max_connections"] = self._hooks.connections
        if self._hooks.last_error:
            at, words = self._hooks.last_error
            told |= {"last_error_date": int(at.timestamp()), "last_error_message": words}
        if self._hooks.allowed:
            told["allowed_updates"] = self._hooks.allowed
        return told

    async def _updates(self, call: Call) -> list[dict[str, Any]]:
        """Holds the question open until something comes; a newer question ends an older one."""
        call.only("offset", "limit", "timeout", "allowed_updates")
        if self._hooks.url:
            raise BotError(409, IN_USE)
        if (allowed := call.object("allowed_updates")) is not None:
            self._hooks.allowed = allowed or None
        mine, limit = await self._hooks.ask(), min(max(call.number("limit") or 100, 1), 100)
        told = self._hooks.take(call.number("offset"), limit)
        if not told and (call.number("timeout") or 0) > 0:
            await self._hooks.news(min(call.number("timeout") or 0, 50) * self._stage.faults.pace)
            if mine != self._hooks.poller:
                raise BotError(409, OTHER_POLLER)
            if self._hooks.url:
                raise BotError(409, IN_USE)
            told = self._hooks.take(call.number("offset"), limit)
        return told


def _judge(url: str) -> None:
    """As a Bot API server of one's own does, plain http is taken; the public one insists on https and four ports."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise wrong("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.scheme == "https" and (parts.port or 443) not in _PORTS:
        raise wrong("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
