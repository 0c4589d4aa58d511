"""Which websites may show the chat, and whose calls are answered."""

import re
from urllib.parse import SplitResult, urlsplit

_ORIGIN = re.compile(
    r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?"
)
_PATH = re.compile(r"[A-Za-z0-9._~!$&()*+,;=:@%/-]*")
_USUAL_PORT = {"http": ":80", "https": ":443"}


def listed(text: str) -> list[str]:
    """The usable origins of a setting, in the form browsers write them."""
    return [tidy for line in text.split() if _ORIGIN.fullmatch(tidy := _tidy(line))]


def unusable(text: str) -> list[str]:
    """Lines that are no origin, as they were written."""
    return [line for line in text.split() if not _ORIGIN.fullmatch(_tidy(line))]


def own_origin(public_url: str) -> str:
    parts = urlsplit(public_url)
    return _tidy(f"{parts.scheme}://{parts.netloc}")


def may_call(origin: str, *, places: list[str], own: str, host: str) -> bool:
    """Is this `Origin` a listed website or the frame itself? The frame's is ours, by whichever name it was reached."""
    return origin == own or _is_same_host(origin, host) or any(_covers(place, origin) for place in places)


def page_of(address: str | None, *, places: list[str], own: str) -> str | None:
    """Where the visitor was, if that is a page of a listed website or of ours; without what may stand behind it.

    Anybody may claim any page, and the answer that goes on by mail leads back to it.
    """
    if not address:
        return None
    parts = _split(address)
    origin = _tidy(f"{parts.scheme}://{parts.netloc}") if parts else ""
    if parts is None or not _ORIGIN.fullmatch(origin) or not may_call(origin, places=places, own=own, host=""):
        return None
    return origin + (parts.path if _PATH.fullmatch(parts.path) else "/")


def frame_ancestors(places: list[str]) -> str:
    """For a policy header: the listed websites, and our own pages."""
    return " ".join(["'self'", *places])


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _tidy(line: str) -> str:
    tidy = line.strip().rstrip("/").lower()
    usual = _USUAL_PORT.get(tidy.partition(":")[0], "")
    return tidy.removesuffix(usual) if usual else tidy


def _is_same_host(origin: str, host: str) -> bool:
    return bool(host) and origin in {f"http://{host}", f"https://{host}"}


def _covers(place: str, origin: str) -> bool:
    scheme, _, rest = place.partition("://*.")
    if not rest:
        return place == origin
    start = f"{scheme}://"
    return origin.startswith(start) and origin.endswith(f".{rest}") and bool(_ORIGIN.fullmatch(origin))
