"""Who is meant. A person is known by an id that the business alone sees (BSUID), by a phone number, or by both.

Since April 2026 either may be missing, empty, or stand in the other's place (platform documents, May to August 2026).
The business's own id of a person outlives a hidden number, so it is the address wherever it is told.
"""

import re
from typing import NamedTuple

from duologue.channels.contract import Person
from duologue.channels.shared.strict import Object, Odd, fact

_PHONE = re.compile(r"\d{5,20}")
_USER = re.compile(r"[A-Za-z0-9_.:-]{1,300}")


class Who(NamedTuple):
    address: str
    aliases: tuple[str, ...] = ()
    person: Person = Person()


def is_phone(address: str) -> bool:
    """Whether an address is a phone number: digits with country code and nothing else."""
    return _PHONE.fullmatch(address) is not None


def digits(value: object) -> str:
    """The digits of a number as people write it: "+1 (415) 555-0199"."""
    return re.sub(r"\D", "", value) if isinstance(value, str) else ""


def who(item: Object, contacts: list[Object], phone: str = "from", user: str = "from_user_id") -> Who:
    """The person of an item, by the names of its two fields. Raises `Odd` where nobody is named."""
    told = [one for name in (phone, user) if (one := _id(item, name))]
    contact = _contact(contacts, told)
    known = told + _ids(contact)
    users = [one for one in known if not is_phone(one)]
    phones = [one for one in known if is_phone(one)]
    if not known:
        raise Odd("it does not say who is meant")
    return Who(
        address=users[0] if users else phones[0],
        aliases=(phones[0],) if users and phones else (),
        person=Person(name=_name(contact), phone=f"+{phones[0]}" if phones else None),
    )


def named(contacts: object) -> list[str]:
    """Every id by which the only person in a list of contacts is told; none where there are several or none."""
    given = contacts[0] if isinstance(contacts, list) and len(contacts) == 1 else None
    return _ids(given) if isinstance(given, dict) else []


def _contact(contacts: list[Object], told: list[str]) -> Object:
    """What stands about this person beside the items; with nobody named in the item, whoever stands there alone."""
    for contact in contacts:
        if set(_ids(contact)) & set(told):
            return contact
    return contacts[0] if len(contacts) == 1 and not told else {}


def _ids(contact: Object) -> list[str]:
    """A broken contact is nobody, and takes no message along."""
    try:
        return [one for name in ("wa_id", "user_id") if (one := _id(contact, name))]
    except Odd:
        return []


def _name(contact: Object) -> str | None:
    profile = contact.get("profile")
    if not isinstance(profile, dict):
        return None
    handle = fact(profile, "username", 100)
    return fact(profile, "name", 200) or (f"@{handle}" if handle else None)


def _id(holder: Object, name: str) -> str | None:
    value = holder.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _USER.fullmatch(value.removeprefix("+")):
        raise Odd(f"{name} is not an id")
    return value.removeprefix("+")
