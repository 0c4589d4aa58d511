"""Signing in at a platform in the administrator's own browser, instead of copying a key (RFC 6749, 4.1; RFC 7636).

The house makes state and verifier, remembers who went and for which account, and takes the browser back; the channel
says where to send it and what to do with the code that it comes back with.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

PATH = "/settings/channels/signed-in"
"""Where browsers come back to, below the address of this installation; the same for every account."""


class NotGranted(Exception):
    """The platform has given no key. The words say why, and what to do."""


class Leaving(Struct, frozen=True, kw_only=True):
    """A browser is about to be sent away. `challenge` is the SHA-256 of a verifier that only this house knows."""

    redirect: str  # exactly this address is to be entered at the platform
    state: str
    challenge: str


class Returned(Struct, frozen=True, kw_only=True):
    """The browser is back, in the same session: with a code, or with the platform's word for what went wrong."""

    redirect: str
    verifier: str
    code: str = ""
    error: str = ""
    description: str = ""


class Grant(Struct, frozen=True, kw_only=True):
    wanted: Callable[[Any], bool]  # whether these settings ask for a sign-in at all
    ready: Callable[[Any], list[str]]  # names of settings to be filled in before
    begin: Callable[[Any, Leaving], str]  # the address to send the browser to
    finish: Callable[[Any, Returned], Awaitable[Struct]]  # account -> its new settings; `NotGranted`, egress errors
    standing: Callable[[Any], str]  # as whom one is signed in; empty: not signed in
