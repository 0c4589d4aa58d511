"""Translations: a catalogue a language, from `locale/`. English stands in the templates themselves."""

import re
from collections.abc import Sequence
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALE = Path(__file__).parent / "locale"
CHANNELS = Path(__file__).parent.parent / "channels"  # each folder may bring translations of its own words
DOMAIN = "messages"
SOURCE = "en"


@cache
def languages() -> dict[str, str]:
    """Every language there is, with its own name: {"de": "Deutsch", "en": "English"}."""
    found = sorted({SOURCE, *(path.parent.parent.name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))})
    return {code: (Locale.parse(code).get_display_name(code) or code).capitalize() for code in found}


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations of a language; English where there are none. Read from the .po files: nothing to compile."""
    file = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if language not in languages() or not file.is_file():
        return NullTranslations()
    whole = _from_po(file, language)
    for brought in sorted(CHANNELS.glob(f"*/locale/{language}.po")):
        whole.add_fallback(_from_po(brought, language))
    return whole


def say(language: str, text: str) -> str:
    """Words of the program in a language, also those with something filled in: "At most 10 files …".

    What is filled in may be words of the program itself; what a platform said in its own words stays as it is.
    """
    said = catalogue(language).gettext(text) if text else text
    if said != text:
        return said
    for pattern, translation in _filled(language):
        if found := pattern.fullmatch(text):
            return translation.format(*(say(language, part) for part in found.groups()))
    return text


@cache
def _filled(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The texts of the catalogues with {0}, {1} … in them, as patterns, with their translations; the longest first."""
    if language not in languages():
        return []
    files = [LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po", *sorted(CHANNELS.glob(f"*/locale/{language}.po"))]
    read = [message for file in files if file.is_file() for message in _read(file, language)]
    filled = {
        message.id: str(message.string)
        for message in reversed(read)
        if isinstance(message.id, str) and "{0}" in message.id and message.string
    }
    return [(_pattern(text), filled[text]) for text in sorted(filled, key=_literal, reverse=True)]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\d\\}", "(.+?)", re.escape(text)), re.S)


def _literal(text: str) -> int:
    """How much of it stands fast: where two patterns fit, the one that says more is meant."""
    return len(re.sub(r"\{\d\}", "", text))


def choose(accept_language: str, offered: Sequence[str] | None = None) -> str:
    """The best language for an Accept-Language header."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((float(quality or 1), tag.strip().lower()))
        except ValueError:
            continue
    known = offered or tuple(languages())
    for _, tag in sorted(wanted, key=lambda one: -one[0]):
        if tag.partition("-")[0] in known:
            return tag.partition("-")[0]
    return SOURCE


def _read(file: Path, language: str) -> Catalog:
    with file.open("rb") as source:
        return read_po(source, locale=language)


def _from_po(file: Path, language: str) -> NullTranslations:
    compiled = BytesIO()
    write_mo(compiled, _read(file, language))
    compiled.seek(0)
    return Translations(compiled)
