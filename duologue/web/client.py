"""Who is calling: the address of the other side, and whether its browser was led here by our own pages."""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from duologue.settings import Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_FORWARDING = ("x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def headers_of(scope: Any) -> dict[str, str]:
    """The request's headers by lower-case name; what was sent twice is joined by a comma."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def client_address(scope: Any, settings: Settings) -> str:
    """The caller's IP address, or "". X-Forwarded-For counts only where a trusted proxy wrote it."""
    hops = [part.strip() for part in headers_of(scope).get("x-forwarded-for", "").split(",") if part.strip()]
    address = _parsed((scope.get("client") or ("",))[0])
    while address and hops and _trusted(address, settings):
        nearer = _parsed(hops.pop())
        if nearer is None:  # a proxy that writes nonsense has told us nothing beyond itself
            break
        address = nearer
    return str(address or "")


def is_local(scope: Any, settings: Settings) -> bool:
    """Whether the call was made on this machine, and not by a proxy that runs here on behalf of somebody else."""
    address = _parsed(client_address(scope, settings))
    if address is None or not address.is_loopback or not _called_by_our_name(scope, settings):
        return False
    peer = _parsed((scope.get("client") or ("",))[0])
    return bool(peer and _trusted(peer, settings)) or not any(name in headers_of(scope) for name in _FORWARDING)


def _called_by_our_name(scope: Any, settings: Settings) -> bool:
    """Whether the caller meant this machine: a page whose name was made to lead here still calls it by its own name."""
    named = headers_of(scope).get("host")
    if named is None:  # no browser omits it
        return True
    try:
        host = urlsplit(f"//{named}").hostname or "" if "@" not in named else ""
    except ValueError:
        return False
    address = _parsed(host)
    return host in {"localhost", urlsplit(settings.url).hostname} or bool(address and address.is_loopback)


def from_our_pages(method: str, headers: Mapping[str, str], settings: Settings) -> bool:
    """Whether an unsafe request was made by a page of ours, by what the browser itself says about it.

    Browsers since 2023 send Sec-Fetch-Site, which no page can forge; for older ones the Origin has to be ours.
    """
    if method in SAFE_METHODS:
        return True
    if site := headers.get("sec-fetch-site"):
        return site in {"same-origin", "none"}
    origin = urlsplit(headers.get("origin", ""))
    if origin.scheme not in {"http", "https"} or not origin.netloc:
        return False
    ours = urlsplit(settings.url)
    return (origin.scheme, origin.netloc) == (ours.scheme, ours.netloc) or origin.netloc == headers.get("host")


def device(user_agent: str) -> str:
    """A browser and a system, as a person would name them: "Firefox on Linux"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


# The first mark that is found counts: every browser also claims to be the older ones.
_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def _trusted(address: Address, settings: Settings) -> bool:
    return any(address in ipaddress.ip_network(place, strict=False) for place in settings.trusted_proxies)


def _parsed(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
