"""Gathers the strings of all screens for translators: `bin/messages`.

The template and the catalogues hold no dates and no line numbers, so that they change only when a string does.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from duologue.web.words import DOMAIN, LOCALE

PACKAGE = Path(__file__).parent.parent
TEMPLATE = LOCALE / f"{DOMAIN}.pot"
HEADER = "# Strings of the screens. Made by bin/messages.\n#"


def main(arguments: list[str]) -> None:
    gathered = gather()
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_bytes(written(gathered))
    if arguments[:1] == ["--new"]:
        file = LOCALE / arguments[1] / "LC_MESSAGES" / f"{DOMAIN}.po"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written(Catalog(locale=arguments[1], header_comment=HEADER)))
    for file in sorted(LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        file.write_bytes(written(updated(file, gathered)))


def gather() -> Catalog:
    """Every string that a template or a time says."""
    with (Path(__file__).parent / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)
    catalogue = Catalog(header_comment=HEADER, project="Duologue")
    found = extract_from_dir(PACKAGE, methods, options, comment_tags=("i18n:",))
    for name, _, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalogue.add(message, None, [(f"duologue/{name}", 0)], auto_comments=comments, context=context)
    return catalogue


def updated(file: Path, gathered: Catalog) -> Catalog:
    """The catalogue with what is new in it and without what is gone; nothing is guessed."""
    with file.open("rb") as source:
        catalogue = read_po(source, locale=Locale.parse(file.parent.parent.name), domain=DOMAIN)
    catalogue.update(gathered, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = HEADER
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """As it is kept: sorted, without the headers that change by themselves."""
    out = BytesIO()
    write_po(out, catalogue, width=0, sort_output=True, include_lineno=False, omit_header=False)
    kept = (line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(_CHANGING))
    return b"".join(kept)


_CHANGING = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Generated-By',
    b'"Last-Translator',
    b'"Language-Team',
    b'"Report-',
)

if __name__ == "__main__":
    main(sys.argv[1:])
