"""Pages go by key, never by number: a cursor says after which thing the next page begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated
from uuid import UUID

from litestar.params import Parameter

from duologue.conversations.model import Spot
from duologue.errors import Invalid

MOST = 100
Limit = Annotated[int, Parameter(ge=1, le=MOST, description="How many at most, 1 to 100.")]
Cursor = Annotated[
    str | None,
    Parameter(max_length=200, description="`next` of the page before. It holds nothing that could be made by hand."),
]


def cursor(of: str, place: str) -> str:
    """Where the next page of `of` begins, as programs hand it back."""
    return urlsafe_b64encode(f"{of}|{place}".encode()).decode().rstrip("=")


def place(of: str, given: str | None) -> str | None:
    """What `cursor` was made from; None for the first page. Raises `Invalid` for one that was not given out."""
    if given is None:
        return None
    try:
        kind, _, found = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode().partition("|")
    except ValueError:
        raise no_cursor() from None
    if kind != of or not found:
        raise no_cursor()
    return found


def place_of_id(of: str, given: str | None) -> UUID | None:
    """As `place`, where it is an id."""
    found = place(of, given)
    try:
        return UUID(found) if found else None
    except ValueError:
        raise no_cursor() from None


def place_of_seq(of: str, given: str | None) -> Spot | None:
    """As `place`, where it is a place in a conversation."""
    found = place(of, given)
    try:
        return Spot.parse(found) if found is not None else None
    except ValueError:
        raise no_cursor() from None


def no_cursor() -> Invalid:
    return Invalid("This is no cursor that was given out for this list. Begin again without one.", "cursor")
