"""Keys from the provider's sign-in: fetched for the code, renewed ahead of time and when one is refused (RFC 6749).

Every request for a token ends in a key, or in words that say who has to do what.
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec.structs import replace

from duologue.channels.contract import Account, Leaving, NotGranted, Returned
from duologue.channels.email.settings import Pass, Settings
from duologue.kernel.egress import Answer, NoAnswer

AHEAD = 5 * 60  # seconds before its end a token is renewed: a long mail must be through by then
_SHORTEST = 60  # seconds that a fresh token is believed to last at least
_LARGEST = 64 * 1024
_MOST_WORDS = 300


class SignInAgain(Exception):
    """The provider gives no more keys from this sign-in. The words say why."""


class _Tokens(msgspec.Struct):
    """A token answer (RFC 6749, 5.1). Some providers write numbers as text."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - a name
    expires_in: float | str = 3600
    refresh_token: str = ""
    refresh_token_expires_in: float | str | None = None


class _Fault(msgspec.Struct):
    """An error answer (RFC 6749, 5.2)."""

    error: str = ""
    error_description: str = ""
    suberror: str = ""


def begin(settings: Settings, leaving: Leaving) -> str:
    """The address at the provider at which the administrator signs in."""
    known = settings.provider
    asked = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": leaving.redirect,
        "scope": settings.scopes.strip() or known.scopes,
        "state": leaving.state,
        "code_challenge": leaving.challenge,
        "code_challenge_method": "S256",
        "login_hint": settings.imap_user or settings.own,
        **known.extra,
    }
    at = _address(settings, settings.authorize_url.strip() or known.authorize_url)
    return f"{at}{'&' if urlsplit(at).query else '?'}{urlencode(asked)}"


async def finish(account: Account, returned: Returned) -> Settings:
    """The settings with what the code is worth. Raises `NotGranted`, `Blocked`, `NoAnswer`."""
    settings: Settings = account.settings
    if returned.error or not returned.code:
        raise NotGranted(_back_words(settings, returned))
    asked = {"grant_type": "authorization_code", "code": returned.code, "redirect_uri": returned.redirect}
    answer = await _ask(account, settings, {**asked, "code_verifier": returned.verifier})
    if answer.status != 200:
        raise NotGranted(_words(settings, answer))
    fresh = _pass(account, answer, None)
    if not fresh.refresh:
        raise NotGranted(
            f"{_host(settings)} gave a key for an hour only. Let the application ask for offline access, then sign in"
            " again."
        )
    return replace(settings, signed_in=fresh)


async def ready(account: Account) -> Settings:
    """Settings to speak to the servers with; a token in them is good for some minutes at least.

    Raises `SignInAgain`, `Blocked`, `NoAnswer`.
    """
    settings: Settings = account.settings
    if settings.by_sign_in and _is_due(account, settings):
        settings = await account.renew(account, _renewed)
        if _is_due(account, settings):  # somebody else had renewed it, but that is long ago
            settings = await account.renew(replace(account, settings=settings), _renewed)
    return settings.whole


async def after_refusal(account: Account, refused: Settings) -> Settings | None:
    """Settings with another token than the one that was refused; None where there is nothing to renew. As `ready`."""
    if not refused.by_sign_in:
        return None
    known: Settings = account.settings
    if known.signed_in != refused.signed_in:  # this account was read before the last renewal
        known = replace(known, signed_in=refused.signed_in)
    fresh: Settings = await account.renew(replace(account, settings=known), _renewed)
    if fresh.signed_in == refused.signed_in:  # something else in the settings was changed meanwhile
        fresh = await account.renew(replace(account, settings=fresh), _renewed)
    return fresh.whole


async def refresh(account: Account) -> None:
    """Asked every hour: renews ahead of time, also where nothing is sent. What is new is stored by the renewal."""
    await ready(account)


async def _renewed(account: Account) -> Settings:
    settings: Settings = account.settings
    if settings.signed_in is None:
        raise SignInAgain("Nobody has signed in at the provider yet: sign in.")
    asked = {"grant_type": "refresh_token", "refresh_token": settings.signed_in.refresh}
    answer = await _ask(account, settings, asked)
    if answer.status != 200:
        raise SignInAgain(_words(settings, answer))
    return replace(settings, signed_in=_pass(account, answer, settings.signed_in))


