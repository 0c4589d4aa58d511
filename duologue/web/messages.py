"""Gathers the strings of all screens for translators: `bin/messages`.

The screens' own stand in `locale/`; those of a channel's guide and settings in the channel's folder, so that a channel
brings its words along. No file holds dates or line numbers: they change only when a string does.
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from duologue import errors
from duologue.web.spoken import spoken, spoken_by_double, texts_of
from duologue.web.words import CHANNELS, DOMAIN, LOCALE

PACKAGE = Path(__file__).parent.parent
TEMPLATE = LOCALE / f"{DOMAIN}.pot"
TOLD = {"Problem"} | {
    name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.Told)
}
SPEAKING = {"accounts", "channels", "consent", "conversations", "letters", "mailroom"}
"""Rooms that tell why a message waits or failed, and how a connection is; and the way to the outside."""
_DOUBLES = {"simulate", "double"}
HEADER = "# Strings of the screens. Made by bin/messages.\n#"


def main(arguments: list[str]) -> None:
    gathered = gather()
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_bytes(written(gathered))
    if arguments[:1] == ["--new"]:
        begin(arguments[1])
    for file in sorted(LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        file.write_bytes(written(updated(file, file.parent.parent.name, gathered)))
    for file in sorted(CHANNELS.glob("*/locale/*.po")):
        file.write_bytes(written(updated(file, file.stem, gather_channel(file.parent.parent))))


def begin(language: str) -> None:
    """Empty catalogues of a language: one for the screens, one for each channel."""
    files = [LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"]
    files += [folder / "locale" / f"{language}.po" for folder in channel_folders()]
    for file in files:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(written(Catalog(locale=language, header_comment=HEADER)))


def channel_folders() -> list[Path]:
    return sorted(file.parent for file in CHANNELS.glob("*/__init__.py"))


def gather() -> Catalog:
    """Every string that a screen says, but those of the channels."""
    with (Path(__file__).parent / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)
    catalogue = Catalog(header_comment=HEADER, project="Duologue")
    found = extract_from_dir(PACKAGE, methods, options)
    for name, _, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalogue.add(message, None, [(f"duologue/{name}", 0)], auto_comments=comments, context=context)
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.parent.parent != CHANNELS and CHANNELS not in file.parent.parents:
            for words in [*_told(file), *(spoken(file) if _speaks(file) else ())]:
                catalogue.add(words, None, [(file.relative_to(PACKAGE.parent).as_posix(), 0)])
    return catalogue


def _speaks(file: Path) -> bool:
    return file.parent.name in SPEAKING or file.name == "egress.py"


def gather_channel(folder: Path) -> Catalog:
    """Every string of a channel's guide, of its settings, and of what it tells about messages and connections."""
    catalogue = Catalog(header_comment=HEADER, project="Duologue")
    guide = folder / "connect.html"
    options = {"extensions": "jinja2.ext.i18n,jinja2.ext.loopcontrols", "trimmed": "true", "silent": "false"}
    if guide.is_file():
        for _, message, _, _ in extract_from_file("jinja2", guide, options=options):
            catalogue.add(message, None, [("connect.html", 0)])
    for file in sorted(folder.glob("*.py")):
        for words in [*_titles(file), *_channel_title(file)]:
            catalogue.add(words, None, [(file.name, 0)])
    for file in sorted(folder.rglob("*.py")):
        double = _DOUBLES & set(file.relative_to(folder).with_suffix("").parts)
        for words in spoken_by_double(file) if double else spoken(file):
            catalogue.add(words, None, [(file.relative_to(folder).as_posix(), 0)])
    return catalogue


def updated(file: Path, language: str, gathered: Catalog) -> Catalog:
    """The catalogue with what is new in it and without what is gone; nothing is guessed."""
    with file.open("rb") as source:
        catalogue = read_po(source, locale=Locale.parse(language), domain=DOMAIN)
    catalogue.update(gathered, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = HEADER
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """As it is kept: sorted, without the headers that change by themselves."""
    out = BytesIO()
    write_po(out, catalogue, width=0, sort_output=True, include_lineno=False)
    kept = (line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(_CHANGING))
    return b"".join(kept)


def _told(file: Path) -> Iterator[str]:
    """What a person may be told: the words of every `Told`, and those of the shell about it."""
    module = ast.parse(file.read_text())
    named = {
        one.targets[0].id: one.value
        for one in module.body
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD:
            told = [*node.args[:1], *(one.value for one in node.keywords if one.arg in {"title", "detail"})]
            yield from texts_of([named.get(one.id, one) if isinstance(one, ast.Name) else one for one in told])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in {"_TITLES", "_WORDS"} and isinstance(node.value, ast.Dict):
                yield from texts_of(node.value.values)
            elif name in {"SAVED", "title"}:
                yield from texts_of([node.value])


def _channel_title(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Channel":
            yield from texts_of(one.value for one in node.keywords if one.arg == "title")


def _titles(file: Path) -> Iterator[str]:
    """Title and help of each `setting(…)` in a file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setting":
            for argument in node.args[:2]:
                if isinstance(argument, ast.Constant) and argument.value:
                    yield str(argument.value)


_CHANGING = (b'"POT-Creation', b'"PO-Revision', b'"Generated-By', b'"Last-Translator', b'"Language-Team', b'"Report-')

if __name__ == "__main__":
    main(sys.argv[1:])
