"""Whether the sender is who the From line says: what our own receiving server found, and nobody else (RFC 8601)."""

import re

from duologue.channels.email.letter.headers import Headers

_COMMENT = re.compile(r"\([^()]*\)")
_DMARC = re.compile(r"(?:^|;)\s*dmarc\s*(?:/\s*\d+\s*)?=\s*([a-z]+)")


def dmarc(headers: Headers, authserv_id: str) -> str:
    """ "pass", "fail", "none" …; "" where our server said nothing, which is not a pass.

    Only the top-most header that bears the name of our server counts: whatever stands below came with the mail.
    """
    ours = authserv_id.strip().lower()
    if not ours:
        return ""
    for value in headers.all("authentication-results"):
        words = _without_comments(value)
        name, _, results = words.partition(";")
        if name.split()[:1] == [ours]:
            found = _DMARC.search(";" + results)
            return found[1] if found else ""
    return ""


def _without_comments(value: str) -> str:
    value = value[:8000].lower()
    for _ in range(10):
        shorter = _COMMENT.sub(" ", value)
        if shorter == value:
            break
        value = shorter
    return value
