"""Bearer tokens: 256 bits from the system, of which only a hash is kept."""

import re
import secrets
from hashlib import sha256

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def make() -> str:
    """A token that nobody has seen."""
    return secrets.token_urlsafe(32)


def digest(token: object) -> bytes | None:
    """What is stored of a token; None for anything that `make` cannot have made, so that it matches no row."""
    if not isinstance(token, str) or not _FORM.fullmatch(token):
        return None
    return sha256(token.encode()).digest()
