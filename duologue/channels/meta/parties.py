"""Whose an entry is, and who is meant in an item."""

import re

from duologue.channels.shared.strict import Object, identifier, thing

_PERSON = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def page_of(entry: object) -> str | None:
    """Whose entry it is; None where it does not say."""
    found = entry.get("id") if isinstance(entry, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None


def person_id(holder: Object, name: str) -> str | None:
    """Who is meant by `sender` or `recipient`; a checkbox plug-in knows only a reference to somebody."""
    party = thing(holder, name)
    if party.get("id") is not None:
        return identifier(party["id"], name, _PERSON)
    if party.get("user_ref") is not None:
        return "user_ref:" + identifier(party["user_ref"], name, _PERSON)
    return None
