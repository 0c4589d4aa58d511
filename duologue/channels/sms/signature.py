"""How Twilio signs: base64 of an HMAC over the address as it is called from outside, and what a form holds.

The address comes from this installation's own settings, as behind a proxy nothing else knows it. Where the call bears
another host (a tunnel, a second name), that is tried too: the path is this account's own, so no signature made for
somebody else's address fits.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

from duologue.channels.contract import Request

HEADER = "x-twilio-signature"
KEYED = "x-twilio-webhooks-signature-settings"  # "key=…,algorithm=HMAC_SHA256": shared keys, a beta of September 2026
HASH = "bodySHA256"
_PORTS = {"https": 443, "http": 80}
_ALGORITHMS = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}

Pairs = Sequence[tuple[str, str]]


def sign(secret: str, url: str, pairs: Pairs = (), algorithm: str = "HMAC_SHA1") -> str:
    """The signature's value: names in order, each with its values, of which the same one counts once."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    made = hmac.new(secret.encode(), text.encode("utf-8", "replace"), _ALGORITHMS[algorithm])
    return base64.b64encode(made.digest()).decode()


def pairs_of(body: bytes) -> Pairs:
    """What a form holds, in its order, empty values too. Raises `ValueError`."""
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000, errors="replace")


def is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return request.method == "POST" and kind in {"", "application/x-www-form-urlencoded"}


def is_genuine(request: Request, tokens: Iterable[str], keys: Iterable[str]) -> bool:
    """Whether one of the secrets has signed this call, body included. Compared in constant time."""
    algorithm = _algorithm(request.headers.get(KEYED, ""))
    pairs = _signed_pairs(request)
    if algorithm is None or pairs is None:
        return False
    given = request.headers[HEADER].strip().encode("utf-8", "replace")
    secrets = [*tokens, *keys] if request.headers.get(KEYED) else [*tokens]
    urls = list(dict.fromkeys(_addresses(request)))
    expected = [sign(secret, url, pairs, algorithm) for secret in secrets for url in urls]
    return any(hmac.compare_digest(one.encode(), given) for one in expected)


def _signed_pairs(request: Request) -> Pairs | None:
    """What the signature covers beside the address; None where the body is not covered at all.

    A form is signed by its fields. Any other body is signed by its hash, which stands in the address.
    """
    if is_form(request):
        try:
            return pairs_of(request.body)
        except ValueError:
            return None
    if not request.body or request.method == "GET":
        return ()
    told = parse_qs(request.query.decode("latin-1")).get(HASH, [""])[0].lower()
    found = hashlib.sha256(request.body).hexdigest()
    return () if hmac.compare_digest(found.encode(), told.encode()) else None


def _algorithm(header: str) -> str | None:
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper() if value.strip().upper() in _ALGORITHMS else None
    return "HMAC_SHA1"


def _addresses(request: Request) -> Iterator[str]:
    """The address as it may have been signed: Twilio is not consistent about a port that goes without saying."""
    known = [request.url] if request.url else []
    host = request.headers.get("host", "")
    if host:
        tail = f"{request.path}?{request.query.decode('latin-1')}" if request.query else request.path
        known += [f"https://{host}{tail}", f"http://{host}{tail}"]
    for url in known:
        yield url
        yield from _with_and_without_port(url)


def _with_and_without_port(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return
    bare = parts.netloc.rpartition(":")[0] if port else parts.netloc
    yield urlunsplit(parts._replace(netloc=bare))
    yield urlunsplit(parts._replace(netloc=f"{bare}:{port or _PORTS.get(parts.scheme, 443)}"))
