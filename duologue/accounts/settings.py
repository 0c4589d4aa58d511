"""The settings of an account: read from text, sealed for the database, opened again."""

import unicodedata
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct, structs

from duologue.accounts.model import AccountRow, Unusable, WrongSettings
from duologue.channels.contract import Channel
from duologue.channels.registry import channels
from duologue.errors import NotFound
from duologue.kernel.vault import Broken, Safe
from duologue.web import forms

_PLACE = "channel|settings"
ANEW = "Enter this again: it would be sent to another place than before."


def channel_of(kind: str) -> Channel:
    """Raises `NotFound`."""
    if kind not in channels():
        raise NotFound("There is no such kind of channel.")
    return channels()[kind]


def fresh(channel: Channel) -> Struct:
    """The settings of a new account: defaults, and keys made for it."""
    return channel.secret() if channel.secret else channel.settings()


def merged(channel: Channel, base: Struct, given: Mapping[str, str]) -> Struct:
    """`base` with what is given as text instead; an empty secret keeps the one there is. Raises `WrongSettings`.

    What the program keeps by itself for a place is gone where the place is another.
    """
    fields = {field.name: field for field in forms.fields(channel.settings, base)}
    titles = {name: field.title for name, field in fields.items()}
    if unknown := sorted(set(given) - set(fields)):
        raise WrongSettings(
            {name: f"There is no such setting. Known: {', '.join(fields)}." for name in unknown}, titles
        )
    wrong = {name: why for name, text in given.items() if (why := _unfit(fields[name], text))}
    if wrong:
        raise WrongSettings(wrong, titles)
    try:
        new = forms.read(channel.settings, {**{name: field.value for name, field in fields.items()}, **given}, base)
    except forms.Wrong as error:
        raise WrongSettings({n: _plainly(fields[n], why) for n, why in error.words.items()}, titles) from None
    taken = elsewhere(channel, base, new)
    unasked = [name for name in taken & set(fields) if fields[name].kept and not given.get(name, "").strip()]
    if unasked:
        raise WrongSettings(dict.fromkeys(sorted(unasked), ANEW), titles)
    return without(channel, new, taken - set(fields))


def elsewhere(channel: Channel, before: Struct, after: Struct) -> set[str]:
    """Names of the settings that would go to another place now: nobody is to read them by changing the place."""
    moved = (one for one in forms.fields(channel.settings) if _place(before, one.name) != _place(after, one.name))
    return {name for one in moved for name in one.takes}


def _place(settings: Struct, name: str) -> str:
    return str(getattr(settings, name)).strip().rstrip("/").lower()


def without(channel: Channel, settings: Struct, names: Collection[str]) -> Struct:
    """The settings with these as they are in a new account."""
    return structs.replace(settings, **{name: getattr(channel.settings(), name) for name in names})


def sealed(safe: Safe, channel_id: UUID, settings: Struct) -> bytes:
    return safe.own.seal(_PLACE, channel_id, msgspec.json.encode(settings))


def opened(safe: Safe, row: AccountRow) -> tuple[Channel, Any]:
    """The account's channel and its settings, as the channel's own struct. Raises `Unusable`."""
    channel = channels().get(row.kind)
    if channel is None:
        raise Unusable(f"This program has no channel of the kind {row.kind!r}.")
    try:
        return channel, msgspec.json.decode(safe.own.unseal(_PLACE, row.id, row.settings_sealed), type=channel.settings)
    except (Broken, msgspec.DecodeError) as error:
        raise Unusable("Its settings cannot be read. Fill them in again.") from error


def _unfit(field: forms.Field, text: str) -> str | None:
    """Line breaks in a header or a password would be sent on as they are."""
    allowed = {"\n", "\r", "\t"} if field.multiline else set()
    if len(text) > 20_000:
        return "This is too long."
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in allowed for sign in text.strip()):
        return "This contains signs that cannot be used here."
    return None


def _plainly(field: forms.Field, why: str) -> str:
    if field.kind == "number":
        return "This must be a number."
    if field.kind == "choice":
        return f"This must be one of: {', '.join(field.choices)}."
    return why
