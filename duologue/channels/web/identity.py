"""Who a website says its visitor is, proven by a signature that only its server can make.

The site signs `external_id LF email LF name LF exp` (absent fields empty, `exp` in Unix seconds) with HMAC-SHA256 under
the account's identity secret and sends the digest in hexadecimal.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from duologue.channels.web.settings import Settings, missing
from duologue.errors import NotAllowed

_PLAIN = r"^[^\x00-\x1f\x7f]*$"  # no line breaks, so that the signed text reads one way only


class Identity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    external_id: Annotated[str, Meta(min_length=1, max_length=200, pattern=_PLAIN)]
    email: Annotated[str, Meta(max_length=254, pattern=_PLAIN)] = ""
    name: Annotated[str, Meta(max_length=200, pattern=_PLAIN)] = ""
    exp: int
    hmac: Annotated[str, Meta(max_length=128)]


def sign(secret: str, identity: Identity) -> str:
    """The signature a site's server would make for this identity."""
    text = "\n".join((identity.external_id, identity.email, identity.name, str(identity.exp)))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def prove(settings: Settings, identity: Identity, *, now: datetime) -> None:
    """Raises `NotAllowed` unless the identity is signed with the account's secret and has not run out."""
    if "identity_secret" in missing(settings):
        raise NotAllowed("This chat has no identity secret, so nobody can be recognised.")
    right = sign(settings.identity_secret, identity)
    if not hmac.compare_digest(right.encode(), identity.hmac.lower().encode()):
        raise NotAllowed("The signature of this identity is not right.")
    if identity.exp <= now.timestamp():
        raise NotAllowed("The signature of this identity has run out.")
