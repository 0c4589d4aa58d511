"""The provider's authorization server (RFC 6749, 7636): a sign-in for the browser, tokens that end and rotate.

Its errors have the shapes of the large providers. `refresh` tokens are good once: a second use ends the whole sign-in.
"""

import base64
import hmac
import html
import secrets
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from duologue.kernel.clock import Clock

CLIENT, SECRET = "simulated-client", "simulated-secret"
SCOPES = "https://mail.simulated.example/ offline_access"
_LASTS = 3600
_NO_STORE = {"Cache-Control": "no-store"}


class _Refused(Exception):
    def __init__(self, error: str, description: str, status: int = 400, **more: object) -> None:
        self.body = {"error": error, "error_description": description, **more}
        self.status = status


class _Grant:
    """One sign-in of somebody: who, and which tokens are worth something."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.refresh = ""
        self.spent: set[str] = set()
        self.access: dict[str, float] = {}  # token -> Unix time of its end
        self.over = False


class OAuthServer:
    """`user` is who signs in. What is asked of it is in `asked`, so that a test sees how often."""

    def __init__(self, clock: Clock, user: str) -> None:
        self._clock, self.user = clock, user
        self.redirects: set[str] = set()  # registered addresses; empty: any on this machine
        self.declines = self.down = self.consent_withdrawn = False
        self.rotates = True
        self.ends_in: int | None = None  # seconds, told as the end of the refresh token
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._grants: list[_Grant] = []
        self._runner: web.AppRunner | None = None
        self._at = ""

    async def start(self, host: str) -> str:
        """The address below which it answers."""
        app = web.Application(client_max_size=64 * 1024)
        app.add_routes([web.get("/authorize", self._authorize), web.post("/token", self._token)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self._at = f"http://{host}:{port}"
        return self._at

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    @property
    def at(self) -> str:
        return self._at

    def knows(self, user: str, token: str) -> bool:
        """Whether a mail server lets this user in with this access token."""
        now = self._clock().timestamp()
        return any(one.user == user.lower() and not one.over and one.access.get(token, 0) > now for one in self._grants)

    def revoke(self) -> None:
        """As somebody does on the provider's page of connected applications."""
        for one in self._grants:
            one.over = True

    def end_access(self) -> None:
        """Every access token is worth nothing from now on; refresh tokens are."""
        for one in self._grants:
            one.access.clear()

    def granted(self) -> tuple[str, str, float]:
        """A sign-in that has been, without a browser: access token, refresh token, end of the first."""
        one = _Grant(self.user)
        self._grants.append(one)
        given = self._given(one)
        return given["access_token"], given["refresh_token"], self._clock().timestamp() + _LASTS

    # the browser's side

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        redirect = asked.get("redirect_uri", "")
        if not hmac.compare_digest(asked.get("client_id", "").encode(), CLIENT.encode()):
            return _page("Error 401: invalid_client", "The OAuth client was not found.", 401)
        if (self.redirects and redirect not in self.redirects) or not redirect:
            return _page(
                "Error 400: redirect_uri_mismatch", f"The redirect URI in the request, {redirect}, is unknown."
            )
        wrong = _wrong(asked)
        back = {"state": asked["state"]} if "state" in asked else {}
        if wrong or self.declines:
            said = wrong or "access_denied"
            raise web.HTTPFound(_to(redirect, {"error": said, "error_description": "The user said no.", **back}))
        code = secrets.token_urlsafe(24)
        self._codes[code] = {"challenge": asked["code_challenge"], "redirect": redirect}
        raise web.HTTPFound(_to(redirect, {"code": code, "scope": asked["scope"], **back}))

    # the program's side

    async def _token(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(
                status=503, text="<html><h1>503 Service Unavailable</h1></html>", content_type="text/html"
            )
        form = {name: str(value) for name, value in (await request.post()).items()}
        kind = form.get("grant_type", "")
        self.asked.append(kind)
        try:
            _check_client(form)
            if kind == "authorization_code":
                given = self._for_code(form)
            elif kind == "refresh_token":
                given = self._for_refresh(form.get("refresh_token", ""))
            else:
                raise _Refused("unsupported_grant_type", f"Invalid grant_type: {kind}")
        except _Refused as refused:
            return web.json_response(refused.body, status=refused.status, headers=_NO_STORE)
        return web.json_response(given, headers=_NO_STORE)

    def _for_code(self, form: dict[str, str]) -> dict[str, Any]:
        known = self._codes.pop(form.get("code", ""), None)
        if known is None:
            raise _Refused("invalid_grant", "Malformed auth code.")
        if form.get("redirect_uri") != known["redirect"]:
            raise _Refused("redirect_uri_mismatch", "Bad Request")
        if not hmac.compare_digest(_challenge(form.get("code_verifier", "")).encode(), known["challenge"].encode()):
            raise _Refused("invalid_grant", "Invalid code verifier.")
        one = _Grant(self.user)
        self._grants.append(one)
        return self._given(one)

    def _for_refresh(self, token: str) -> dict[str, Any]:
        one = next((one for one in self._grants if token == one.refresh or token in one.spent), None)
        if one is None or one.over:
            raise _Refused("invalid_grant", "Token has been expired or revoked.")
        if token in one.spent:
            one.over = True  # somebody else may have stolen it
            raise _Refused("invalid_grant", "Refresh token has been used already; the grant is revoked.")
        if self.consent_withdrawn:
            said = "AADSTS65001: The user or administrator has not consented to use the application."
            raise _Refused("invalid_grant", said, suberror="consent_required", error_codes=[65001])
        return self._given(one)

    def _given(self, one: _Grant) -> dict[str, Any]:
        access = f"ya29.{secrets.token_urlsafe(40)}"
        one.access[access] = self._clock().timestamp() + _LASTS
        given: dict[str, Any] = {
            "access_token": access, "expires_in": _LASTS, "scope": SCOPES, "token_type": "Bearer",
        }  # fmt: skip
        if self.rotates or not one.refresh:
            one.spent |= {one.refresh} - {""}
            one.refresh = given["refresh_token"] = f"1//{secrets.token_urlsafe(40)}"
        if self.ends_in is not None:
            given["refresh_token_expires_in"] = self.ends_in
        return given


def _check_client(form: dict[str, str]) -> None:
    known = form.get("client_id") == CLIENT
    if not known or not hmac.compare_digest(form.get("client_secret", "").encode(), SECRET.encode()):
        raise _Refused("invalid_client", "The provided client secret is invalid.", 401)


def _wrong(asked: dict[str, str]) -> str:
    """The error code for what a browser may be sent back with."""
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
        return "invalid_request"
    return "" if set(asked.get("scope", "").split()) == set(SCOPES.split()) else "invalid_scope"


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _to(redirect: str, said: dict[str, str]) -> str:
    return f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(said)}"


def _page(title: str, words: str, status: int = 400) -> web.Response:
    text = f"<!doctype html><title>{html.escape(title)}</title><h1>{html.escape(title)}</h1><p>{html.escape(words)}</p>"
    return web.Response(text=text, content_type="text/html", status=status)