async def _ask(account: Account, settings: Settings, asked: Mapping[str, str]) -> Answer:
    """Raises `NoAnswer` for what may be better in a minute."""
    known = settings.provider
    body = {**asked, "client_id": settings.client_id}
    if settings.client_secret:
        body["client_secret"] = settings.client_secret
    answer = await account.egress.request(
        "POST",
        _address(settings, settings.token_url.strip() or known.token_url),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        body=urlencode(body).encode(),
        limit=_LARGEST,
    )
    if answer.status == 429 or answer.status >= 500:
        raise NoAnswer(f"{_host(settings)} cannot give a key at the moment ({answer.status})", sent=True)
    return answer


def _pass(account: Account, answer: Answer, before: Pass | None) -> Pass:
    """Some providers give a new refresh token each time, after which the old one is worth nothing."""
    try:
        given = msgspec.json.decode(answer.body, type=_Tokens)
        lasts, ends = float(given.expires_in), given.refresh_token_expires_in
        now = account.clock().timestamp()
        return Pass(
            access=_clean(given.access_token),
            until=now + max(lasts, _SHORTEST),
            refresh=_clean(given.refresh_token) or (before.refresh if before else ""),
            refresh_until=now + float(ends) if ends is not None else before.refresh_until if before else None,
            since=before.since if before else now,
        )
    except (msgspec.DecodeError, ValueError) as error:
        raise NoAnswer("The provider's answer holds no key", sent=True) from error


def _clean(token: str) -> str:
    """As it may stand in a line of a protocol."""
    if not token.isascii() or any(sign <= " " or sign == "\x7f" for sign in token):
        raise ValueError("no token")
    return token


def _is_due(account: Account, settings: Settings) -> bool:
    its = settings.signed_in
    return its is None or its.until - AHEAD <= account.clock().timestamp()


def proof(settings: Settings, user: str) -> bytes:
    """The initial response of XOAUTH2, in base 64."""
    access = settings.signed_in.access if settings.signed_in else ""
    return base64.b64encode(f"user={user}\x01auth=Bearer {access}\x01\x01".encode())


def _address(settings: Settings, address: str) -> str:
    tenant = "".join(sign for sign in settings.tenant.strip() if sign.isalnum() or sign in ".-") or "common"
    return address.replace("{tenant}", tenant)


def _host(settings: Settings) -> str:
    return urlsplit(_address(settings, settings.token_url.strip() or settings.provider.token_url)).hostname or "?"


def _back_words(settings: Settings, returned: Returned) -> str:
    """What the browser came back with instead of a code (RFC 6749, 4.1.2.1)."""
    if returned.error == "access_denied":
        return "The sign-in was declined in the browser. Nothing has changed; sign in again and agree."
    return (
        _said(settings, _Fault(returned.error, returned.description))
        if returned.error
        else ("The provider sent the browser back without a code. Sign in again.")
    )


def _words(settings: Settings, answer: Answer) -> str:
    try:
        fault = msgspec.json.decode(answer.body, type=_Fault)
    except msgspec.DecodeError:
        fault = _Fault(f"HTTP {answer.status}")
    return _said(settings, fault)


def _said(settings: Settings, fault: _Fault) -> str:
    host = _host(settings)
    told = f"{fault.suberror} {fault.error_description}".lower()
    if fault.error in {"interaction_required", "consent_required"} or any(mark in told for mark in _CONSENT):
        return f"The consent at {host} was withdrawn or is not enough: sign in again and agree to everything asked."
    if fault.error == "redirect_uri_mismatch" or any(mark in told for mark in _REDIRECT):
        return f"{host} does not know the redirect address: enter it there exactly as it is shown here, then sign in."
    if fault.error == "invalid_grant":
        return (
            f"The sign-in at {host} has ended: it was revoked, the password was changed, or it was not used for too"
            " long. Sign in again."
        )
    if fault.error in {"invalid_client", "unauthorized_client"}:
        return f"{host} does not accept the client ID or the client secret: copy both again, then sign in."
    if fault.error == "invalid_scope":
        return f"{host} does not give this application access to mail: add the scopes there, then sign in again."
    said: Any = f"{fault.error} {fault.error_description}"[:_MOST_WORDS]
    return f"{host} gives no key: {' '.join(said.split())}. Sign in again."


# Microsoft tells what is meant by a number in the description (learn.microsoft.com, AADSTS error codes, 2026-08)
_CONSENT = ("consent_required", "aadsts65001", "aadsts65004", "aadsts50076", "aadsts50079", "basic_action")
_REDIRECT = ("aadsts50011", "redirect_uri", "redirect uri")
